//! What a monitoring of a table comes to, in sentences: only what its figures support.

use assist_features::RejectReason;
use assist_metrics::words::{count, figure, listed, p_value, percent, percentage_points};
use assist_metrics::{DRIFT_LEVEL, DriftSize, LARGE_PSI, LineParameter, MODERATE_PSI};
use assist_score::{Model, shown};

use super::judged::{Agreement, BaseRateShift, JudgedOutcomes};
use super::report::{CellShares, ColumnDrift, Drift, MonitorFinding, MonitorReport, MonitorTopic, OutsideRange};
use crate::rejected::at_fault;

/// Drifted columns that are told of at length.
const AT_LENGTH: usize = 3;
/// From this share of rows on, numbers beyond the training rows are worth a sentence.
const WORTH_SAYING: f64 = 0.01;
/// An index of which chance gives this much, half of what a moderate drift takes, is not told without that.
const MUCH_BY_CHANCE: f64 = MODERATE_PSI / 2.0;
/// Fewest observations of whose ranking anything is said.
const FEW_ROWS: u64 = 30;

/// All that is to be said; what to do comes last.
pub(super) fn of(model: &Model, report: &MonitorReport) -> Vec<MonitorFinding> {
    let mut findings = Vec::new();
    let mut add = |about, text: Option<String>| findings.extend(text.map(|text| MonitorFinding::new(about, text)));
    add(MonitorTopic::Columns, Some(columns(report)));
    add(MonitorTopic::Scores, scores(report));
    add(MonitorTopic::Limits, limits(report));
    add(MonitorTopic::Limits, groups(model, report));
    add(MonitorTopic::Rejected, rejected(report));
    add(MonitorTopic::Range, range(report));
    match &report.outcomes {
        Some(outcomes) => {
            add(MonitorTopic::BaseRate, Some(base_rate(outcomes)));
            add(MonitorTopic::Calibration, Some(calibration(outcomes)));
            add(MonitorTopic::Ranking, ranking(outcomes));
            add(MonitorTopic::Limits, training_rows(outcomes));
        }
        None => add(MonitorTopic::Calibration, Some(without_outcomes(model, report))),
    }
    add(MonitorTopic::Advice, Some(advice(report)));
    findings
}

fn columns(report: &MonitorReport) -> String {
    if report.training_rows.is_none() {
        return "The model keeps no profile of its training rows, as models of older versions do, so whether columns or scores have drifted cannot be told: train it again to have one.".to_owned();
    }
    let drifted: Vec<&ColumnDrift> = report.columns.iter().filter(|of| of.drift.size > DriftSize::None).collect();
    if drifted.is_empty() {
        return no_drift(&report.columns);
    }
    let mut sentences: Vec<String> = drifted.iter().take(AT_LENGTH).map(|column| of_column(column)).collect();
    let others: Vec<String> = drifted.iter().skip(AT_LENGTH).map(|of| format!("`{}`", shown(&of.column))).collect();
    match others.len() {
        0 => {}
        1 => sentences.push(format!("{} has drifted as well.", others[0])),
        _ => sentences.push(format!("{} have drifted as well.", listed(&others))),
    }
    sentences.join(" ")
}

fn no_drift(columns: &[ColumnDrift]) -> String {
    let tested: Vec<&ColumnDrift> = columns.iter().filter(|of| of.drift.p_value.is_some()).collect();
    let Some(most) = tested.first() else {
        return "There are too few rows to tell whether a column has drifted.".to_owned();
    };
    let clear = tested.iter().filter(|of| is_clear(&of.drift)).count();
    let small = match clear {
        0 => String::new(),
        1 => " One column differs from the training rows beyond chance, but by too little to be called a drift."
            .to_owned(),
        n => {
            format!(" {n} columns differ from the training rows beyond chance, but by too little to be called a drift.")
        }
    };
    format!("No column is shown to have drifted: {}.{small}", largest(most, &tested))
}

/// The largest index of columns, the first of which is the one with most beyond chance.
fn largest(most: &ColumnDrift, tested: &[&ColumnDrift]) -> String {
    let index = |of: &ColumnDrift| of.drift.psi.unwrap_or(0.0);
    let beyond = |of: &ColumnDrift| of.drift.psi_beyond_chance.unwrap_or(0.0);
    if tested.iter().any(|of| index(of) - beyond(of) >= MUCH_BY_CHANCE) {
        return match beyond(most) {
            0.0 => "no population stability index is larger than chance alone gives".to_owned(),
            psi => format!(
                "the largest population stability index beyond what chance alone gives is {psi:.3}, of `{}`",
                shown(&most.column)
            ),
        };
    }
    let most = tested.iter().copied().max_by(|a, b| index(a).total_cmp(&index(b))).unwrap_or(most);
    format!("the largest population stability index is {:.3}, of `{}`", index(most), shown(&most.column))
}

fn of_column(column: &ColumnDrift) -> String {
    let Drift { p_holm, size, cells, .. } = &column.drift;
    let size = if *size == DriftSize::Large { "much" } else { "moderately" };
    let most = cells.iter().max_by(|a, b| change(a).abs().total_cmp(&change(b).abs()));
    let most = most.map_or(String::new(), |cell| {
        let CellShares { name, shares: [then, now], .. } = cell;
        format!(
            ": {} of the rows have `{}` there, against {} of the training rows",
            percent(*now),
            shown(name),
            percent(*then)
        )
    });
    let p = p_holm.map_or(String::new(), |p| format!(", p {} after Holm's correction", p_value(p)));
    format!("`{}` has drifted {size} ({}{p}){most}.", shown(&column.column), index(&column.drift, 2))
}

/// The index in words, with what is beyond chance where that is much less.
pub(super) fn index(drift: &Drift, digits: usize) -> String {
    let psi = drift.psi.unwrap_or(0.0);
    let beyond = drift.psi_beyond_chance.filter(|beyond| psi - beyond >= MUCH_BY_CHANCE);
    let beyond = beyond.map_or(String::new(), |beyond| format!(", {beyond:.digits$} of it beyond what chance gives"));
    format!("population stability index {psi:.digits$}{beyond}")
}

fn is_clear(drift: &Drift) -> bool {
    drift.p_holm.is_some_and(|p| p < DRIFT_LEVEL)
}

fn change(cell: &CellShares) -> f64 {
    cell.shares[1] - cell.shares[0]
}

fn scores(report: &MonitorReport) -> Option<String> {
    let now = report.probability.now?;
    let then = report.probability.training.map_or(String::new(), |then| format!(", against {then:.3} in training"));
    let mean = format!("the mean predicted probability is {now:.3}{then}");
    Some(match &report.score {
        Some(drift @ Drift { size, p_value: Some(_), .. }) => match size {
            DriftSize::None if is_clear(drift) => format!(
                "The scores differ from those of the training rows beyond chance, but by too little to be called a drift ({}); {mean}.",
                index(drift, 3)
            ),
            DriftSize::None => format!("The scores are not shown to have drifted ({}); {mean}.", index(drift, 3)),
            DriftSize::Large => format!("The scores have drifted much ({}); {mean}.", index(drift, 2)),
            _ => format!("The scores have drifted moderately ({}); {mean}.", index(drift, 2)),
        },
        Some(_) => format!("There are too few rows to tell whether the scores have drifted; {mean}."),
        None => format!("Here {mean}."),
    })
}

/// What could not have been seen.
fn limits(report: &MonitorReport) -> Option<String> {
    let psi = report.detectable_psi.filter(|psi| *psi > MODERATE_PSI)?;
    let size = if psi >= LARGE_PSI { "even a large" } else { "a moderate" };
    Some(format!(
        "Of {} rows {size} drift may go unseen: one is found in four of five such tables from an index of about {psi:.2} on.",
        count(report.rows)
    ))
}

fn groups(model: &Model, report: &MonitorReport) -> Option<String> {
    let column = model.reading().group.as_ref().filter(|_| report.training_rows.is_some())?;
    Some(format!(
        "The model was trained on rows that belong together by `{}`. The tests of drift take rows as independent, so that their p-values are too small; the sizes of drifts are not concerned.",
        shown(column)
    ))
}

fn rejected(report: &MonitorReport) -> Option<String> {
    let (rows, of) = (report.rejected_rows, report.rows);
    if rows == 0 {
        return None;
    }
    let by = match report.rejected_by.as_slice() {
        [] => "their scores are beyond all numbers".to_owned(),
        by => at_fault(by),
    };
    Some(format!(
        "{} of {} rows ({}) have no prediction: {by}.",
        count(rows),
        count(of),
        percent(rows as f64 / of as f64)
    ))
}

fn range(report: &MonitorReport) -> Option<String> {
    let share = |of: &OutsideRange| (of.below + of.above) as f64 / report.rows as f64;
    let columns = report.outside_training_range.iter().filter(|of| share(of) >= WORTH_SAYING);
    let columns: Vec<String> = columns
        .take(AT_LENGTH)
        .map(|of| {
            let [low, high] = of.training_range;
            format!("`{}` in {} (training rows have {low} to {high})", shown(&of.column), percent(share(of)))
        })
        .collect();
    if columns.is_empty() {
        return None;
    }
    Some(format!("Numbers lie where no training row does, so that the model extrapolates: {}.", columns.join(", ")))
}

pub(super) fn base_rate(outcomes: &JudgedOutcomes) -> String {
    if let Some([judged, others]) = outcomes.selected {
        return format!(
            "Whether the base rate has changed cannot be told: of those whose outcomes are looked at {} are predicted 1, and of all others {}, so that they are no random share of all.",
            percent(judged),
            percent(others)
        );
    }
    let BaseRateShift { now, training, stated, difference } = outcomes.base_rate;
    let [low, high] = difference.interval;
    let interval = format!(
        "a difference of {} percentage points, 95 % interval {} to {}",
        signed_points(difference.value),
        signed_points(low),
        signed_points(high)
    );
    let stated = stated.map_or(String::new(), |rate| {
        format!(" The probabilities are those of a stated base rate of {}.", percent(rate))
    });
    let verb = if difference.is_clear() { "has changed" } else { "is not shown to have changed" };
    format!(
        "The base rate {verb}: {} of {} rows are of class 1, against {} of the training rows ({interval}).{stated}",
        percent(now),
        count(outcomes.rows),
        percent(training)
    )
}

/// A difference of shares with its sign.
pub(super) fn signed_points(difference: f64) -> String {
    format!("{:+.2}", 100.0 * difference)
}

pub(super) fn calibration(outcomes: &JudgedOutcomes) -> String {
    let Some((agreement, large)) = outcomes.agreement().zip(outcomes.in_the_large) else {
        return "Whether probabilities are right cannot be told from these outcomes, which are all of one class."
            .to_owned();
    };
    let means = format!(
        "mean predicted probability {:.3}, share observed {:.3}",
        outcomes.mean_probability, outcomes.base_rate.now
    );
    let off = interval_of("log-odds off by", large);
    let bent = outcomes.slope.map_or_else(|| off.clone(), |slope| interval_of("calibration slope", slope));
    match agreement {
        Agreement::NotShownToDiffer => {
            let slope =
                outcomes.slope.map_or(String::new(), |slope| format!("; {}", interval_of("calibration slope", slope)));
            format!("Probabilities are not shown to differ from what was observed ({means}; {off}{slope}).")
        }
        Agreement::TooHigh => format!("Probabilities are too high on the whole ({means}; {off})."),
        Agreement::TooLow => format!("Probabilities are too low on the whole ({means}; {off})."),
        Agreement::Uneven => {
            let groups = outcomes.ece.zip(outcomes.ece_if_calibrated).map_or(String::new(), |(ece, right)| {
                format!(
                    "; in ten groups predicted and observed shares are {} apart on average, where right probabilities would be {}",
                    percentage_points(ece),
                    percentage_points(right.mean)
                )
            });
            format!(
                "Probabilities are right on the whole, but too high for some users and too low for others ({means}{groups})."
            )
        }
        Agreement::TooExtreme => {
            format!("Probabilities are too extreme: high ones are too high and low ones too low ({means}; {bent}).")
        }
        Agreement::TooModerate => {
            format!(
                "Probabilities lie too near each other: high ones are too low and low ones too high ({means}; {bent})."
            )
        }
    }
}

fn interval_of(name: &str, LineParameter { value, interval: [low, high], .. }: LineParameter) -> String {
    format!("{name} {value:.2}, 95 % interval {low:.2} to {high:.2}")
}

pub(super) fn ranking(outcomes: &JudgedOutcomes) -> Option<String> {
    let (auc, [low, high]) = (outcomes.roc_auc?, outcomes.roc_auc_interval?);
    if outcomes.rows < FEW_ROWS {
        return None;
    }
    let remark = match outcomes.selected {
        Some(_) => ": of those whose outcomes are looked at, where scores are not as far apart as among all",
        None if low <= 0.5 => ": the scores are not shown to rank better than chance",
        None => "",
    };
    Some(format!("The ROC AUC is {} (95 % interval {low:.4} to {high:.4}){remark}.", figure(Some(auc))))
}

fn training_rows(outcomes: &JudgedOutcomes) -> Option<String> {
    let share = outcomes.training_share.filter(|share| *share >= WORTH_SAYING)?;
    Some(format!(
        "About {} of these rows are rows that the model was trained on, of which figures are too good.",
        percent(share)
    ))
}

fn without_outcomes(model: &Model, report: &MonitorReport) -> String {
    let target = shown(&model.space().target.name);
    if let Some(why) = &report.outcomes_unknown {
        return format!(
            "Outcomes are not judged, since a cell cannot be read, so whether probabilities are still right is not known: {why}."
        );
    }
    let missing = if report.rows_without_label > 0 {
        format!("No row has a value of `{target}`")
    } else {
        format!("The table has no column `{target}`")
    };
    format!(
        "{missing}: whether probabilities are still right is not known without outcomes. Columns may drift and leave them right, and they may be wrong though no column has drifted."
    )
}

/// What to do.
fn advice(report: &MonitorReport) -> String {
    let mut advice = Vec::new();
    let unknown = report.rejected_by.iter().filter(|by| by.reason == RejectReason::UnknownLevel);
    let unknown: Vec<String> = unknown.map(|by| format!("`{}`", shown(&by.column))).collect();
    if !unknown.is_empty() {
        advice.push(format!(
            "Look at the unknown levels of {}: another spelling is to be put right where the data come from, and a new kind asks for a model that is trained with it.",
            listed(&unknown)
        ));
    }
    let drifted = report.drift.is_some_and(|drift| drift > DriftSize::None);
    match &report.outcomes {
        Some(outcomes) => advice.extend(of_outcomes(outcomes)),
        None if drifted => advice.push(
            "Find out the outcomes of some hundreds of these rows, drawn at random, and monitor with them: they say whether the model has to be trained again."
                .to_owned(),
        ),
        None => {}
    }
    let are_few = report.training_rows.is_some() && report.detectable_psi.is_none_or(|psi| psi >= LARGE_PSI);
    if advice.is_empty() {
        let nothing = match &report.outcomes {
            None if are_few => "Monitor more rows together before anything is concluded.",
            None if report.training_rows.is_none() => "Find out outcomes, which judge any model.",
            None => {
                "Nothing that is seen here asks for another model, but only outcomes say whether its probabilities still hold."
            }
            Some(_) => "Nothing that is seen here asks for another model.",
        };
        advice.push(nothing.to_owned());
    }
    advice.join(" ")
}

pub(super) fn of_outcomes(outcomes: &JudgedOutcomes) -> Option<String> {
    let is_chance = outcomes.selected.is_none()
        && outcomes.rows >= FEW_ROWS
        && outcomes.roc_auc_interval.is_some_and(|[low, _]| low <= 0.5);
    if is_chance {
        return Some("Train the model again on rows like these: its scores no longer tell users apart.".to_owned());
    }
    match outcomes.agreement()? {
        Agreement::NotShownToDiffer => None,
        Agreement::Uneven => Some(
            "Train the model again with effects that bend or act together, or calibrate its probabilities: no base rate puts them right.".to_owned(),
        ),
        Agreement::TooExtreme | Agreement::TooModerate => Some(
            "Train the model again on rows like these, or calibrate its probabilities on them: another base rate does not put them right."
                .to_owned(),
        ),
        Agreement::TooHigh | Agreement::TooLow if outcomes.selected.is_some() => Some(
            "Train the model again on later rows, or calibrate its probabilities on outcomes of a random share of all: whether another base rate puts them right cannot be told from these.".to_owned(),
        ),
        Agreement::TooHigh | Agreement::TooLow => Some(match outcomes.rate_that_rights() {
            Some(rate) => format!(
                "Train the model with a stated base rate of {}: the change of the base rate explains by how much the probabilities are off.",
                percent(rate)
            ),
            None => "Train the model again on rows like these, or calibrate its probabilities on them: the base rate does not explain by how much they are off.".to_owned(),
        }),
    }
}

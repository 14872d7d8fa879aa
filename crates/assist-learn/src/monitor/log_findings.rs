//! What a service's log comes to, in sentences: only what its figures support.

use assist_metrics::DriftSize;
use assist_metrics::words::{count, percent};
use assist_score::Model;

use super::findings::{base_rate, calibration, index, of_outcomes, ranking, signed_points};
use super::help::HelpEffect;
use super::log::{JudgedBy, OutcomeReport};
use super::report::{Drift, MonitorFinding, MonitorTopic};

/// All that is to be said; what to do comes last.
pub(super) fn of(model: &Model, report: &OutcomeReport) -> Vec<MonitorFinding> {
    let mut findings = Vec::new();
    let mut add = |about, text: Option<String>| findings.extend(text.map(|text| MonitorFinding::new(about, text)));
    add(MonitorTopic::Scores, Some(scores(report)));
    add(MonitorTopic::Limits, known(report));
    if let Some(outcomes) = &report.outcomes {
        add(MonitorTopic::Limits, judged(model, report));
        add(MonitorTopic::BaseRate, Some(base_rate(outcomes)));
        add(MonitorTopic::Calibration, Some(calibration(outcomes)));
        add(MonitorTopic::Ranking, ranking(outcomes));
    }
    add(MonitorTopic::Help, Some(help(report)));
    add(MonitorTopic::Advice, advice(report));
    findings
}

fn scores(report: &OutcomeReport) -> String {
    let Some(now) = report.probability.now else {
        return "There is no prediction to be judged.".to_owned();
    };
    let then = report.probability.training.map_or(String::new(), |then| format!(", against {then:.3} in training"));
    let mean = format!("the mean of {} is {now:.3}{then}", count(report.predictions));
    let invalid = match report.invalid {
        0 => String::new(),
        n => format!(" {} logged values are no probabilities and were left out.", count(n)),
    };
    let drift = match &report.drift {
        None => "The model keeps no profile of its training rows, so whether probabilities have drifted cannot be told",
        Some(Drift { size: DriftSize::Unknown, .. }) => {
            "There are too few predictions to tell whether probabilities have drifted"
        }
        Some(Drift { size: DriftSize::None, .. }) => "The predicted probabilities are not shown to have drifted",
        Some(Drift { size: DriftSize::Large, .. }) => "The predicted probabilities have drifted much",
        Some(_) => "The predicted probabilities have drifted moderately",
    };
    let tested = report.drift.as_ref().filter(|drift| drift.p_value.is_some());
    let psi = tested.map_or(String::new(), |drift| format!(" ({})", index(drift, 3)));
    format!("{drift}{psi}; {mean}.{invalid}")
}

/// Of how many the outcome is known.
fn known(report: &OutcomeReport) -> Option<String> {
    if report.predictions == 0 {
        return None;
    }
    let share = report.with_outcome as f64 / report.predictions as f64;
    let known = format!(
        "The outcome is known of {} of {} predictions ({})",
        count(report.with_outcome),
        count(report.predictions),
        percent(share)
    );
    Some(match &report.outcomes {
        None if report.judged_by == JudgedBy::HeldOut => {
            format!("{known}, and of no user who was held out: whether probabilities are still right is not known.")
        }
        None => format!("{known}: whether probabilities are still right is not known."),
        Some(_) => format!("{known}; of the others nothing is said here."),
    })
}

/// Whose outcomes are looked at, and what that means.
fn judged(model: &Model, report: &OutcomeReport) -> Option<String> {
    let rows = report.outcomes.as_ref().map(|outcomes| outcomes.rows)?;
    let target = assist_score::shown(&model.space().target.name);
    Some(match report.judged_by {
        JudgedBy::HeldOut => format!(
            "The model is judged by the {} users who were held out and whose `{target}` is known: help changes the outcome of those who get it, which is then not what the model predicts.",
            count(rows)
        ),
        JudgedBy::All => format!(
            "The model is judged by all whose outcome is known, since {}. Where users were helped because of a prediction, probabilities look too high by what help has changed.",
            nobody_held_out(report)
        ),
    })
}

/// Why there is nobody to compare with.
fn nobody_held_out(report: &OutcomeReport) -> &'static str {
    if report.arms[0] > 0 { "no prediction is of a held-out user yet" } else { "nobody is marked as held out" }
}

/// What help changed.
fn help(report: &OutcomeReport) -> String {
    let Some(effect) = &report.help else {
        return format!("What help changes cannot be told, since {}.", nobody_held_out(report));
    };
    let HelpEffect { helped, held_out, difference, .. } = effect;
    let caution = "A user with several predictions counts several times, and then the interval is too narrow. At risk is not yet helped: the model says who is likely to need assistance, not whom help changes.";
    let Some(difference) = difference else {
        let whose = if helped[1] == 0 { "helped" } else { "held out" };
        return format!(
            "What help changes cannot be told: of no user at risk who was {whose} the outcome is known. {caution}"
        );
    };
    let share = |[hits, of]: [u64; 2]| percent(hits as f64 / of as f64);
    let [low, high] = difference.interval;
    let figures = format!(
        "of users predicted 1, {} of the {} helped and {} of the {} held out turned out to be of class 1; a difference of {} percentage points, 95 % interval {} to {}",
        share(*helped),
        count(helped[1]),
        share(*held_out),
        count(held_out[1]),
        signed_points(difference.value),
        signed_points(low),
        signed_points(high),
    );
    let verdict = match (difference.is_clear(), difference.value < 0.0) {
        (true, true) => "Help has lowered the share of users who need assistance",
        (true, false) => "Users who were helped need assistance more often than those held out",
        (false, _) => "It is not shown that help changes anything",
    };
    let more = effect.more().map_or(String::new(), |more| {
        format!(
            " About {} more users, divided as now, would show a difference of this size in four of five cases.",
            count(more)
        )
    });
    format!("{verdict}: {figures}.{more} {caution}")
}

/// What to do.
fn advice(report: &OutcomeReport) -> Option<String> {
    let mut advice: Vec<String> = Vec::new();
    advice.extend(report.outcomes.as_ref().and_then(of_outcomes));
    let may_be_help = report.judged_by == JudgedBy::All && report.outcomes.is_some();
    if may_be_help && !advice.is_empty() {
        advice.insert(0, "First make sure that it is not help that has changed the outcomes.".to_owned());
    }
    if report.arms == [0, 0] {
        advice.push("Leave a random share of the users at risk without help, and mark them as held out: it says what help changes, and whether the model is still right.".to_owned());
    }
    if report.outcomes.is_none() {
        advice.push("Record outcomes: without them nothing says whether probabilities are still right.".to_owned());
    }
    (!advice.is_empty()).then(|| advice.join(" "))
}

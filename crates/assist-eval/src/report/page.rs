//! The page, from the verdict down to the figures it rests on.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::charts::{self, Axes, Line};
use super::curves;
use crate::comparison::{Candidate, DECISION_TREE, LOGISTIC_REGRESSION, MAJORITY, PERMUTED_TREE, RANDOM_FOREST};
use crate::profile::ValuesProfile;
use crate::verdict::{Topic, title};
use crate::words::{count, figure as four_decimals, number, p_value, percent};

/// Bins of the distribution of probabilities.
const BINS: usize = 20;
/// Coefficients that are drawn, those with the largest values; the table has all.
const DRAWN: usize = 24;
/// Rates of false alarms of the table beside the ROC curve.
const RATES: [f64; 6] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

pub(super) fn page(report: &Report<'_>) -> Markup {
    let target = &report.model.space().target;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Who needs assistance? " (report.table) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main {
                    h1 { "Who needs assistance?" }
                    p.muted {
                        "A report on " (report.table) ": " (count(report.profile.rows)) " rows, of which "
                        (percent(report.profile.class_counts[1] as f64 / report.profile.rows.max(1) as f64))
                        " have the label " code { (target.name) " = " (target.positive) } "."
                    }
                    (verdict(report))
                    (tiles(report))
                    (models(report))
                    (errors(report))
                    (probabilities(report))
                    (reasons(report))
                    (label(report))
                    (data(report))
                    footer {
                        p { "Model " (report.model_id) ", assist " (report.version) ". This page is one file and loads nothing." }
                    }
                }
            }
        }
    }
}

fn verdict(report: &Report<'_>) -> Markup {
    let of = |topic: Topic| report.findings.iter().filter(move |finding| finding.about == topic);
    html! {
        section.verdict {
            h2 { "Verdict" }
            @for finding in of(Topic::Recommendation) { p { strong { (words(&finding.text)) } } }
            ul {
                @for finding in report.findings.iter().filter(|finding| finding.about != Topic::Recommendation) {
                    li { (words(&finding.text)) }
                }
            }
        }
        @for warning in report.warnings { p.warning { "Training warned: " (words(warning)) } }
    }
}

/// Text whose parts between backticks are code.
fn words(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn tiles(report: &Report<'_>) -> Markup {
    let Some(model) = report.comparison.model(LOGISTIC_REGRESSION) else { return html! {} };
    let test = &model.test;
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let interval = |interval: Option<[f64; 2]>, show: &dyn Fn(f64) -> String| {
        interval.map_or_else(String::new, |[low, high]| format!("95 % interval {} to {}", show(low), show(high)))
    };
    let of_one = test.report.get("1");
    html! {
        h2 { "The saved model on held-out rows" }
        p.intro.muted {
            "A logistic regression, judged on " (count(test.rows)) " rows that it was not trained on (" (report.split) ")."
        }
        ul.tiles {
            li { span { "decisions that are right" } b { (share(test.accuracy)) } span { (interval(test.intervals.accuracy, &percent)) } }
            li { span { "of those flagged, need assistance" } b { (share(of_one.and_then(|class| class.precision))) } span { "precision" } }
            li { span { "of those in need, are flagged" } b { (share(of_one.and_then(|class| class.recall))) } span { "recall" } }
            li {
                span { "a user in need scores higher than one without, in" } b { (share(test.roc_auc)) }
                span { "of all pairs (ROC AUC)" @if test.intervals.roc_auc.is_some() { "; " (interval(test.intervals.roc_auc, &percent)) } }
            }
            li {
                span { "probabilities are off by" } b { (share(test.probability.ece)) }
                span { "on average over ten groups (calibration error)" }
            }
        }
    }
}

fn candidates<'a>(report: &'a Report<'_>) -> Vec<&'a Candidate> {
    [LOGISTIC_REGRESSION, DECISION_TREE, RANDOM_FOREST]
        .iter()
        .filter_map(|name| report.comparison.model(name))
        .collect()
}

fn models(report: &Report<'_>) -> Markup {
    let models = candidates(report);
    let line = |points: fn(&crate::scores::ScoreCounts) -> Vec<(f64, f64)>| -> Vec<Line> {
        let of = |model: &&Candidate| Line { name: title(model.name).to_owned(), points: points(&model.test_scores) };
        models.iter().map(of).filter(|line| !line.points.is_empty()).collect()
    };
    let (roc, precision_recall) = (line(curves::roc), line(curves::precision_recall));
    let size = |model: &Candidate| format!("{} {}", count(model.parameters as u64), model.parameters_are);
    let mut head = vec!["at most so many false alarms"];
    head.extend(models.iter().map(|model| title(model.name)));
    let at_rate = |rate: &f64| {
        let of =
            |model: &&Candidate| curves::recall_at(&model.test_scores, *rate).map_or_else(|| "–".to_owned(), percent);
        [percent(*rate)].into_iter().chain(models.iter().map(of)).collect()
    };
    html! {
        h2 { "Beside other models and controls" }
        p.intro.muted {
            "Trees and forest were grown on " (grown_on(report)) ", and all are judged on the same "
            (count(report.comparison.rows[1] as u64)) " held-out rows" (drawn_from(report.comparison.rows[1], report.comparison.of_rows[1]))
            ". The last two are controls: what is reached without looking "
            "at the user, and what a tree looks like that has learnt its rows by heart."
        }
        (table(
            &["", "size", "right, training", "right, held-out", "ROC AUC", "log-loss of probabilities", "wrong on values never seen"],
            report.comparison.models.iter().map(|model| vec![
                title(model.name).to_owned(),
                size(model),
                model.train.accuracy.map_or_else(|| "–".to_owned(), percent),
                model.test.accuracy.map_or_else(|| "–".to_owned(), percent),
                four_decimals(model.test.roc_auc),
                four_decimals(model.test.probability.log_loss),
                format!("{} of {}", count(model.unseen_rows.errors), count(model.unseen_rows.rows)),
            ]).collect(),
        ))
        div.figures style="margin-top:16px" {
            @if !roc.is_empty() {
                (chart(
                    "Found, for so many false alarms",
                    "The further up and to the left, the better. The dashed line is guessing.",
                    &charts::lines(
                        "ROC curves of logistic regression, the decision tree and the random forest on held-out rows",
                        &Axes { x: "of those without need, flagged", y: "of those in need, flagged" }, &roc, true,
                    ),
                    &table(&head, RATES.iter().map(at_rate).collect()),
                ))
            }
            @if !precision_recall.is_empty() {
                (chart(
                    "Rightly flagged, for so many found",
                    "How many of those flagged need assistance, as more of those in need are found.",
                    &charts::lines(
                        "Precision against recall of logistic regression, the decision tree and the random forest",
                        &Axes { x: "of those in need, flagged", y: "of those flagged, in need" }, &precision_recall, false,
                    ),
                    &table(&["", "average precision"], models.iter().map(|model| {
                        vec![title(model.name).to_owned(), four_decimals(model.test.average_precision)]
                    }).collect()),
                ))
            }
        }
        details {
            summary { "Tests of two models on the same rows" }
            (table(
                &["", "only the first wrong", "only the second wrong", "p (McNemar, exact)", "difference of AUC", "95 % interval (DeLong)"],
                report.comparison.paired_tests.iter().map(|test| vec![
                    format!("{} and {}", title(&test.a), title(&test.b)),
                    count(test.a_only_wrong),
                    count(test.b_only_wrong),
                    p_value(test.mcnemar_p),
                    four_decimals(test.auc_difference),
                    test.auc_difference_ci.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}")),
                ]).collect(),
            ))
        }
    }
}

fn errors(report: &Report<'_>) -> Markup {
    let share = |[rows, errors]: &[u64; 2]| (*rows > 0).then(|| *errors as f64 / *rows as f64);
    html! {
        h2 { "Where it is wrong" }
        div.figures {
            @if let Some(map) = &report.comparison.heat_map {
                @let cells: Vec<Vec<Option<f64>>> = map.cells.iter().map(|row| row.iter().map(share).collect()).collect();
                (chart(
                    "Wrong decisions, by slice",
                    "The share of held-out rows that logistic regression gets wrong, by the two columns that are worth most to it.",
                    &charts::heat_map(
                        &format!("Heat map of the share of wrong decisions by {} and {}", map.columns[0], map.columns[1]),
                        [&map.columns[0], &map.columns[1]], &map.bins, &cells,
                    ),
                    &table(
                        &[&map.columns[0], &map.columns[1], "rows", "wrong"],
                        map.cells.iter().zip(&map.bins[0]).flat_map(|(cells, row)| {
                            cells.iter().zip(&map.bins[1]).filter(|(cell, _)| cell[0] > 0).map(move |(cell, column)| {
                                vec![row.clone(), column.clone(), count(cell[0]), count(cell[1])]
                            })
                        }).collect(),
                    ),
                ))
            }
            @for model in candidates(report) {
                (chart(
                    &format!("Decisions of {}", title(model.name)),
                    "What held-out users were told, and what was true.",
                    &charts::confusion(
                        &format!("Confusion matrix of {}", title(model.name)), model.test.confusion_matrix, count,
                    ),
                    &table(&["", "told: no", "told: yes"], vec![
                        std::iter::once("needs no assistance".to_owned()).chain(model.test.confusion_matrix[0].map(count)).collect(),
                        std::iter::once("needs assistance".to_owned()).chain(model.test.confusion_matrix[1].map(count)).collect(),
                    ]),
                ))
            }
        }
        h3 style="margin-top:20px" { "The regions where each model is most wrong" }
        @let slices: Vec<Vec<String>> = candidates(report).iter().flat_map(|model| {
            model.slices.iter().map(|slice| vec![
                title(model.name).to_owned(), slice.region.clone(), count(slice.rows), count(slice.errors),
            ])
        }).collect();
        @if slices.is_empty() {
            p { "No model has errors that gather in a region of one or two columns." }
        } @else {
            (table(&["", "where", "held-out rows", "wrong"], slices))
        }
    }
}

fn probabilities(report: &Report<'_>) -> Markup {
    let Some(model) = report.comparison.model(LOGISTIC_REGRESSION) else { return html! {} };
    let correction = report.model.correction();
    let bins = &model.test.probability.reliability;
    let points: Vec<(f64, f64, [f64; 2])> =
        bins.iter().map(|bin| (bin.mean_probability, bin.observed, bin.interval)).collect();
    let counts = curves::histogram(&model.test_scores, correction, BINS);
    let totals = counts.each_ref().map(|counts| counts.iter().sum::<u64>().max(1) as f64);
    let shares = [0, 1].map(|class| counts[class].iter().map(|n| *n as f64 / totals[class]).collect::<Vec<f64>>());
    let thresholds = curves::thresholds(&model.test_scores, correction);
    let curve = |name: &str, of: &dyn Fn(&curves::AtProbability) -> Option<f64>| Line {
        name: name.to_owned(),
        points: thresholds.iter().filter_map(|at| Some((at.probability, of(at)?))).collect(),
    };
    let lines = [
        curve("of those flagged, in need (precision)", &|at| at.precision),
        curve("of those in need, flagged (recall)", &|at| at.recall),
        curve("of all users, flagged", &|at| Some(at.flagged)),
    ];
    html! {
        h2 { "Can its probabilities be believed?" }
        div.figures {
            (chart(
                "Told and observed",
                "Users in ten groups by the probability that they were told; with each group's share in need and its 95 % interval. On the dashed line probabilities are right.",
                &charts::reliability(
                    "Reliability diagram: observed share against told probability, in ten groups",
                    &Axes { x: "told probability", y: "share in need" }, &points,
                ),
                &table(&["told, on average", "in need", "95 % interval", "rows"], bins.iter().map(|bin| vec![
                    percent(bin.mean_probability), percent(bin.observed),
                    format!("{} to {}", percent(bin.interval[0]), percent(bin.interval[1])), count(bin.rows),
                ]).collect()),
            ))
            (chart(
                "Whom it can tell apart",
                "The probabilities of users with and without need. The less they overlap, the better.",
                &charts::distributions(
                    "Histograms of the probability of users without and with need of assistance",
                    ["of those who need none", "of those in need"], &shares,
                ),
                &table(&["probability", "need none", "in need"], (0..BINS).map(|bin| vec![
                    format!("{:.2} to {:.2}", bin as f64 / BINS as f64, (bin + 1) as f64 / BINS as f64),
                    count(counts[0][bin]), count(counts[1][bin]),
                ]).collect()),
            ))
            (chart(
                "Where to draw the line",
                "What happens if everybody above a probability is flagged.",
                &charts::lines(
                    "Precision, recall and share flagged against the probability at which users are flagged",
                    &Axes { x: "flag from this probability on", y: "share" }, &lines, false,
                ),
                &table(&["flag above", "precision", "recall", "flagged"], thresholds.iter().map(|at| vec![
                    percent(at.probability), at.precision.map_or_else(|| "–".to_owned(), percent),
                    at.recall.map_or_else(|| "–".to_owned(), percent), percent(at.flagged),
                ]).collect()),
            ))
        }
    }
}

fn reasons(report: &Report<'_>) -> Markup {
    let mut drawn: Vec<usize> = (0..report.coefficients.len()).collect();
    drawn.sort_by(|a, b| report.coefficients[*b].value.abs().total_cmp(&report.coefficients[*a].value.abs()));
    drawn.truncate(DRAWN);
    drawn.sort_unstable();
    let rows: Vec<(String, f64, Option<[f64; 2]>)> = drawn
        .iter()
        .map(|at| &report.coefficients[*at])
        .map(|coefficient| (coefficient.feature.clone(), coefficient.value, coefficient.interval))
        .collect();
    let all = report.coefficients.iter().map(|coefficient| {
        vec![
            coefficient.feature.clone(),
            format!("{:+.4}", coefficient.value),
            coefficient.interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:+.4} to {high:+.4}")),
            coefficient.p_value.map_or_else(|| "–".to_owned(), p_value),
        ]
    });
    let left_out = report.coefficients.len() - drawn.len();
    let importances: Vec<&Candidate> =
        candidates(report).into_iter().filter(|model| !model.importances.is_empty()).collect();
    let mut head = vec!["column"];
    head.extend(importances.iter().map(|model| title(model.name)));
    head.push("share of impurity (tree)");
    html! {
        h2 { "What it looks at" }
        div.figures {
            @if !rows.is_empty() {
                (chart(
                    "Coefficients",
                    &format!(
                        "What a unit more, or a level instead of the reference, adds to the log-odds of needing assistance, with 95 % intervals where they are valid. To the right of the short line, which is zero, it speaks for assistance. An interval across it is no evidence of an effect.{}",
                        if left_out > 0 { format!(" The {left_out} smallest are in the table only.") } else { String::new() },
                    ),
                    &charts::forest_plot("Coefficients of logistic regression with their 95 % intervals", &rows, "added to the log-odds"),
                    &table(&["feature", "coefficient", "95 % interval", "p"], all.collect()),
                ))
            }
        }
        section style="margin-top:20px" {
                h3 { "What each column is worth" }
                p.muted { "By how much the share of right decisions on held-out rows falls when a column's values are exchanged among users." }
                @if let Some(first) = importances.first() {
                    (table(&head, first.importances.iter().enumerate().map(|(at, importance)| {
                        let mut row = vec![importance.column.clone()];
                        row.extend(importances.iter().map(|model| format!("{:.1} points", model.importances[at].permutation * 100.0 + 0.0)));
                        let impurity = importances.iter().find_map(|model| model.importances[at].impurity);
                        row.push(impurity.map_or_else(|| "–".to_owned(), percent));
                        row
                    }).collect()))
                }
                @if let Some(tests) = &report.model.parameters().inference.factor_tests {
                    h3 style="margin-top:20px" { "Does a column say anything that the others do not?" }
                    p.muted { "Likelihood-ratio tests of whole columns; the last p-value is corrected for their number (Holm)." }
                    (table(&["columns", "likelihood ratio", "degrees of freedom", "p", "p (Holm)"], tests.factors.iter().chain(&tests.without_evidence).map(|test| vec![
                        test.columns.join(", "), format!("{:.2}", test.statistic), test.df.to_string(), p_value(test.p_value),
                        test.p_holm.map_or_else(|| "–".to_owned(), p_value),
                    ]).collect()))
                }
        }
    }
}

fn label(report: &Report<'_>) -> Markup {
    html! {
        h2 { "Is the label a formula?" }
        p.intro.muted { "A search for the smallest rule of at most three conditions that reproduces the label." }
        ul { @for line in report.audit.lines() { li style="overflow-wrap:anywhere" { (words(&line)) } } }
    }
}

fn data(report: &Report<'_>) -> Markup {
    let training = &report.model.parameters().training;
    let target = &report.model.space().target;
    let memorising = report.comparison.model(PERMUTED_TREE).zip(report.comparison.model(MAJORITY));
    html! {
        h2 { "Data and method" }
        (table(&["column", "role", "distinct", "missing", "values"], report.profile.columns.iter().map(|column| vec![
            column.name.clone(),
            column.role.to_owned(),
            column.distinct.map_or_else(|| "–".to_owned(), |n| count(n as u64)),
            column.missing.map_or_else(|| "–".to_owned(), count),
            match &column.values {
                Some(ValuesProfile::Numbers { min, quartiles, max, .. }) => format!("{} to {}, half of them from {} to {}", number(*min), number(*max), number(quartiles[0]), number(quartiles[2])),
                Some(ValuesProfile::Levels { levels, .. }) => {
                    let shown = levels.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
                    if levels.len() > 8 { format!("{shown} and {} more", levels.len() - 8) } else { shown }
                }
                None if column.role == "target" => "the label".to_owned(),
                None => "not used".to_owned(),
            },
        ]).collect()))
        ul {
            li { (count(report.profile.duplicates)) " rows repeat the values of another row." }
            li { "Ask of every column whether it is known at the moment when help would be given: errors and times of a finished task are not." }
            li {
                "Training rows: " (count(training.class_counts[0])) " of class 0 (" code { (target.name) " = " (target.negative) } ") and "
                (count(training.class_counts[1])) " of class 1 (" code { (target.name) " = " (target.positive) } "), weighted "
                (format!("{:.4} and {:.4}", training.class_weights[0], training.class_weights[1])) "."
            }
            li { "The solver: " (training.fit.solver) ", " (count(training.fit.iterations)) " iterations; " (training.fit.termination) "." }
            @if let Some(errors) = &training.standard_errors { li { "Standard errors: " code { (errors.method) } "." } }
            @if let Some((control, _)) = memorising {
                li { "The control grew on permuted labels: its " (count(control.parameters as u64)) " leaves have learnt noise by heart." }
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "every caller has just made them")]
fn table(head: &[&str], rows: Vec<Vec<String>>) -> Markup {
    // A heading stands over its cells.
    let class = |at: usize| {
        if at > 0 && rows.first().and_then(|row| row.get(at)).is_some_and(|cell| is_figure(cell)) {
            "number"
        } else {
            ""
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="table" {
            table {
                thead { tr { @for (at, cell) in head.iter().enumerate() { th scope="col" class=(class(at)) { (cell) } } } }
                tbody { @for row in &rows { tr { @for (at, cell) in row.iter().enumerate() {
                    @if at == 0 { th scope="row" { (cell) } } @else if is_figure(cell) { td.number { (cell) } } @else { td { (cell) } }
                } } } }
            }
        }
    }
}

/// Whether some rows stand for more.
fn drawn_from(rows: usize, of_rows: u64) -> String {
    if (rows as u64) < of_rows { format!(", drawn from {}", count(of_rows)) } else { String::new() }
}

pub(super) fn grown_on(report: &Report<'_>) -> String {
    let (rows, of_rows) = (report.comparison.rows[0], report.comparison.of_rows[0]);
    if (rows as u64) < of_rows {
        format!(
            "{} of the {} training rows; the logistic regression is fitted on all of them",
            count(rows as u64),
            count(of_rows)
        )
    } else {
        format!("the same {} training rows as the logistic regression", count(of_rows))
    }
}

/// Whether a cell holds a number, which stands to the right and in one line.
fn is_figure(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit() || "+-–<>".contains(c)) && cell.len() < 30
}

fn chart(heading: &str, text: &str, svg: &str, table: &Markup) -> Markup {
    html! {
        figure {
            figcaption { h3 { (heading) } p { (text) } }
            (PreEscaped(svg))
            details { summary { "The figures behind it" } (table) }
        }
    }
}

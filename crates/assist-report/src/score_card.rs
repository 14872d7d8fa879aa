//! A card or a rule as one printed page: conditions with their points, and what a total means. Support staff use it without a
//! computer.

use assist_metrics::IntervalMethod;
use assist_metrics::words::{count, number, percent};
use assist_score::{Decides, FeatureSpace, Form, MISSING_LEVEL, Model, ScoreTotal, Term};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::verdict::capital;

/// Paper and ink: no colour carries a meaning.
const STYLE: &str = "
:root { color-scheme: light; }
body { font: 12pt/1.4 system-ui, sans-serif; color: #000; background: #fff; margin: 2rem auto; max-width: 42rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
p { margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { border: 1px solid #555; padding: .35rem .6rem; text-align: left; }
th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.box { width: 4rem; }
tr.yes td { font-weight: 600; }
footer { font-size: 9pt; margin-top: 1.5rem; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
";

/// The intervals of the shares of class 1 that are shown beside the totals of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalIntervals {
    /// For each total of the training rows the ends, corrected to the base rate.
    pub ends: Vec<Option<[f64; 2]>>,
    /// How they were made; `None` where there are none.
    pub method: Option<IntervalMethod>,
}

/// The page of a card or a rule, one HTML file that loads nothing; `None` for a logistic regression, which has no points.
pub fn score_card(model: &Model, intervals: &TotalIntervals) -> Option<String> {
    let id = model.pair_id().ok()?;
    model.space().form.has_points().then(|| page(model, intervals, &id.to_string()).into_string())
}

fn page(model: &Model, intervals: &TotalIntervals, id: &str) -> Markup {
    let (space, parameters) = (model.space(), model.parameters());
    let target = &space.target;
    let what = if space.form == Form::Rule { "Rule" } else { "Scorecard" };
    let label = format!("{} = {}", target.name, target.positive);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (what) ": " (label) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (what) ": " (label) }
                p { "Add the points of every line that is true of the user. The total stands in the table below." }
                table {
                    thead { tr { th { "If" } th.number { "points" } th { "yours" } } }
                    tbody {
                        @if parameters.intercept != 0.0 {
                            tr { td { "always" } td.number { (signed(parameters.intercept)) } td.box {} }
                        }
                        @for term in model.terms() {
                            tr {
                                td { (condition(space, &term.term).unwrap_or(term.name)) }
                                td.number { (signed(term.coefficient)) }
                                td.box {}
                            }
                        }
                        tr { th { "Total" } th {} td.box {} }
                    }
                }
                table {
                    thead {
                        tr {
                            th.number { "total" } th.number { "probability" } th.number { "95 % interval" }
                            th.number { "seen in training" } th { "predicted" }
                        }
                    }
                    tbody {
                        @for (place, total) in parameters.totals.iter().enumerate() {
                            (line(model, total, intervals.ends.get(place).copied().flatten()))
                        }
                    }
                }
                p { (decision(model)) }
                p { (meaning(model, intervals, &label)) }
                p { (capital(&parameters.training.fit.termination)) "." }
                footer { "Model " (id) }
            }
        }
    }
}

/// From which total on class 1 is predicted.
pub(crate) fn decision(model: &Model) -> String {
    let positive = &model.space().target.positive;
    match model.decides() {
        Some(Decides::From(total)) => format!("Predicted {positive} from {} on.", points(total)),
        Some(Decides::Always) => format!("Every total is predicted {positive}."),
        _ => format!("No total is predicted {positive}."),
    }
}

fn points(total: f64) -> String {
    format!("{} {}", number(total), if total == 1.0 { "point" } else { "points" })
}

/// What the columns of the table of totals are.
pub(crate) fn meaning(model: &Model, intervals: &TotalIntervals, label: &str) -> String {
    let parameters = model.parameters();
    let counted = count(parameters.totals.iter().flat_map(|of| of.counts).sum());
    let base_rate = parameters.training.base_rate.map(percent);
    let at =
        |what: &str| base_rate.as_ref().map_or(String::new(), |rate| format!("{what} {rate} of the users are {label}"));
    let interval = match intervals.method {
        Some(IntervalMethod::Wilson) => "(Wilson)",
        Some(_) => "(Wilson, for as many independent rows as its groups amount to)",
        None => {
            return format!(
                "The probability is that of {label}{}, counted on {counted} training rows. There are no intervals: rows of one \
                 group are not independent.",
                at(" where")
            );
        }
    };
    let line = if model.space().form == Form::Card {
        " The probability is that of one line through all totals, so it is not the share of a single one."
    } else {
        ""
    };
    format!(
        "The probability is that of {label}{}. The interval is that of the share among the training rows with this total \
         {interval}{}. There are {counted} training rows.{line}",
        at(" where"),
        if base_rate.is_some() { ", both ends corrected as the probability is" } else { "" }
    )
}

fn line(model: &Model, total: &ScoreTotal, interval: Option<[f64; 2]>) -> Markup {
    let scored = model.scored(total.score);
    let [n0, n1] = total.counts;
    let is_positive = scored.prediction == 1;
    html! {
        tr.yes[is_positive] {
            td.number { (number(total.score)) }
            td.number { (percent(scored.probability)) }
            td.number { @if let Some([low, high]) = interval { (percent(low)) " to " (percent(high)) } @else { "–" } }
            td.number { (count(n1)) " of " (count(n0 + n1)) }
            td { @if is_positive { (model.space().target.positive) } @else { "–" } }
        }
    }
}

pub(crate) fn signed(points: f64) -> String {
    format!("{points:+}")
}

/// A condition as a person would say it.
pub(crate) fn condition(space: &FeatureSpace, term: &Term) -> Option<String> {
    let name = |column: &usize| space.column_name(*column);
    Some(match term {
        Term::Cut { column, low: Some(low), high: None } => format!("{} is above {}", name(column)?, number(*low)),
        Term::Cut { column, low: None, high: Some(high) } => format!("{} is at most {}", name(column)?, number(*high)),
        Term::Cut { column, low: Some(low), high: Some(high) } => {
            format!("{} is above {} and at most {}", name(column)?, number(*low), number(*high))
        }
        Term::Missing { column } => format!("{} is missing", name(column)?),
        Term::Level { column, code } => {
            let of = space.categorical.get(column.checked_sub(space.numeric.len())?)?;
            let level = of.levels.get(*code as usize)?;
            if level == MISSING_LEVEL { format!("{} is missing", of.name) } else { format!("{} is {level}", of.name) }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use assist_score::{Calibration, CategoricalColumn, NumericColumn, Parameters, Target, Training};

    use super::*;

    fn card(form: Form) -> Model {
        let target = Target { name: "help".into(), negative: "no".into(), positive: "yes <b>".into() };
        let device = CategoricalColumn::new("device", vec!["Phone".into(), "Watch & co".into()]);
        let mut space = FeatureSpace::new(target, vec![], vec![NumericColumn::new("errors", 0.0, 9.0)], vec![device]);
        let mut coefficients = vec![0.5, 0.25];
        if form.has_points() {
            space.form = form;
            space.additional =
                vec![Term::Cut { column: 0, low: Some(2.0), high: None }, Term::Level { column: 1, code: 1 }];
            coefficients = vec![3.0, -1.0];
        }
        let total = |score, counts| ScoreTotal { score, counts };
        let mut training = Training::default();
        training.fit.termination = "the search was ended before the proof".into();
        let parameters = Parameters {
            coefficients,
            threshold: 1.5,
            calibration: Some(Calibration::Sigmoid { slope: 1.0, intercept: -2.0 }),
            training,
            totals: vec![total(-1.0, [9, 1]), total(0.0, [30, 5]), total(3.0, [2, 1200])],
            ..Parameters::default()
        };
        Model::new(space, parameters).expect("consistent")
    }

    fn shown(model: &Model, method: Option<IntervalMethod>) -> Option<String> {
        score_card(model, &TotalIntervals { ends: vec![method.map(|_| [0.5, 0.75]); 3], method })
    }

    #[test]
    fn intervals_say_of_what_they_are() {
        let model = card(Form::Card);
        let grouped = shown(&model, Some(IntervalMethod::ClusteredWilson)).expect("a page");
        assert!(grouped.contains("as many independent rows as its groups amount to"), "{grouped}");
        let without = shown(&model, None).expect("a page");
        assert!(
            without.contains("There are no intervals") && without.contains("<td class=\"number\">–</td>"),
            "{without}"
        );
        let mut parameters = model.parameters().clone();
        parameters.training.class_counts = [41, 1206];
        parameters.training.base_rate = Some(0.1);
        let model = Model::new(model.space().clone(), parameters).expect("consistent");
        let corrected = shown(&model, Some(IntervalMethod::Wilson)).expect("a page");
        assert!(corrected.contains("where 10.0 % of the users are help = yes"), "{corrected}");
        assert!(corrected.contains("both ends corrected as the probability is"), "{corrected}");
    }

    #[test]
    fn a_card_is_a_page_of_conditions_and_totals() {
        let page = shown(&card(Form::Card), Some(IntervalMethod::Wilson)).expect("a page");
        for text in [
            "<h1>Scorecard: help = yes &lt;b&gt;</h1>",
            "<td>errors is above 2</td><td class=\"number\">+3</td>",
            "<td>device is Watch &amp; co</td><td class=\"number\">-1</td>",
            "<td class=\"number\">1,200 of 1,202</td><td>yes &lt;b&gt;</td>",
            "There are 1,247 training rows. The probability is that of one line through all totals",
            "<td class=\"number\">50.0 % to 75.0 %</td>",
            "Predicted yes &lt;b&gt; from 2 points on.",
            "The search was ended before the proof.",
        ] {
            assert!(page.contains(text), "{text} in {page}");
        }
        assert!(!page.contains("http"), "it loads nothing");
        assert!(shown(&card(Form::Rule), None).is_some_and(|page| page.contains("<h1>Rule: ")));
        assert_eq!(shown(&card(Form::Logistic), None), None);
    }
}

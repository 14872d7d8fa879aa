//! A card or a rule as one printed page: conditions with their points, and what a total means. Support staff use it without a
//! computer.

use assist_metrics::wilson;
use assist_metrics::words::{count, number, percent};
use assist_score::{FeatureSpace, Form, MISSING_LEVEL, Model, ScoreTotal, Term};
use maud::{DOCTYPE, Markup, PreEscaped, html};

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

/// The page of a card or a rule, one HTML file that loads nothing; `None` for a logistic regression, which has no points.
pub fn score_card(model: &Model) -> Option<String> {
    let id = model.pair_id().ok()?;
    model.space().form.has_points().then(|| page(model, &id.to_string()).into_string())
}

fn page(model: &Model, id: &str) -> Markup {
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
                    tbody { @for total in &parameters.totals { (line(model, total)) } }
                }
                p {
                    "The probability is that of " (label) ". The interval is that of the share among the training rows with this total (Wilson)"
                    ", of which " (count(parameters.totals.iter().flat_map(|of| of.counts).sum())) " were counted. "
                    "A total above " (number(parameters.threshold)) " is predicted " (target.positive) "."
                }
                footer { "Model " (id) }
            }
        }
    }
}

fn line(model: &Model, total: &ScoreTotal) -> Markup {
    let scored = model.scored(total.score);
    let [n0, n1] = total.counts;
    let [low, high] = wilson(n1, n0 + n1).unwrap_or([0.0, 1.0]);
    let is_positive = scored.prediction == 1;
    html! {
        tr.yes[is_positive] {
            td.number { (number(total.score)) }
            td.number { (percent(scored.probability)) }
            td.number { (percent(low)) " to " (percent(high)) }
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
    use assist_score::{Calibration, CategoricalColumn, NumericColumn, Parameters, Target};

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
        let parameters = Parameters {
            coefficients,
            threshold: 1.5,
            calibration: Some(Calibration::Sigmoid { slope: 1.0, intercept: -2.0 }),
            totals: vec![total(-1.0, [9, 1]), total(0.0, [30, 5]), total(3.0, [2, 1200])],
            ..Parameters::default()
        };
        Model::new(space, parameters).expect("consistent")
    }

    #[test]
    fn a_card_is_a_page_of_conditions_and_totals() {
        let page = score_card(&card(Form::Card)).expect("a page");
        for text in [
            "<h1>Scorecard: help = yes &lt;b&gt;</h1>",
            "<td>errors is above 2</td><td class=\"number\">+3</td>",
            "<td>device is Watch &amp; co</td><td class=\"number\">-1</td>",
            "<td class=\"number\">1,200 of 1,202</td><td>yes &lt;b&gt;</td>",
            "of which 1,247 were counted",
        ] {
            assert!(page.contains(text), "{text} in {page}");
        }
        assert!(!page.contains("http"), "it loads nothing");
        assert!(score_card(&card(Form::Rule)).is_some_and(|page| page.contains("<h1>Rule: ")));
        assert_eq!(score_card(&card(Form::Logistic)), None);
    }
}

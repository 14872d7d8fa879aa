//! A prediction for one user, in words.

use assist_learn::{Contribution, Decides, Model, Outcome, Reason, RowReader, Scored, Value, nearest, quoted, totals};

use crate::failure::Failure;
use crate::output::{self, Output, count, percent};

/// How one user is predicted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneUser {
    /// With what every feature adds.
    pub(crate) explain: bool,
    /// Whether a rejection is no failure.
    pub(crate) allow_rejected: bool,
}

impl OneUser {
    /// Predicts for values that are given as `NAME=VALUE`.
    pub(crate) fn given(self, model: &Model, set: &[String], output: Output) -> Result<(), Failure> {
        let mut pairs = Vec::with_capacity(set.len());
        for pair in set {
            let Some((name, value)) = pair.split_once('=') else {
                let hint = "write the column's name, `=` and its value, such as `error_count=2`".to_owned();
                return Err(Failure::usage(format!("`{pair}` is not of the form NAME=VALUE"), hint));
            };
            pairs.push((name, value));
        }
        self.named(model, &pairs, output)
    }

    /// Predicts for values by the names of their columns.
    pub(crate) fn named(self, model: &Model, pairs: &[(&str, &str)], output: Output) -> Result<(), Failure> {
        let reader = RowReader::new(model);
        let values = reader.row(pairs.iter().copied()).map_err(|rejection| {
            let near = rejection.subject.column().and_then(|name| nearest(name, &rejection.known));
            let hint = match (&rejection.reason, near) {
                (Reason::GivenTwice, _) => "give it once".to_owned(),
                (Reason::NotADate(..), _) => format!("it takes {}", rejection.expected),
                (_, Some(near)) => {
                    format!("did you mean `{near}`? The model's columns are {}", quoted(&rejection.known))
                }
                (_, None) => format!("the model's columns are {}", quoted(&rejection.known)),
            };
            Failure::usage(rejection.to_string(), hint)
        })?;
        self.predict(model, &reader, &values, output)
    }

    /// Predicts for the values of a row.
    fn predict(
        self,
        model: &Model,
        reader: &RowReader<'_>,
        values: &[Value<'_>],
        output: Output,
    ) -> Result<(), Failure> {
        let result = if self.explain { model.explain(values) } else { model.score(values) };
        let result = result.map_err(|rejection| reader.in_terms_of_columns(rejection));
        if output.json {
            output::json_line(serde_json::to_string(&Outcome::from(result.clone()))?)?;
        }
        match &result {
            Ok(scored) => describe(model, scored, output),
            Err(rejection) if self.allow_rejected => {
                output::warning(&rejection.to_string());
                Ok(())
            }
            Err(rejection) => {
                let hint = if rejection.known.is_empty() {
                    let subject =
                        rejection.subject.column().map_or("the row".to_owned(), |name| format!("column `{name}`"));
                    format!("{subject} takes {}", rejection.expected)
                } else {
                    format!("the model knows {}", quoted(&rejection.known))
                };
                Err(Failure::outcome(rejection.to_string(), hint))
            }
        }
    }
}

fn describe(model: &Model, scored: &Scored, output: Output) -> Result<(), Failure> {
    let training = &model.parameters().training;
    let [of_0, of_1] = training.class_totals();
    let (rate, origin) = match training.base_rate {
        Some(rate) => (rate, "as stated in training"),
        None => (of_1 / (of_0 + of_1), "that of the training rows"),
    };
    let target = &model.space().target;
    let label = if scored.prediction == 1 { &target.positive } else { &target.negative };
    output.answer(&format!(
        "prediction       {} (`{}` = `{label}`; {})",
        scored.prediction,
        target.name,
        decision(model)
    ))?;
    output.answer(&format!(
        "probability      {} (where {} of the users are `{}`, {origin})",
        percent(scored.probability),
        percent(rate),
        target.positive
    ))?;
    if model.space().form.has_points() {
        return total(model, scored, output);
    }
    output.answer(&format!(
        "raw probability  {} (as fitted with class weights {:.4} and {:.4})",
        percent(scored.raw_probability),
        training.class_weights[0],
        training.class_weights[1]
    ))?;
    output.answer(&format!("score            {:.4}", scored.score))?;
    if !scored.contributions.is_empty() {
        let row = |c: &Contribution| vec![c.feature.clone(), format!("{:+.4}", c.value)];
        output.answer(&output::table(&["feature", "adds to the score"], scored.contributions.iter().map(row)))?;
    }
    outside(scored);
    Ok(())
}

/// The total of a card or a rule, and the points that it consists of.
fn total(model: &Model, scored: &Scored, output: Output) -> Result<(), Failure> {
    let number = assist_learn::words::number;
    output.answer(&format!("total            {}", number(scored.score)))?;
    if let Some(of) = totals(model).iter().find(|of| of.total == scored.score) {
        let has_base_rate = model.parameters().training.base_rate.is_some();
        let of_what = if has_base_rate { ", corrected to the base rate" } else { "" };
        let interval = of.interval.map_or_else(String::new, |[low, high]| {
            format!(" (95 % interval{of_what} {} to {})", percent(low), percent(high))
        });
        output.answer(&format!(
            "                 {} of the {} training rows with this total are `{}`{interval}",
            count(of.positives),
            count(of.rows),
            model.space().target.positive,
        ))?;
    }
    if !scored.contributions.is_empty() {
        let row = |c: &Contribution| vec![c.feature.clone(), format!("{:+}", c.value)];
        output.answer(&output::table(&["condition", "points"], scored.contributions.iter().map(row)))?;
    }
    outside(scored);
    Ok(())
}

/// Warns of numbers that no training row reaches.
fn outside(scored: &Scored) {
    for name in &scored.outside_training_range {
        output::warning(&format!("`{name}` is outside the range of the training rows; the model extrapolates"));
    }
}

/// From where on class 1 is predicted.
fn decision(model: &Model) -> String {
    let threshold = model.parameters().threshold;
    if threshold == f64::INFINITY {
        return "class 1 is never predicted".to_owned();
    }
    if threshold == f64::NEG_INFINITY {
        return "class 1 is always predicted".to_owned();
    }
    match model.decides() {
        Some(Decides::From(total)) => {
            return format!("class 1 is predicted from a total of {} on", assist_learn::words::number(total));
        }
        Some(Decides::Always) => return "class 1 is always predicted".to_owned(),
        Some(_) => return "class 1 is never predicted".to_owned(),
        None => {}
    }
    let probability = model.correction().probability(threshold);
    format!("class 1 is predicted where the probability is above {}", percent(probability))
}

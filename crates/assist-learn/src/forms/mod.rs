//! What is fitted: a logistic regression, an integer scorecard, or a rule. Each becomes a model that everything else takes without
//! knowing which it is.

mod candidates; // what the lines of a card may be
mod card; // the optimal card
mod contestant; // the card of a comparison
mod form_report; // what reports say of cards and rules
mod learned; // a fit of any form
mod missing_values; // those of a rule
mod points; // from points on terms to a model
mod regression; // that of a saved model
mod rule; // a rule of the label audit as points

use std::time::Instant;

use assist_audit::TrainingRule;
use assist_features::Design;
use assist_model::LogisticRegression;
use assist_score::{CategoricalColumn, Form, MISSING_LEVEL, Model, NumericColumn, RARE_LEVEL};

pub(crate) use contestant::{contestant, over_columns};
pub(crate) use form_report::Found;
pub use form_report::{CardReport, FormReport, RuleReport, TermPoints, TotalFigures, totals};
pub(crate) use learned::Learned;
pub(crate) use regression::regression_of;

use crate::error::Error;
use crate::progress::Watch;
use crate::settings::{CardOptions, FitSettings, Settings};

/// Fits the form that is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Learner {
    Regression(LogisticRegression),
    Card { options: CardOptions, base_rate: Option<f64> },
    Rule { base_rate: Option<f64> },
}

/// A rule that was found in the rows of a design, as a model over all of its columns; none where it tells nothing.
pub(crate) fn rule_model(found: &TrainingRule, design: &Design) -> Result<Option<Model>, Error> {
    if !rule::is_useful(found, design) {
        return Ok(None);
    }
    Ok(Some(rule::fit_of(found, design, None, Instant::now())?.model))
}

/// A model of a design's space, which refuses nothing in a column that it does not look at; that of a logistic regression as it
/// is. Rows are judged by it as by the model that is saved.
pub(crate) fn judging(model: &Model) -> Result<Model, Error> {
    if !model.space().form.has_points() {
        return Ok(model.clone());
    }
    let model = &of_missing_values(model)?;
    let needed = model.space().with_needed_columns();
    let is_needed = |name: &str| needed.column_names().any(|of_model| of_model == name);
    let mut space = model.space().clone();
    for column in space.numeric.iter_mut().filter(|column| !is_needed(&column.name)) {
        let fill_value = Some(column.fill_value.unwrap_or(column.training_range.0));
        *column = NumericColumn { min: None, max: None, integer: false, fill_value, ..column.clone() };
    }
    for column in space.categorical.iter_mut().filter(|column| !is_needed(&column.name)) {
        // A level for no text, and one that stands for every other.
        *column = CategoricalColumn::new(&column.name, vec![MISSING_LEVEL.to_owned(), RARE_LEVEL.to_owned()]);
        (column.missing, column.rare) = (Some(0), Some(1));
    }
    Ok(Model::new(space, model.parameters().clone()).map_err(assist_model::Error::from)?)
}

/// A model of a design's space as it is saved: a card or a rule asks for the columns of its terms alone.
pub(crate) fn asking_for_its_columns(model: &Model) -> Result<Model, Error> {
    if !model.space().form.has_points() {
        return Ok(model.clone());
    }
    let model = of_missing_values(model)?;
    let model = Model::new(model.space().with_needed_columns(), model.parameters().clone());
    Ok(model.map_err(assist_model::Error::from)?)
}

/// A rule takes missing values; a card, as any other model, those that training rows had.
fn of_missing_values(model: &Model) -> Result<Model, Error> {
    if model.space().form == Form::Rule { missing_values::allowing_missing(model) } else { Ok(model.clone()) }
}

/// A model that predicts class 1 where the probability is above the one that was chosen.
pub(crate) fn deciding_above(model: Model, probability: f64) -> Result<Model, Error> {
    let between_totals = model.threshold_between_totals(probability);
    let threshold = between_totals.unwrap_or_else(|| model.correction().threshold(probability));
    Ok(model.with_threshold(threshold)?)
}

impl Learner {
    /// What fitted a saved model that training rows are to be fitted by again.
    pub(crate) fn of_saved(saved: &Model, form: Option<&FormReport>) -> Self {
        let base_rate = saved.parameters().training.base_rate;
        match saved.space().form {
            Form::Card => {
                let card = form.and_then(|form| form.card.as_ref());
                let options = card.map_or_else(|| CardOptions::new(&FitSettings::default()), CardReport::options);
                Self::Card { options, base_rate }
            }
            Form::Rule => Self::Rule { base_rate },
            _ => Self::Regression(regression_of(saved)),
        }
    }

    pub(crate) fn new(settings: &Settings) -> Self {
        match settings.fit.form {
            Form::Card => Self::Card { options: CardOptions::new(&settings.fit), base_rate: settings.fit.base_rate },
            Form::Rule => Self::Rule { base_rate: settings.fit.base_rate },
            _ => Self::Regression(settings.fit.regression()),
        }
    }

    pub(crate) fn fit(&self, design: &Design, watch: Watch<'_>) -> Result<Learned, Error> {
        match self {
            Self::Regression(regression) => Ok(Learned { fit: regression.fit(design)?, found: Found::default() }),
            Self::Card { options, base_rate } => card::fit(design, *options, *base_rate, watch),
            Self::Rule { base_rate } => rule::fit(design, *base_rate),
        }
    }
}

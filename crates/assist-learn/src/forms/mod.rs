//! What is fitted: a logistic regression, an integer scorecard, or a rule. Each becomes a model that everything else takes without
//! knowing which it is.

mod candidates; // what the lines of a card may be
mod card; // the optimal card
mod contestant; // the card of a comparison
mod form_report; // what reports say of cards and rules
mod learned; // a fit of any form
mod points; // from points on terms to a model
mod regression; // that of a saved model
mod rule; // a rule of the label audit as points

use std::time::Instant;

use assist_audit::TrainingRule;
use assist_features::Design;
use assist_model::LogisticRegression;
use assist_score::{Form, Model};

pub(crate) use contestant::{contestant, over_columns};
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

/// A model of a design's space as it is saved: a card or a rule asks for the columns of its terms alone.
pub(crate) fn asking_for_its_columns(model: &Model) -> Result<Model, Error> {
    match model.space().form {
        Form::Rule => rule::asking_for_its_columns(model),
        Form::Card => {
            let model = Model::new(model.space().with_needed_columns(), model.parameters().clone());
            Ok(model.map_err(assist_model::Error::from)?)
        }
        _ => Ok(model.clone()),
    }
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
            Self::Regression(regression) => Ok(Learned { fit: regression.fit(design)?, form: None }),
            Self::Card { options, base_rate } => card::fit(design, *options, *base_rate, watch),
            Self::Rule { base_rate } => rule::fit(design, *base_rate),
        }
    }
}

//! The bodies of requests and answers as types: what is written is what is described.

use assist_learn::Arm;
use assist_score::{Contribution, Scored};
use serde::Serialize;
use utoipa::ToSchema;

use crate::rows::ScoredUser;

/// Whether the service lives, or should be asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`, `ready` or `not ready`.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
}

/// What is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    /// What is wrong.
    pub(crate) error: String,
    /// What helps.
    #[schema(required = false)]
    pub(crate) hint: String,
}

/// The values of a user, by the names of the columns, which the model that is served has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserValues {}

/// One user, or a list of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is read and written piece by piece")]
pub(crate) enum UserOrUsers {
    /// One user.
    One(UserValues),
    /// Several users: each such an object. One who cannot be scored is rejected in their place.
    #[schema(value_type = Vec<Object>)]
    Many(Vec<serde_json::Value>),
}

/// A user with a prediction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoredRow<'a> {
    /// `scored`.
    #[schema(pattern = "^scored$", example = "scored")]
    pub(crate) outcome: &'static str,
    /// 1 for class 1, the label that means "needs assistance"; else 0.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) prediction: u8,
    /// Probability of class 1, corrected to the base rate.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) probability: f64,
    /// Probability of class 1 as the fit has it, in a world of other class shares where classes were weighted.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) raw_probability: f64,
    /// The linear predictor, or the total of points.
    pub(crate) score: f64,
    /// Columns whose value no training row reaches, so that the model extrapolates.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub(crate) outside_training_range: &'a [String],
    /// What names the prediction in the log of outcomes, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub(crate) id: Option<&'a str>,
    /// The arm of the user, where some are held out: `helped`, or `held_out` for one who is not to be helped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub(crate) arm: Option<Arm>,
    /// Where some users are held out, whether this one is to be helped: the prediction is 1, and the user is not held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub(crate) help: Option<bool>,
    /// Names that were passed over, since neither the model nor its training table has them: at most 20.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub(crate) ignored: &'a [String],
    /// What each feature adds to the score, where that was asked for.
    #[serde(skip_serializing_if = "<[Contribution]>::is_empty")]
    #[schema(value_type = Vec<FeatureContribution>, required = false)]
    pub(crate) contributions: &'a [Contribution],
}

impl<'a> ScoredRow<'a> {
    pub(crate) fn new(scored: &'a Scored, id: Option<&'a str>, user: &'a ScoredUser) -> Self {
        Self {
            outcome: "scored",
            prediction: scored.prediction,
            probability: scored.probability,
            raw_probability: scored.raw_probability,
            score: scored.score,
            outside_training_range: &scored.outside_training_range,
            id,
            arm: user.arm,
            help: user.help(),
            ignored: &user.ignored,
            contributions: &scored.contributions,
        }
    }
}

/// What a feature adds to the score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeatureContribution {
    /// The feature; `intercept` for the intercept.
    pub(crate) feature: String,
    /// Coefficient times value.
    pub(crate) value: f64,
}

/// A user without a prediction. How much is told is a setting of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedPrediction {
    /// `rejected`.
    #[schema(pattern = "^rejected$", example = "rejected")]
    pub(crate) outcome: String,
    /// The column at fault; `(row)` for the row as a whole.
    #[schema(required = false)]
    pub(crate) column: String,
    /// What is wrong with its value.
    #[schema(required = false)]
    pub(crate) reason: String,
    /// The levels that the model knows, at most 50 of them.
    #[schema(required = false)]
    pub(crate) known: Vec<String>,
    /// What a value of the column must be.
    #[schema(required = false)]
    pub(crate) expected: String,
    /// What else is wrong with the user, where one alone was asked for: rejections of other columns.
    #[schema(required = false, no_recursion)]
    pub(crate) also: Vec<RejectedPrediction>,
    /// Names that were passed over, since neither the model nor its training table has them: at most 20.
    #[schema(required = false)]
    pub(crate) ignored: Vec<String>,
}

/// A user with or without a prediction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is read and written piece by piece")]
pub(crate) enum Prediction<'a> {
    /// With one.
    Scored(ScoredRow<'a>),
    /// Without one.
    Rejected(RejectedPrediction),
}

/// The answer for one user, or a list with one for each.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is read and written piece by piece")]
pub(crate) enum Predictions<'a> {
    /// For one user.
    One(ScoredRow<'a>),
    /// For each of a list.
    Many(Vec<Prediction<'a>>),
}

/// The models that are served.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    /// The models, the first of which answers where none is named.
    pub(crate) models: Vec<ListedModel>,
}

/// A model of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedModel {
    /// Its name in addresses.
    pub(crate) name: String,
    /// Its identity.
    pub(crate) model_id: String,
    /// What it predicts.
    pub(crate) target: String,
    /// The label that is class 1.
    pub(crate) positive: String,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelDescription {
    /// Its name in addresses.
    pub(crate) name: String,
    /// Its identity: the same for the same parameters and features.
    pub(crate) model_id: String,
    /// When it was loaded, in seconds since 1970.
    pub(crate) loaded_at: u64,
    /// `logistic`, `card` or `rule`.
    pub(crate) form: String,
    /// What is predicted.
    pub(crate) target: TargetDescription,
    /// The columns of a user.
    pub(crate) columns: Vec<ColumnDescription>,
    /// Columns of the training table that are no features.
    pub(crate) dropped: Vec<String>,
    /// The intercept, with all numbers at 0 and all levels at their references.
    pub(crate) intercept: f64,
    /// What is added to the intercept, in the order in which it is.
    pub(crate) features: Vec<FeatureDescription>,
    /// Above which score class 1 is predicted.
    pub(crate) threshold: ThresholdDescription,
    /// The penalty of the fit, in words.
    pub(crate) penalty: String,
    /// What an observation of each class counted in the fit.
    pub(crate) class_weights: [f64; 2],
    /// The share of class 1 that probabilities are corrected to.
    pub(crate) base_rate: f64,
    /// Observations of each class that were trained on.
    pub(crate) class_counts: [u64; 2],
    /// The figures of the test rows, where the report of the training lies beside the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub(crate) metrics: Option<serde_json::Value>,
    /// What the model has to be taken with, in words.
    pub(crate) warnings: Vec<String>,
}

/// What is predicted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetDescription {
    /// The column of the labels.
    pub(crate) name: String,
    /// The label that is class 0.
    pub(crate) negative: String,
    /// The label that is class 1.
    pub(crate) positive: String,
}

/// A column of a user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum ColumnDescription {
    /// Numbers.
    Number {
        /// The name of the column.
        name: String,
        /// Its unit.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        unit: Option<String>,
        /// Whether only whole numbers are taken.
        integer: bool,
        /// The smallest value that is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        min: Option<f64>,
        /// The largest value that is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(required = false)]
        max: Option<f64>,
        /// The smallest and the largest value of the training rows.
        training_range: [f64; 2],
        /// Whether the model has learnt what a missing number means.
        may_be_missing: bool,
    },
    /// Levels.
    Level {
        /// The name of the column.
        name: String,
        /// The levels that are taken.
        levels: Vec<String>,
        /// The level that the others are compared with.
        reference: String,
        /// Whether the model has learnt what a missing level means.
        may_be_missing: bool,
        /// Whether other levels are taken as well, as rare ones.
        takes_other_levels: bool,
    },
    /// Dates.
    Date {
        /// The name of the column.
        name: String,
        /// How the training table wrote them, as `strftime` does; empty where they had a type of their own.
        form: String,
        /// Whether the model has learnt what a missing date means.
        may_be_missing: bool,
    },
}

/// A feature with its coefficient.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeatureDescription {
    /// Its name.
    pub(crate) name: String,
    /// The column that it is of.
    pub(crate) column: String,
    /// What a unit of it adds to the score.
    pub(crate) coefficient: f64,
}

/// Above which score class 1 is predicted. A threshold that no score reaches, or every one, is absent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ThresholdDescription {
    /// As a score.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// As a probability that is corrected to the base rate.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
}

/// Whether the server lives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    /// It does.
    pub(crate) live: bool,
}

/// Whether the server or a model should be asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Whether it should.
    pub(crate) ready: bool,
}

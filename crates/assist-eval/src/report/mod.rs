//! The report of a model on trial: one page for people, and a model card. Both are text made from figures; nothing is drawn from
//! anywhere else, and the page needs no network.

mod card;
mod charts;
mod curves;
mod page;

use assist_score::Model;

use crate::audit::Audit;
use crate::comparison::Comparison;
use crate::profile::Profile;
use crate::verdict::Finding;

/// All that a report tells of.
#[derive(Debug)]
pub struct Report<'a> {
    /// What the table is called.
    pub table: &'a str,
    /// The model that was saved.
    pub model: &'a Model,
    /// What names it.
    pub model_id: &'a str,
    /// The version of the program.
    pub version: &'a str,
    /// How the rows were split, in words: `the split of scikit-learn, seed 42`.
    pub split: &'a str,
    /// What the columns hold.
    pub profile: &'a Profile,
    /// Whether the label is a formula.
    pub audit: &'a Audit,
    /// The model beside others; its first contestant is the model.
    pub comparison: &'a Comparison,
    /// The verdict.
    pub findings: &'a [Finding],
    /// The model's coefficients, without the intercept.
    pub coefficients: &'a [Coefficient],
    /// What training warned of.
    pub warnings: &'a [String],
}

/// A coefficient with its uncertainty.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// The feature.
    pub feature: String,
    /// Its coefficient.
    pub value: f64,
    /// The 95 % interval, where there is a valid one.
    pub interval: Option<[f64; 2]>,
    /// The p-value, where there is a valid one.
    pub p_value: Option<f64>,
}

impl Report<'_> {
    /// The page: one HTML file with everything in it.
    pub fn html(&self) -> String {
        page::page(self).into_string()
    }

    /// The model card, as Markdown.
    pub fn model_card(&self) -> String {
        card::card(self)
    }
}

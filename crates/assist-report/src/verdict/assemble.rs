//! The verdict: what the figures of an audit and of a comparison say, in sentences. Each is made from figures alone and changes
//! with them.

use assist_audit::{Audit, Comparison};
use assist_score::{Inference, Model};

use super::columns::{columns, separated};
use super::finding::{Finding, Topic};
use super::label::label;
use super::memorising::memorising;
use super::models::{best_model, logistic_regression};
use super::recommendation::recommendation;
use super::segments::slice;

/// All findings, the recommendation first. `model` is the logistic regression of the comparison.
pub fn verdict(audit: &Audit, comparison: &Comparison, model: &Model) -> Vec<Finding> {
    let Inference { factor_tests, separation, evidence, .. } = &model.parameters().inference;
    let finding = |about: Topic, text: Option<String>| text.map(|text| Finding { about, text });
    let all = [
        finding(Topic::Recommendation, recommendation(audit, comparison)),
        finding(Topic::Label, Some(label(audit, comparison))),
        finding(Topic::Best, best_model(comparison)),
        finding(Topic::Memorising, memorising(comparison)),
        finding(Topic::LogisticRegression, logistic_regression(audit, comparison, model)),
        finding(Topic::Slice, slice(comparison)),
        finding(Topic::Columns, factor_tests.as_ref().and_then(|tests| columns(tests, evidence.as_ref(), comparison))),
        finding(Topic::Separation, separation.as_ref().map(|separation| separated(separation, evidence.as_ref()))),
    ];
    all.into_iter().flatten().collect()
}

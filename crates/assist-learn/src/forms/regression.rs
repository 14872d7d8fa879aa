//! The regression of a saved model.

use assist_model::LogisticRegression;
use assist_score::{Model, Training};

/// The regression that a saved model was fitted by.
pub(crate) fn regression_of(saved: &Model) -> LogisticRegression {
    let Training { penalty, c, objective, class_weight, base_rate, .. } = saved.parameters().training;
    LogisticRegression::default()
        .with_penalty(penalty)
        .with_c(c)
        .with_penalty_units(objective.penalty_units)
        .with_intercept(objective.intercept)
        .with_class_weight(class_weight)
        .with_base_rate(base_rate)
}

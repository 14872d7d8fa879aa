//! A fit of any form.

use assist_model::Fit;

use super::form_report::Found;

/// A fit, and what its search found out.
#[derive(Debug, Clone)]
pub(crate) struct Learned {
    pub(crate) fit: Fit,
    /// Nothing for a logistic regression.
    pub(crate) found: Found,
}

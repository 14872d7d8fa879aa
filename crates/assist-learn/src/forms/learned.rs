//! A fit of any form.

use assist_model::Fit;

use super::form_report::FormReport;

/// A fit, and what there is to say of its form.
#[derive(Debug, Clone)]
pub(crate) struct Learned {
    pub(crate) fit: Fit,
    /// Absent for a logistic regression.
    pub(crate) form: Option<FormReport>,
}

//! How evidence is stored. These forms are frozen: what is new needs a section of another tag, and the live types may grow as
//! they like.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::evidence::{CoefficientEvidence, Evidence, EvidenceMethod};

/// What the rows say of all coefficients.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredEvidence {
    method: StoredMethod,
    coefficients: Vec<Option<StoredCoefficient>>,
    clear_features: Vec<bool>,
    clear_columns: Vec<String>,
    clear_together: bool,
    smaller_class: u64,
    n_parameters: u64,
}

/// How it was taken. In postcard a variant is its place in this list, so new ones go to its end.
#[derive(Serialize, Deserialize)]
enum StoredMethod {
    InverseHessian,
    FirthProfile,
    Cluster,
    Sandwich,
}

/// What they say of one.
#[derive(Serialize, Deserialize)]
struct StoredCoefficient {
    value: f64,
    std_error: f64,
    ci_low: f64,
    ci_high: f64,
    p_value: f64,
}

impl From<Evidence> for StoredEvidence {
    fn from(evidence: Evidence) -> Self {
        let Evidence {
            method,
            coefficients,
            clear_features,
            clear_columns,
            clear_together,
            smaller_class,
            n_parameters,
        } = evidence;
        let stored = |of: CoefficientEvidence| {
            let CoefficientEvidence { value, std_error, ci_low, ci_high, p_value } = of;
            StoredCoefficient { value, std_error, ci_low, ci_high, p_value }
        };
        Self {
            method: match method {
                EvidenceMethod::InverseHessian => StoredMethod::InverseHessian,
                EvidenceMethod::FirthProfile => StoredMethod::FirthProfile,
                EvidenceMethod::Cluster => StoredMethod::Cluster,
                EvidenceMethod::Sandwich => StoredMethod::Sandwich,
            },
            coefficients: coefficients.into_iter().map(|of| of.map(stored)).collect(),
            clear_features,
            clear_columns,
            clear_together,
            smaller_class,
            n_parameters,
        }
    }
}

impl From<StoredEvidence> for Evidence {
    fn from(stored: StoredEvidence) -> Self {
        let StoredEvidence {
            method,
            coefficients,
            clear_features,
            clear_columns,
            clear_together,
            smaller_class,
            n_parameters,
        } = stored;
        let live = |of: StoredCoefficient| {
            let StoredCoefficient { value, std_error, ci_low, ci_high, p_value } = of;
            CoefficientEvidence { value, std_error, ci_low, ci_high, p_value }
        };
        Self {
            method: match method {
                StoredMethod::InverseHessian => EvidenceMethod::InverseHessian,
                StoredMethod::FirthProfile => EvidenceMethod::FirthProfile,
                StoredMethod::Cluster => EvidenceMethod::Cluster,
                StoredMethod::Sandwich => EvidenceMethod::Sandwich,
            },
            coefficients: coefficients.into_iter().map(|of| of.map(live)).collect(),
            clear_features,
            clear_columns,
            clear_together,
            smaller_class,
            n_parameters,
        }
    }
}

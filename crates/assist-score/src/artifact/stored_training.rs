//! How it is stored on what and how a model was fitted, and what turns its scores into probabilities. These forms are frozen:
//! what is new needs a section of another tag, and the live types may grow as they like.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::parameters::{ClassWeight, Convergence, Penalty, StandardErrors};

/// The penalty, in every version. In postcard a variant is its place in this list.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum StoredPenalty {
    None,
    #[default]
    L2,
    L1,
    ElasticNet {
        l1_ratio: f64,
    },
    Firth,
}

/// How classes were weighted, in every version.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum StoredClassWeight {
    #[default]
    Balanced,
    None,
    Stated(f64, f64),
}

/// How the fit ended, in every version.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct StoredConvergence {
    solver: String,
    converged: bool,
    termination: String,
    iterations: u64,
    evaluations: u64,
    objective: f64,
    gradient_max_norm: f64,
    tolerance: f64,
    coefficient_error_bound: Option<f64>,
}

/// Standard errors, in every version.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredStandardErrors {
    method: String,
    values: Vec<f64>,
}

/// A calibration, since version 2.
#[derive(Serialize, Deserialize)]
pub(super) enum StoredCalibration {
    Sigmoid { slope: f64, intercept: f64 },
    Isotonic { scores: Vec<f64>, probabilities: Vec<f64> },
}

impl From<Penalty> for StoredPenalty {
    fn from(penalty: Penalty) -> Self {
        match penalty {
            Penalty::None => Self::None,
            Penalty::L2 => Self::L2,
            Penalty::L1 => Self::L1,
            Penalty::ElasticNet { l1_ratio } => Self::ElasticNet { l1_ratio },
            Penalty::Firth => Self::Firth,
        }
    }
}

impl From<StoredPenalty> for Penalty {
    fn from(stored: StoredPenalty) -> Self {
        match stored {
            StoredPenalty::None => Self::None,
            StoredPenalty::L2 => Self::L2,
            StoredPenalty::L1 => Self::L1,
            StoredPenalty::ElasticNet { l1_ratio } => Self::ElasticNet { l1_ratio },
            StoredPenalty::Firth => Self::Firth,
        }
    }
}

impl From<ClassWeight> for StoredClassWeight {
    fn from(weight: ClassWeight) -> Self {
        match weight {
            ClassWeight::Balanced => Self::Balanced,
            ClassWeight::None => Self::None,
            ClassWeight::Stated(w0, w1) => Self::Stated(w0, w1),
        }
    }
}

impl From<StoredClassWeight> for ClassWeight {
    fn from(stored: StoredClassWeight) -> Self {
        match stored {
            StoredClassWeight::Balanced => Self::Balanced,
            StoredClassWeight::None => Self::None,
            StoredClassWeight::Stated(w0, w1) => Self::Stated(w0, w1),
        }
    }
}

impl From<Convergence> for StoredConvergence {
    fn from(fit: Convergence) -> Self {
        let Convergence {
            solver,
            converged,
            termination,
            iterations,
            evaluations,
            objective,
            gradient_max_norm,
            tolerance,
            coefficient_error_bound,
            // It has a section of its own.
            newton_decrement: _,
        } = fit;
        Self {
            solver,
            converged,
            termination,
            iterations,
            evaluations,
            objective,
            gradient_max_norm,
            tolerance,
            coefficient_error_bound,
        }
    }
}

impl From<StoredConvergence> for Convergence {
    fn from(stored: StoredConvergence) -> Self {
        let StoredConvergence {
            solver,
            converged,
            termination,
            iterations,
            evaluations,
            objective,
            gradient_max_norm,
            tolerance,
            coefficient_error_bound,
        } = stored;
        Self {
            solver,
            converged,
            termination,
            iterations,
            evaluations,
            objective,
            gradient_max_norm,
            tolerance,
            coefficient_error_bound,
            newton_decrement: None,
        }
    }
}

impl From<StandardErrors> for StoredStandardErrors {
    fn from(errors: StandardErrors) -> Self {
        let StandardErrors { method, values } = errors;
        Self { method, values }
    }
}

impl From<StoredStandardErrors> for StandardErrors {
    fn from(stored: StoredStandardErrors) -> Self {
        let StoredStandardErrors { method, values } = stored;
        Self { method, values }
    }
}

impl From<Calibration> for StoredCalibration {
    fn from(calibration: Calibration) -> Self {
        match calibration {
            Calibration::Sigmoid { slope, intercept } => Self::Sigmoid { slope, intercept },
            Calibration::Isotonic { scores, probabilities } => Self::Isotonic { scores, probabilities },
        }
    }
}

impl From<StoredCalibration> for Calibration {
    fn from(stored: StoredCalibration) -> Self {
        match stored {
            StoredCalibration::Sigmoid { slope, intercept } => Self::Sigmoid { slope, intercept },
            StoredCalibration::Isotonic { scores, probabilities } => Self::Isotonic { scores, probabilities },
        }
    }
}

//! The two files that a model is stored in.

use core::fmt;

/// File name of the artifact that holds coefficients and the facts of the fit.
pub const MODEL_FILE: &str = "logistic_model.postcard";
/// File name of the artifact that holds columns, levels and ranges.
pub const FEATURES_FILE: &str = "model_features.postcard";

/// Which of the two artifacts an error speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Artifact {
    /// `logistic_model.postcard`: coefficients and the facts of the fit.
    Model,
    /// `model_features.postcard`: columns, levels and ranges.
    Features,
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => MODEL_FILE,
            Self::Features => FEATURES_FILE,
        })
    }
}

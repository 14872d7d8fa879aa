//! Why an artifact or a model's parts are refused.

use alloc::string::String;
use core::fmt;

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
            Self::Model => crate::MODEL_FILE,
            Self::Features => crate::FEATURES_FILE,
        })
    }
}

/// Everything that can be wrong with a model or its artifacts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Shorter than its header: cut off, or another file altogether.
    #[error("`{artifact}` is cut off: {bytes} bytes are fewer than its header has")]
    TooShort {
        /// The artifact at fault.
        artifact: Artifact,
        /// How many bytes there are.
        bytes: usize,
    },
    /// The first bytes are not those of this kind of artifact.
    #[error("`{artifact}` is not such a file: its first bytes are not the expected mark")]
    WrongMagic {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// Written by a newer program.
    #[error("`{artifact}` has format version {found}, but this program reads versions up to {newest}")]
    UnknownVersion {
        /// The artifact at fault.
        artifact: Artifact,
        /// The version in the file.
        found: u16,
        /// The newest version that this program reads.
        newest: u16,
    },
    /// The checksum does not fit the bytes: altered or cut off.
    #[error("`{artifact}` is damaged: its checksum does not fit its content")]
    Damaged {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// The two artifacts are whole, but of different fits.
    #[error("`logistic_model.postcard` and `model_features.postcard` come from two different fits")]
    NotAPair,
    /// Whole by its checksum, and yet not decodable.
    #[error("`{artifact}` cannot be decoded")]
    Undecodable {
        /// The artifact at fault.
        artifact: Artifact,
    },
    /// The parts of a model do not fit each other.
    #[error("the model is inconsistent: {0}")]
    Inconsistent(Inconsistency),
    /// Serialisation failed, which plain data never does.
    #[error("the model cannot be encoded")]
    Unencodable,
}

/// How the parts of a model can contradict each other.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// As many coefficients as features are needed.
    #[error("{coefficients} coefficients for {features} features")]
    CoefficientCount {
        /// Coefficients given.
        coefficients: usize,
        /// Features of the space.
        features: usize,
    },
    /// A coefficient or the intercept is NaN or infinite.
    #[error("a coefficient is not a finite number")]
    NotFinite,
    /// A categorical column has no levels, unsorted or repeated ones, or a reference that is none of them.
    #[error("the levels of column `{0}` are not sorted and distinct with one of them as reference")]
    Levels(String),
    /// Two columns of one name.
    #[error("two columns are named `{0}`")]
    DuplicateColumn(String),
    /// Two features of one name, as a column `x` with a level `a_b` and a column `x_a` with a level `b` give.
    #[error("two features are named `{0}`; rename one of the columns")]
    DuplicateFeature(String),
    /// A calibration that is no rising curve.
    #[error("the calibration is no rising curve of finite numbers")]
    Calibration,
    /// A range or a fill value that is no number.
    #[error("the range of column `{0}` is not made of finite numbers")]
    Range(String),
}

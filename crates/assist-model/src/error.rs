//! What can go wrong between a design and a saved model.

use std::path::PathBuf;

use assist_data::{Advice, quoted};

/// Why a model could not be fitted, saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting outside its range.
    #[error("{name} must be {expected}, not {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// A name that a choice does not have.
    #[error("`{name}` is not a {setting}")]
    UnknownName {
        /// What was to be chosen.
        setting: &'static str,
        /// What was given.
        name: String,
        /// The names that there are.
        known: &'static [&'static str],
    },
    /// Standard errors that would be wrong.
    #[error("the inverse Hessian gives wrong standard errors under class weights or a penalty")]
    InverseHessian,
    /// A class without rows.
    #[error("the training rows have only one class: {0:?} rows of class 0 and class 1")]
    OneClass([u64; 2]),
    /// More features than there is memory for their products with each other.
    #[error("the columns make {features} features, more than the {most} that a fit takes")]
    TooManyFeatures {
        /// Features of the design.
        features: usize,
        /// What is possible.
        most: usize,
    },
    /// Features that determine each other, without a penalty to choose among the solutions, or with one that is nothing beside
    /// them.
    #[error(
        "feature{} {} {}, {}",
        if .features.len() == 1 { "" } else { "s" },
        quoted(.features),
        if .features.len() == 1 { "is constant or follows from the features before it" }
        else { "are constant or follow from the features before them" },
        if *.is_penalised { "to the digits that 64 bits have" } else { "so the unpenalised fit has no single solution" }
    )]
    Collinear {
        /// The first such feature of each column.
        features: Vec<String>,
        /// The columns that they are of.
        columns: Vec<String>,
        /// Whether there is a penalty.
        is_penalised: bool,
    },
    /// Sums that overflow.
    #[error("the values of feature `{feature}` are too large to be summed up in 64 bits")]
    Overflow {
        /// The feature at fault.
        feature: String,
    },
    /// The solver failed in a way that leaves no solution at all.
    #[error("the solver failed: {0}")]
    Solver(String),
    /// The components of the model do not fit each other.
    #[error(transparent)]
    Model(#[from] assist_score::Error),
    /// There is no model in a folder.
    #[error("there is no model in `{}`: `{}` is missing", .folder.display(), .file)]
    NoModel {
        /// The folder.
        folder: PathBuf,
        /// The file that is not there.
        file: &'static str,
    },
    /// The artifacts in a folder cannot be used.
    #[error("the model in `{}` cannot be used: {reason}", .folder.display())]
    Artifact {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: assist_score::Error,
    },
    /// A folder that cannot take a model.
    #[error("no model can be saved in `{}`: {detail}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A file of a model that nobody may write.
    #[error("`{}` is write-protected", .0.display())]
    ReadOnly(PathBuf),
    /// The operating system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Whether a setting is at fault, and neither the rows nor the fit.
    pub fn is_setting(&self) -> bool {
        matches!(self, Self::Setting { .. } | Self::InverseHessian | Self::UnknownName { .. })
    }

    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::UnknownName { known, .. } => {
                let (last, others) = known.split_last().expect("a choice has names");
                format!("choose `{}` or `{last}`", others.join("`, `")).into()
            }
            Self::InverseHessian => Advice::RobustErrors,
            Self::OneClass(_) => "give training rows of both classes".into(),
            Self::TooManyFeatures { .. } => {
                "leave out the columns with most levels, or pool the levels that have few rows".into()
            }
            Self::Collinear { columns, is_penalised: true, .. } => Advice::DropColumns(columns.clone()),
            Self::Collinear { columns, .. } => Advice::DropOrPenalise(columns.clone()),
            Self::Overflow { .. } => "measure that column in a larger unit".into(),
            Self::NoModel { .. } => Advice::TrainFirst,
            Self::Artifact {
                reason: assist_score::Error::UnknownVersion { .. } | assist_score::Error::UnknownSection { .. },
                ..
            } => "install a newer version".into(),
            Self::Artifact { .. } => "train again, or restore both files from the same fit".into(),
            Self::Folder { .. } => "choose another folder for the model".into(),
            Self::ReadOnly(_) => "choose another folder for the model, or give the file the permission to write".into(),
            Self::Setting { .. } | Self::Solver(_) | Self::Model(_) | Self::Io(_) => return None,
        })
    }
}

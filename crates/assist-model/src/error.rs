//! What can go wrong between a design and a saved model.

use std::fmt;
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
    #[error("the inverse Hessian gives wrong standard errors under weights or a penalty")]
    InverseHessian,
    /// A class without rows.
    #[error("the training rows have only one class: {0:?} rows of class 0 and class 1")]
    OneClass([u64; 2]),
    /// A class whose rows weigh nothing, or too much to be summed up.
    #[error("the training rows of class {class} weigh {total} together")]
    ClassTotal {
        /// The class.
        class: usize,
        /// What they weigh.
        total: f64,
    },
    /// Squares of the features that do not fit into memory.
    #[error(
        "{what} of {features} features needs about {} of memory, and {} are left",
        bytes(*.needed), bytes(*.available)
    )]
    Memory {
        /// What asks for them.
        what: SquareFor,
        /// Features of the design.
        features: usize,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        available: u64,
    },
    /// More features than rows and no penalty that chooses among the solutions.
    #[error("{features} features and {rows} distinct rows: an unpenalised fit has no single solution")]
    FewerRowsThanFeatures {
        /// Distinct rows.
        rows: usize,
        /// Features.
        features: usize,
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
    /// A fit from sums that these do not lead to.
    #[error("sums lead to fits with the penalty `l2` or `none` and with an intercept, and to no others")]
    NotFromSums,
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
    /// Another thread [ended](crate::Interrupt) the fit.
    #[error("the fit was interrupted")]
    Interrupted,
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

/// What makes a square of the features, which takes memory by the square of their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SquareFor {
    /// A fit without a penalty, which has to tell features that follow from others.
    NoPenalty,
    /// A fit with Firth's penalty.
    Firth,
    /// Newton's method with the exact Hessian.
    Newton,
    /// Standard errors of a stated kind.
    StandardErrors,
    /// Tests of columns, variance inflation and effects.
    Inference,
}

impl fmt::Display for SquareFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPenalty => "a fit without a penalty",
            Self::Firth => "a fit with Firth's penalty",
            Self::Newton => "Newton's method with the exact Hessian",
            Self::StandardErrors => "the covariance",
            Self::Inference => "full inference",
        })
    }
}

impl SquareFor {
    fn advice(self) -> Advice {
        match self {
            Self::NoPenalty | Self::Firth => Advice::PenaliseByL2,
            Self::Newton => Advice::DefaultSolver,
            Self::StandardErrors => Advice::DefaultErrors,
            Self::Inference => Advice::DefaultInference,
        }
    }
}

/// A number of bytes as people read it.
fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = n as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

impl Error {
    /// Whether a setting is at fault, and neither the rows nor the fit.
    pub fn is_setting(&self) -> bool {
        matches!(self, Self::Setting { .. } | Self::InverseHessian | Self::UnknownName { .. } | Self::NotFromSums)
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
            Self::ClassTotal { .. } => "give rows of both classes weights above 0, the largest far below 1e308".into(),
            Self::Memory { what, .. } => what.advice(),
            Self::FewerRowsThanFeatures { .. } => Advice::PenaliseByL2,
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
            Self::Setting { .. }
            | Self::NotFromSums
            | Self::Solver(_)
            | Self::Interrupted
            | Self::Model(_)
            | Self::Io(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_words_that_people_use() {
        for (n, words) in
            [(400, "0.4 kB"), (9_940_000, "9.9 MB"), (25_300_000_000, "25 GB"), (999_600_000_000, "1.0 TB")]
        {
            assert_eq!(bytes(n), words);
        }
        let error = Error::Memory {
            what: SquareFor::NoPenalty,
            features: 60_000,
            needed: 230_400_000_000,
            available: 23_000_000_000,
        };
        assert_eq!(
            error.to_string(),
            "a fit without a penalty of 60000 features needs about 230 GB of memory, and 23 GB are left"
        );
    }
}

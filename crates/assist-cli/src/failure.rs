//! What a command can end with, and how it is said: `error:`, the causes, a blank line, `hint:`.

use assist_data::{Advice, quoted};

/// An advice of the library in the options of this program.
pub(crate) fn worded(advice: &Advice) -> String {
    match advice {
        Advice::DropColumn(column) => format!("leave the column out with `--drop {column}`"),
        Advice::DropOrDeclare(column) => {
            format!("leave it out with `--drop {column}`, or say what it is in a schema")
        }
        Advice::DropUnlabelled => {
            "give those rows a label, or take them out of the table; `train --missing drop` leaves them out".to_owned()
        }
        Advice::AllowMissing => {
            "fill the cells in, or choose `--missing drop` (leave such rows out) or `--missing level` (learn from them)"
                .to_owned()
        }
        Advice::LearnMissing => "choose `--missing level`, or drop the columns that are mostly missing".to_owned(),
        Advice::ChoosePositive(labels) => format!("choose `--positive` from {}", quoted(labels)),
        Advice::NameTarget(columns) => {
            format!("name it with `--target NAME` or in a schema; the columns are {}", quoted(columns))
        }
        Advice::RobustErrors => {
            "choose `--std-errors hc0`, or fit with `--class-weight none --penalty none`".to_owned()
        }
        Advice::EaseFolds => "choose a penalty, a larger `--max-iter` or `--tol`, or fewer `--folds`".to_owned(),
        Advice::DropOrPenalise(feature) => {
            format!("leave the column of `{feature}` out with `--drop`, or choose `--penalty l2`")
        }
        Advice::MoreIterations => "allow more iterations with `--max-iter`".to_owned(),
        Advice::Penalise => {
            "choose `--penalty l2`, or `--penalty firth` with `--class-weight none`, which always have an optimum"
                .to_owned()
        }
        Advice::LargerTolerance => "allow a larger `--tol`: rounding hides any further progress".to_owned(),
        Advice::TrainFirst => {
            "`assist-cli train --data FILE --out DIR` makes one; `--model DIR` says where it is".to_owned()
        }
        Advice::NoCalibration => {
            "leave `--calibrate` out, and look whether the features say anything at all".to_owned()
        }
        Advice::OtherScoring => "choose another `--scoring`, or fewer `--folds`".to_owned(),
        Advice::AllowRejected => "correct the cells, or leave such rows out with `--allow-rejected`".to_owned(),
        plain => plain.to_string(),
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
    exit_status: u8,
}

impl Failure {
    /// The input or the outcome is at fault.
    pub(crate) fn outcome(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { error: anyhow::Error::msg(message.into()), hint: hint.into(), exit_status: 1 }
    }

    /// The call is at fault.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { exit_status: 2, ..Self::outcome(message, hint) }
    }

    /// We are at fault.
    pub(crate) fn bug(what: &str) -> Self {
        let hint = "please report it with the command line and, if you can, the input".to_owned();
        Self::usage(format!("this is a bug in assist-cli: {what}"), hint)
    }

    pub(crate) fn exit_status(&self) -> u8 {
        self.exit_status
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The message, and under it what caused it.
    pub(crate) fn messages(&self) -> impl Iterator<Item = String> {
        self.error.chain().map(ToString::to_string)
    }

    /// Whether the reader of our output went away, which is no fault.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let is = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
        self.error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(is))
    }
}

macro_rules! from_error_with_hint {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let hint = error.advice().as_ref().map(worded);
                Self { error: error.into(), hint, exit_status: 1 }
            }
        }
    )+};
}

from_error_with_hint!(assist_data::Error, assist_features::Error, assist_model::Error);

impl From<assist_audit::Error> for Failure {
    fn from(error: assist_audit::Error) -> Self {
        Self { error: error.into(), hint: None, exit_status: 2 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { error: error.into(), hint: None, exit_status: 1 }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => std::io::Error::from(kind).into(),
            None => Self { error: error.into(), hint: None, exit_status: 2 },
        }
    }
}

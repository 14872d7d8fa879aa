//! What a command can end with, and how it is said: `error:`, the causes, a blank line, `hint:`.

use assist_engine::{ClusterState, EngineFault};
use assist_learn::{Advice, DataError, Error, ModelError, PenaltySetting, quoted, shown};

/// What helps with groups and times of rows, in the options of this program.
fn worded_of_groups(advice: &Advice) -> Option<String> {
    match advice {
        Advice::GroupBy(column) => Some(format!(
            "if `{column}` names users, `--group {}` keeps the rows of each together; `--group none` says that it does not",
            quoted_value(column)
        )),
        Advice::SplitWithoutTime => {
            Some("give a table of a longer time, or draw test rows by chance, with `--time none`, and leave the column of the times out with `--drop`".to_owned())
        }
        Advice::LargerTestSize => Some("keep more of the latest rows for testing with `--test-size`".to_owned()),
        Advice::SplitByRows => {
            Some("give a table with more groups, or split by rows, each for itself, with `--group none`, and leave the column of the groups out with `--drop`".to_owned())
        }
        _ => None,
    }
}

/// An advice of the library in the options of this program.
#[expect(clippy::too_many_lines, reason = "a line or two for each advice")]
pub(crate) fn worded(advice: &Advice) -> String {
    if let Some(words) = worded_of_groups(advice) {
        return words;
    }
    match advice {
        Advice::DropColumn(column) => worded(&Advice::DropColumns(vec![column.clone()])),
        Advice::DropColumns(columns) => {
            let options: Vec<_> = columns.iter().map(|column| format!("--drop {}", quoted_value(column))).collect();
            let plural = if columns.len() == 1 { "" } else { "s" };
            format!("leave the column{plural} out with `{}`", options.join(" "))
        }
        Advice::StandardRecipe { is_preset } => {
            let options = if *is_preset { "--recipe standard" } else { "--penalty-units spread --intercept free" };
            format!("`{options}` depends neither on units nor on offsets of columns")
        }
        Advice::NotKeep(column) => {
            format!("let the column be left out: without `--keep {}`, or `keep` in the schema", quoted_value(column))
        }
        Advice::PoolRare { column, rows } => {
            let drop = quoted_value(column);
            format!(
                "pool levels with fewer than {rows} training rows into one with `--rare {rows}`, or leave the column out with `--drop {drop}`"
            )
        }
        Advice::DropIdentifier(column) => {
            format!("if `{column}` names users, leave it out with `--drop {}`", quoted_value(column))
        }
        Advice::MarkOrLevel { column, value, expected } => format!(
            "column `{column}` takes {expected}; correct the cell, or choose `--na {}` if that stands for a missing one, or `--categorical {}`",
            quoted_value(value),
            quoted_value(column)
        ),
        Advice::LevelOrDrop(column) => {
            let column = quoted_value(column);
            format!(
                "leave it out with `--drop {column}`, take it as levels with `--categorical {column}`, or write its numbers in one way"
            )
        }
        Advice::DateOrDrop(column) => {
            let column = quoted_value(column);
            format!("make features of its dates with `--date {column}`, or leave it out with `--drop {column}`")
        }
        Advice::KeepColumns(columns) => {
            let options: Vec<String> =
                columns.iter().take(3).map(|column| format!("`--keep {}`", quoted_value(column))).collect();
            format!("keep a column that tells something of users with {}", options.join(" or "))
        }
        Advice::NameByPlace(columns) => format!(
            "name a column by its place, as with `--no-header`: {}; if that line does hold the names, say so in a schema: `header = true` under `[table]`",
            quoted(columns)
        ),
        Advice::StateNoHeader(columns) => format!(
            "the columns are {}; if these are values of a first row, say so with `--no-header`",
            quoted(columns)
        ),
        Advice::StateDelimiter(column) => {
            format!("the only column is `{}`: say what stands between cells with `--delimiter`", shown(column))
        }
        Advice::StateComment(mark) => {
            format!("if the line is a comment, say so with `--comment {}`", quoted_value(&mark.to_string()))
        }
        Advice::CountByGroup => {
            "`--with-group` keeps the column, and a training on the counts groups by it with `--group`".to_owned()
        }
        Advice::NameSplitKey => {
            "name the column of the key with `--split-key COLUMN`, or with `--group COLUMN` if its rows are those of one user"
                .to_owned()
        }
        Advice::NameSides => "name the column that says `train` or `test` with `--split-key COLUMN`".to_owned(),
        Advice::SplitByKey => {
            "add `--split hash`, or `--split stated` if the column says `train` or `test` in each row".to_owned()
        }
        Advice::StateLinesAbove => {
            "if the table begins further down, say how many lines stand above its header with `--skip-lines`; a cell that holds the delimiter must stand in double quotes".to_owned()
        }
        Advice::DropUnlabelled => {
            "give those rows a label, or choose `--missing auto`, which leaves them out".to_owned()
        }
        Advice::AllowMissing => {
            "fill the cells in, or choose `--missing auto`, which learns from them and leaves out rows without a label"
                .to_owned()
        }
        Advice::LearnMissing => "`--missing auto` keeps such rows, and learns from what is missing".to_owned(),
        Advice::ChoosePositive(labels) => {
            format!("choose `--positive` from {}: all other labels are class 0", quoted(labels))
        }
        Advice::CorrectLabels(labels) => format!(
            "correct the cells so that each label has one spelling, such as {}; or choose `--positive`, under which every other spelling is class 0",
            quoted(labels)
        ),
        Advice::NameTarget(columns) => {
            format!("name it with `--target NAME` or in a schema; the columns are {}", quoted(columns))
        }
        Advice::RobustErrors => {
            "choose `--std-errors hc0`, or leave `--std-errors` out".to_owned()
        }
        Advice::EaseFolds => "choose a penalty, a larger `--max-iter`, or fewer `--folds`".to_owned(),
        Advice::DropOrPenalise(columns) => {
            format!("{}, or choose `--penalty l2`", worded(&Advice::DropColumns(columns.clone())))
        }
        Advice::MoreIterations => "allow more iterations with `--max-iter`".to_owned(),
        Advice::Penalise => {
            "choose `--penalty l2`, or `--penalty firth` with `--class-weight none`, which always have an optimum"
                .to_owned()
        }
        Advice::PenaliseByL2 => "choose `--penalty l2`, which takes any number of features".to_owned(),
        Advice::DefaultSolver => "leave `--solver` out".to_owned(),
        Advice::DefaultErrors => "leave `--std-errors` out: then there are none of so many features".to_owned(),
        Advice::DefaultInference => "leave `--inference` out: then what takes so much is left out".to_owned(),
        Advice::TrainFirst => {
            "`assist-cli train --data FILE --out DIR` makes one; `--model DIR` says where it is".to_owned()
        }
        Advice::NoCalibration => {
            "leave `--calibrate` out, and look whether the features say anything at all".to_owned()
        }
        Advice::OtherScoring => "choose another `--scoring`, or fewer `--folds`".to_owned(),
        Advice::Weigh(column) => format!("`--weight {}` weighs them", quoted_value(column)),
        Advice::AllowRejected => "correct the cells, or leave such rows out with `--allow-rejected`".to_owned(),
        plain => plain.to_string(),
    }
}

/// A value as a shell takes it: in single quotes where it is more than letters, digits and a few marks.
pub(crate) fn quoted_value(value: &str) -> String {
    let is_bare = |letter: char| letter.is_alphanumeric() || "_-.:/+@%^=".contains(letter);
    if !value.is_empty() && !value.starts_with('-') && value.chars().all(is_bare) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
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

    /// What helps with an engine.
    fn of_engine(fault: EngineFault) -> Self {
        use EngineFault as Fault;
        let hint = match &fault {
            Fault::NotBuilt => {
                "`cargo install --path crates/assist-cli --profile engines --features distributed` builds one that has them".to_owned()
            }
            Fault::Address { .. } => "give it as `--scheduler df://HOST:PORT`; the port of a scheduler is 50050 unless it is told otherwise".to_owned(),
            Fault::Unreachable { .. } | Fault::NotAScheduler { .. } => {
                "start `ballista-scheduler`, or correct the address of `--scheduler`".to_owned()
            }
            Fault::OtherVersion { expected, .. } => {
                format!("install `ballista-scheduler` and `ballista-executor` of version {expected}")
            }
            Fault::NoExecutors { .. } => "start `ballista-executor` on the machines of the cluster".to_owned(),
            Fault::FileNotSeen { .. } => {
                "put the files where every machine finds them under the same path, such as a shared folder".to_owned()
            }
            Fault::Query { state, .. } | Fault::Deadline { state, .. } => match state {
                ClusterState::InProcess => "leave `--engine` out: this program reads the same files itself".to_owned(),
                ClusterState::Answers => "run the command again; `--deadline SECONDS` waits longer".to_owned(),
                ClusterState::Empty => "start `ballista-executor` on the machines of the cluster, and run the command again".to_owned(),
                _ => "restart the scheduler and its executors, and run the command again".to_owned(),
            },
            Fault::NotParquet { .. } => "leave `--engine` out, or write the rows as Parquet files".to_owned(),
            Fault::NoPath(_) => "leave `--engine` out, or put the files where every machine finds them under the same path".to_owned(),
            Fault::TypesDiffer { column, .. } => {
                format!("write the files in one type, or leave `--engine` out; or take it out with a view of the files, if `{}` is no feature", shown(column))
            }
            Fault::NotInFiles(column) => format!("leave `--engine` out, or the column with `--drop {}`, or write it into the files", quoted_value(column)),
            Fault::NotInFile { .. } => "write all files with the same columns, or leave `--engine` out, which reads such cells as missing".to_owned(),
            Fault::TooManyRows { .. } => "leave `--engine` out, which needs no table of counts, or declare bins with `cuts` in a schema".to_owned(),
            Fault::SumsNeedKey { .. } => {
                "add `--split hash` with `--group COLUMN`, or with `--split-key COLUMN` if its rows are not those of one user; or declare bins with `cuts` in a schema, which makes fewer distinct rows".to_owned()
            }
            Fault::MissingInSums { column, .. } => {
                format!("leave such rows out with `--missing drop`, or the column with `--drop {}`", quoted_value(column))
            }
            Fault::UnknownLevel { known, .. } => format!("known are {}; correct the cells, or the levels that are declared", quoted(known)),
            Fault::OtherLabel { .. } => "evaluate on rows with the labels that the model was trained with".to_owned(),
            Fault::Number { column, .. } => format!("correct the cells, what is declared of the column, or leave it out with `--drop {}`", quoted_value(column)),
            Fault::WrittenOtherwise { column, .. } => format!("write it as texts or whole numbers, declare it numeric, or leave it out with `--drop {}`", quoted_value(column)),
            Fault::NoNumbers { .. } => "write it as numbers, or leave `--engine` out, which reads numbers in texts".to_owned(),
            Fault::TooManyLabels { .. } => "name the column of the label with `--target`".to_owned(),
            Fault::Unlabelled { .. } => "choose `--missing auto`, which leaves such rows out".to_owned(),
            Fault::NoSide { .. } => "correct the cells".to_owned(),
            Fault::NoReference { .. } => "name another `reference` in the schema, or none".to_owned(),
            Fault::TooManyLevels { column, .. } | Fault::Crowded { column, .. } => format!("leave it out with `--drop {}`; `--rare 1` keeps levels of single rows apart", quoted_value(column)),
            Fault::OneClassLevel(_) => "choose `--penalty l2`".to_owned(),
            Fault::TooManySums { .. } => "leave columns out with `--drop`, or leave `--engine` out".to_owned(),
            _ => "leave `--engine` out: this program reads the same files itself".to_owned(),
        };
        let exit_status = if matches!(fault, Fault::NotBuilt | Fault::Address { .. }) { 2 } else { 1 };
        Self { error: fault.into(), hint: Some(hint), exit_status }
    }

    /// The same failure with another hint.
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self { hint: Some(hint), ..self }
    }

    fn of(error: Error, hint: Option<String>, exit_status: u8) -> Self {
        Self { error: error.into(), hint, exit_status }
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

impl From<assist_export::Error> for Failure {
    fn from(error: assist_export::Error) -> Self {
        let hint = match &error {
            assist_export::Error::Limit { .. } => {
                Some("choose another format, or train with other names or fewer terms")
            }
            assist_export::Error::OtherColumns(_) => {
                Some("compare two models of the same columns, or give a table of users with `--data`")
            }
            _ => None,
        };
        Self::outcome(error.to_string(), hint.map(str::to_owned))
    }
}

impl From<assist_engine::Error> for Failure {
    fn from(error: assist_engine::Error) -> Self {
        use assist_engine::Error as Engine;
        let hint = match error {
            Engine::Settings(error) => return error.into(),
            Engine::Engine(fault) => return Self::of_engine(fault),
            Engine::Dialect { .. } => "make a view with other names, and declare these".to_owned(),
            Engine::NoTarget | Engine::NoPositive(_) | Engine::NoFeatures => {
                "`assist-cli inspect --data SAMPLE --target NAME --write-schema FILE` writes a schema that says so, from a sample of the rows; `--schema FILE` takes it".to_owned()
            }
            Engine::FeatureTwice { ref column, .. } => format!("leave `{0}` out with `--drop {0}`", quoted_value(column)),
            Engine::KeyIsLabel(_) => "name a column that is neither label nor feature".to_owned(),
            Engine::WrittenNumbers { .. } => {
                "make a view that has them as numbers, and take the `style` out of the schema".to_owned()
            }
            Engine::Dates(_) => {
                "make a view that has their day, weekday or hour as columns, and declare these".to_owned()
            }
            Engine::Weights(_) => "`--weight none` lets every row count the same".to_owned(),
            Engine::Times(_) => {
                "`--time none` divides by chance; or make a view with a column that says `train` or `test`, and name it with `--split stated --split-key COLUMN --time none`".to_owned()
            }
            Engine::Groups(_) => {
                "`--split hash` keeps them on one side; `--with-group` keeps the column, and a training on the counts groups by it".to_owned()
            }
            Engine::NoHash(_) => "name an engine that has it with `--dialect`; or make a view with a column that says `train` or `test`, and name it with `--split stated --split-key COLUMN`".to_owned(),
            _ => "name it with `--group COLUMN`".to_owned(),
        };
        Self { error: error.into(), hint: Some(hint), exit_status: 2 }
    }
}

impl From<assist_serve::Error> for Failure {
    fn from(error: assist_serve::Error) -> Self {
        use assist_serve::{Error as Serve, LogError};
        let hint = match error {
            // What is wrong with a model is said as everywhere.
            Serve::Model { name, source } => {
                let failure = Self::from(source);
                return Self {
                    error: failure.error.context(format!("the model `{name}` cannot be loaded")),
                    ..failure
                };
            }
            Serve::NoModel => "name one with `--model DIR`",
            Serve::ModelName(_) | Serve::SameName(_) => "name each model with `--model NAME=DIR`",
            Serve::OpenToOthers(_) => {
                "give keys with `--api-key-file FILE`, or say with `--no-auth` that whoever reaches the address may ask"
            }
            Serve::Keys { .. } | Serve::KeyFile(_) => {
                "write one key a line, at least 16 characters each, such as `openssl rand -hex 16` makes"
            }
            Serve::Origin(_) => "name one with `--cors https://app.example.org`",
            Serve::Outcomes(LogError::InUse(_)) => {
                "end the other service, or choose another folder with `--outcomes DIR`"
            }
            Serve::Outcomes(LogError::Damaged { .. }) => {
                "move the file out of the folder and keep it: all others are read without it"
            }
            Serve::Outcomes(LogError::OtherVersion { .. }) => {
                "use that program, or another folder with `--outcomes DIR`"
            }
            Serve::Outcomes(_) => "name a folder that may be written with `--outcomes DIR`",
            Serve::HoldoutWithoutLog => "name the folder of a log with `--outcomes DIR`",
            Serve::Listen { .. } => "choose another with `--listen ADDRESS:PORT`; port 0 takes one that is free",
            _ => return Self { error: error.into(), hint: None, exit_status: 1 },
        };
        Self { error: error.into(), hint: Some(hint.to_owned()), exit_status: 1 }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.advice().as_ref().map(worded);
        let option = |setting: PenaltySetting| match setting {
            PenaltySetting::L1Ratio => "--l1-ratio",
            PenaltySetting::C => "--c",
            PenaltySetting::PenaltyUnits => "--penalty-units",
            PenaltySetting::Intercept => "--intercept penalised",
            PenaltySetting::InterceptPenalised => "--intercept-penalised true",
            PenaltySetting::Solver => "--solver",
            _ => "--std-errors",
        };
        match error {
            // What is said of options is said in their names.
            Error::WithoutEffect { setting, penalty, penalties } => {
                let others: Vec<String> = penalties.iter().map(|kind| format!("`--penalty {kind}`")).collect();
                Self::usage(
                    format!("`{}` has no effect with `--penalty {penalty}`", option(setting)),
                    format!("leave it out, or choose {}", others.join(" or ")),
                )
            }
            Error::OfCard { .. } => Self::usage(error.to_string(), "leave it out, or choose `--form card`".to_owned()),
            Error::OfLogisticRegression { .. } => {
                Self::usage(error.to_string(), "leave it out, or choose `--form logistic`".to_owned())
            }
            Error::UnweightedForm { ref column, .. } => {
                let drop = format!("--weight none --drop {}", quoted_value(column));
                let hint = format!("choose `--form logistic`, or let every row count the same by `{drop}`");
                Self::usage(error.to_string(), hint)
            }
            Error::NoStrength(penalty) => Self::usage(
                format!("`--penalty {penalty}` has no strength to choose"),
                "choose `--penalty l2`, `l1` or `elastic-net`".to_owned(),
            ),
            Error::TestRowsRejected { .. } => {
                let hint = hint.map_or_else(String::new, |hint| format!("{hint}; "));
                Self::of(error, Some(format!("{hint}nothing was saved")), 1)
            }
            Error::NotConverged(fit) => Self::outcome(
                fit.to_string(),
                format!("{}; nothing was saved (`--allow-unconverged` would)", worded(&fit.advice)),
            ),
            Error::AddedColumn(_) => {
                Self { hint: Some("choose another `--prefix`".to_owned()), ..Self::of(error, hint, 1) }
            }
            // What was asked for is at fault, or we are.
            Error::NumericSlice { .. }
            | Error::LabelSlice(_)
            | Error::TrainingAlone(_)
            | Error::Unweighted(_)
            | Error::PageIsCard(_)
            | Error::PageIsOutlet(_)
            | Error::UnknownSlice { .. }
            | Error::InterceptTwice
            | Error::Setting { .. }
            | Error::Capacity { .. }
            | Error::Trees(_)
            | Error::Json(_) => Self::of(error, hint, 2),
            Error::Model(error) if error.is_setting() => Self::of(error.into(), hint, 2),
            Error::Io(error) | Error::Data(DataError::Io(error)) | Error::Model(ModelError::Io(error)) => error.into(),
            error => Self::of(error, hint, 1),
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Error::from(error).into()
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

//! What goes wrong between a program and an engine, and whether the engine still answers.

use std::time::Duration;

use assist_score::shown;

/// Why an engine gave no result. Nothing was saved, and no engine was changed: all queries only read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineFault {
    /// The program was built without engines.
    #[error("this program was built without engines")]
    NotBuilt,
    /// An address that is none.
    #[error("`{}` is no address of a scheduler: {reason}", shown(.address))]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing listens there.
    #[error("no scheduler answers at {address}: {reason}")]
    Unreachable {
        /// The scheduler.
        address: String,
        /// What the network says.
        reason: String,
    },
    /// Something listens there, and it is no scheduler.
    #[error("what answers at {address} is no scheduler of Ballista: {found}")]
    NotAScheduler {
        /// The address.
        address: String,
        /// What it answered.
        found: String,
    },
    /// A cluster of another version.
    #[error("the scheduler at {address} is {found}, and this program speaks to ballista/{expected}")]
    OtherVersion {
        /// The scheduler.
        address: String,
        /// What it is.
        found: String,
        /// The major version that is needed.
        expected: u32,
    },
    /// A scheduler without machines that work.
    #[error("the cluster at {address} has no executor that could work: {found}")]
    NoExecutors {
        /// The scheduler.
        address: String,
        /// What it says.
        found: String,
    },
    /// A file that some machine of the cluster does not have.
    #[error("a machine of the cluster does not see a file that this one sees: {detail}")]
    FileNotSeen {
        /// What the engine says.
        detail: String,
    },
    /// A query that failed, twice where that may help.
    #[error("{engine} could not run a query: {detail}; {state}")]
    Query {
        /// The engine.
        engine: String,
        /// What it says.
        detail: String,
        /// Whether it still answers.
        state: ClusterState,
    },
    /// A query without a result in time, twice.
    #[error("{engine} gave no result within the deadline of {} s; {state}", .deadline.as_secs_f64())]
    Deadline {
        /// The engine.
        engine: String,
        /// What was waited for.
        deadline: Duration,
        /// Whether it still answers.
        state: ClusterState,
    },
    /// A file that engines do not read.
    #[error("`{}` is {format}, and engines read Parquet files", shown(.file))]
    NotParquet {
        /// The file.
        file: String,
        /// What it is.
        format: String,
    },
    /// What lies in no file system that all machines see.
    #[error("`{}` is no file that engines find by its path", shown(.0))]
    NoPath(String),
    /// A column that files hold in different types.
    #[error("column `{}` is {found} in `{}` and {expected} in `{}`", shown(.column), shown(.file), shown(.first))]
    TypesDiffer {
        /// The column.
        column: String,
        /// The file.
        file: String,
        /// Its type there.
        found: String,
        /// The first file.
        first: String,
        /// Its type there.
        expected: String,
    },
    /// A column of which no file holds the cells.
    #[error("column `{}` is made of the paths of the files, and engines read what is in them", shown(.0))]
    NotInFiles(String),
    /// A column that a file lacks: engines would read its cells as missing.
    #[error("column `{}` is in `{}` and not in `{}`", shown(.column), shown(.first), shown(.file))]
    NotInFile {
        /// The column.
        column: String,
        /// The file that lacks it.
        file: String,
        /// The first file.
        first: String,
    },
    /// A column that is taken as texts, which this program writes in another way than engines.
    #[error("column `{}` is {found} and would be taken as texts, and engines write these in a way of their own", shown(.column))]
    WrittenOtherwise {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A column of numbers that holds none as engines see it.
    #[error("column `{}` is one of numbers and {found} in the files, which engines do not read as numbers", shown(.column))]
    NoNumbers {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// More labels than any target has.
    #[error("the column of the label has {most} different texts or more")]
    TooManyLabels {
        /// As many are looked at.
        most: u64,
    },
    /// Rows without a label, where these are refused.
    #[error("{rows} rows have no label, and missing cells are refused")]
    Unlabelled {
        /// How many.
        rows: u64,
    },
    /// Rows whose side of the split is not known.
    #[error("{rows} rows have a text in column `{}` that is no side of a split, which is `train` or `test`", shown(.column))]
    NoSide {
        /// The column.
        column: String,
        /// How many.
        rows: u64,
    },
    /// A training that sums cannot do.
    #[error("{what} needs the table of counts, and that would have about {rows} rows, which are more than {most}")]
    TooManyRows {
        /// What was asked for.
        what: String,
        /// Estimated distinct rows.
        rows: u64,
        /// As many are taken.
        most: u64,
    },
    /// Sums without a way of dividing the rows.
    #[error(
        "{}for sums rows have to be divided where they are, by the hash of a key",
        .too_many.map_or(String::new(), |[rows, most]| format!(
            "the table of counts would have about {rows} rows, more than {most}, so sums are taken instead; "
        ))
    )]
    SumsNeedKey {
        /// Estimated distinct rows, and how many are taken at most, where that is why.
        too_many: Option<[u64; 2]>,
    },
    /// Missing cells, which sums do not learn from.
    #[error("column `{}` has {cells} missing cells, and sums do not learn from these", shown(.column))]
    MissingInSums {
        /// The column.
        column: String,
        /// How many.
        cells: u64,
    },
    /// A level that the model or the schema does not know.
    #[error(
        "column `{}`: unknown level `{}`{}", shown(.column), shown(.level),
        if .file.is_empty() { String::new() } else { format!(" in {rows} rows of `{}`", shown(.file)) }
    )]
    UnknownLevel {
        /// The column.
        column: String,
        /// The level.
        level: String,
        /// The levels that are known.
        known: Vec<String>,
        /// The first file that has it.
        file: String,
        /// Rows of that file that have it.
        rows: u64,
    },
    /// A label that the model does not know.
    #[error("column `{}`: the label `{}` is neither `{}` nor `{}`", shown(.column), shown(.label), shown(&.known[0]), shown(&.known[1]))]
    OtherLabel {
        /// The column of the label.
        column: String,
        /// The label.
        label: String,
        /// The labels of the model.
        known: [String; 2],
    },
    /// A number that no column of its kind has.
    #[error("column `{}`: {found}", shown(.column))]
    Number {
        /// The column.
        column: String,
        /// What was found.
        found: String,
    },
    /// A reference level that no training row has.
    #[error("column `{}`: no training row has the reference level `{}`", shown(.column), shown(.level))]
    NoReference {
        /// The column.
        column: String,
        /// The level.
        level: String,
    },
    /// More levels than sums are taken of.
    #[error("column `{}` has more than {most} levels, and sums are taken of at most so many", shown(.column))]
    TooManyLevels {
        /// The column.
        column: String,
        /// As many are taken.
        most: u64,
    },
    /// Levels that a training on rows would pool.
    #[error("column `{}` has {levels} levels of a single training row, which are too many to be learnt from and are not pooled in sums", shown(.column))]
    Crowded {
        /// The column.
        column: String,
        /// How many.
        levels: u64,
    },
    /// A fit that has no finite optimum.
    #[error("{0}: an unpenalised fit has no finite optimum")]
    OneClassLevel(String),
    /// More features than sums are taken of.
    #[error("{features} numbers and levels ask for sums of each two of them, and there are sums of at most {most}")]
    TooManySums {
        /// Features within cells.
        features: u64,
        /// As many are taken.
        most: u64,
    },
    /// An answer without what was asked for.
    #[error("the answer of {engine} lacks what was asked for: {detail}")]
    Answer {
        /// The engine.
        engine: String,
        /// What is not there.
        detail: String,
    },
}

/// Whether a cluster still answers after a query failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterState {
    /// It is this process.
    InProcess,
    /// It runs a small query.
    Answers,
    /// Its scheduler answers, and a small query has no result: it needs a restart.
    Stuck,
    /// Its scheduler answers and has no machines.
    Empty,
    /// Its scheduler does not answer any more.
    Gone,
}

impl std::fmt::Display for ClusterState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InProcess => "nothing was saved",
            Self::Answers => {
                "the cluster still answers other queries, so the same may be tried again; nothing was saved"
            }
            Self::Stuck => {
                "its scheduler answers but runs no query any more: the cluster needs a restart; nothing was saved"
            }
            Self::Empty => "its scheduler has no executor left; nothing was saved",
            Self::Gone => "its scheduler does not answer any more; nothing was saved",
        })
    }
}

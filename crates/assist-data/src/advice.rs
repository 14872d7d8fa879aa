//! What would help with an error or a warning, as data: a library says which setting, and whoever shows it words it: the
//! program as an option, a package as an argument, a page as a sentence.

use std::fmt;

use assist_score::shown;

/// What to do next. [`Display`](fmt::Display) words it without naming any program's options.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Advice {
    /// Something that no setting does, in words.
    Plain(String),
    /// Fit by the standard recipe, which depends neither on units nor on offsets of columns.
    StandardRecipe {
        /// Whether the one that costs is a recipe as well.
        is_preset: bool,
    },
    /// Leave a column out.
    DropColumn(String),
    /// Leave columns out.
    DropColumns(Vec<String>),
    /// Do not ask for a column that would be left out by itself.
    NotKeep(String),
    /// Leave a column out if it names users rather than telling of them.
    DropIdentifier(String),
    /// Pool the levels of a column, and of every other, that have fewer training rows than this.
    PoolRare {
        /// The column.
        column: String,
        /// Training rows.
        rows: u64,
    },
    /// Say that a text stands for a missing cell, or that the column is one of categories.
    MarkOrLevel {
        /// The column.
        column: String,
        /// The text that is no number.
        value: String,
        /// What the column takes.
        expected: String,
    },
    /// Say that a column is one of categories, or leave it out.
    LevelOrDrop(String),
    /// Say that a column is one of dates, or leave it out.
    DateOrDrop(String),
    /// Keep the column of the groups in the table of counts.
    CountByGroup,
    /// Name the column whose hash is to divide the rows.
    NameSplitKey,
    /// Name the column that says of each row whether it is a training or a test row.
    NameSides,
    /// Divide the rows by the column that is named for that: by its hash, or as it says.
    SplitByKey,
    /// Keep columns that were left out.
    KeepColumns(Vec<String>),
    /// Name a column of a file without a header by its place: one of these.
    NameByPlace(Vec<String>),
    /// State that a file has no header, if these columns are values of a first row.
    StateNoHeader(Vec<String>),
    /// State what stands between cells, because this is the only column.
    StateDelimiter(String),
    /// State what comments begin with.
    StateComment(char),
    /// State how many lines stand above the header.
    StateLinesAbove,
    /// State the form of the dates of a column: one of these.
    StateDateForm(String, Option<[String; 2]>),
    /// State the form of the times of a column, such as this one, or correct the cells that are none.
    StateTimeForm(String, Option<String>),
    /// Correct a cell that is no date, or state the form of the dates of the column.
    CorrectDate(String),
    /// Give what is declared of a column, or declare another thing.
    AsDeclared {
        /// The column.
        column: String,
        /// What it takes.
        expected: String,
    },
    /// Leave out the rows that have no label, as is done where missing cells are not refused.
    DropUnlabelled,
    /// Fill missing cells in, learn from them, or leave out the rows that have some.
    AllowMissing,
    /// Learn from missing cells instead of leaving their rows out.
    LearnMissing,
    /// State the positive label, one of these; all others are class 0.
    ChoosePositive(Vec<String>),
    /// Correct labels so that each has one spelling, such as these; a positive label that is stated is taken as it is spelt.
    CorrectLabels(Vec<String>),
    /// Name the target: one of these columns.
    NameTarget(Vec<String>),
    /// Ask for standard errors that hold under weights and penalties, or fit without either.
    RobustErrors,
    /// Make the fits of the folds converge: a penalty, more iterations, or fewer folds.
    EaseFolds,
    /// Leave out the columns that follow from others, or penalise the coefficients.
    DropOrPenalise(Vec<String>),
    /// Allow more iterations.
    MoreIterations,
    /// Choose a penalty under which a finite optimum exists.
    Penalise,
    /// There is nothing to do: this is as near to the optimum as 64 bits come.
    NothingNearer,
    /// Choose the L2 penalty.
    PenaliseByL2,
    /// Let the solver be chosen by the size of the fit.
    DefaultSolver,
    /// Do not ask for standard errors of a kind.
    DefaultErrors,
    /// Do not ask for all of inference.
    DefaultInference,
    /// Train a model first, or say where one is.
    TrainFirst,
    /// Fit without a calibration.
    NoCalibration,
    /// Score folds by another metric, or make fewer of them.
    OtherScoring,
    /// Leave rows out that the model rejects.
    AllowRejected,
    /// Split by rows, each for itself, though they belong to groups.
    SplitByRows,
    /// Group the rows by a column, if it names users.
    GroupBy(String),
    /// Draw test rows by chance instead of dividing rows by their times.
    SplitWithoutTime,
    /// Keep more of the latest rows for testing.
    LargerTestSize,
    /// Take the weights of the rows from a column.
    Weigh(String),
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::StandardRecipe { .. } => {
                f.write_str("the recipe `standard` depends neither on units nor on offsets of columns")
            }
            Self::DropColumn(column) => write!(f, "leave column `{column}` out"),
            Self::Weigh(column) => write!(f, "name column `{}` as that of the weights", shown(column)),
            Self::NotKeep(column) => write!(f, "let column `{column}` be left out, and do not keep it"),
            Self::DropColumns(columns) => {
                write!(f, "leave column{} {} out", if columns.len() == 1 { "" } else { "s" }, quoted(columns))
            }
            Self::DropIdentifier(column) => write!(f, "if column `{column}` names users, leave it out"),
            Self::PoolRare { column, rows } => write!(
                f,
                "pool levels with fewer than {rows} training rows into one, which stands for unknown ones as well, or leave column `{column}` out"
            ),
            Self::MarkOrLevel { column, value, expected } => write!(
                f,
                "column `{column}` takes {expected}; correct the cell, say that `{value}` stands for a missing one, or declare the column categorical"
            ),
            Self::LevelOrDrop(column) => {
                write!(f, "declare column `{column}` categorical, leave it out, or write its numbers in one way")
            }
            Self::DateOrDrop(column) => write!(f, "declare column `{column}` as dates, or leave it out"),
            Self::KeepColumns(columns) => write!(f, "keep a column that tells something of users: {}", quoted(columns)),
            Self::NameByPlace(columns) => write!(
                f,
                "name a column by its place: {}; if that line does hold the names, say so in a schema: `header = true` under `[table]`",
                quoted(columns)
            ),
            Self::StateNoHeader(columns) => write!(
                f,
                "the columns are {}; if these are values of a first row, state that there is no header",
                quoted(columns)
            ),
            Self::StateDelimiter(column) => {
                write!(f, "the only column is `{}`: state what stands between cells", shown(column))
            }
            Self::StateComment(mark) => {
                write!(f, "if the line is a comment, state `{mark}` as what comments begin with")
            }
            Self::CountByGroup | Self::NameSplitKey | Self::NameSides | Self::SplitByKey => f.write_str(self.of_splits()),
            Self::StateLinesAbove => f.write_str(
                "if the table begins further down, state how many lines stand above its header; a cell that holds the delimiter must stand in double quotes",
            ),
            Self::StateDateForm(..) | Self::StateTimeForm(..) | Self::CorrectDate(_) | Self::AsDeclared { .. } => {
                self.of_declarations(f)
            }
            Self::DropUnlabelled => {
                f.write_str("give those rows a label, or do not refuse missing cells: then such rows are left out")
            }
            Self::AllowMissing => {
                f.write_str("fill the cells in, make missing cells a level of their own, or leave such rows out")
            }
            Self::LearnMissing => {
                f.write_str("make missing cells a level of their own: then no row is left out for them")
            }
            Self::ChoosePositive(labels) => {
                write!(f, "state a positive label that occurs, all others being class 0: {}", quoted(labels))
            }
            Self::CorrectLabels(labels) => write!(
                f,
                "correct the cells so that each label has one spelling, such as {}; where a positive label is stated, every other spelling is class 0",
                quoted(labels)
            ),
            Self::NameTarget(columns) => write!(f, "name the target; the columns are {}", quoted(columns)),
            Self::RobustErrors => {
                f.write_str("choose sandwich standard errors (HC0), or fit without class weights and penalty")
            }
            Self::EaseFolds => f.write_str("choose a penalty, allow more iterations, or make fewer folds"),
            Self::DropOrPenalise(columns) => {
                write!(f, "{}, or choose the L2 penalty", Self::DropColumns(columns.clone()))
            }
            Self::MoreIterations => f.write_str("allow more iterations"),
            Self::Penalise => {
                f.write_str("choose the L2 penalty, or Firth's without class weights, which always have an optimum")
            }
            Self::NothingNearer => {
                f.write_str("rounding hides any further progress: this is as near to the optimum as 64 bits come")
            }
            Self::PenaliseByL2 => f.write_str("choose the L2 penalty, which takes any number of features"),
            Self::DefaultSolver => f.write_str("leave the choice of the solver out"),
            Self::DefaultErrors => f.write_str("leave the kind of standard errors out: then there are none of so many features"),
            Self::DefaultInference => f.write_str("leave the level of inference out: then what takes so much is left out"),
            Self::TrainFirst => f.write_str("train a model first, or say where one is"),
            Self::NoCalibration => {
                f.write_str("fit without calibration, and check whether the features are informative at all")
            }
            Self::OtherScoring => f.write_str("choose another scoring, or fewer folds"),
            Self::GroupBy(column) => write!(f, "if column `{column}` names users, group the rows by it"),
            Self::SplitByRows => f.write_str("give a table with more groups, or split by rows, each for itself"),
            Self::SplitWithoutTime => f.write_str("give a table of a longer time, or draw test rows by chance, without the times"),
            Self::LargerTestSize => f.write_str("keep more of the latest rows for testing"),
            Self::AllowRejected => f.write_str("correct the cells, or allow rows to be rejected"),
        }
    }
}

impl Advice {
    /// What is said of keys that divide rows.
    fn of_splits(&self) -> &'static str {
        match self {
            Self::CountByGroup => "keep the column of the groups in the table of counts",
            Self::NameSplitKey => {
                "name the column of the key, such as one that names users, as the split key or as the group"
            }
            Self::NameSides => "name the column that says `train` or `test` as the split key",
            _ => "choose the split by hash, or the stated one if the column says `train` or `test`",
        }
    }

    /// What is said of dates and of what is declared.
    fn of_declarations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateDateForm(column, None) => {
                write!(f, "state the form of the dates in a schema: `[date.\"{column}\"]` with `form = \"%d.%m.%Y\"`")
            }
            Self::StateDateForm(column, Some([form, other])) => write!(
                f,
                "state the form in a schema: `[date.\"{column}\"]` with `form = \"{form}\"` or `form = \"{other}\"`"
            ),
            Self::StateTimeForm(column, None) => write!(
                f,
                "correct the cells that are none; or state the form in a schema with `[date.{}]`, `form = \"%Y-%m-%d\"` (say) and `parts = []`, and the first cell that has another one is named",
                toml_key(column)
            ),
            Self::StateTimeForm(column, Some(form)) => write!(
                f,
                "state which of them it is in a schema, with `[date.{}]`, `form = \"{form}\"` (say) and `parts = []`",
                toml_key(column)
            ),
            Self::CorrectDate(column) => {
                write!(f, "column `{column}` takes dates in one form; correct the cell, or state the form in a schema")
            }
            Self::AsDeclared { column, expected } => {
                write!(f, "column `{column}` takes {expected}, as the schema declares it")
            }
            _ => Ok(()),
        }
    }
}

impl From<&str> for Advice {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

/// A column as a key of TOML.
fn toml_key(column: &str) -> String {
    format!("\"{}\"", column.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Names in backticks, at most a dozen of them.
pub fn quoted(names: &[String]) -> String {
    const MOST: usize = 12;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{}`", shown(name))).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A character that stands between cells, as messages show it: by its word where it is hard to see.
pub(crate) struct DelimiterName(pub(crate) char);

impl fmt::Display for DelimiterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            '\t' => f.write_str("a tab"),
            ' ' => f.write_str("a space"),
            delimiter if delimiter.is_control() => write!(f, "`{}`", delimiter.escape_default()),
            delimiter => write!(f, "`{delimiter}`"),
        }
    }
}

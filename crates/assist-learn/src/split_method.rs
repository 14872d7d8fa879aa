//! How test rows are drawn, and which ways do not go with what the rows are.

use std::fmt;

use assist_data::Advice;
use serde::{Deserialize, Serialize};

/// How test rows are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SplitMethod {
    /// As scikit-learn's `train_test_split(stratify=y)`, row for row.
    #[default]
    Sklearn,
    /// By selection in one pass: no permutation is kept.
    Selection,
    /// Of a table of counts, whatever is asked for: how many of each row's observations are test rows is drawn from the multivariate
    /// hypergeometric law, in the time of the rows. Of other tables it is [`Selection`](Self::Selection), which has the same law.
    Hypergeometric,
    /// By whole groups, as rows are divided wherever a column groups them.
    Groups,
    /// The latest rows, wherever a column says when each was recorded.
    Time,
    /// By the hash of a key, which any engine can make without knowing the other rows.
    Hash,
    /// As a column says in each row: `train` or `test`.
    Stated,
}

impl fmt::Display for SplitMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sklearn => "the split of scikit-learn",
            Self::Selection => "selection in one pass",
            Self::Hypergeometric => "a hypergeometric draw of each row's observations",
            Self::Groups => "by whole groups",
            Self::Time => "the latest rows",
            Self::Hash => "the hash of a key",
            Self::Stated => "as a column says",
        })
    }
}

/// A way of drawing rows that does not go with what rows are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DivisionFault {
    /// Rows are drawn one by one though they are grouped.
    #[error("{method} draws rows one by one, and the rows of `{column}` are to stay together")]
    RowsOfGroups {
        /// The way.
        method: SplitMethod,
        /// The column of the groups.
        column: String,
    },
    /// Rows are drawn though they are to be divided by their times.
    #[error("{method} draws rows by chance, and they are to be divided by the times of `{column}`")]
    RowsOfTimes {
        /// The way.
        method: SplitMethod,
        /// The column of the times.
        column: String,
    },
    /// Rows without times are to be divided by these.
    #[error("a split by time was asked for, and no column says when rows were recorded")]
    NoTimes,
    /// Whole groups are drawn of rows that are not grouped.
    #[error("a split by whole groups was asked for, and no column groups the rows")]
    NoGroups,
    /// The column of the groups is to be kept, and there is none.
    #[error("the column of the groups is to be kept, and no column groups the rows")]
    NoGroupToKeep,
    /// Rows without keys are to be divided by these.
    #[error("a split by the hash of a key was asked for, and no column is its key")]
    NoKey,
    /// Rows are to be divided as a column says, and none is named.
    #[error("rows are to be divided as a column says, and none is named")]
    NoSides,
    /// A column divides rows that another way of drawing divides.
    #[error("`{column}` is to divide the rows, and {method} does that in another way")]
    KeyWithoutUse {
        /// The way.
        method: SplitMethod,
        /// The column.
        column: String,
    },
    /// Keys divide rows that are to stay together.
    #[error("rows are to be divided by `{key}`, and those of one `{group}` are to stay together")]
    KeyOfGroups {
        /// The column that divides them.
        key: String,
        /// The column of the groups.
        group: String,
    },
    /// Keys of which those of a class are all on one side.
    #[error("no {} row is of class {class}, the rows being divided by `{column}`", if *.is_test { "test" } else { "training" })]
    ClassOnOneSide {
        /// The column.
        column: String,
        /// 0 for the negative class.
        class: usize,
        /// Whether it is the test rows that lack it.
        is_test: bool,
        /// Whether the column says so itself.
        is_stated: bool,
    },
    /// A column that divides rows of a table of counts which says itself how they are divided.
    #[error("the column `split` says on which side rows are, and `{0}` would divide them in another way")]
    DividedAlready(String),
}

impl DivisionFault {
    pub(crate) fn advice(&self) -> Advice {
        match self {
            Self::RowsOfGroups { .. } => "leave the way of drawing at its default, or do not group rows".into(),
            Self::RowsOfTimes { .. } => "leave the way of drawing at its default, or state no times".into(),
            Self::NoTimes => "name the column of the times".into(),
            Self::NoGroups | Self::NoGroupToKeep => "name the column of the users".into(),
            Self::NoKey => Advice::NameSplitKey,
            Self::NoSides => Advice::NameSides,
            Self::KeyWithoutUse { .. } => Advice::SplitByKey,
            Self::KeyOfGroups { group, .. } => {
                format!("divide the rows by the hash of `{group}`, or do not group them").into()
            }
            Self::DividedAlready(_) => Advice::DropColumn("split".to_owned()),
            Self::ClassOnOneSide { is_stated: true, .. } => {
                "make the column anew, with another seed or another share of test rows".into()
            }
            Self::ClassOnOneSide { .. } => {
                "take another seed or another share of test rows, or a key with more values".into()
            }
        }
    }
}

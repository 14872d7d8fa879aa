//! Which observations are training rows and which are test rows: splits, folds, and how a split is kept.
//!
//! Nothing here knows tables: class counts, or the class of each row, are all that a split is made of.

pub(crate) mod counted;
pub(crate) mod draws;
pub(crate) mod folds;
#[cfg(feature = "tables")]
pub(crate) mod group_counter;
pub(crate) mod group_split;
pub(crate) mod groups;
pub(crate) mod hashed;
pub(crate) mod selection;
pub(crate) mod shares;
pub(crate) mod sklearn;
pub(crate) mod subset;
pub(crate) mod test_rows;
pub(crate) mod time_split;

pub use counted::{CountedFolds, counted_test_rows};
pub use folds::stratified_folds;
#[cfg(feature = "tables")]
pub use group_counter::{GroupBuffer, GroupCounter};
pub use group_split::{group_folds, group_split};
pub use groups::{Group, GroupTotals, NO_GROUP, group_key, mixed_word};
pub use hashed::{is_test_key, is_test_side, split_key, split_salt, split_threshold};
pub use selection::Selection;
pub use sklearn::{Split, sklearn_split, sklearn_test_rows};
pub use subset::Subset;
pub use test_rows::{Bits, TestRows};
pub use time_split::{RowClasses, TimeFold, TimeSplit, Timeline};

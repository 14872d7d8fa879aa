//! Which observations are training rows and which are test rows: splits, folds, and how a split is kept.
//!
//! Nothing here knows tables: class counts, or the class of each row, are all that a split is made of.

pub(crate) mod draws;
pub(crate) mod folds;
pub(crate) mod selection;
pub(crate) mod shares;
pub(crate) mod sklearn;
pub(crate) mod subset;
pub(crate) mod test_rows;

pub use folds::stratified_folds;
pub use selection::Selection;
pub use sklearn::{Split, sklearn_split, sklearn_test_rows};
pub use subset::Subset;
pub use test_rows::{Bits, TestRows};

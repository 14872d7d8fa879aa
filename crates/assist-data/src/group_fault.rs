//! Why rows cannot be divided by whole groups.

/// Why rows cannot be divided by whole groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupFault {
    /// A class occurs in fewer groups than there are to be sides.
    #[error(
        "class {class} occurs in {groups} group{}, and whole groups are divided so that both classes are on every side: that takes {needed}",
        if *.groups == 1 { "" } else { "s" }
    )]
    ClassInFewGroups {
        /// 0 for the label that sorts first.
        class: usize,
        /// In so many groups.
        groups: usize,
        /// Two sides of a split, or so many folds.
        needed: usize,
    },
    /// The column that names the groups is the label.
    #[error("column `{0}` holds the label, so rows cannot be grouped by it")]
    ByLabel(String),
    /// The column that divides the rows is the label.
    #[error("column `{0}` holds the label, so rows cannot be divided by it")]
    SplitByLabel(String),
}

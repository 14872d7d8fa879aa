//! Why rows cannot be divided by their times.

/// Why rows cannot be divided by their times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeFault {
    /// The column that holds the times is the label.
    #[error("column `{0}` holds the label, so rows cannot be ordered by it")]
    ByLabel(String),
    /// Cells that are neither numbers nor dates of one form.
    #[error("column `{0}` holds neither numbers alone, which rise with time, nor dates in one form")]
    NoTimes(String),
    /// Dates that can be read in two ways.
    #[error("the times of column `{column}` can be read as `{}` and as `{}`", .forms[0], .forms[1])]
    Ambiguous {
        /// The column.
        column: String,
        /// The two forms, as `strftime` writes them.
        forms: [String; 2],
    },
    /// Hours without a day.
    #[error("column `{0}` holds times of day, which do not say which row came first")]
    TimesOfDay(String),
    /// So few times that no row comes after the earliest share.
    #[error("the rows have {times} different time{}, and rows of one time stay together: no row is left to test on", if *.times == 1 { "" } else { "s" })]
    NoLaterRows {
        /// Different times.
        times: usize,
    },
    /// Every later row is of a group that has earlier ones.
    #[error("all {rows} later rows are of groups that have earlier rows as well, so none is left to test on")]
    NoNewGroups {
        /// Observations of the later rows.
        rows: u64,
    },
    /// A class that one side lacks.
    #[error("none of the {} rows is of class {class}, the rows being divided by their times", if *.is_later { "later" } else { "earlier" })]
    ClassOnOneSide {
        /// 0 for the label that sorts first.
        class: usize,
        /// Whether it is the later rows that lack it.
        is_later: bool,
    },
    /// Folds that cannot be made.
    #[error(
        "the training rows have {times} different times, too few for {folds} folds that follow each other, or a fold and all before it are of one class"
    )]
    Folds {
        /// How many were asked for.
        folds: u8,
        /// Different times of the training rows.
        times: usize,
    },
}

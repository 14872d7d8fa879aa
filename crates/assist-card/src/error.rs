//! What can be wrong with a table of candidates or with the settings of a search.

/// Why no card can be sought.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no candidate, no row, or no observation in any row.
    #[error("the table has no {what}")]
    Empty {
        /// What is missing.
        what: Missing,
    },
    /// A column has another number of rows than the counts.
    #[error("candidate {candidate} has {rows} rows, but there are counts of {counts} (the first is candidate 0)")]
    Lengths {
        /// Index of the column.
        candidate: usize,
        /// How many rows it has.
        rows: usize,
        /// How many rows have counts.
        counts: usize,
    },
    /// All observations have the same label, so there is nothing to tell apart.
    #[error("all observations are of class {class}")]
    OneClass {
        /// The class that is there, 0 or 1.
        class: u8,
    },
    /// More observations than a float tells apart.
    #[error("the table has more than 2^53 observations")]
    TooManyObservations,
    /// A setting is out of its range.
    #[error("`{setting}` is out of its range, which is {range}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What is allowed.
        range: &'static str,
    },
}

/// What an empty table is without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// No column was handed in.
    Candidates,
    /// Every column is constant over the rows that have observations.
    VaryingCandidates,
    /// No row was handed in, or every count is zero.
    Observations,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Candidates => "candidates",
            Self::VaryingCandidates => "candidate that varies",
            Self::Observations => "observations",
        })
    }
}

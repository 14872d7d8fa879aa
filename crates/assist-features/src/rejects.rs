//! Which columns reject rows, and why: so many levels are remembered, whatever a table has.

use assist_score::MISSING_LEVEL;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// Levels of a column that are counted one by one; of more those with the fewest rows are forgotten.
const MOST_LEVELS: usize = 1000;
/// Levels that are named.
const NAMED_LEVELS: usize = 5;

/// Why a column rejects rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectReason {
    /// A level that no training row has.
    UnknownLevel,
    /// A missing cell, and none was missing in the training rows.
    Missing,
    /// A number outside the declared range, or a fraction where whole numbers are declared.
    NotAllowed,
}

/// The rows that a column rejects. A row that several columns reject is among those of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RejectedBy {
    /// The column.
    pub column: String,
    /// Why.
    pub reason: RejectReason,
    /// Observations.
    pub rows: u64,
    /// The unknown levels with most observations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<RejectedLevel>,
    /// How many unknown levels there are, as far as they were counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub distinct_levels: usize,
}

/// A level that no training row has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RejectedLevel {
    /// The level.
    pub level: String,
    /// Observations with it.
    pub rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What is rejected of some rows, in memory that does not grow with them: numeric columns first, then categorical ones.
#[derive(Debug, Default)]
pub struct Rejects {
    /// Observations.
    pub rows: u64,
    columns: Vec<ColumnRejects>,
}

#[derive(Debug, Default, Clone)]
struct ColumnRejects {
    missing: u64,
    not_allowed: u64,
    unknown: u64,
    /// By the code that the level has where the rows are.
    by_code: Vec<u64>,
    by_level: HashMap<String, u64>,
}

impl Rejects {
    /// Nothing, of so many columns.
    pub fn new(n_columns: usize) -> Self {
        Self { rows: 0, columns: vec![ColumnRejects::default(); n_columns] }
    }

    /// A number that is not accepted, NaN for a missing one, in the column at a place.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn add_number(&mut self, column: usize, number: f64, rows: u64) {
        let column = &mut self.columns[column];
        if number.is_nan() { column.missing += rows } else { column.not_allowed += rows }
    }

    /// A level that the space does not have, [`MISSING_LEVEL`] for a missing cell, in the column at a place.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn add_level(&mut self, column: usize, level: &str, rows: u64) {
        let column = &mut self.columns[column];
        if level == MISSING_LEVEL {
            column.missing += rows;
            return;
        }
        column.unknown += rows;
        *column.by_level.entry_ref(level).or_default() += rows;
        column.forget();
    }

    /// A level that the space does not have, by its code among those of the rows.
    pub(crate) fn add_code(&mut self, column: usize, code: u32, rows: u64) {
        let by_code = &mut self.columns[column].by_code;
        if by_code.len() <= code as usize {
            by_code.resize(code as usize + 1, 0);
        }
        by_code[code as usize] += rows;
    }

    /// Gives the codes of a column their levels.
    pub(crate) fn name_codes(&mut self, column: usize, levels: &[String]) {
        let column = &mut self.columns[column];
        for (rows, level) in std::mem::take(&mut column.by_code).into_iter().zip(levels).filter(|(rows, _)| *rows > 0) {
            if level == MISSING_LEVEL {
                column.missing += rows;
            } else {
                column.unknown += rows;
                *column.by_level.entry_ref(level).or_default() += rows;
            }
        }
        column.forget();
    }

    /// What is rejected of the rows of several partitions.
    pub fn join(&mut self, other: Self) {
        self.rows += other.rows;
        if self.columns.is_empty() {
            self.columns = other.columns;
            return;
        }
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            column.missing += other.missing;
            column.not_allowed += other.not_allowed;
            column.unknown += other.unknown;
            for (level, rows) in other.by_level {
                *column.by_level.entry(level).or_default() += rows;
            }
            column.forget();
        }
    }

    /// The columns that reject rows, those that reject most first; `names` are those of all columns.
    pub fn by_column<'a>(self, names: impl Iterator<Item = &'a str>) -> Vec<RejectedBy> {
        let mut all = Vec::new();
        for (name, column) in names.zip(self.columns) {
            let mut add = |reason, rows, levels: Vec<RejectedLevel>, distinct_levels| {
                if rows > 0 {
                    all.push(RejectedBy { column: name.to_owned(), reason, rows, levels, distinct_levels });
                }
            };
            add(RejectReason::Missing, column.missing, Vec::new(), 0);
            add(RejectReason::NotAllowed, column.not_allowed, Vec::new(), 0);
            let (rows, distinct) = (column.unknown, column.by_level.len());
            let levels =
                most(column.by_level, NAMED_LEVELS).into_iter().map(|(level, rows)| RejectedLevel { level, rows });
            add(RejectReason::UnknownLevel, rows, levels.collect(), distinct);
        }
        all.sort_by_key(|by| std::cmp::Reverse(by.rows));
        all
    }
}

impl ColumnRejects {
    fn forget(&mut self) {
        if self.by_level.len() > 2 * MOST_LEVELS {
            self.by_level = most(std::mem::take(&mut self.by_level), MOST_LEVELS).into_iter().collect();
        }
    }
}

/// The levels with most rows, of equal ones those that sort first.
fn most(levels: HashMap<String, u64>, n: usize) -> Vec<(String, u64)> {
    let mut levels: Vec<(String, u64)> = levels.into_iter().collect();
    levels.sort_unstable_by(|(a, rows_of_a), (b, rows_of_b)| rows_of_b.cmp(rows_of_a).then_with(|| a.cmp(b)));
    levels.truncate(n);
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_levels_are_named_in_bounded_memory() {
        let mut all = Rejects::default();
        for partition in 0..10 {
            let levels: Vec<String> =
                (0..3000).map(|n| if n == 0 { MISSING_LEVEL.into() } else { format!("l{partition}_{n}") }).collect();
            let mut rejects = Rejects::new(2);
            rejects.add_number(0, f64::NAN, 2);
            rejects.add_number(0, 7.5, 1);
            (0..3000).for_each(|code| rejects.add_code(1, code, 1 + u64::from(code == 9)));
            rejects.name_codes(1, &levels);
            all.join(rejects);
        }
        assert!(all.columns[1].by_level.len() <= 2 * MOST_LEVELS);
        let found = all.by_column(["a", "d"].into_iter());
        let reasons: Vec<_> = found.iter().map(|by| (by.column.as_str(), by.reason, by.rows)).collect();
        assert_eq!(
            reasons,
            [
                ("d", RejectReason::UnknownLevel, 30_000),
                ("a", RejectReason::Missing, 20),
                ("a", RejectReason::NotAllowed, 10),
                ("d", RejectReason::Missing, 10),
            ]
        );
        let first = &found[0].levels[0];
        assert_eq!((found[0].levels.len(), first.level.as_str(), first.rows), (NAMED_LEVELS, "l0_9", 2));
    }
}

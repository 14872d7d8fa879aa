//! Rare levels are pooled: all that few training rows have become one level, which stands for unknown texts as well.

use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL, RARE_LEVEL};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::column::{as_code, as_index, with_codes};
use crate::encoded::Encoded;
use crate::rare_levels::RareLevels;
use crate::rows::Rows;
use crate::uncounted_rows::UncountedRows;

/// The levels of a column that are pooled. They are not named: few rows have each of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PooledLevels {
    /// The column.
    pub column: String,
    /// How many levels are one.
    pub levels: usize,
    /// Observations with one of them.
    pub rows: u64,
}

/// Of so many observations one may have an unseen level before single ones are pooled.
const CROWDED: u64 = 20;

/// A level, and how many observations have it.
pub(crate) type LevelRows = (String, u64);

impl Encoded {
    /// Default: no level is pooled. In the space that is [learnt](Self::learn_space) on these rows, rare levels are one level,
    /// `(rare)`, and so is every text that the rows do not have. A column in which no level is rare has no such level. Missing
    /// cells are never rare, nor is a declared reference.
    #[must_use]
    pub fn with_rare(self, rare: RareLevels) -> Self {
        Self { rare, ..self }
    }

    /// How many levels of each column, and of how many observations, count as rare in a space.
    pub fn pooled_levels(&self, space: &FeatureSpace) -> Vec<PooledLevels> {
        let pooled = space.categorical.iter().enumerate().filter(|(_, known)| known.rare.is_some());
        let pooled = pooled.map(|(column, known)| {
            let of_column = self.level_rows(column);
            let rare = of_column.iter().filter(|(level, _)| known.code_of_cell(level) == known.rare);
            let (levels, rows) = rare.fold((0, 0), |(levels, rows), (_, n)| (levels + 1, rows + n));
            PooledLevels { column: known.name.clone(), levels, rows }
        });
        pooled.collect()
    }

    /// The levels of a categorical column, by its place among these, each with the number of observations that have it; sorted by
    /// code point. Missing cells are not among them.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn rows_of_levels(&self, column: usize) -> Vec<(String, u64)> {
        let mut levels = self.level_rows(column);
        levels.retain(|(level, _)| level != MISSING_LEVEL);
        levels
    }

    /// The levels that rows have, sorted by code point, the missing one among them.
    pub(crate) fn level_rows(&self, column: usize) -> Vec<LevelRows> {
        let mut levels: Vec<LevelRows> = match &self.rows {
            Rows::Counted(rows) => {
                rows.categorical[column].iter().cloned().zip(rows.totals(rows.numeric.len() + column)).collect()
            }
            Rows::Uncounted(partitions) => {
                let of_partitions: Vec<Vec<u64>> = partitions.par_iter().map(|rows| totals(rows, column)).collect();
                let named = partitions.iter().zip(of_partitions);
                named.flat_map(|(rows, n)| rows.categorical[column].levels.iter().cloned().zip(n)).collect()
            }
        };
        levels.retain(|(_, rows)| *rows > 0);
        joined(levels)
    }
}

/// How many observations of a partition have each level of a column.
fn totals(rows: &UncountedRows, column: usize) -> Vec<u64> {
    let levels = &rows.categorical[column];
    let mut totals = vec![0; levels.levels.len()];
    with_codes!(&levels.codes, codes => {
        for (row, code) in codes.iter().enumerate() {
            let [n0, n1] = rows.counts.get(row);
            totals[as_index(*code)] += n0 + n1;
        }
    });
    totals
}

/// Levels sorted, each of them once.
pub(crate) fn joined(mut levels: Vec<LevelRows>) -> Vec<LevelRows> {
    levels.sort_unstable();
    levels.dedup_by(|next, first| {
        let is_same = next.0 == first.0;
        first.1 += if is_same { next.1 } else { 0 };
        is_same
    });
    levels
}

/// Whether so many observations have a level of their own that about as many of the next ones would be rejected.
pub(crate) fn are_crowded(levels: &[LevelRows]) -> bool {
    let present = || levels.iter().filter(|(level, _)| level != MISSING_LEVEL);
    let total: u64 = present().map(|(_, rows)| rows).sum();
    let single = present().filter(|(_, rows)| *rows == 1).count() as u64;
    // Where every level is single, nothing would be left.
    single.saturating_mul(CROWDED) > total && present().any(|(_, rows)| *rows > 1)
}

/// Whether so many levels may be [crowded](are_crowded) among so many observations, which is told without counting them.
pub(crate) fn may_be_crowded(n_levels: usize, n_observed: u64) -> bool {
    (n_levels as u64).saturating_mul(CROWDED) > n_observed
}

/// A column of these levels, of which those with fewer than `fewest` observations are one. `reference` is a level that stays.
pub(crate) fn pooled_column(
    name: &str,
    levels: Vec<LevelRows>,
    fewest: u64,
    reference: Option<&str>,
) -> CategoricalColumn {
    // A level that is called so in the table is what somebody else has pooled.
    let is_rare = |(level, rows): &LevelRows| {
        level == RARE_LEVEL || *rows < fewest && level != MISSING_LEVEL && Some(level.as_str()) != reference
    };
    let n_levels = levels.len();
    let mut kept: Vec<String> = levels.into_iter().filter(|level| !is_rare(level)).map(|(level, _)| level).collect();
    let mut rare = None;
    if kept.len() < n_levels {
        let place = kept.partition_point(|level| level.as_str() < RARE_LEVEL);
        kept.insert(place, RARE_LEVEL.to_owned());
        rare = Some(as_code(place));
    }
    let mut column = CategoricalColumn::new(name, kept);
    column.rare = rare;
    column
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(levels: &[(&str, u64)], fewest: u64, reference: Option<&str>, expected: &[&str], rare: Option<u32>) {
        let levels = joined(levels.iter().map(|(level, rows)| ((*level).to_owned(), *rows)).collect());
        let column = pooled_column("x", levels, fewest, reference);
        assert_eq!(
            (column.levels.as_slice(), column.rare),
            (&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..], rare)
        );
    }

    #[test]
    fn single_levels_crowd_a_column_where_many_more_will_come() {
        let of = |levels: &[(&str, u64)]| -> Vec<LevelRows> {
            levels.iter().map(|(level, rows)| ((*level).to_owned(), *rows)).collect()
        };
        assert!(are_crowded(&of(&[("a", 18), ("b", 1)])));
        assert!(!are_crowded(&of(&[("a", 19), ("b", 1)])));
        assert!(!are_crowded(&of(&[("a", 1), ("b", 1)])), "nothing would be left");
        assert!(!are_crowded(&of(&[("(missing)", 1), ("a", 9)])));
        assert!(may_be_crowded(2, 39) && !may_be_crowded(2, 40));
    }

    #[test]
    fn levels_with_few_rows_are_one() {
        let levels = [("b", 3), ("a", 1), ("(missing)", 1), ("c", 2), ("b", 4), ("!", 9)];
        check(&levels, 3, None, &["!", "(missing)", "(rare)", "b"], Some(2));
        check(&levels, 2, None, &["!", "(missing)", "(rare)", "b", "c"], Some(2));
        check(&levels, 1, None, &["!", "(missing)", "a", "b", "c"], None);
        check(&levels, 3, Some("a"), &["!", "(missing)", "(rare)", "a", "b"], Some(2));
        check(&levels, 100, None, &["(missing)", "(rare)"], Some(1));
        check(&[("(rare)", 9), ("a", 9)], 2, None, &["(rare)", "a"], Some(0));
        check(&[], 2, None, &[], None);
    }
}

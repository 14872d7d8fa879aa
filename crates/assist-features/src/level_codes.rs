//! From the levels of many partitions to their codes in a space. A column of few levels is searched; one of many has a table,
//! because each search of it would wait for memory a dozen times.

use std::collections::HashMap;

use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL};

/// Levels from which on a table pays.
const MANY: usize = 4096;

/// The codes of the levels of a space's columns.
pub(crate) struct LevelCodes<'s> {
    columns: Vec<(&'s CategoricalColumn, HashMap<&'s str, u32>)>,
}

impl<'s> LevelCodes<'s> {
    pub(crate) fn new(space: &'s FeatureSpace) -> Self {
        let table = |column: &'s CategoricalColumn| {
            let levels = if column.levels.len() < MANY { &[][..] } else { &column.levels };
            (column, levels.iter().map(String::as_str).zip(0..).collect())
        };
        Self { columns: space.categorical.iter().map(table).collect() }
    }

    /// For each categorical column the code of each of some levels; `None` for one that the space does not take.
    pub(crate) fn each<'a>(&self, levels: impl Iterator<Item = &'a Vec<String>>) -> Vec<Vec<Option<u32>>> {
        let of_column = |(levels, (column, table)): (&Vec<String>, &(&CategoricalColumn, HashMap<&str, u32>))| {
            let code = |level: &String| {
                // What is missing has a code of its own, and other spellings are looked for one by one.
                let known = if level == MISSING_LEVEL { None } else { table.get(level.as_str()).copied() };
                known.or_else(|| column.code_of_cell(level))
            };
            levels.iter().map(code).collect()
        };
        levels.zip(&self.columns).map(of_column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_score::Target;

    #[test]
    fn a_table_has_the_codes_that_a_search_has() {
        let mut levels: Vec<String> = (0..5000).map(|level| format!("{level}")).collect();
        levels.push(MISSING_LEVEL.to_owned());
        levels.sort_unstable();
        let mut column = CategoricalColumn::new("shop", levels);
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        for missing in [None, column.known_code(MISSING_LEVEL)] {
            column.missing = missing;
            let space = FeatureSpace::new(target.clone(), Vec::new(), Vec::new(), vec![column.clone()]);
            let asked: Vec<String> =
                ["17", "4999", "5000", "17.0", "", MISSING_LEVEL, "(rare)"].iter().map(ToString::to_string).collect();
            let found = LevelCodes::new(&space).each(std::iter::once(&asked));
            let searched: Vec<Option<u32>> = asked.iter().map(|level| column.code_of_cell(level)).collect();
            assert_eq!(found, [searched]);
        }
    }
}

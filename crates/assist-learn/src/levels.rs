//! Levels that few training rows have: which columns have many of them, and what pooling them would do.

use std::collections::BTreeMap;

use assist_data::folded_label;
use assist_features::Encoded;
use assist_report::{DISCLOSING_ROWS, DisclosingColumn};
use assist_score::{CategoricalColumn, FeatureSpace};

use crate::warning::Warning;

/// More levels than this in one column look like free text or an identifier.
const MANY_LEVELS: usize = 1000;
/// Up to so many levels a column is one of categories, however few rows there are.
const FEW_LEVELS: usize = 50;
/// With fewer rows than this to a level there is little to learn from most of them. Where levels with fewer are pooled, there
/// are never more levels than that, so the advice is given but once.
pub(crate) const ROWS_OF_A_LEVEL: u64 = 20;

/// What there is to say of columns with many levels.
pub(crate) fn warnings(train: &Encoded, space: &FeatureSpace) -> Vec<Warning> {
    let rows: u64 = train.class_counts().iter().sum();
    let of_column = |(place, column): (usize, &CategoricalColumn)| {
        let levels = column.levels.len();
        let are_crowded = levels > FEW_LEVELS && levels as u64 * ROWS_OF_A_LEVEL > rows && column.rare.is_none();
        let name = column.name.clone();
        // Where no level is left the column says nothing any more.
        if are_crowded && train.rows_of_levels(place).iter().any(|(_, rows)| *rows >= ROWS_OF_A_LEVEL) {
            return Some(Warning::RareLevels { column: name, levels, rows, fewest: ROWS_OF_A_LEVEL });
        }
        (levels > MANY_LEVELS).then_some(Warning::ManyLevels { column: name, levels })
    };
    let crowded = space.categorical.iter().enumerate().filter_map(of_column);
    crowded.chain(space.categorical.iter().filter_map(respelt)).collect()
}

/// Levels of a column that are the same but for case and outer blanks.
fn respelt(column: &CategoricalColumn) -> Option<Warning> {
    let mut spellings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for level in &column.levels {
        spellings.entry(folded_label(level)).or_default().push(level.clone());
    }
    let groups: Vec<Vec<String>> = spellings.into_values().filter(|spellings| spellings.len() > 1).collect();
    (!groups.is_empty()).then(|| Warning::RespeltLevels { column: column.name.clone(), groups })
}

/// The columns of a model with levels that hardly any training row has.
pub(crate) fn disclosing(train: &Encoded, space: &FeatureSpace) -> Vec<DisclosingColumn> {
    let of_column = |(place, column): (usize, &CategoricalColumn)| {
        let is_named = |level: &str| column.known_code(level).is_some_and(|code| Some(code) != column.rare);
        let levels = train.rows_of_levels(place);
        let few = levels.iter().filter(|(level, rows)| *rows < DISCLOSING_ROWS && is_named(level)).count();
        (few > 0).then(|| DisclosingColumn { column: column.name.clone(), levels: few })
    };
    space.categorical.iter().enumerate().filter_map(of_column).collect()
}

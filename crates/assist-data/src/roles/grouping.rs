//! Which column groups the rows where nobody says: one that is named as an identifier and whose values repeat.
//!
//! The first rows tell whether values repeat. Whether all rows bear that out is seen once their groups are counted, which is
//! done while labels are read, so that nothing is read once more for it.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::evidence::ColumnEvidence;
use super::gather::heads;
use super::judge::{LEAST_GROUPS, MOST_ROWS_OF_A_GROUP};
use super::names::is_identifier_name;
use crate::column_role::DecidedBy;
use crate::error::Error;
use crate::fast::csv_cells::{ReadRows, for_each_cell};
use crate::schema::GroupRole;
use crate::schema_file::SchemaFile;
use crate::split::groups::{GroupTotals, NO_GROUP};
use crate::table::Table;

/// Rows of the first file in which values are looked at.
const HEAD_ROWS: usize = 8192;
/// In the first rows a value may stand for so many times as many rows as among all.
const LENIENCE: u64 = 2;
/// Values repeat if this share of the rows has one that another row had before.
const LEAST_REPEATED: u64 = 100;

impl SchemaFile {
    /// The column that groups the rows, as far as the first rows tell: of several the one with the fewest values.
    pub(super) fn found_group(
        &self,
        table: &Table,
        label_columns: &HashSet<&str>,
        na: &Arc<[String]>,
    ) -> Result<Option<GroupRole>, Error> {
        let is_open = |name: &&str| {
            is_identifier_name(name)
                && !label_columns.contains(*name)
                && !self.declares(name)
                && !self.keep.iter().any(|keep| keep == *name)
                && may_repeat(table, name)
        };
        let names: Vec<&str> = table.columns().iter().map(String::as_str).filter(is_open).collect();
        let found = heads(table, &names, na, HEAD_ROWS)?;
        let may_group = |evidence: &&ColumnEvidence| {
            let distinct = evidence.distinct_unmarked();
            are_keys(evidence)
                && distinct >= LEAST_GROUPS
                && distinct < evidence.unmarked()
                && distinct.saturating_mul(LENIENCE * MOST_ROWS_OF_A_GROUP) >= found.n_rows
        };
        let named = names.iter().zip(&found.columns).filter(|(_, evidence)| may_group(evidence));
        let fewest = named.min_by_key(|(_, evidence)| evidence.distinct_unmarked());
        Ok(fewest.map(|(name, _)| GroupRole::new(*name, Arc::clone(na)).decided_by(DecidedBy::Detection)))
    }
}

/// Whether a cell of the first rows comes again, as far as that is seen without judging cells: most identifiers do not repeat.
fn may_repeat(table: &Table, name: &str) -> bool {
    if table.n_sources() > 1 {
        return true;
    }
    let hasher = DefaultHashBuilder::default();
    let mut seen: HashTable<u64> = HashTable::with_capacity(HEAD_ROWS);
    let mut repeats = false;
    let read = for_each_cell(table, 0, &[name], HEAD_ROWS, |_, _, bytes, cell| {
        let hash = hasher.hash_one(&bytes[cell]);
        repeats = repeats || seen.find(hash, |known| *known == hash).is_some();
        if !repeats {
            seen.insert_unique(hash, hash, |known| *known);
        }
    });
    repeats || matches!(read, ReadRows::UpTo(_))
}

/// A column of texts without the name of an identifier whose values repeat as those of one do, among some: advice, if anything.
pub(super) fn may_name_users<'n>(found: &HashMap<&'n str, ColumnEvidence>, features: &[&'n str]) -> Option<&'n str> {
    let repeats = |name: &&&str| {
        found.get(**name).is_some_and(|evidence| {
            let (distinct, cells) = (evidence.distinct_unmarked(), evidence.unmarked());
            evidence.numbers == 0 && are_keys(evidence) && are_repeated(distinct, cells, evidence.rows)
        })
    };
    features.iter().filter(repeats).min_by_key(|name| found[**name].distinct_unmarked()).copied()
}

/// Whether cells may be keys: words without blanks, or whole numbers.
fn are_keys(evidence: &ColumnEvidence) -> bool {
    let cells = evidence.unmarked();
    let is_whole = evidence.numbers == 0 || evidence.is_whole();
    cells > 0 && evidence.unusable.is_none() && !evidence.typed.dates() && is_whole && 2 * evidence.with_blanks <= cells
}

/// Whether so many values of so many cells in some rows are those of users that come back.
fn are_repeated(values: u64, cells: u64, rows: u64) -> bool {
    values >= LEAST_GROUPS
        && values.saturating_mul(MOST_ROWS_OF_A_GROUP) >= rows
        && cells.saturating_sub(values).saturating_mul(LEAST_REPEATED) > rows
}

impl GroupTotals {
    /// Whether the groups are like the rows of users: at least 30 of them, one for every 50 rows or fewer, and more than one row
    /// in a hundred whose group had one before. What groups rows unasked is held to that.
    pub fn are_like_users(&self) -> bool {
        let named = || self.groups().iter().filter(|group| group.key != NO_GROUP);
        let (values, cells) = named().fold((0, 0), |(values, cells), group| (values + 1, cells + group.rows()));
        are_repeated(values, cells, cells + self.unnamed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_of(header: &str, row: impl Fn(u32) -> String, rows: u32) -> Option<String> {
        let rows: String = (0..rows).map(|i| row(i) + "\n").collect();
        let table = Table::from_csv_text("t.csv", &format!("{header},y\n{rows}")).expect("a table");
        let schema: SchemaFile = toml::from_str("target = 'y'").expect("a schema");
        schema.resolve(&table, false).expect("roles").group.map(|group| group.column)
    }

    #[test]
    fn identifiers_that_repeat_group_the_rows() {
        let row = |i: u32| format!("u{},{},{}", i / 3, i % 7, i % 2);
        for name in ["user_id", "UserID", "id", "customer", "patient_id", "visitorGuid"] {
            assert_eq!(group_of(&format!("{name},x"), row, 300).as_deref(), Some(name));
        }
        for name in ["paid", "valid", "plan", "users"] {
            assert_eq!(group_of(&format!("{name},x"), row, 300), None, "{name}");
        }
        // A value for every 60 rows, too few values, and none that comes back.
        assert_eq!(group_of("user_id,x", |i| format!("{},{},{}", i / 300, i % 7, i % 2), 9600), None);
        assert_eq!(group_of("user_id,x", |i| format!("{},{},{}", i % 29, i % 7, i % 2), 300), None);
        assert_eq!(group_of("user_id,x", |i| format!("{i},{},{}", i % 7, i % 2), 300), None);
    }

    #[test]
    fn of_several_the_one_with_the_fewest_values_groups_the_rows() {
        let row = |i: u32| format!("h{},u{},{},{}", i / 9, i / 3, i % 7, i % 2);
        assert_eq!(group_of("household_id,user_id,x", row, 900).as_deref(), Some("household_id"));
    }

    #[test]
    fn what_is_declared_a_feature_groups_nothing_unasked() {
        let row = |i: u32| format!("u{},{},{},{}\n", i / 3, i % 7, i % 5, i % 2);
        let rows: String = (0..300).map(row).collect();
        let table = Table::from_csv_text("t.csv", &format!("user_id,x,z,y\n{rows}")).expect("a table");
        let group = |schema: &str| {
            let schema: SchemaFile = toml::from_str(schema).expect("a schema");
            schema.resolve(&table, false).expect("roles").group
        };
        assert_eq!(group("target = 'y'\nkeep = ['user_id']"), None);
        assert_eq!(group("target = 'y'\n[categorical.user_id]"), None);
        assert_eq!(group("target = 'y'\ngroup = 'none'"), None);
        let stated = group("target = 'y'\ngroup = 'x'").expect("stated");
        assert_eq!((stated.column.as_str(), stated.decided_by), ("x", DecidedBy::Declaration));
        assert!(group("target = 'y'\ndrop = ['user_id']").is_some_and(|g| g.decided_by == DecidedBy::Detection));
    }
}

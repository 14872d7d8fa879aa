//! Which labels a column has, counted: what is said of a target that is not two-valued. Only faults ask for it, so it reads
//! the column once more, and stops where there are too many labels to be those of a target.

use std::collections::HashMap;

use assist_score::parse_number;

use crate::cell_reading::LabelReading;
use crate::cells::text_column;
use crate::error::{Error, FoundLabels};
use crate::labels::folded_label;
use crate::table::{RowPosition, Table};

/// Rows that are read at a time.
const BATCH_ROWS: usize = 8192;
/// With more labels than these a column is no target, and it does not matter how many more there are.
const MOST_LABELS: usize = 1000;

/// The labels of a column with their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelCensus {
    /// Those with most rows first, equal ones as they sort.
    labels: Vec<(String, u64)>,
    /// Whether all rows were looked at.
    is_all: bool,
}

impl LabelCensus {
    /// Counts the labels of a column. Cells that are missing, as `reading` has it, have none.
    ///
    /// # Errors
    ///
    /// A column that is not there, or a table that cannot be read.
    pub fn read(table: &Table, column: &str, reading: &LabelReading) -> Result<Self, Error> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        let mut is_all = true;
        'reading: for batch in table.batches(&[column], BATCH_ROWS)? {
            let batch = batch?;
            let texts = text_column(batch.record.column(0)).map_err(|problem| {
                let place = table.place(RowPosition { source: batch.source, row: batch.first_row });
                Error::Cell { place, column: column.to_owned(), problem }
            })?;
            for text in texts.iter().flatten() {
                let Some(label) = reading.label(text) else { continue };
                *counts.entry(label).or_default() += 1;
                if counts.len() > MOST_LABELS {
                    is_all = false;
                    break 'reading;
                }
            }
        }
        let mut labels: Vec<(String, u64)> = counts.into_iter().collect();
        labels.sort_unstable_by(|(a, rows_of_a), (b, rows_of_b)| rows_of_b.cmp(rows_of_a).then_with(|| a.cmp(b)));
        Ok(Self { labels, is_all })
    }

    /// The labels, those with most rows first.
    pub fn names(&self) -> Vec<String> {
        self.labels.iter().map(|(label, _)| label.clone()).collect()
    }

    /// What is wrong with these labels: some are the same but for their spelling, or they are not two.
    pub fn error(self, source_name: String, column: String) -> Error {
        let spellings = self.spellings();
        if !spellings.is_empty() {
            return Error::LabelSpellings { source_name, column, spellings };
        }
        let found = FoundLabels {
            distinct: self.labels.len() - usize::from(!self.is_all),
            is_all: self.is_all,
            are_numbers: self.labels.iter().all(|(label, _)| parse_number(label).is_ok()),
            labels: self.labels,
        };
        Error::NotTwoLabels { source_name, column, found }
    }

    /// The labels that are the same but for case and outer blanks.
    fn spellings(&self) -> Vec<Vec<(String, u64)>> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<Vec<(String, u64)>> = Vec::new();
        for (label, rows) in &self.labels {
            let place = *places.entry(folded_label(label)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            groups[place].push((label.clone(), *rows));
        }
        groups.retain(|group| group.len() > 1);
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(cells: impl IntoIterator<Item = String>) -> String {
        let rows: Vec<String> = cells.into_iter().map(|cell| format!("1,{cell}")).collect();
        let table = Table::from_csv_text("t.csv", &format!("a,y\n{}\n", rows.join("\n"))).expect("a table");
        LabelCensus::read(&table, "y", &LabelReading::default())
            .expect("read")
            .error("t.csv".into(), "y".into())
            .to_string()
    }

    #[test]
    fn what_a_target_has_is_named_and_counted() {
        let labels = |all: &[&str]| all.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            message(labels(&["a", "b", "c", "b", ""])),
            "column `y` of `t.csv` has 3 labels: `b` (2 rows), `a` (1), `c` (1); a target has two"
        );
        assert_eq!(
            message(labels(&["Yes", "No", "yes", "Yes", "yes "])),
            "labels of column `y` in `t.csv` differ only in case or outer blanks: `Yes` (2 rows), `yes` (1), `yes ` (1)"
        );
        assert_eq!(
            message((0..2000).map(|n| format!("{n}.5"))).split(':').next(),
            Some("column `y` of `t.csv` has more than 1000 different numbers")
        );
    }
}

//! The styles that the numbers of a column are written in: one, or where files of a table differ, one of each file.

use std::sync::Arc;

use assist_score::{NumberStyle, StyleEvidence};

use crate::error::Error;
use crate::table::Table;

/// What the cells of a column say of its style, file by file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileStyles {
    files: Vec<StyleEvidence>,
}

/// A style, and that of each file where they differ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnStyle {
    pub(crate) style: NumberStyle,
    pub(crate) of_files: Arc<[NumberStyle]>,
}

impl From<NumberStyle> for ColumnStyle {
    fn from(style: NumberStyle) -> Self {
        Self { style, of_files: Arc::default() }
    }
}

impl FileStyles {
    /// The cells that follow are from this file.
    pub(crate) fn begin_file(&mut self, file: usize) {
        self.files.resize_with(self.files.len().max(file + 1), StyleEvidence::default);
    }

    /// Takes a cell of the last file into account.
    pub(crate) fn add(&mut self, text: &str) {
        match self.files.last_mut() {
            Some(file) => file.add(text),
            None => self.files.push(std::iter::once(text).collect()),
        }
    }

    /// What the cells of a file say.
    pub(crate) fn file(&self, file: usize) -> Option<&StyleEvidence> {
        self.files.get(file)
    }

    pub(crate) fn is_possible(&self) -> bool {
        self.files.iter().all(StyleEvidence::is_possible)
    }

    /// The style of the column, if its cells have one in every file. Where a cell may be read in two ways, the other cells
    /// of all files decide, but not those of files whose decimal marks are known to be others.
    pub(crate) fn style(&self, decimals: &Decimals) -> Option<ColumnStyle> {
        if !decimals.differ() {
            let mut all = StyleEvidence::default();
            self.files.iter().for_each(|file| all.merge(file));
            if let Some(style) = all.style(decimals.of_table) {
                return Some(style.into());
            }
        }
        if self.files.len() < 2 || !self.is_possible() || !self.have_one_unit() {
            return None;
        }
        let of_file = |(index, file): (usize, &StyleEvidence)| file.style(decimals.of_file(index));
        let styles: Vec<Option<NumberStyle>> = self.files.iter().enumerate().map(of_file).collect();
        let style = styles.iter().flatten().next().copied()?;
        if styles.iter().flatten().all(|other| *other == style) {
            return Some(style.into());
        }
        Some(ColumnStyle { style, of_files: styles.into_iter().map(|of_file| of_file.unwrap_or(style)).collect() })
    }

    /// Whether the cells of each file are numbers, but not all with the same unit.
    pub(crate) fn differ_in_units(&self) -> bool {
        self.is_possible() && !self.have_one_unit()
    }

    /// Whether no file has another unit than the others: euros are no dollars.
    fn have_one_unit(&self) -> bool {
        self.files
            .iter()
            .enumerate()
            .all(|(index, file)| self.files[..index].iter().all(|before| before.has_unit_of(file)))
    }
}

/// The decimal mark that counts where a column does not show its own: as stated, as other columns show it, or as is usual
/// beside the delimiter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decimals {
    /// Of all files.
    pub(crate) of_table: Option<char>,
    of_files: Vec<Option<char>>,
}

impl Decimals {
    pub(crate) fn new<'a>(
        table: &Table,
        stated: Option<char>,
        columns: &(impl Iterator<Item = &'a FileStyles> + Clone),
    ) -> Self {
        if stated.is_some() {
            return Self { of_table: stated, of_files: Vec::new() };
        }
        let of_file = |file: usize| {
            shown_decimal(columns.clone().filter_map(|column| column.file(file))).or_else(|| table.usual_decimal(file))
        };
        let of_files: Vec<Option<char>> = (0..table.n_sources()).map(of_file).collect();
        // One that knows speaks for those that do not.
        Self { of_table: of_files.iter().flatten().next().copied(), of_files }
    }

    fn of_file(&self, file: usize) -> Option<char> {
        self.of_files.get(file).copied().flatten().or(self.of_table)
    }

    fn differ(&self) -> bool {
        self.of_files.iter().flatten().any(|mark| Some(*mark) != self.of_table)
    }

    /// Where none is known, this one counts.
    pub(crate) fn or(&self, mark: char) -> Self {
        Self { of_table: self.of_table.or(Some(mark)), of_files: self.of_files.clone() }
    }
}

/// The decimal mark that some column of a file shows beyond doubt.
fn shown_decimal<'a>(columns: impl IntoIterator<Item = &'a StyleEvidence>) -> Option<char> {
    let mut shown = None;
    for column in columns {
        let style: Option<NumberStyle> = column.style(None).filter(|_| column.has_marks() && !column.is_ambiguous());
        match style.map(|style| style.decimal) {
            Some(',') => return Some(','),
            Some(mark) => shown = Some(mark),
            None => {}
        }
    }
    shown
}

/// Whether a stated decimal mark can be true of a table: not where columns show the other one and none shows this.
///
/// # Errors
///
/// The column that shows it best.
pub(crate) fn check_decimal<'a>(
    table: &Table,
    stated: Option<char>,
    columns: impl Iterator<Item = (&'a str, &'a FileStyles)> + Clone,
) -> Result<(), Error> {
    let Some(stated) = stated else { return Ok(()) };
    let of = |styles: &'a FileStyles| shown_decimal(styles.files.iter());
    if columns.clone().any(|(_, styles)| of(styles) == Some(stated)) {
        return Ok(());
    }
    let mut others: Vec<&str> = columns.filter(|(_, styles)| of(styles).is_some()).map(|(name, _)| name).collect();
    others.sort_unstable_by_key(|name| table.columns().iter().position(|column| column == name));
    match others.first() {
        None => Ok(()),
        Some(column) => {
            let (stated, found) = if stated == ',' { ("comma", "point") } else { ("point", "comma") };
            Err(Error::Contradiction {
                source_name: table.name(),
                stated: format!("a decimal {stated} is stated"),
                found: format!("the numbers of column `{column}` have a decimal {found}"),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(files: &[&[&str]], decimals: &Decimals) -> Option<(String, Vec<String>)> {
        let mut styles = FileStyles::default();
        for (file, cells) in files.iter().enumerate() {
            styles.begin_file(file);
            cells.iter().for_each(|cell| styles.add(cell));
        }
        let ColumnStyle { style, of_files } = styles.style(decimals)?;
        Some((style.to_string(), of_files.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn files_may_differ_in_marks_and_not_in_units() {
        let unknown = Decimals::default();
        let plain = NumberStyle::default().to_string();
        let comma = NumberStyle { decimal: ',', ..NumberStyle::default() }.to_string();
        assert_eq!(styles(&[&["1.5"], &["2.5"]], &unknown), Some((plain.clone(), vec![])));
        let both = Some((plain.clone(), vec![plain.clone(), comma.clone(), plain.clone()]));
        assert_eq!(styles(&[&["1.5"], &["2,55"], &[]], &unknown), both);
        assert_eq!(styles(&[&["1.5"], &["soon"]], &unknown), None);
        assert_eq!(styles(&[&["$1.5"], &["2,55"]], &unknown), None);
        assert_eq!(styles(&[&["$1.5"], &["€2,55"]], &unknown), None);
        assert!(styles(&[&["$1.5"], &["$2,55", "0"]], &unknown).is_some());
    }

    #[test]
    fn what_reads_in_two_ways_is_read_as_its_file_is_written() {
        let differing = Decimals { of_table: Some('.'), of_files: vec![Some('.'), Some(',')] };
        let (_, of_files) = styles(&[&["1.234"], &["1,234"]], &differing).expect("numbers");
        assert_eq!(of_files.len(), 2);
        assert_ne!(of_files[0], of_files[1]);
    }
}

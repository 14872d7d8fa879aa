//! What the cells of a column say about it, gathered batch by batch without keeping them.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use assist_score::{shown, truth_value};
use hashbrown::HashSet;

use super::date_evidence::DateEvidence;
use super::file_styles::FileStyles;
use super::known_cells::{CellMeaning, KnownCells};
use crate::cells::{is_date, is_text, moment_column, number_column, text_column};
use crate::dates::{is_compact_date, is_midnight};
use crate::fast::blocks::cell_text::{AsText, bare, range_of};
use crate::table::RowPosition;

/// More distinct values than this are counted by a sample of them: those whose hash ends in so many zeros that few enough are
/// left. The count is then right to some thousandths.
const MOST_HASHES: usize = 1 << 20;
/// So many distinct numbers are told apart in a column that also has texts.
const FEW_NUMBERS: usize = 20;
/// So many different numbers that are all days of the calendar are dates.
const LEAST_DAYS: usize = 6;
/// So many distinct texts are told apart.
const MOST_TEXTS: usize = 4;
/// Markers whose spellings are counted.
const MOST_MARKERS: usize = 32;

/// What the cells of a column say.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a law that every cell has kept so far")]
pub(crate) struct ColumnEvidence {
    na: Arc<[String]>,
    known: KnownCells,
    /// Whether every distinct cell counts, because the name says that they may identify.
    counts_numbers: bool,
    /// Rows that were looked at.
    pub(crate) rows: u64,
    /// Cells that are there, markers among them.
    pub(crate) cells: u64,
    /// Cells that stand for a missing number, by their spelling.
    pub(crate) markers: BTreeMap<String, u64>,
    /// Cells that are plain numbers.
    pub(crate) numbers: u64,
    /// The first cell that is neither a number nor a marker.
    pub(crate) first_text: Option<(String, RowPosition)>,
    /// The styles of what is no marker.
    pub(crate) styles: FileStyles,
    /// Whether every cell that is no marker is a truth value.
    pub(crate) is_truth: bool,
    pub(crate) dates: DateEvidence,
    are_compact_dates: bool,
    /// Whether numbers, truth values, dates or texts came as such.
    pub(crate) typed: TypedCells,
    /// A type that no role has.
    pub(crate) unusable: Option<String>,
    distinct: Distinct,
    few_numbers: Vec<u64>,
    few_texts: Vec<String>,
    first: Option<String>,
    pub(crate) is_constant: bool,
    /// Whether every text begins with digits and goes on with letters.
    pub(crate) texts_are_codes: bool,
    /// Cells with a blank inside.
    pub(crate) with_blanks: u64,
    sequence: Sequence,
}

/// Which cells came with a type of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each may be true beside any other: files of a table differ")]
pub(crate) struct TypedCells {
    pub(crate) numbers: bool,
    pub(crate) truths: bool,
    /// Dates that have days.
    pub(crate) days: bool,
    /// Times, or dates of which one at least is not the beginning of its day.
    pub(crate) hours: bool,
    pub(crate) texts: bool,
}

impl TypedCells {
    /// Whether any cell came as a date or a time.
    pub(crate) fn dates(self) -> bool {
        self.days || self.hours
    }
}

/// How many distinct cells there are.
#[derive(Debug, Clone)]
struct Distinct {
    state: RandomState,
    hashes: HashSet<u64>,
    /// Hashes that are kept end in so many zeros.
    zeros: u32,
}

impl Distinct {
    fn add(&mut self, text: &str) {
        let hash = self.state.hash_one(text);
        if hash.trailing_zeros() >= self.zeros {
            self.hashes.insert(hash);
            if self.hashes.len() > MOST_HASHES {
                self.zeros += 1;
                let zeros = self.zeros;
                self.hashes.retain(|hash| hash.trailing_zeros() >= zeros);
            }
        }
    }

    fn count(&self) -> u64 {
        (self.hashes.len() as u64) << self.zeros
    }
}

/// Whether numbers count the rows.
#[derive(Debug, Clone, Copy)]
struct Sequence {
    /// The first number.
    first: f64,
    last: f64,
    is_whole: bool,
    /// Whether each is the one before it, plus one.
    counts: bool,
    rises: bool,
}

impl Sequence {
    fn add(&mut self, number: f64, index: u64) {
        self.is_whole &= number.trunc() == number;
        if index == 0 {
            self.first = number;
        } else {
            self.counts &= number == self.last + 1.0;
            self.rises &= number > self.last;
        }
        self.last = number;
    }
}

impl ColumnEvidence {
    /// Nothing known yet. `counts_numbers` makes distinct numbers count as distinct texts always do.
    pub(crate) fn new(na: &Arc<[String]>, counts_numbers: bool) -> Self {
        Self {
            na: Arc::clone(na),
            known: KnownCells::default(),
            counts_numbers,
            rows: 0,
            cells: 0,
            markers: BTreeMap::new(),
            numbers: 0,
            first_text: None,
            styles: FileStyles::default(),
            is_truth: true,
            dates: DateEvidence::default(),
            are_compact_dates: true,
            typed: TypedCells::default(),
            unusable: None,
            distinct: Distinct { state: RandomState::new(), hashes: HashSet::new(), zeros: 0 },
            few_numbers: Vec::new(),
            few_texts: Vec::new(),
            first: None,
            is_constant: true,
            texts_are_codes: true,
            with_blanks: 0,
            sequence: Sequence { first: 0.0, last: 0.0, is_whole: true, counts: true, rises: true },
        }
    }

    /// The cells that follow are from this file.
    pub(super) fn begin_file(&mut self, file: usize) {
        self.styles.begin_file(file);
        // Its cells say anew how it is written.
        self.known = KnownCells::default();
    }

    /// Takes the cells of a batch, the first of which stands at `start`.
    pub(crate) fn add(&mut self, column: &ArrayRef, is_typed: bool, start: RowPosition) {
        self.rows += column.len() as u64;
        let kind = column.data_type();
        if column.null_count() == column.len() {
            return;
        }
        if is_date(kind) {
            self.typed.days |= !matches!(kind, DataType::Time32(_) | DataType::Time64(_));
            let has_hour = |moments: Int64Array| moments.iter().flatten().any(|moment| !is_midnight(moment));
            self.typed.hours |= !self.typed.days || moment_column(column).is_ok_and(has_hour);
            self.cells += (column.len() - column.null_count()) as u64;
            self.is_constant = false;
            return;
        }
        let is_number = |kind: &DataType| kind.is_numeric();
        let values_are_numbers = match kind {
            DataType::Dictionary(_, values) => is_number(values),
            kind => is_number(kind),
        };
        if values_are_numbers && let Ok(numbers) = number_column(column) {
            self.typed.numbers = true;
            numbers.iter().flatten().filter(|number| !number.is_nan()).for_each(|number| self.add_number(number));
            return;
        }
        let Ok(texts) = text_column(column) else {
            self.unusable.get_or_insert_with(|| kind.to_string());
            return;
        };
        if is_typed {
            if is_text(kind) {
                self.typed.texts = true;
            } else {
                self.typed.truths = true;
            }
        }
        let cell_of = range_of(&texts);
        for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
            let at = || RowPosition { row: start.row + row as u64, ..start };
            self.add_cell(texts.value_data(), cell_of(row), bare, at);
        }
    }

    fn add_number(&mut self, number: f64) {
        self.is_truth = false;
        self.sequence.add(number, self.numbers);
        self.cells += 1;
        self.numbers += 1;
        if self.counts_numbers || self.first_text.is_some() {
            self.distinct.add(&number.to_string());
        }
        self.note_number(number);
        if self.is_constant {
            self.note_first(&number.to_string());
        }
    }

    fn note_number(&mut self, number: f64) {
        self.are_compact_dates = self.are_compact_dates && is_compact_date(number);
        if self.few_numbers.len() <= FEW_NUMBERS && !self.few_numbers.contains(&number.to_bits()) {
            self.few_numbers.push(number.to_bits());
        }
    }

    fn note_first(&mut self, text: &str) {
        match &self.first {
            None => self.first = Some(text.to_owned()),
            Some(first) => self.is_constant = first == text,
        }
    }

    /// Takes the cell `bytes[cell]`, which stands `at` some place and is not empty.
    #[inline]
    pub(super) fn add_cell(&mut self, bytes: &[u8], cell: Range<usize>, as_text: AsText, at: impl Fn() -> RowPosition) {
        match self.known.look_up(bytes, cell.clone()) {
            Some(meaning) if !self.counts_again(meaning) => self.count(meaning),
            known => {
                // Whoever hands over the cell has seen to it that it is one.
                let text = as_text(&bytes[cell]).unwrap_or_default();
                self.add_text(&text, known, at);
            }
        }
    }

    /// Whether a cell is counted as one more of its text, although it was seen before.
    fn counts_again(&self, meaning: CellMeaning) -> bool {
        match meaning {
            CellMeaning::Number(_) => self.counts_numbers || self.first_text.is_some(),
            CellMeaning::Marker => true,
            CellMeaning::Stated | CellMeaning::Text { .. } => false,
        }
    }

    fn count(&mut self, meaning: CellMeaning) {
        match meaning {
            CellMeaning::Stated => return,
            CellMeaning::Number(number) => {
                self.sequence.add(number, self.numbers);
                self.numbers += 1;
            }
            CellMeaning::Marker => {}
            CellMeaning::Text { has_blank } => self.with_blanks += u64::from(has_blank),
        }
        self.cells += 1;
    }

    /// Takes a text, one that was seen before if it is known what it means.
    #[cold]
    fn add_text(&mut self, text: &str, known: Option<CellMeaning>, at: impl Fn() -> RowPosition) {
        let meaning = known.unwrap_or_else(|| {
            let is_stated = self.na.iter().any(|na| na == text);
            let meaning = if is_stated { CellMeaning::Stated } else { CellMeaning::of(text) };
            self.known.learn(meaning);
            meaning
        });
        self.count(meaning);
        if self.is_constant && meaning != CellMeaning::Stated {
            self.note_first(text);
        }
        match meaning {
            CellMeaning::Stated => {}
            CellMeaning::Number(number) => {
                if self.counts_numbers || self.first_text.is_some() {
                    self.distinct.add(text);
                }
                self.note_number(number);
                self.styles.add(text);
                self.is_truth = false;
            }
            CellMeaning::Marker => self.add_marker(text.trim()),
            CellMeaning::Text { .. } => self.add_new_text(text, at),
        }
    }

    fn add_new_text(&mut self, text: &str, at: impl Fn() -> RowPosition) {
        let trimmed = text.trim();
        self.distinct.add(text);
        self.styles.add(text);
        self.is_truth &= truth_value(trimmed).is_some();
        self.texts_are_codes &= is_code(trimmed);
        self.dates.add(trimmed);
        if self.few_texts.len() < MOST_TEXTS && !self.few_texts.iter().any(|known| known == trimmed) {
            self.few_texts.push(trimmed.to_owned());
        }
        if self.first_text.is_none() {
            self.first_text = Some((shown(text), at()));
        }
    }

    fn add_marker(&mut self, marker: &str) {
        if self.markers.len() < MOST_MARKERS || self.markers.contains_key(marker) {
            *self.markers.entry(marker.to_owned()).or_default() += 1;
        }
    }

    /// Cells that are no markers.
    pub(crate) fn unmarked(&self) -> u64 {
        self.cells - self.marked()
    }

    /// Cells that stand for a missing number.
    pub(crate) fn marked(&self) -> u64 {
        self.markers.values().sum()
    }

    /// Distinct cells that are no markers, as far as they are counted.
    pub(crate) fn distinct_unmarked(&self) -> u64 {
        self.distinct.count()
    }

    /// Distinct cells that are neither numbers nor markers, so many of them at most as are told apart.
    pub(crate) fn n_texts(&self) -> usize {
        self.few_texts.len()
    }

    /// Whether every cell is a day of the calendar, written as a number.
    pub(crate) fn are_compact_dates(&self) -> bool {
        self.are_compact_dates && self.numbers > 0 && self.numbers == self.unmarked()
    }

    /// Whether so many different days leave no doubt that they are some: of all numbers as large, one in thirty is a day.
    pub(crate) fn are_surely_compact_dates(&self) -> bool {
        self.are_compact_dates() && self.few_numbers.len() >= LEAST_DAYS
    }

    /// Whether plain numbers are measured rather than counted out: many distinct ones, or hardly one twice.
    pub(crate) fn has_various_numbers(&self) -> bool {
        let distinct = self.few_numbers.len();
        distinct > FEW_NUMBERS || 2 * distinct as u64 > self.numbers
    }

    /// The only value that there is.
    pub(crate) fn constant(&self) -> Option<&str> {
        self.first.as_deref().filter(|_| self.is_constant && !self.typed.dates())
    }

    /// Whether all numbers are whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.sequence.is_whole
    }

    /// Whether the numbers are those of the rows, from 0 or 1.
    pub(crate) fn counts_rows(&self) -> bool {
        let Sequence { first, is_whole, counts, .. } = self.sequence;
        is_whole && counts && (first == 0.0 || first == 1.0) && self.numbers == self.rows
    }

    /// Whether whole numbers rise from row to row.
    pub(crate) fn rises(&self) -> bool {
        self.sequence.is_whole && self.sequence.rises && self.numbers == self.rows
    }
}

/// Whether a text is digits and then letters: `12A`.
fn is_code(text: &str) -> bool {
    let letters = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    letters.len() < text.len() && !letters.is_empty() && letters.chars().all(char::is_alphabetic)
}

//! Workbooks: a sheet is written as CSV text into a spool, and read like any other CSV text from there on, so that its cells
//! are judged where all cells are. Places in messages are rows of the sheet.
//!
//! The cells of a sheet are gone through twice, once for its extent and once to write it: never is a whole sheet in memory
//! as a rectangle, which a single cell in its far corner would make as large as any memory.

use std::collections::HashMap;

use assist_score::shown;
use calamine::{Data, ExcelDateTime, Ods, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx};

use crate::byte_reader::ByteReader;
use crate::error::Error;
use crate::guard::guarded;
use crate::source::LineNames;
use crate::spool::{Spool, SpoolWriter};

/// What the format is called in messages.
const NAME: &str = "spreadsheet";
/// First bytes of the compound files of old: `.xls`, and whatever is encrypted.
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// The kinds of workbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workbook {
    /// XML in a zip archive, since Excel 2007.
    Xlsx,
    /// The same in binary.
    Xlsb,
    /// The compound file of old.
    Xls,
    /// The open format of office programs.
    Ods,
}

/// A sheet as CSV text.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// What it is called.
    pub(crate) name: String,
    /// Its rows, those without any cell left out.
    pub(crate) text: Spool,
    /// Which row of the sheet is on which line of the text.
    pub(crate) lines: LineNames,
}

/// Whether these are the first bytes of a workbook that is no zip archive.
pub(crate) fn is_compound_file(head: &[u8]) -> bool {
    head.starts_with(&COMPOUND_FILE)
}

/// The sheet that is called `wanted`, else the first one that can be seen.
pub(crate) fn sheet(
    source_name: &str,
    content: ByteReader,
    kind: Workbook,
    wanted: Option<&str>,
) -> Result<Sheet, Error> {
    let damaged = |detail: String| Error::Unreadable { source_name: source_name.to_owned(), format: NAME, detail };
    let damage = |error: calamine::Error| damaged(error.to_string());
    // A workbook is read by someone else's code, and may be damaged in any way.
    let mut book = guarded(|| open(content, kind).map_err(damage), damaged)?;
    let sheets: Vec<_> = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let found = match wanted {
        Some(name) => sheets.iter().find(|sheet| sheet.name == name),
        None => sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first()),
    };
    let Some(name) = found.map(|sheet| sheet.name.clone()) else {
        return Err(Error::UnknownSheet {
            source_name: source_name.to_owned(),
            sheet: wanted.unwrap_or("").to_owned(),
            found: sheets.iter().map(|sheet| shown(&sheet.name)).collect(),
        });
    };
    let mut extent = Extent::default();
    let take = |_, column, cell: &Data| {
        extent.add(column, cell);
        Ok(())
    };
    guarded(|| for_each_cell(&mut book, &name, take, &damage), damaged)?;
    let mut text = SheetText::new(source_name, extent);
    guarded(|| for_each_cell(&mut book, &name, |row, column, cell| text.add(row, column, cell), &damage), damaged)?;
    let (text, lines) = text.finish()?;
    Ok(Sheet { name, text, lines })
}

fn open(content: ByteReader, kind: Workbook) -> Result<Sheets<ByteReader>, calamine::Error> {
    Ok(match kind {
        Workbook::Xlsx => Sheets::Xlsx(Xlsx::new(content)?),
        Workbook::Xlsb => Sheets::Xlsb(Xlsb::new(content)?),
        Workbook::Xls => Sheets::Xls(Xls::new(content)?),
        Workbook::Ods => Sheets::Ods(Ods::new(content)?),
    })
}

/// Hands on the cells that hold something, row by row.
fn for_each_cell(
    book: &mut Sheets<ByteReader>,
    sheet: &str,
    mut take: impl FnMut(u32, u32, &Data) -> Result<(), Error>,
    damage: &impl Fn(calamine::Error) -> Error,
) -> Result<(), Error> {
    let is_empty = |cell: &Data| matches!(cell, Data::Empty) || matches!(cell, Data::String(text) if text.is_empty());
    if let Sheets::Xlsx(book) = book {
        let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damage(error.into()))?;
        while let Some(cell) = cells.next_cell().map_err(|error| damage(error.into()))? {
            let (row, column) = cell.get_position();
            let cell = Data::from(cell.get_value().clone());
            if !is_empty(&cell) {
                take(row, column, &cell)?;
            }
        }
        return Ok(());
    }
    let range = book.worksheet_range(sheet).map_err(damage)?;
    let (first_row, first_column) = range.start().unwrap_or((0, 0));
    for (row, column, cell) in range.used_cells() {
        if !is_empty(cell) {
            let at = |first: u32, offset: usize| u32::try_from(offset).map_or(u32::MAX, |n| first.saturating_add(n));
            take(at(first_row, row), at(first_column, column), cell)?;
        }
    }
    Ok(())
}

/// Which columns a sheet has, and what the dates in them are made of.
#[derive(Debug, Default)]
struct Extent {
    /// The first column and the last.
    columns: Option<(u32, u32)>,
    moments: HashMap<u32, Moments>,
}

/// What the moments of a column have, which is written in one form: a day, a time of day, or both.
#[derive(Debug, Default, Clone, Copy)]
struct Moments {
    has_days: bool,
    has_times: bool,
}

impl Extent {
    fn add(&mut self, column: u32, cell: &Data) {
        let (first, last) = self.columns.unwrap_or((column, column));
        self.columns = Some((first.min(column), last.max(column)));
        if let Data::DateTime(moment) = cell
            && moment.is_datetime()
        {
            let of_column = self.moments.entry(column).or_default();
            of_column.has_days |= moment.as_f64() >= 1.0;
            of_column.has_times |= moment.as_f64().fract() != 0.0;
        }
    }
}

/// Writes a sheet as text.
struct SheetText<'a> {
    source_name: &'a str,
    extent: Extent,
    writer: csv::Writer<SpoolWriter>,
    cells: Vec<String>,
    row: Option<u32>,
    /// The line that is written next, the first being 1.
    line: u64,
    /// Lines from which on rows have another distance from them, with the row there.
    rows: Vec<(u64, u64)>,
}

impl<'a> SheetText<'a> {
    fn new(source_name: &'a str, extent: Extent) -> Self {
        let n_columns = extent.columns.map_or(0, |(first, last)| (last - first) as usize + 1);
        Self {
            source_name,
            extent,
            writer: csv::Writer::from_writer(SpoolWriter::new()),
            cells: vec![String::new(); n_columns],
            row: None,
            line: 1,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, row: u32, column: u32, cell: &Data) -> Result<(), Error> {
        if self.row != Some(row) {
            self.end_row()?;
            self.row = Some(row);
        }
        let (first, last) = self.extent.columns.unwrap_or_default();
        if (first..=last).contains(&column) {
            let moments = self.extent.moments.get(&column).copied().unwrap_or_default();
            self.cells[(column - first) as usize] = text_of(cell, moments);
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Error> {
        let Some(row) = self.row.take() else { return Ok(()) };
        let row = u64::from(row) + 1;
        if self.rows.last().is_none_or(|(line, first)| self.line - line + first != row) {
            self.rows.push((self.line, row));
        }
        self.line += 1 + self.cells.iter().map(|cell| line_breaks(cell)).sum::<u64>();
        self.writer.write_record(&self.cells).map_err(|error| of_csv(self.source_name, error))?;
        self.cells.iter_mut().for_each(String::clear);
        Ok(())
    }

    fn finish(mut self) -> Result<(Spool, LineNames), Error> {
        self.end_row()?;
        let writer = self.writer.into_inner().map_err(|error| Error::of_spool(self.source_name, error.into_error()))?;
        let spool = writer.finish().map_err(|error| Error::of_spool(self.source_name, error))?;
        Ok((spool, LineNames::Rows(self.rows.into())))
    }
}

fn of_csv(source_name: &str, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::of_spool(source_name, error),
        // Every row has the length of the sheet.
        _ => Error::Unreadable { source_name: source_name.to_owned(), format: NAME, detail: "a ragged row".to_owned() },
    }
}

/// Line ends within a cell, as they are counted in text.
fn line_breaks(cell: &str) -> u64 {
    let bytes = cell.as_bytes();
    let ends = (0..bytes.len()).filter(|at| match bytes[*at] {
        b'\r' => true,
        b'\n' => *at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    });
    ends.count() as u64
}

/// A cell as a person would write it into a CSV file.
fn text_of(cell: &Data, moments: Moments) -> String {
    match cell {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(moment) => moment_text(*moment, moments),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

fn moment_text(moment: ExcelDateTime, moments: Moments) -> String {
    if moment.is_duration() {
        return duration_text(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = || format!("{year:04}-{month:02}-{day:02}");
    let time = || format!("{hour:02}:{minute:02}:{second:02}");
    match moments {
        Moments { has_times: false, .. } => date(),
        Moments { has_days: false, .. } => time(),
        Moments { .. } => format!("{}T{}", date(), time()),
    }
}

/// Hours, minutes and seconds of a number of days.
fn duration_text(days: f64) -> String {
    let sign = if days < 0.0 { "-" } else { "" };
    let seconds = (days.abs() * 86_400.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of floats saturates")]
    let seconds = seconds as u64;
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

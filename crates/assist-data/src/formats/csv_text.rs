//! CSV: read by Arrow's reader, and read again by the `csv` crate when a message needs the place of a fault. How it is
//! written was detected when its table was opened.
//!
//! Arrow's reader is asked for text only, so it can fail over the shape of a file but never over a cell; its own messages
//! quote whole rows and know no lines of quoted cells, so they are never passed on.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use arrow::csv::ReaderBuilder;

use assist_score::shown;

use crate::dialect::encoding::likely;
use crate::dialect::records::Marks;
use crate::dialect::{Dialect, Head, detect};
use crate::error::{Error, Place};
use crate::formats::projection::{in_file_order, text_schema};
use crate::formats::reader::{FormatReader, Records};
use crate::row_length::RowLengthCause;
use crate::source::Source;
use crate::table_options::TableOptions;

/// Bytes from which it is told how a file is written, if they hold a header and a row.
const HEAD_BYTES: u64 = 1 << 16;
/// The most bytes that a header and a row may have.
const MOST_HEAD_BYTES: u64 = 1 << 26;

/// Reads CSV text.
pub(crate) struct CsvText;

impl FormatReader for CsvText {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        Ok(dialect(source)?.names.clone())
    }

    fn batches(
        &self,
        source: &Source,
        header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        let dialect = dialect(source)?;
        let marks = dialect.marks;
        let (projection, order) = in_file_order(positions);
        let mut reader = ReaderBuilder::new(text_schema(header.iter()))
            .with_header(false)
            .with_delimiter(marks.delimiter)
            .with_quote(marks.quote)
            .with_batch_size(batch_rows)
            .with_projection(projection);
        if let Some(comment) = marks.comment {
            reader = reader.with_comment(comment);
        }
        let reader = reader
            .build_buffered(BufReader::with_capacity(1 << 18, rows_of(source, dialect)?))
            .map_err(|error| diagnose(source, &error))?;
        let source = source.clone();
        Ok(Box::new(reader.map(move |batch| {
            let batch = batch.and_then(|batch| batch.project(&order));
            batch.map_err(|error| diagnose(&source, &error))
        })))
    }

    fn line_of(&self, source: &Source, row: u64) -> Option<u64> {
        let dialect = dialect(source).ok()?;
        let mut reader = records(source, dialect).ok()?;
        let mut record = csv::ByteRecord::new();
        for _ in 0..=row {
            if !reader.read_byte_record(&mut record).ok()? {
                return None;
            }
        }
        line_at(source, dialect, record.position()?.byte()).ok()
    }
}

/// How the text of a source is written, from its head and from what is stated.
pub(crate) fn dialect_of(source: &Source, usual_delimiter: u8, options: &TableOptions) -> Result<Dialect, Error> {
    // What is stated of rows of a sheet holds for lines of its text.
    let skip_lines = options.skip_lines.map(|rows| source.lines_before_row(rows));
    let options = TableOptions { skip_lines, ..options.clone() };
    let mut most = HEAD_BYTES;
    loop {
        let mut text = Vec::new();
        source.open()?.take(most).read_to_end(&mut text)?;
        let is_whole = (text.len() as u64) < most;
        // It may be the first half of a line end.
        if !is_whole && text.last() == Some(&b'\r') {
            text.pop();
        }
        let is_sheet = source.sheet().is_some();
        let head = Head { name: source.name(), text: &text, is_whole, usual_delimiter, is_sheet };
        match detect(head, &options)? {
            Some(dialect) => return Ok(dialect),
            None if most < MOST_HEAD_BYTES => most *= 8,
            None => {
                let detail = format!("its first {} MiB hold no header and row", MOST_HEAD_BYTES >> 20);
                return Err(Error::Unreadable { source_name: source.name().to_owned(), format: "CSV", detail });
            }
        }
    }
}

fn dialect(source: &Source) -> Result<&Dialect, Error> {
    source.dialect().ok_or_else(|| Error::Unreadable {
        source_name: source.name().to_owned(),
        format: "CSV",
        detail: "it was opened as another format".to_owned(),
    })
}

/// The byte of the source at which the first row begins.
pub(crate) fn data_start(source: &Source) -> Result<u64, Error> {
    Ok(dialect(source)?.data_start + source.mark_length()?)
}

/// The text from the first row on.
fn rows_of(source: &Source, dialect: &Dialect) -> Result<impl Read + Send + use<>, Error> {
    let mut file = source.reader()?;
    file.seek(SeekFrom::Start(dialect.data_start + source.mark_length()?))?;
    Ok(file)
}

fn records(source: &Source, dialect: &Dialect) -> Result<csv::Reader<impl Read + Send + use<>>, Error> {
    let Marks { delimiter, quote, comment } = dialect.marks;
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).quote(quote).comment(comment);
    Ok(builder.from_reader(rows_of(source, dialect)?))
}

/// The line of the record that begins at or after a byte, counted from that at which the rows begin. The `csv` crate's own
/// count is taken before the line ends and comments in front of a record are passed over.
fn line_at(source: &Source, dialect: &Dialect, byte: u64) -> Result<u64, Error> {
    let mut reader = BufReader::new(source.open()?);
    let mut line = 1;
    let mut after_return = false;
    let mut is_comment = false;
    let mut at = 0;
    let target = dialect.data_start + byte;
    'all: loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        for &next in buffer {
            let is_end = matches!(next, b'\r' | b'\n');
            if at >= target && !is_end && !is_comment {
                if Some(next) != dialect.marks.comment {
                    break 'all;
                }
                is_comment = true;
            }
            is_comment &= !is_end;
            line += u64::from(next == b'\r' || next == b'\n' && !after_return);
            after_return = next == b'\r';
            at += 1;
        }
        let n = buffer.len();
        reader.consume(n);
    }
    Ok(line)
}

fn place(source: &Source, line: u64) -> Place {
    Place { source: source.name().to_owned(), position: source.position_of_line(line) }
}

/// What is wrong with the shape of a file, and where.
fn diagnose(source: &Source, arrow: &arrow::error::ArrowError) -> Error {
    fault_of(source).unwrap_or_else(Some).unwrap_or_else(|| Error::Unreadable {
        source_name: source.name().to_owned(),
        format: "CSV",
        detail: arrow.to_string().chars().take(100).collect(),
    })
}

/// The first record that is not as long as the header, or not text.
fn fault_of(source: &Source) -> Result<Option<Error>, Error> {
    let dialect = dialect(source)?;
    let mut reader = records(source, dialect)?;
    let mut record = csv::ByteRecord::new();
    let mut read =
        |record: &mut csv::ByteRecord| reader.read_byte_record(record).map_err(|error| read_error(source, error));
    let expected = dialect.names.len() as u64;
    while read(&mut record)? {
        let byte = record.position().map_or(0, csv::Position::byte);
        let line = || line_at(source, dialect, byte);
        let found = record.len() as u64;
        if let Some(at) = record.iter().position(|cell| std::str::from_utf8(cell).is_err()) {
            let value = shown(&String::from_utf8_lossy(&record[at]));
            let cell = dialect.names.get(at).map(|column| format!("column `{column}` has `{value}`"));
            return Ok(Some(Error::NotUtf8 { place: place(source, line()?), cell, likely: likely(&record[at]) }));
        }
        if expected != found {
            let place = place(source, line()?);
            let first_byte = record.get(0).and_then(|cell| cell.first().copied());
            let is_last = !read(&mut record)?;
            let cause = cause_of(dialect, found, first_byte, is_last);
            return Ok(Some(Error::RowLength { place, expected, found, cause }));
        }
    }
    Ok(None)
}

/// What a row of another length is likely to be.
fn cause_of(dialect: &Dialect, found: u64, first_byte: Option<u8>, is_last: bool) -> RowLengthCause {
    if let Some(mark) = first_byte.filter(|byte| matches!(byte, b'#' | b'%')) {
        return RowLengthCause::Comment(mark.into());
    }
    if dialect.names.len() == 1 {
        return RowLengthCause::LinesAbove;
    }
    if found > dialect.names.len() as u64 {
        return RowLengthCause::Delimiter(dialect.marks.delimiter.into());
    }
    if is_last { RowLengthCause::Footer } else { RowLengthCause::Cut }
}

fn read_error(source: &Source, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Io(error),
        _ => Error::EmptyFile(source.name().to_owned()),
    }
}

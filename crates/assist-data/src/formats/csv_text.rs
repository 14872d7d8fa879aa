//! CSV: read by Arrow's reader, and read again by the `csv` crate when a message needs the place of a fault.
//!
//! Arrow's reader is asked for text only, so it can fail over the shape of a file but never over a cell; its own messages
//! quote whole rows and know no lines of quoted cells, so they are never passed on.

use std::io::{BufReader, Read, Seek, SeekFrom};

use arrow::csv::ReaderBuilder;

use assist_score::shown;

use crate::error::{Error, Place};
use crate::file_format::Format;
use crate::formats::projection::{in_file_order, text_schema};
use crate::formats::reader::{FormatReader, Records};
use crate::source::Source;

/// Reads CSV text.
pub(crate) struct CsvText;

impl FormatReader for CsvText {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        columns(source, delimiter_of(source))
    }

    fn batches(
        &self,
        source: &Source,
        header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        batches(source, delimiter_of(source), header, positions, batch_rows)
    }

    fn line_of(&self, source: &Source, row: u64) -> Option<u64> {
        line_of(source, delimiter_of(source), row)
    }
}

fn delimiter_of(source: &Source) -> u8 {
    match source.format() {
        Format::Csv { delimiter } => delimiter,
        _ => b',',
    }
}

fn records(source: &Source, delimiter: u8) -> Result<csv::Reader<Box<dyn Read + Send>>, Error> {
    let reader = source.open()?;
    Ok(csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(reader))
}

fn columns(source: &Source, delimiter: u8) -> Result<Vec<String>, Error> {
    let mut header = csv::ByteRecord::new();
    let mut reader = records(source, delimiter)?;
    if !reader.read_byte_record(&mut header).map_err(|error| read_error(source, error))? {
        return Err(Error::EmptyFile(source.name().to_owned()));
    }
    let not_text = || Error::NotUtf8 { place: place(source, 1), cell: None };
    let names: Result<Vec<String>, Error> =
        header.iter().map(|name| String::from_utf8(name.to_vec()).map_err(|_| not_text())).collect();
    let names = names?;
    if names.iter().any(|name| name.contains('\0')) { Err(not_text()) } else { Ok(names) }
}

/// The byte at which the first record after the header begins.
pub(crate) fn data_start(source: &Source, delimiter: u8) -> Result<u64, Error> {
    let mut header = csv::ByteRecord::new();
    let mut reader = records(source, delimiter)?;
    reader.read_byte_record(&mut header).map_err(|error| read_error(source, error))?;
    let mut start = reader.position().byte() + source.mark_length()?;
    // Line ends after the header, the second half of its own among them, are passed over.
    let mut file = source.reader()?;
    file.seek(SeekFrom::Start(start))?;
    for byte in BufReader::new(file).bytes() {
        if !matches!(byte?, b'\r' | b'\n') {
            break;
        }
        start += 1;
    }
    Ok(start)
}

fn batches(
    source: &Source,
    delimiter: u8,
    header: &[String],
    positions: &[usize],
    batch_rows: usize,
) -> Result<Records, Error> {
    let (projection, order) = in_file_order(positions);
    let reader = ReaderBuilder::new(text_schema(header.iter()))
        .with_header(true)
        .with_delimiter(delimiter)
        .with_batch_size(batch_rows)
        .with_projection(projection)
        .build_buffered(BufReader::with_capacity(1 << 18, source.open()?))
        .map_err(|error| diagnose(source, delimiter, &error))?;
    let source = source.clone();
    Ok(Box::new(reader.map(move |batch| {
        let batch = batch.and_then(|batch| batch.project(&order));
        batch.map_err(|error| diagnose(&source, delimiter, &error))
    })))
}

fn line_of(source: &Source, delimiter: u8, row: u64) -> Option<u64> {
    let mut reader = records(source, delimiter).ok()?;
    let mut record = csv::ByteRecord::new();
    for _ in 0..=row + 1 {
        if !reader.read_byte_record(&mut record).ok()? {
            return None;
        }
    }
    line_at(source, record.position()?.byte()).ok()
}

/// The line of the first character at or after a byte that is no line end. The `csv` crate's own count is taken before
/// the line ends in front of a record are passed over.
fn line_at(source: &Source, byte: u64) -> Result<u64, Error> {
    let mut line = 1;
    let mut after_return = false;
    for (at, next) in (0..).zip(BufReader::new(source.open()?).bytes()) {
        let next = next?;
        if at >= byte && next != b'\n' && next != b'\r' {
            break;
        }
        if next == b'\r' || next == b'\n' && !after_return {
            line += 1;
        }
        after_return = next == b'\r';
    }
    Ok(line)
}

fn place(source: &Source, line: u64) -> Place {
    Place { source: source.name().to_owned(), position: source.position_of_line(line) }
}

fn read_error(source: &Source, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Io(error),
        _ => Error::EmptyFile(source.name().to_owned()),
    }
}

/// What is wrong with the shape of a file, and where.
fn diagnose(source: &Source, delimiter: u8, arrow: &arrow::error::ArrowError) -> Error {
    let unexplained = || Error::Unreadable {
        source_name: source.name().to_owned(),
        format: "CSV",
        detail: arrow.to_string().chars().take(100).collect(),
    };
    let Ok(mut reader) = records(source, delimiter) else { return unexplained() };
    let header = columns(source, delimiter).unwrap_or_default();
    let mut record = csv::ByteRecord::new();
    let mut expected = None;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return unexplained(),
            Err(error) => return read_error(source, error),
        }
        let line = || record.position().and_then(|at| line_at(source, at.byte()).ok()).unwrap_or(0);
        let found = record.len() as u64;
        if let Some(at) = record.iter().position(|cell| std::str::from_utf8(cell).is_err()) {
            let value = shown(&String::from_utf8_lossy(&record[at]));
            let cell = header.get(at).map(|column| format!("column `{column}` has `{value}`"));
            return Error::NotUtf8 { place: place(source, line()), cell };
        }
        match expected {
            None => expected = Some(found),
            Some(expected) if expected != found => {
                return Error::RowLength { place: place(source, line()), expected, found };
            }
            Some(_) => {}
        }
    }
}

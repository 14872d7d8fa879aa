//! JSON lines: one object a line, read by Arrow's reader, and line by line again when a message needs a place.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::{Reader, ReaderBuilder};
use serde_json::{Map, Value};

use crate::dialect::encoding::likely;
use crate::error::{Error, Place};
use crate::formats::json_keys::Names;
use crate::formats::projection::text_schema;
use crate::formats::reader::{FormatReader, Records};
use crate::source::Source;
use crate::types::found::FoundType;

/// Reads JSON lines.
pub(crate) struct JsonLines;

impl FormatReader for JsonLines {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        let mut names = Names::default();
        for object in objects(source, |text| names.add(text))? {
            object?;
        }
        Ok(names.in_order)
    }

    fn batches(
        &self,
        source: &Source,
        header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        let text = BufReader::with_capacity(1 << 18, source.open()?);
        let records = records(text, header, positions, batch_rows).map_err(|error| diagnose(source, &error))?;
        let source = source.clone();
        Ok(Box::new(records.map(move |batch| batch.map_err(|error| diagnose(&source, &error)))))
    }

    fn types(&self, source: &Source) -> Result<Option<SchemaRef>, Error> {
        let mut columns: Vec<(String, FoundType)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let look = |text: &[u8]| {
            for (name, value) in serde_json::from_slice::<Map<String, Value>>(text)? {
                let place = *places.entry(name).or_insert_with_key(|name| {
                    columns.push((name.clone(), FoundType::default()));
                    columns.len() - 1
                });
                columns[place].1.look_at_value(&value);
            }
            Ok(())
        };
        objects(source, look)?.try_for_each(|object| object)?;
        let fields = columns.into_iter().map(|(name, found)| Field::new(name, found.data_type(), true));
        Ok(Some(Arc::new(Schema::new(fields.collect::<Vec<_>>()))))
    }

    /// Rows are the lines that are not blank.
    fn line_of(&self, source: &Source, row: u64) -> Option<u64> {
        let mut lines =
            lines(source).ok()?.filter(|line| line.as_ref().is_ok_and(|(_, text)| !text.trim_ascii().is_empty()));
        let (line, _) = lines.nth(usize::try_from(row).ok()?)?.ok()?;
        Some(line)
    }
}

/// The columns at `positions` of `header` as text.
pub(crate) fn records<R: BufRead>(
    lines: R,
    header: &[String],
    positions: &[usize],
    batch_rows: usize,
) -> Result<Reader<R>, ArrowError> {
    let schema = text_schema(positions.iter().map(|position| &header[*position]));
    ReaderBuilder::new(schema).with_coerce_primitive(true).with_batch_size(batch_rows).build(lines)
}

type Line = (u64, Vec<u8>);

fn lines(source: &Source) -> Result<impl Iterator<Item = Result<Line, Error>> + use<>, Error> {
    let lines = BufReader::new(source.open()?).split(b'\n');
    Ok((1..).zip(lines).map(|(number, line)| Ok((number, line?))))
}

/// Reads the objects one by one; `read` takes a line, and gives the parser's error.
fn objects(
    source: &Source,
    mut read: impl FnMut(&[u8]) -> serde_json::Result<()>,
) -> Result<impl Iterator<Item = Result<(), Error>>, Error> {
    let place_of = {
        let source = source.clone();
        move |line| Place { source: source.name().to_owned(), position: source.position_of_line(line) }
    };
    let parse = move |line: Result<Line, Error>| {
        let (number, text) = line?;
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        read(&text).map_err(|error| match std::str::from_utf8(&text) {
            Ok(_) => Error::Json { place: place_of(number), detail: parser_words(&error) },
            Err(_) => Error::NotUtf8 { place: place_of(number), cell: None, likely: likely(&text) },
        })
    };
    Ok(lines(source)?.map(parse))
}

/// The parser's words without its own line number, which is always 1.
fn parser_words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or("").to_owned()
}

fn diagnose(source: &Source, arrow: &ArrowError) -> Error {
    let mut names = Names::default();
    let fault = objects(source, |text| names.add(text)).map(|mut objects| objects.find_map(Result::err));
    match fault {
        Ok(Some(error)) | Err(error) => error,
        Ok(None) => Error::Unreadable {
            source_name: source.name().to_owned(),
            format: "JSON lines",
            detail: arrow.to_string().chars().take(100).collect(),
        },
    }
}

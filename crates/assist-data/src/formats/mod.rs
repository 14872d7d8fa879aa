//! The formats, one file each: what the columns of a source are called, its rows, and the lines on which these stand.
//!
//! A new format is a file here that implements [`reader::FormatReader`], a line in [`reader_of`], and its name, endings and
//! first bytes in `file_format.rs`. Readers know a [`Source`]; a source knows none of them. A format that can be written as
//! text once, like a sheet or an array of objects, needs no reader: `opening.rs` puts its text into a spool.

pub(crate) mod arrow_ipc;
mod arrow_lengths;
mod arrow_stream;
mod bit_packing;
pub(crate) mod csv_text;
mod damage;
mod dictionaries;
pub(crate) mod json_array;
mod json_keys;
pub(crate) mod json_lines;
pub(crate) mod parquet;
pub(crate) mod parquet_codes;
pub(crate) mod parquet_group;
mod projection;
pub(crate) mod reader;
pub(crate) mod record_batches;
pub(crate) mod spreadsheet;

use crate::file_format::Format;
use crate::source::Source;

/// The reader of a source.
pub(crate) fn reader_of(source: &Source) -> &'static dyn reader::FormatReader {
    if source.record_batches().is_some() {
        return &record_batches::RecordBatches;
    }
    match source.format() {
        Format::Csv { .. } => &csv_text::CsvText,
        Format::JsonLines => &json_lines::JsonLines,
        Format::Parquet => &parquet::Parquet,
        Format::ArrowIpc => &arrow_ipc::ArrowIpc,
    }
}

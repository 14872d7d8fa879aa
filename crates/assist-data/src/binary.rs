//! Parquet and Arrow IPC, which bring their own types. Only files: both formats want to be read from their end.

use std::io::{BufReader, Read, Seek};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::Error;
use crate::source::{Format, Records, Source, in_file_order};

type ArrowBatches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

pub(crate) fn columns(source: &Source) -> Result<Vec<String>, Error> {
    let schema = match source.format() {
        Format::Parquet => parquet(source)?.schema().clone(),
        _ => ipc(source, None)?.0,
    };
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

pub(crate) fn batches(source: &Source, positions: &[usize], batch_rows: usize) -> Result<Records, Error> {
    let (projection, order) = in_file_order(positions);
    let batches: ArrowBatches = match source.format() {
        Format::Parquet => {
            let builder = parquet(source)?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), projection);
            let built = builder.with_projection(mask).with_batch_size(batch_rows).build();
            Box::new(built.map_err(|error| unreadable(source, &error))?)
        }
        _ => ipc(source, Some(projection))?.1,
    };
    let source = source.clone();
    Ok(Box::new(batches.map(move |batch| {
        let batch = batch.and_then(|batch| batch.project(&order));
        batch.map_err(|error| unreadable(&source, &error))
    })))
}

fn parquet(source: &Source) -> Result<ParquetRecordBatchReaderBuilder<std::fs::File>, Error> {
    // The parquet crate takes the standard library's file.
    let file = source.file()?.into_parts().0;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(source, &error))
}

fn ipc(source: &Source, projection: Option<Vec<usize>>) -> Result<(SchemaRef, ArrowBatches), Error> {
    let mut file = source.file()?;
    let mut mark = [0; 6];
    file.read_exact(&mut mark)?;
    file.rewind()?;
    let opened = if mark == *b"ARROW1" {
        FileReader::try_new(BufReader::new(file), projection)
            .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
    } else {
        StreamReader::try_new(BufReader::new(file), projection)
            .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
    };
    opened.map_err(|error| unreadable(source, &error))
}

fn unreadable(source: &Source, error: &dyn std::fmt::Display) -> Error {
    let format = if source.format() == Format::Parquet { "Parquet" } else { "Arrow IPC" };
    let words = error.to_string();
    let detail = words.trim_start_matches("Parquet error: ").chars().take(200).collect();
    Error::Unreadable { source_name: source.name().to_owned(), format, detail }
}

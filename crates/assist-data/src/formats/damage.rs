//! Readers of binary formats over damaged files: what they say, or panic over, becomes an error.

use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::error::Error;
use crate::formats::dictionaries::plain;
use crate::guard::guarded;
use crate::source::Source;

/// Batches whose reader may panic over a damaged file, with their columns in order and plain.
pub(crate) struct Guarded<I> {
    batches: Option<I>,
    order: Vec<usize>,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Guarded<I> {
    pub(crate) fn new(batches: I, order: Vec<usize>) -> Self {
        Self { batches: Some(batches), order }
    }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Guarded<I> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = self.batches.as_mut()?;
        let next = || batches.next().map(|batch| plain(batch?.project(&self.order)?)).transpose();
        let next = guarded(next, ArrowError::ParseError);
        if next.is_err() {
            // Its state is unknown from here on.
            self.batches = None;
        }
        next.transpose()
    }
}

/// The error for a file that its reader refuses.
pub(crate) fn unreadable(source: &Source, format: &'static str, error: &dyn std::fmt::Display) -> Error {
    let mut words = error.to_string();
    // Who of several libraries says it is of no help.
    for prefix in ["Parquet error: ", "External: ", "Io error: ", "Ipc error: ", "Parser error: "] {
        words = words.trim_start_matches(prefix).to_owned();
    }
    let detail = words.chars().take(200).collect();
    Error::Unreadable { source_name: source.name().to_owned(), format, detail }
}

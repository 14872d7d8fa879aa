//! A table: one or several files, read as Arrow batches with their columns bound by name.
//!
//! Text files (CSV, JSON lines) come as columns of text, so that every cell is judged in one place and an error can show
//! the cell as it stands in the file. Binary files (Parquet, Arrow IPC) and record batches come with their own types.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;

use crate::alignment::{Aligned, Alignment, Purpose};
use crate::dialect::Dialect;
use crate::error::{Error, Place, Position};
use crate::file_format::Format;
use crate::file_syntax::FileSyntax;
use crate::formats::{csv_text, reader_of};
use crate::opening;
use crate::source::{PathColumn, Source};
use crate::table_options::TableOptions;

/// One or several files, or record batches, that are one table.
#[derive(Debug, Clone)]
pub struct Table {
    sources: Vec<Source>,
    /// The names of the columns of each file, those of its path last.
    headers: Vec<Vec<String>>,
    alignments: Vec<Alignment>,
    partition_bytes: u64,
    /// What was stated of how the files are written.
    options: TableOptions,
}

/// Bytes of text in a partition. The same on every machine, so that results do not depend on the number of cores.
const PARTITION_BYTES: u64 = 1 << 24;

/// Some rows of a table.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// The rows.
    pub record: RecordBatch,
    /// Which of the table's files they are from.
    pub source: usize,
    /// The number of the batch's first row within its file, from 0.
    pub first_row: u64,
}

/// A row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPosition {
    /// Which of the table's files.
    pub source: usize,
    /// Which of its rows, from 0.
    pub row: u64,
}

/// An iterator over the rows of a table.
pub type Batches = Box<dyn Iterator<Item = Result<RawBatch, Error>>>;

impl Table {
    /// Opens files as one table. Each of `inputs` is a path, a pattern such as `logs/*.csv`, a folder (whose files are read in
    /// sorted order, with the columns that names such as `year=2024` of folders within it give), or `-` for standard input.
    /// Formats are detected from content and ending. What is compressed is unpacked; of a workbook one sheet is read.
    ///
    /// # Errors
    ///
    /// A file that is missing, empty, damaged, or has a header with unnamed or doubled columns.
    pub fn open(inputs: &[PathBuf]) -> Result<Self, Error> {
        Self::open_with(inputs, &TableOptions::default())
    }

    /// As [`open`](Self::open), where some of how the files are written is stated instead of detected.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and what is stated and contradicts a file or itself.
    pub fn open_with(inputs: &[PathBuf], options: &TableOptions) -> Result<Self, Error> {
        options.check().map_err(Error::Options)?;
        let mut sources = Vec::new();
        for input in inputs {
            sources.extend(opening::sources(input, options.sheet.as_deref())?);
        }
        Self::from_sources(sources, options)
    }

    /// A table from CSV text, under a name for its messages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_csv_text(name: &str, text: &str) -> Result<Self, Error> {
        Self::from_sources(vec![Source::from_bytes(name, text.as_bytes().to_vec())?], &TableOptions::default())
    }

    /// A table from Arrow record batches, under a name for its messages, in which places are rows. It is read like an Arrow
    /// file of these batches, and nothing is copied: dictionaries are levels, nulls are missing cells.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    /// use assist_data::{Reader, SchemaFile, Table};
    ///
    /// let errors: ArrayRef = Arc::new(Float64Array::from(vec![Some(3.0), None]));
    /// let help: ArrayRef = Arc::new(StringArray::from(vec!["yes", "no"]));
    /// let batch = RecordBatch::try_from_iter_with_nullable([("errors", errors, true), ("help", help, false)])?;
    ///
    /// let table = Table::from_batches("users", vec![batch])?;
    /// let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
    /// let rows = Reader::new(&table, &schema)?.next().expect("one batch")?;
    /// assert_eq!(rows.numbers[0].iter().collect::<Vec<_>>(), [Some(3.0), None]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No batch at all, a batch with other columns (names, types or order) than the first, unnamed or doubled columns.
    pub fn from_batches(name: &str, batches: Vec<RecordBatch>) -> Result<Self, Error> {
        Self::from_sources(vec![Source::from_batches(name, batches)], &TableOptions::default())
    }

    fn from_sources(sources: Vec<Source>, options: &TableOptions) -> Result<Self, Error> {
        let detected = |source: Source| match source.format() {
            Format::Csv { delimiter } => {
                let dialect = csv_text::dialect_of(&source, delimiter, options)?;
                Ok(source.with_dialect(dialect))
            }
            _ => Ok(source),
        };
        let sources: Vec<Source> = sources.into_iter().map(detected).collect::<Result<_, Error>>()?;
        let Some(first) = sources.first() else {
            return Err(Error::NoFile(String::new()));
        };
        let mut headers = Vec::with_capacity(sources.len());
        let mut types = Vec::with_capacity(sources.len());
        for source in &sources {
            headers.push(reader_of(source).columns(source)?);
            types.push(if sources.len() > 1 { own_types(source)? } else { None });
        }
        check_names(first.name(), &headers[0])?;
        let path_columns: Vec<Vec<PathColumn>> = sources.iter().zip(&headers).map(path_columns_beside).collect();
        let alignments = Alignment::of_files(&headers, &types, &path_columns);
        for (header, path_columns) in headers.iter_mut().zip(path_columns) {
            header.extend(path_columns.into_iter().map(|column| column.name));
        }
        // What only a later file has would be lost without a word.
        let known: HashSet<&String> = headers[0].iter().collect();
        let unknown = |header: &Vec<String>| header.iter().find(|name| !known.contains(name)).cloned();
        if let Some(column) = headers[1..].iter().find_map(unknown) {
            return Err(missing_column(&sources[0], &headers[0], &column));
        }
        let options = options.clone();
        Ok(Self { sources, headers, alignments, partition_bytes: PARTITION_BYTES, options })
    }

    /// What was stated of how the files are written.
    pub fn options(&self) -> &TableOptions {
        &self.options
    }

    /// Refuses what somebody states of how files are written where no file of the table can be written so: a delimiter of
    /// Parquet, a sheet of CSV text. (A schema may say that all the same: it may be used for files of several formats.)
    ///
    /// # Errors
    ///
    /// The first such statement, with the file.
    pub fn check_statements(&self, stated: &TableOptions) -> Result<(), Error> {
        let sheets = || self.sources.iter().any(|source| source.sheet().is_some());
        let texts = || self.sources.iter().any(|source| source.sheet().is_none() && source.dialect().is_some());
        let is_impossible = [
            (stated.sheet.is_some() && !sheets(), "a sheet is stated"),
            (stated.delimiter.is_some() && !texts(), "a delimiter is stated"),
            (stated.comment.is_some() && !texts() && !sheets(), "a mark of comments is stated"),
            (stated.skip_lines.is_some() && !texts() && !sheets(), "lines above the header are stated"),
            (stated.header.is_some() && !texts() && !sheets(), "a table with or without a header is stated"),
        ];
        match is_impossible.into_iter().find(|(is_so, _)| *is_so) {
            None => Ok(()),
            Some((_, statement)) => {
                let first = &self.sources[0];
                let format = if first.sheet().is_some() { "a workbook".to_owned() } else { first.format().to_string() };
                let found = format!("the file is {format}, which has none");
                Err(Error::Contradiction { source_name: self.name(), stated: statement.to_owned(), found })
            }
        }
    }

    /// The names of the columns, in the order of the first file.
    pub fn columns(&self) -> &[String] {
        &self.headers[0]
    }

    /// Reads text files in partitions of about so many bytes, which are the unit of parallel work. Default: 16 MiB.
    #[must_use]
    pub fn with_partition_bytes(self, partition_bytes: u64) -> Self {
        Self { partition_bytes: partition_bytes.max(1), ..self }
    }

    pub(crate) fn partition_bytes(&self) -> u64 {
        self.partition_bytes
    }

    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The names of the columns of one of the files.
    pub(crate) fn header(&self, source: usize) -> &[String] {
        &self.headers[source]
    }

    /// What one of the files gives of the table.
    pub(crate) fn alignment(&self, source: usize) -> &Alignment {
        &self.alignments[source]
    }

    /// What the table is called in messages: the name of its first file.
    pub fn name(&self) -> String {
        self.sources[0].name().to_owned()
    }

    /// The format of the first file. Record batches have that of the file that would store them, [`Format::ArrowIpc`].
    pub fn format(&self) -> Format {
        self.sources[0].format()
    }

    /// How each of the files is written: what was found, or stated.
    pub fn syntax(&self) -> Vec<FileSyntax> {
        let found = |source: &Source| {
            let of_file = FileSyntax {
                name: source.name().to_owned(),
                format: source.format().to_string(),
                compression: source.compression().map(|compression| compression.to_string()),
                sheet: source.sheet().map(str::to_owned),
                ..FileSyntax::default()
            };
            source.dialect().map_or(of_file.clone(), |dialect| syntax_of_text(source, dialect, of_file))
        };
        self.sources.iter().map(found).collect()
    }

    /// The paths of the files; standard input and record batches have none.
    pub fn paths(&self) -> Vec<&Path> {
        self.sources.iter().filter_map(Source::path).collect()
    }

    /// All rows of the named columns, in the order in which they are named, in batches of at most `batch_rows`.
    ///
    /// # Errors
    ///
    /// A column that one of the files does not have; what is wrong further down comes from the iterator.
    pub fn batches(&self, columns: &[&str], batch_rows: usize) -> Result<Batches, Error> {
        let mut of_sources: Vec<Batches> = Vec::with_capacity(self.sources.len());
        for index in 0..self.sources.len() {
            of_sources.push(self.batches_of_source(index, columns, batch_rows)?);
        }
        Ok(Box::new(of_sources.into_iter().flatten()))
    }

    /// As [`batches`](Self::batches), of one of the files.
    pub(crate) fn batches_of_source(
        &self,
        source: usize,
        columns: &[&str],
        batch_rows: usize,
    ) -> Result<Batches, Error> {
        let header = &self.headers[source];
        let file = &self.sources[source];
        let positions = positions_of(columns, header).map_err(|(column, is_doubled)| {
            if is_doubled { doubled_column(file.name(), header, column) } else { missing_column(file, header, column) }
        })?;
        let aligned = self.alignments[source].columns(&positions, Purpose::Types);
        let in_file = header[..self.alignments[source].n_in_file()].to_vec();
        Ok(batches_of(file.clone(), source, in_file, aligned, batch_rows))
    }

    /// How many files there are.
    pub(crate) fn n_sources(&self) -> usize {
        self.sources.len()
    }

    /// The decimal mark that usually goes with how a file is written: a comma where cells are between semicolons.
    pub(crate) fn usual_decimal(&self, source: usize) -> Option<char> {
        matches!(self.sources[source].format(), Format::Csv { delimiter: b';' }).then_some(',')
    }

    /// Where a row stands, in the terms of its file. For a text file this reads it again up to that row, so it is meant
    /// for messages only.
    pub fn place(&self, at: RowPosition) -> Place {
        let source = &self.sources[at.source];
        let line = reader_of(source).line_of(source, at.row);
        let position = line.map_or(Position::Row(at.row + 1), |line| source.position_of_line(line));
        Place { source: source.name().to_owned(), position }
    }

    /// Whether the columns of a file have types; none do where one file of the table has none.
    pub(crate) fn is_typed(&self, _source: usize) -> bool {
        self.sources.iter().all(|source| source.format().is_typed())
    }

    /// Why a column that the table does not have cannot be read.
    pub fn missing_column(&self, column: &str) -> Error {
        missing_column(&self.sources[0], &self.headers[0], column)
    }
}

/// What is found in a text file, beside what is known of every file.
fn syntax_of_text(source: &Source, dialect: &Dialect, of_file: FileSyntax) -> FileSyntax {
    if source.sheet().is_some() {
        // Its rows are written as text here, with commas and without those that are empty.
        let (Position::Line(first) | Position::Row(first)) = source.position_of_line(dialect.lines_above + 1);
        return FileSyntax { delimiter: None, quote: None, lines_above: Some(first - 1), ..dialect.syntax(of_file) };
    }
    FileSyntax { encoding: Some(source.encoding()), ..dialect.syntax(of_file) }
}

/// Whether each column has a name, and a name of its own.
fn check_names(source_name: &str, header: &[String]) -> Result<(), Error> {
    let mut known = HashSet::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::UnnamedColumn { source_name: source_name.to_owned(), position: index + 1 });
        }
        if !known.insert(name.as_str()) {
            return Err(doubled_column(source_name, header, name));
        }
    }
    Ok(())
}

fn doubled_column(source_name: &str, header: &[String], column: &str) -> Error {
    let mut places = header.iter().enumerate().filter(|(_, name)| *name == column).map(|(index, _)| index + 1);
    let first = places.next().unwrap_or(0);
    let positions = Some([first, places.next().unwrap_or(first)]);
    Error::DuplicateColumn { source_name: source_name.to_owned(), column: column.to_owned(), positions }
}

fn missing_column(source: &Source, header: &[String], column: &str) -> Error {
    let (source_name, column, found) = (source.name().to_owned(), column.to_owned(), header.to_vec());
    match source.dialect().filter(|dialect| !dialect.has_header && !dialect.is_header_stated) {
        Some(dialect) => {
            let place = Place { source: source_name, position: source.position_of_line(dialect.lines_above + 1) };
            Error::NoHeader { place, column, found }
        }
        None => Error::MissingColumn { source_name, column, found },
    }
}

/// The columns of a path that its file does not have itself.
fn path_columns_beside((source, header): (&Source, &Vec<String>)) -> Vec<PathColumn> {
    source.path_columns().iter().filter(|column| !header.contains(&column.name)).cloned().collect()
}

/// Where each of `columns` is in a header; one that is not there, or more than once, which the second value says.
pub(crate) fn positions_of<'a>(columns: &[&'a str], header: &[String]) -> Result<Vec<usize>, (&'a str, bool)> {
    let mut wanted: HashMap<&str, Option<usize>> = columns.iter().map(|column| (*column, None)).collect();
    let mut doubled = HashSet::new();
    for (position, name) in header.iter().enumerate() {
        if let Some(first) = wanted.get_mut(name.as_str())
            && first.replace(position).is_some()
        {
            doubled.insert(name.as_str());
        }
    }
    let position = |column: &&'a str| match wanted.get(column).copied().flatten() {
        Some(_) if doubled.contains(column) => Err((*column, true)),
        found => found.ok_or((*column, false)),
    };
    columns.iter().map(position).collect()
}

/// The types of a file that has some.
fn own_types(source: &Source) -> Result<Option<Vec<DataType>>, Error> {
    // What the values of a text file say of themselves is asked only where it matters.
    if !source.format().is_typed() {
        return Ok(None);
    }
    let schema = reader_of(source).types(source)?;
    Ok(schema.map(|schema| schema.fields().iter().map(|field| field.data_type().clone()).collect()))
}

/// Opens the file only when the first of its rows is asked for, so that a thousand files are not open at once.
fn batches_of(source: Source, index: usize, header: Vec<String>, aligned: Aligned, batch_rows: usize) -> Batches {
    let mut rows_before = 0;
    let name = source.name().to_owned();
    let in_file = aligned.in_file().to_vec();
    let opened =
        std::iter::once_with(move || match reader_of(&source).batches(&source, &header, &in_file, batch_rows) {
            Ok(batches) => batches,
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
    Box::new(opened.flatten().map(move |record| {
        let record = aligned.complete(record?).map_err(|error| Error::Unreadable {
            source_name: name.clone(),
            format: "table",
            detail: error.to_string(),
        })?;
        let first_row = rows_before;
        rows_before += record.num_rows() as u64;
        Ok(RawBatch { record, source: index, first_row })
    }))
}

//! A table with one type for each of its columns, and how the columns of each of its files get them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use crate::cells::is_text;
use crate::error::Error;
use crate::file_format::Format;
use crate::formats::reader_of;
use crate::table::Table;
use crate::types::common::{common_field, without_dictionaries};
use crate::types::convert::convert;
use crate::types::found::FoundType;
use crate::types::one_dictionary::OneDictionary;

/// Rows that are read at a time while types are looked for.
const BATCH_ROWS: usize = 8192;

/// A table as it is to be written: one type for each column, that of its cells in all of the files.
///
/// Columns of typed files keep their types, dictionaries and what their fields say. Where files disagree, the type is that
/// which pandas would give to all of them together: whole numbers beside fractions are floats, numbers beside texts are
/// texts, dictionaries beside others are plain. Cells of text files stay texts in text files; in typed ones they are numbers
/// or truth values where every cell of the column plainly is one, and texts as they stand everywhere else.
#[derive(Debug)]
pub struct TypedTable<'a> {
    table: &'a Table,
    schema: SchemaRef,
    dictionaries: Vec<Option<OneDictionary>>,
}

impl<'a> TypedTable<'a> {
    /// The types of a table that is to be written in `format`. Where these are not known from the files, all rows are read.
    ///
    /// # Errors
    ///
    /// Files whose types have nothing in common; a type that the format cannot hold; whatever is wrong with the table.
    pub fn new(table: &'a Table, format: Format) -> Result<Self, Error> {
        let cells_stay_texts = matches!(format, Format::Csv { .. });
        let mut columns: Option<Vec<FieldRef>> = None;
        let mut metadata = HashMap::new();
        for (index, source) in table.sources().iter().enumerate() {
            let schema = if cells_stay_texts && !table.is_typed(index) {
                None
            } else {
                let types = reader_of(source).types(source)?;
                if types.is_none() { Some(found_types(table, index)?) } else { types }
            };
            let field = |name: &String| -> FieldRef {
                let known = schema.as_ref().and_then(|schema| schema.fields().find(name));
                known.map_or_else(|| Arc::new(Field::new(name, DataType::Utf8, true)), |(_, field)| Arc::clone(field))
            };
            let fields: Vec<FieldRef> = table.columns().iter().map(field).collect();
            columns = Some(match columns {
                None => {
                    metadata = schema.map(|schema| schema.metadata().clone()).unwrap_or_default();
                    fields
                }
                Some(before) => {
                    let both = before.iter().zip(&fields).map(|(before, field)| {
                        common_field(before, field).ok_or_else(|| Error::NoCommonType {
                            column: field.name().clone(),
                            source_name: source.name().to_owned(),
                            found: field.data_type().to_string(),
                            before: before.data_type().to_string(),
                        })
                    });
                    both.collect::<Result<_, Error>>()?
                }
            });
        }
        let only_texts = (0..table.sources().len()).all(|index| !table.is_typed(index));
        let mut fields = columns.unwrap_or_default();
        for field in &mut fields {
            // A column without a cell is one of texts, in a text file.
            if only_texts && *field.data_type() == DataType::Null {
                *field = Arc::new(Field::new(field.name(), DataType::Utf8, true));
            }
            check_holds(format, field)?;
        }
        let mut typed = Self { table, schema: schema_of(fields, metadata), dictionaries: Vec::new() };
        if format == Format::ArrowIpc {
            typed.gather_dictionaries()?;
        }
        Ok(typed)
    }

    /// The columns, with their types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows of one of the table's files, as [`Table::batches`] gives them with all columns, with the types of the table.
    ///
    /// # Errors
    ///
    /// A cell that its column's type cannot hold, such as a time in the year 9999 in nanoseconds.
    pub fn convert(&self, source: usize, record: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = record.columns().iter().zip(self.schema.fields()).enumerate().map(|(index, (column, field))| {
            let one = self.dictionaries.get(index).and_then(Option::as_ref);
            let is_dictionary = matches!(column.data_type(), DataType::Dictionary(..));
            let converted = match one {
                Some(one) if is_dictionary => one.recode(column),
                _ => convert(column, field.data_type()),
            };
            converted.ok_or_else(|| Error::NoCommonType {
                column: field.name().clone(),
                source_name: self.table.sources()[source].name().to_owned(),
                found: column.data_type().to_string(),
                before: field.data_type().to_string(),
            })
        });
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, Error>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(record.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(|error| {
            let source_name = self.table.sources()[source].name().to_owned();
            Error::Unreadable { source_name, format: "Arrow", detail: error.to_string() }
        })
    }

    /// An Arrow file has one dictionary a column, so those of all batches are put together first.
    fn gather_dictionaries(&mut self) -> Result<(), Error> {
        let mut fields: Vec<FieldRef> = self.schema.fields().iter().cloned().collect();
        let mut one: Vec<Option<OneDictionary>> =
            fields.iter().map(|field| OneDictionary::new(field.data_type())).collect();
        let places: Vec<usize> = (0..one.len()).filter(|place| one[*place].is_some()).collect();
        let names: Vec<&str> = places.iter().map(|place| fields[*place].name().as_str()).collect();
        if !names.is_empty() {
            for batch in self.table.batches(&names, BATCH_ROWS)? {
                for (place, column) in places.iter().zip(batch?.record.columns()) {
                    let is_dictionary = matches!(column.data_type(), DataType::Dictionary(..));
                    if is_dictionary && one[*place].as_mut().is_some_and(|one| one.take_in(column).is_none()) {
                        one[*place] = None;
                    }
                }
            }
        }
        for (field, one) in fields.iter_mut().zip(&one) {
            let kind = match one {
                Some(one) => one.data_type(),
                None => without_dictionaries(field.data_type()),
            };
            *field = Arc::new(field.as_ref().clone().with_data_type(kind));
        }
        self.schema = schema_of(fields, self.schema.metadata().clone());
        self.dictionaries = one;
        Ok(())
    }
}

fn schema_of(fields: Vec<FieldRef>, metadata: HashMap<String, String>) -> SchemaRef {
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// What the cells of a text file plainly are, which all of its rows say together.
fn found_types(table: &Table, index: usize) -> Result<SchemaRef, Error> {
    let names: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let mut found = vec![FoundType::default(); names.len()];
    for batch in table.batches_of_source(index, &names, BATCH_ROWS)? {
        for (found, column) in found.iter_mut().zip(batch?.record.columns()) {
            if found.is_text() || !is_text(column.data_type()) {
                continue;
            }
            if let Some(texts) = column.as_any().downcast_ref::<arrow::array::StringArray>() {
                texts.iter().flatten().for_each(|cell| found.look_at_text(cell));
            }
        }
    }
    let fields = names.iter().zip(found).map(|(name, found)| Field::new(*name, found.data_type(), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// Refuses a type that a format cannot hold, before any row is read.
fn check_holds(format: Format, field: &FieldRef) -> Result<(), Error> {
    let refused = match format {
        Format::Csv { .. } => without_dictionaries(field.data_type()).is_nested(),
        Format::JsonLines => {
            let mut writer = arrow::json::LineDelimitedWriter::new(std::io::sink());
            let nullable = Field::new(field.name(), field.data_type().clone(), true);
            let column = arrow::array::new_null_array(field.data_type(), 1);
            let row = RecordBatch::try_new(Arc::new(Schema::new(vec![nullable])), vec![column]);
            row.and_then(|row| writer.write(&row)).is_err()
        }
        Format::Parquet => {
            let alone = Schema::new(vec![Arc::clone(field)]);
            parquet::arrow::ArrowSchemaConverter::new().convert(&alone).is_err()
        }
        Format::ArrowIpc => false,
    };
    if !refused {
        return Ok(());
    }
    Err(Error::FormatWithoutType {
        column: field.name().clone(),
        found: field.data_type().to_string(),
        format: format.name(),
    })
}

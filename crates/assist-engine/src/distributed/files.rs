//! The table as an engine reads it: Parquet files that this program and every machine see under the same paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assist_learn::Table;
use assist_learn::arrow::array::RecordBatch;
use assist_learn::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use url::Url;

use crate::error::Error;
use crate::fault::EngineFault;

/// What the table is called in queries.
pub(super) const TABLE: &str = "rows";
/// Rows at the beginning that roles are found in.
const SAMPLE_ROWS: usize = 1 << 16;
const BATCH_ROWS: usize = 8192;

/// Parquet files that are one table, each of which an engine finds by its path.
#[derive(Debug)]
pub struct EngineTable {
    /// The same table as this program reads it.
    table: Table,
    paths: Vec<PathBuf>,
    urls: Vec<ListingTableUrl>,
    schema: SchemaRef,
    /// Bytes of all files.
    bytes: u64,
}

impl EngineTable {
    /// The table of some files, which are looked at: their formats, their columns and the types of these.
    ///
    /// # Errors
    ///
    /// A file that is not Parquet, or lies where an engine does not find it; columns whose types differ between files.
    pub fn new(table: Table) -> Result<Self, Error> {
        for file in table.syntax() {
            if file.format != "Parquet" || file.compression.is_some() {
                let format =
                    file.compression.map_or(file.format, |compression| format!("compressed with {compression}"));
                return Err(EngineFault::NotParquet { file: file.name, format }.into());
            }
        }
        let no_path = |name: String| EngineFault::NoPath(name);
        let paths: Vec<PathBuf> = table.paths().into_iter().map(Path::to_owned).collect();
        if paths.len() != table.syntax().len() {
            let of_store = table.syntax().into_iter().find(|file| !Path::new(&file.name).exists());
            return Err(no_path(of_store.map_or_else(|| table.name(), |file| file.name)).into());
        }
        let mut bytes = 0;
        let mut urls = Vec::with_capacity(paths.len());
        for path in &paths {
            let absolute = std::path::absolute(path).map_err(assist_learn::Error::from)?;
            bytes += std::fs::metadata(&absolute).map_err(assist_learn::Error::from)?.len();
            let url = Url::from_file_path(&absolute).map_err(|()| no_path(path.display().to_string()))?;
            urls.push(ListingTableUrl::try_new(url, None).map_err(|error| answer(&error))?);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(assist_learn::Error::from)?;
        let schema = runtime.block_on(common_schema(&urls, &paths))?;
        Ok(Self { table, paths, urls, schema, bytes })
    }

    /// The table as this program reads it.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The files.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Refuses columns that are made of the paths of the files: engines read what is in these.
    pub(super) fn check_columns<'n>(&self, mut names: impl Iterator<Item = &'n String>) -> Result<(), EngineFault> {
        let is_of_path = |name: &&String| self.table.columns().contains(name) && self.schema.index_of(name).is_err();
        names.find(is_of_path).map_or(Ok(()), |name| Err(EngineFault::NotInFiles(name.clone())))
    }

    /// Refuses columns that are taken as texts and that engines write in a way of their own.
    pub(super) fn check_texts<'n>(&self, names: impl Iterator<Item = &'n String>) -> Result<(), EngineFault> {
        for name in names {
            let Ok(field) = self.schema.field_with_name(name) else { continue };
            let found = kind(field.data_type());
            let is_key = matches!(found, DataType::Utf8 | DataType::Boolean) || found.is_integer();
            if !is_key {
                return Err(EngineFault::WrittenOtherwise { column: name.clone(), found: found.to_string() });
            }
        }
        Ok(())
    }

    /// Refuses columns of numbers that hold something else.
    pub(super) fn check_numbers<'n>(&self, names: impl Iterator<Item = &'n String>) -> Result<(), EngineFault> {
        for name in names {
            let Ok(field) = self.schema.field_with_name(name) else { continue };
            if !field.data_type().is_numeric() {
                return Err(EngineFault::NoNumbers { column: name.clone(), found: field.data_type().to_string() });
            }
        }
        Ok(())
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first rows, in which roles are found without reading all.
    pub(super) fn sample(&self) -> Result<Vec<RecordBatch>, Error> {
        let columns: Vec<&str> = self.table.columns().iter().map(String::as_str).collect();
        let mut rows = 0;
        let mut sample = Vec::new();
        for batch in self.table.batches(&columns, BATCH_ROWS).map_err(assist_learn::Error::from)? {
            let batch = batch.map_err(assist_learn::Error::from)?.record;
            rows += batch.num_rows();
            // Rows that hold a label alone are put beside these.
            let batch = RecordBatch::try_new(plain(&batch.schema()), batch.columns().to_vec());
            sample.push(batch.map_err(assist_learn::Error::from)?);
            if rows >= SAMPLE_ROWS {
                break;
            }
        }
        Ok(sample)
    }

    /// Tells a context of the table, or of one of its files.
    pub(super) fn register(&self, context: &SessionContext, only: Option<usize>) -> Result<(), DataFusionError> {
        let urls = only.map_or_else(|| self.urls.clone(), |file| vec![self.urls[file].clone()]);
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options())
            .with_schema(Arc::clone(&self.schema));
        context.register_table(TABLE, Arc::new(ListingTable::try_new(config)?))?;
        Ok(())
    }
}

fn options() -> ListingOptions {
    // Files are named one by one, whatever their names end with.
    ListingOptions::new(Arc::new(ParquetFormat::default().with_force_view_types(false))).with_file_extension("")
}

/// The schema of the first file, where all others have the same columns in the same types, in whatever order.
async fn common_schema(urls: &[ListingTableUrl], paths: &[PathBuf]) -> Result<SchemaRef, Error> {
    let context = SessionContext::new();
    let mut first: Option<SchemaRef> = None;
    for (url, path) in urls.iter().zip(paths) {
        let found = options().infer_schema(&context.state(), url).await.map_err(|error| answer(&error))?;
        match &first {
            None => first = Some(plain(&found)),
            Some(first) => check_types(first, &plain(&found), [&paths[0], path])?,
        }
    }
    first.ok_or_else(|| answer(&DataFusionError::Plan("there is no file".into())).into())
}

/// A schema without what files say of themselves beside their columns.
fn plain(schema: &Schema) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

fn check_types(first: &Schema, other: &Schema, [first_path, path]: [&PathBuf; 2]) -> Result<(), EngineFault> {
    for field in first.fields() {
        let Ok(found) = other.field_with_name(field.name()) else {
            return Err(EngineFault::NotInFile {
                column: field.name().clone(),
                file: path.display().to_string(),
                first: first_path.display().to_string(),
            });
        };
        if kind(found.data_type()) != kind(field.data_type()) {
            return Err(EngineFault::TypesDiffer {
                column: field.name().clone(),
                file: path.display().to_string(),
                found: found.data_type().to_string(),
                first: first_path.display().to_string(),
                expected: field.data_type().to_string(),
            });
        }
    }
    Ok(())
}

/// The type of the values, however they are stored: a dictionary of texts holds texts.
fn kind(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        DataType::LargeUtf8 | DataType::Utf8View => &DataType::Utf8,
        other => other,
    }
}

fn answer(error: &DataFusionError) -> EngineFault {
    EngineFault::Answer { engine: "DataFusion".into(), detail: error.to_string() }
}

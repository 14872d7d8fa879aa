//! `split`: a stratified training and test part of a table, every column kept.

use arrow::array::UInt32Array;
use arrow::compute::{concat_batches, take_record_batch};
use arrow::record_batch::RecordBatch;
use assist_data::{LabelRole, TableWriter, text_column};
use assist_features::MissingPolicy;
use serde_json::json;

use crate::args::SplitArguments;
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output};

pub(crate) fn run(arguments: &SplitArguments, output: Output) -> Result<(), Failure> {
    loading::use_threads(arguments.threads)?;
    let table = loading::open(&arguments.data.data)?;
    let file = loading::schema_file(&arguments.data.roles)?;
    let Some(target) = file.target.clone() else {
        return Err(assist_data::Error::NoTarget { columns: table.columns().to_vec() }.into());
    };
    // Only the label has to be usable here; the other columns are carried over as they are.
    let label = LabelRole::Column { name: target, positive: file.positive };
    let schema = assist_data::Schema { label, dropped: Vec::new(), numeric: Vec::new(), categorical: Vec::new() };
    let observations = loading::observe(&table, &schema, MissingPolicy::Error, None, output)?;
    let (train, test) = loading::split(&observations, arguments.split)?;

    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let batches: Vec<RecordBatch> =
        table.batches(&columns, 8192)?.map(|batch| batch.map(|batch| batch.record)).collect::<Result<_, _>>()?;
    let all = concat(&batches)?;
    let format = table.format();
    let mut parts = Vec::new();
    for (name, rows) in [("train", train), ("test", test)] {
        let path = arguments.out.join(format!("{name}.{}", format.ending()));
        let n_rows = rows.len() as u64;
        let part = take_record_batch(&all, &UInt32Array::from(rows)).map_err(|error| unexpected(&error))?;
        let mut writer = TableWriter::create(&path, format, &part.schema())?;
        writer.write(&part)?;
        parts.push((name, path, n_rows, writer));
    }
    // Neither part appears before both are written.
    let mut written = serde_json::Map::new();
    for (name, path, n_rows, writer) in parts {
        writer.finish()?;
        output.text(&format!("wrote {} rows to `{}`", output::count(n_rows), path.display()))?;
        written.insert(name.to_owned(), json!({ "path": path.display().to_string(), "rows": n_rows }));
    }
    output.json_document(&json!({
        "method": arguments.split.split.name(), "seed": arguments.split.seed, "test_size": arguments.split.test_size,
        "train": written["train"], "test": written["test"],
    }))
}

/// All rows in one batch. Files of different types (a CSV beside a Parquet file) become text.
fn concat(batches: &[RecordBatch]) -> Result<RecordBatch, Failure> {
    let schema = batches[0].schema();
    if batches.iter().all(|batch| batch.schema().fields() == schema.fields()) {
        return concat_batches(&schema, batches).map_err(|error| unexpected(&error));
    }
    let as_text = |batch: &RecordBatch| -> Result<RecordBatch, Failure> {
        let names = batch.schema();
        let columns = names.fields().iter().zip(batch.columns()).map(|(field, column)| {
            let text = text_column(column)
                .map_err(|problem| Failure::outcome(format!("column `{}` has {problem}", field.name()), None))?;
            Ok((field.name().clone(), std::sync::Arc::new(text) as arrow::array::ArrayRef))
        });
        let columns: Vec<_> = columns.collect::<Result<_, Failure>>()?;
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .map_err(|error| unexpected(&error))
    };
    let texts: Vec<RecordBatch> = batches.iter().map(as_text).collect::<Result<_, _>>()?;
    concat_batches(&texts[0].schema(), &texts).map_err(|error| unexpected(&error))
}

fn unexpected(error: &arrow::error::ArrowError) -> Failure {
    Failure::outcome(format!("the rows cannot be put together: {error}"), None)
}

//! From files to coded rows and designs: what training, splitting and evaluating have in common.

use std::path::PathBuf;

use assist_data::{BatchLabels, CategoricalRole, LabelRole, NumericRole, Reader, Schema, SchemaFile, Table};
use assist_data::{Part, Selection, sklearn_split};
use assist_features::{Encoded, Encoder, MissingPolicy};
use assist_score::FeatureSpace;

use crate::args::{RoleArguments, SplitMethod, SplitOptions};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;

/// What the user says about the columns.
pub(crate) fn schema_file(arguments: &RoleArguments) -> Result<SchemaFile, Failure> {
    Ok(match &arguments.schema {
        Some(path) => SchemaFile::read(path)?,
        None => SchemaFile {
            target: arguments.target.clone(),
            positive: arguments.positive.clone(),
            drop: arguments.drop.clone(),
            ..SchemaFile::default()
        },
    })
}

/// Opens the files of an option.
pub(crate) fn open(files: &[PathBuf]) -> Result<Table, Failure> {
    if files.len() > 1 && files.iter().any(|file| file.as_os_str() == "-") {
        return Err(Failure::usage("standard input cannot be one of several files", "give `-` alone".to_owned()));
    }
    Ok(Table::open(files)?)
}

/// Reads all rows. `known_labels` are those of a model, negative first.
pub(crate) fn encode(
    table: &Table,
    schema: &Schema,
    policy: MissingPolicy,
    known_labels: Option<[&str; 2]>,
    output: Output,
) -> Result<Encoded, Failure> {
    let mut reader = Reader::new(table, schema)?;
    if let Some([negative, positive]) = known_labels {
        reader = reader.with_known_labels(negative, positive);
    }
    let mut encoder = Encoder::new(schema, policy);
    let progress = Progress::rows(output, "reading", None);
    for batch in reader.by_ref() {
        let batch = batch?;
        encoder.push(&batch)?;
        progress.add(match &batch.labels {
            BatchLabels::Single(labels) => labels.len(),
            BatchLabels::Counts(counts) => counts.len(),
            _ => 0,
        });
    }
    drop(progress);
    let stated = match &schema.label {
        LabelRole::Column { positive, .. } | LabelRole::Counts { positive, .. } => positive.as_deref(),
        _ => None,
    };
    Ok(encoder.finish(&reader, known_labels.map(|[_, positive]| positive).or(stated))?)
}

/// Observations of the training and of the test part.
pub(crate) fn split(classes: &[u8], options: SplitOptions) -> Result<(Vec<u32>, Vec<u32>), Failure> {
    match options.split {
        SplitMethod::Sklearn => {
            let split = sklearn_split(classes, options.test_size, options.seed)?;
            Ok((split.train, split.test))
        }
        SplitMethod::Selection => {
            let ones = classes.iter().filter(|class| **class == 1).count() as u64;
            let counts = [classes.len() as u64 - ones, ones];
            let mut selection = Selection::new(counts, options.test_size, options.seed)?;
            let (mut train, mut test) = (Vec::new(), Vec::new());
            for (row, class) in (0..).zip(classes) {
                match selection.assign(*class) {
                    Part::Train => train.push(row),
                    Part::Test => test.push(row),
                }
            }
            Ok((train, test))
        }
    }
}

/// The schema of a table that a model is to read: the columns of its feature space. With `strict`, values that it would
/// reject are errors with their place.
pub(crate) fn schema_of_model(space: &FeatureSpace, counts: bool, strict: bool) -> Schema {
    let numeric = space.numeric.iter().map(|column| {
        let role = NumericRole { min: column.min, max: column.max, integer: column.integer, unit: column.unit.clone() };
        (column.name.clone(), if strict { role } else { NumericRole::default() })
    });
    let categorical = space.categorical.iter().map(|column| {
        let levels = strict.then(|| column.levels.clone());
        (column.name.clone(), CategoricalRole { levels, reference: None })
    });
    let name = space.target.name.clone();
    Schema {
        // Counts are by label where the labels are 0 and 1; else `n1` is the positive class.
        label: if counts {
            LabelRole::Counts { name, positive: (space.target.positive == "0").then(|| "0".to_owned()) }
        } else {
            LabelRole::Column { name, positive: None }
        },
        dropped: Vec::new(),
        numeric: numeric.collect(),
        categorical: categorical.collect(),
    }
}

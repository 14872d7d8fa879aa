//! From files to observations and splits: what training, splitting and evaluating have in common.

use std::path::PathBuf;

use assist_data::{Bits, Selection, Subset, TestRows, sklearn_split, sklearn_test_rows, stratified_folds};
use assist_data::{CategoricalRole, LabelRole, NumericRole, Schema, SchemaFile, Table};
use assist_features::{Design, Encoded, LabelScan, MissingPolicy};
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

/// Works with so many threads from now on. Results do not depend on their number.
pub(crate) fn use_threads(threads: Option<u16>) -> Result<(), Failure> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().map_err(|error| Failure::outcome(format!("no threads: {error}"), None))?;
    }
    Ok(())
}

/// The first pass over a table. `known_labels` are those of a model, negative first.
pub(crate) fn observe<'a>(
    table: &'a Table,
    schema: &'a Schema,
    policy: MissingPolicy,
    known_labels: Option<[&str; 2]>,
    output: Output,
) -> Result<LabelScan<'a>, Failure> {
    let _progress = Progress::spinner(output, "reading labels");
    Ok(LabelScan::read(table, schema, policy, known_labels)?)
}

/// Which observations are test rows.
pub(crate) fn test_rows(observations: &LabelScan<'_>, options: SplitOptions) -> Result<TestRows, Failure> {
    let counts = observations.label_counts();
    Ok(match options.split {
        SplitMethod::Sklearn => sklearn_test_rows(counts, options.test_size, options.seed)?,
        SplitMethod::Selection => {
            let mut selection = Selection::new(counts, options.test_size, options.seed)?;
            let mut of_class = [Bits::default(), Bits::default()];
            observations.for_each_label(|label| {
                of_class[usize::from(label)].push(selection.assign(label) == Subset::Test);
            });
            TestRows::new(of_class)
        }
    })
}

/// The second pass: the training and the test part, coded.
pub(crate) fn encode(
    observations: &LabelScan<'_>,
    test_rows: &TestRows,
    output: Output,
) -> Result<[Encoded; 2], Failure> {
    let _progress = Progress::spinner(output, "reading rows");
    Ok(observations.encode(test_rows)?)
}

/// What a model is trained with. With `bins` numeric columns are cut where the labels of the rows ask for it.
pub(crate) fn learn_space(train: &Encoded, bins: bool) -> Result<FeatureSpace, Failure> {
    Ok(if bins { train.learn_space_with_bins()? } else { train.learn_space()? })
}

/// The training rows in folds, coded: those of scikit-learn's `StratifiedKFold(n_folds, shuffle=True, random_state=seed)` over
/// the training rows in the table's order. The table is read once for each fold.
pub(crate) fn folds(
    observations: &LabelScan<'_>,
    test_rows: &TestRows,
    space: &FeatureSpace,
    n_folds: u8,
    seed: u32,
    output: Output,
) -> Result<Vec<Design>, Failure> {
    // Which observations of each class, in the table's order, are training rows.
    let mut seen = [0, 0];
    let mut is_training = [Vec::new(), Vec::new()];
    let mut first_class = None;
    observations.for_each_label(|label| {
        let class = usize::from(label);
        let is_train = !test_rows.is_test(class, seen[class]);
        seen[class] += 1;
        is_training[class].push(is_train);
        if is_train {
            first_class.get_or_insert(class);
        }
    });
    let counts = [0, 1].map(|class| is_training[class].iter().filter(|is_train| **is_train).count() as u64);
    let of_class = stratified_folds(counts, first_class.unwrap_or(0), n_folds, seed)?;
    let mut designs = Vec::new();
    for fold in 0..n_folds {
        let rows = [0, 1].map(|class| {
            let mut of_training = of_class[class].iter();
            let mut bits = Bits::default();
            for is_train in &is_training[class] {
                bits.push(*is_train && of_training.next() == Some(&fold));
            }
            bits
        });
        let [_, encoded] = encode(observations, &TestRows::new(rows), output)?;
        designs.push(encoded.design(space).design);
    }
    Ok(designs)
}

/// Rows of the training and of the test part, in the order in which the method gives them.
pub(crate) fn split(observations: &LabelScan<'_>, options: SplitOptions) -> Result<(Vec<u32>, Vec<u32>), Failure> {
    let mut labels = Vec::new();
    observations.for_each_label(|label| labels.push(label));
    match options.split {
        SplitMethod::Sklearn => {
            let split = sklearn_split(&labels, options.test_size, options.seed)?;
            Ok((split.train, split.test))
        }
        SplitMethod::Selection => {
            let mut selection = Selection::new(observations.label_counts(), options.test_size, options.seed)?;
            let (mut train, mut test) = (Vec::new(), Vec::new());
            for (row, label) in (0..).zip(labels) {
                match selection.assign(label) {
                    Subset::Training => train.push(row),
                    Subset::Test => test.push(row),
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

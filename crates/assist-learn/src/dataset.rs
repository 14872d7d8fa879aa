//! From a table to coded training and test rows: what every command that learns begins with.

use assist_data::Error::{TooFewOfClass, TooFewRows};
use assist_data::{
    Bits, CategoricalRole, LabelRole, NumericRole, Schema, Selection, Subset, Table, TestRows, sklearn_test_rows,
    stratified_folds,
};
use assist_features::{Design, Encoded, LabelScan, MissingPolicy};
use assist_score::{FeatureSpace, Model};

use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::settings::{Settings, SplitMethod, SplitSettings};

/// A table whose rows are split and coded.
pub(crate) struct Dataset<'a> {
    pub(crate) labels: LabelScan<'a>,
    pub(crate) test_rows: TestRows,
    pub(crate) train: Encoded,
    pub(crate) test: Encoded,
    /// Learnt on the training rows.
    pub(crate) space: FeatureSpace,
    /// What was missing in the table.
    pub(crate) read: ReadReport,
}

impl<'a> Dataset<'a> {
    /// Reads a table twice: its labels, of which the split is made, then its rows. `schema` is that of the settings.
    pub(crate) fn read(
        table: &'a Table,
        schema: &'a Schema,
        settings: &Settings,
        watch: Watch<'_>,
    ) -> Result<Self, Error> {
        let labels = scan(table, schema, settings.missing, None, watch)?;
        let test_rows = test_rows(&labels, settings.split).map_err(|error| because_of_missing_cells(error, &labels))?;
        let [train, test] = encode(&labels, &test_rows, watch)?;
        let space = if settings.fit.bins { train.learn_space_with_bins()? } else { train.learn_space()? };
        let read = ReadReport::new(&labels, &[&train, &test]);
        Ok(Self { labels, test_rows, train, test, space, read })
    }

    /// The training rows in folds, coded: those of scikit-learn's `StratifiedKFold(n_folds, shuffle=True,
    /// random_state=seed)` over the training rows in the table's order. The table is read once for each fold.
    pub(crate) fn folds(&self, n_folds: u8, seed: u32, watch: Watch<'_>) -> Result<Vec<Design>, Error> {
        // Which observations of each class, in the table's order, are training rows.
        let mut seen = [0, 0];
        let mut is_training = [Vec::new(), Vec::new()];
        let mut first_class = None;
        self.labels.for_each_label(|label| {
            let class = usize::from(label);
            let is_train = !self.test_rows.is_test(class, seen[class]);
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
            let [_, encoded] = encode(&self.labels, &TestRows::new(rows), watch)?;
            designs.push(encoded.design(&self.space).design);
        }
        Ok(designs)
    }
}

/// A table that is too small for a split because rows were left out is said to be so.
fn because_of_missing_cells(error: Error, labels: &LabelScan<'_>) -> Error {
    match &error {
        Error::Data(TooFewOfClass(_) | TooFewRows { .. }) => labels.left_out_too_many().map_or(error, Error::from),
        _ => error,
    }
}

/// Refuses a model whose rows have no design: its terms are more than those of its columns.
pub(crate) fn columns_alone(model: &Model) -> Result<(), Error> {
    if model.space().additional.is_empty() { Ok(()) } else { Err(Error::AdditionalTerms) }
}

/// The first pass over a table. `known_labels` are those of a model, negative first.
pub(crate) fn scan<'a>(
    table: &'a Table,
    schema: &'a Schema,
    missing: MissingPolicy,
    known_labels: Option<[&str; 2]>,
    watch: Watch<'_>,
) -> Result<LabelScan<'a>, Error> {
    tell(watch, Stage::ReadingLabels, 0)?;
    Ok(LabelScan::read(table, schema, missing, known_labels)?)
}

/// Which observations are test rows.
pub(crate) fn test_rows(labels: &LabelScan<'_>, split: SplitSettings) -> Result<TestRows, Error> {
    let counts = labels.label_counts();
    Ok(match split.method {
        SplitMethod::Sklearn => sklearn_test_rows(counts, split.test_size, split.seed)?,
        SplitMethod::Selection => {
            let mut selection = Selection::new(counts, split.test_size, split.seed)?;
            let mut of_class = [Bits::default(), Bits::default()];
            labels.for_each_label(|label| {
                of_class[usize::from(label)].push(selection.assign(label) == Subset::Test);
            });
            TestRows::new(of_class)
        }
    })
}

/// The second pass: the training and the test rows, coded.
pub(crate) fn encode(labels: &LabelScan<'_>, test_rows: &TestRows, watch: Watch<'_>) -> Result<[Encoded; 2], Error> {
    tell(watch, Stage::ReadingRows, 0)?;
    Ok(labels.encode(test_rows)?)
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

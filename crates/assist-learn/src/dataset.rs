//! From a table to coded training and test rows: what every command that learns begins with.

use assist_data::Error::{TooFewOfClass, TooFewRows};
use assist_data::{
    Bits, CategoricalRole, DateReading, LabelRole, ModelReadings, NumericRole, Schema, Selection, Subset, Table,
    TestRows, label_reading, sklearn_test_rows, stratified_folds,
};
use assist_features::{Design, Encoded, LabelScan, MissingPolicy};
use assist_score::{
    CategoricalColumn, Derived, FeatureSpace, MISSING_LEVEL, Model, Reading, canonical_level, is_missing_marker,
    truth_value,
};

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
        let train = train.with_rare(Settings::rare_levels(settings.rare));
        let space = if settings.fit.bins { train.learn_space_with_bins()? } else { train.learn_space()? };
        let read = ReadReport::new(table, schema, &stated_na(table, settings)).with_missing(&labels, &[&train, &test]);
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

/// The texts that were stated to stand for missing cells.
pub(crate) fn stated_na(table: &Table, settings: &Settings) -> Vec<String> {
    [table.options().na.as_slice(), &settings.roles.table.na].concat()
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

/// The schema of a table that a model is to read: the columns of its feature space, read as the model says and the table is
/// written. With `strict`, values that it would reject are errors with their place.
pub(crate) fn schema_of_model(model: &Model, table: &Table, counts: bool, strict: bool) -> Result<Schema, Error> {
    let (space, options) = (model.space(), table.options());
    let readings = readings_of_model(model, &options.na);
    let names: Vec<&str> = space.numeric.iter().map(|column| column.name.as_str()).collect();
    let readings = readings.for_table(table, &names)?;
    let numeric = space.numeric.iter().zip(readings.numbers).map(|(column, reading)| {
        let role = if strict {
            let (min, max, integer, unit) = (column.min, column.max, column.integer, column.unit.clone());
            NumericRole { min, max, integer, unit, reading, ..NumericRole::default() }
        } else {
            NumericRole { reading, ..NumericRole::default() }
        };
        (column.name.clone(), role)
    });
    let categorical = space.categorical.iter().zip(readings.levels).map(|(column, reading)| {
        // An artifact of an older program may have another spelling of them.
        let canonical = |level: &String| canonical_level(level).into_owned();
        let levels = (strict && column.rare.is_none()).then(|| column.levels.iter().map(canonical).collect());
        (column.name.clone(), CategoricalRole { levels, reference: None, reading })
    });
    let name = space.target.name.clone();
    // Counts are by label where the labels are 0 and 1; else `n1` is the positive class.
    let label = if counts {
        LabelRole::Counts { name, positive: (space.target.positive == "0").then(|| "0".to_owned()) }
    } else {
        let na = [model.reading().na.as_slice(), &options.na].concat();
        let mut reading = label_reading(table, &name, na.into())?;
        let labels = [&space.target.negative, &space.target.positive];
        reading.is_truth = labels.iter().all(|label| truth_value(label).is_some());
        reading.weak_markers &= !labels.iter().any(|label| is_missing_marker(label));
        LabelRole::Column { name, positive: None, reading }
    };
    Ok(Schema::new(label, numeric.collect(), categorical.collect()))
}

/// How the columns of a model are read, whatever table they are in.
pub(crate) fn readings_of_model(model: &Model, na: &[String]) -> ModelReadings {
    let space = model.space();
    let names: Vec<&str> = space.numeric.iter().map(|column| column.name.as_str()).collect();
    let is_truth = |column: &CategoricalColumn| {
        let levels = column.levels.iter().filter(|level| level.as_str() != MISSING_LEVEL);
        levels.clone().count() > 0 && levels.clone().all(|level| truth_value(level).is_some())
    };
    let categorical: Vec<(&str, bool)> =
        space.categorical.iter().map(|column| (column.name.as_str(), is_truth(column))).collect();
    ModelReadings::recorded(&names, &categorical, model.reading(), na)
}

/// What a model records of how its table was read.
pub(crate) fn reading_of(schema: &Schema, na: &[String]) -> Reading {
    let styled = schema.numeric.iter().filter(|(_, role)| !role.reading.style.is_plain());
    let derived = |name: &str, date: Option<&DateReading>| {
        date.map(|date| Derived {
            name: name.to_owned(),
            source: date.source.clone(),
            part: date.part.to_string(),
            form: date.form.clone(),
        })
    };
    let numeric = schema.numeric.iter().filter_map(|(name, role)| derived(name, role.reading.date.as_ref()));
    let categorical = schema.categorical.iter().filter_map(|(name, role)| derived(name, role.reading.date.as_ref()));
    Reading {
        na: na.to_vec(),
        numbers: styled.map(|(name, role)| (name.clone(), role.reading.style)).collect(),
        derived: numeric.chain(categorical).collect(),
        left_out: schema.left_out.iter().map(|left| (left.column.clone(), left.reason.to_string())).collect(),
    }
}

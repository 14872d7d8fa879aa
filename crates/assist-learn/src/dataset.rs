//! From a table to coded training and test rows: what every command that learns begins with.

use assist_data::Error::{TooFewOfClass, TooFewRows};
use assist_data::{
    CategoricalRole, DateReading, DecidedBy, GroupRole, GroupTotals, LabelReading, LabelRole, ModelReadings,
    NumericRole, Schema, Table, label_reading,
};
use assist_features::{Design, Encoded, LabelScan, MissingPolicy};
use assist_score::{
    CategoricalColumn, Derived, FeatureSpace, MISSING_LEVEL, Model, NumericColumn, Reading, Term, canonical_level,
    is_missing_marker, truth_value,
};

use crate::cross_validation::Folds;
use crate::division::{Division, FoldRows, GroupsReport, TimeReport};
use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::settings::Settings;

/// A table whose rows are split and coded.
pub(crate) struct Dataset<'a> {
    pub(crate) labels: LabelScan<'a>,
    pub(crate) division: Division,
    /// The groups of the rows, where they are grouped.
    pub(crate) groups: Option<GroupsReport>,
    /// The times of the rows, where they are divided by these.
    pub(crate) times: Option<TimeReport>,
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
        let division =
            Division::draw(&labels, settings.split).map_err(|error| because_of_missing_cells(error, &labels))?;
        let [train, test] = division.encode(&labels, watch)?;
        let column = schema.group.as_ref().map(|group| group.column.as_str());
        let groups = Division::report(&labels, column, [&train, &test]);
        let times = division.time_report(schema.time.as_ref());
        let train = train.with_rare(Settings::rare_levels(settings.rare));
        let space = settings.fit.learn_space(&train)?;
        let read = ReadReport::new(table, schema, &stated_na(table, settings)).with_labels(&labels, &[&train, &test]);
        Ok(Self { labels, division, groups, times, train, test, space, read })
    }

    /// The training rows in folds, coded. The table is read once for each fold, and once more where not all of its rows judge
    /// what was learnt before it.
    pub(crate) fn folds(&self, n_folds: u8, seed: u32, watch: Watch<'_>) -> Result<Folds, Error> {
        let coded = |rows: Vec<Division>| -> Result<Vec<Design>, Error> {
            let design = |rows: Division| {
                let [_, encoded] = rows.encode(&self.labels, watch)?;
                Ok(encoded.design(&self.space).design)
            };
            rows.into_iter().map(design).collect()
        };
        let FoldRows { parts, judged } = self.division.folds(&self.labels, n_folds, seed)?;
        Ok(Folds::new(coded(parts)?, judged.map(coded).transpose()?))
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

/// Refuses a model whose rows have no design: of a number that is cut into bins it has a curve as well.
pub(crate) fn check_terms(model: &Model) -> Result<(), Error> {
    let space = model.space();
    let is_binned = |column: usize| space.numeric.get(column).is_some_and(NumericColumn::is_binned);
    let is_of_bins = |factor: &Term| match factor {
        Term::Slope { column, .. } | Term::Basis { column, .. } => is_binned(*column),
        _ => false,
    };
    let is_fitted = !space.additional.iter().flat_map(Term::factors).any(is_of_bins);
    if is_fitted { Ok(()) } else { Err(Error::CurveOfBins) }
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
    let labels = LabelScan::read(table, schema, missing, known_labels)?;
    // What groups rows unasked was judged by the first of them.
    let is_unasked = schema.group.as_ref().is_some_and(|group| group.decided_by == DecidedBy::Detection);
    let is_borne_out = labels.groups().is_some_and(GroupTotals::are_like_users);
    Ok(if is_unasked && !is_borne_out { labels.without_groups() } else { labels })
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
        LabelRole::Counts { name, positive: (space.target.positive == "0").then(|| "0".to_owned()), negative: None }
    } else {
        LabelRole::Column { name, positive: None, reading: labels_of_model(model, table)? }
    };
    Ok(Schema::new(label, numeric.collect(), categorical.collect()))
}

/// How the labels of a table are read that a model is to be judged by.
pub(crate) fn labels_of_model(model: &Model, table: &Table) -> Result<LabelReading, Error> {
    let target = &model.space().target;
    let na = [model.reading().na.as_slice(), &table.options().na].concat();
    let mut reading = label_reading(table, &target.name, na.into())?;
    let labels = [&target.negative, &target.positive];
    reading.is_truth = labels.iter().all(|label| truth_value(label).is_some());
    reading.weak_markers &= !labels.iter().any(|label| is_missing_marker(label));
    Ok(reading)
}

/// The column by which the rows of a table are grouped that a model is to read.
pub(crate) fn group_of_model(model: &Model, table: &Table, column: &str) -> Result<GroupRole, Error> {
    if !table.columns().iter().any(|name| name == column) {
        return Err(table.missing_column(column).into());
    }
    let na = [model.reading().na.as_slice(), &table.options().na].concat();
    Ok(GroupRole::new(column, na.into()))
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
        ..Reading::default()
    }
}

//! A fit to columns in memory as they are given: no split, no guess of what a column is, and none left out. For callers who
//! divide and judge rows themselves.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Fields};
use assist_data::{
    CategoricalRole, GroupRole, LabelReading, LabelRole, LevelReading, NumberReading, NumericRole, Schema, Table,
};
use assist_features::LabelScan;
use assist_score::{Model, Target};

use crate::converged::check_converged;
use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::settings::Settings;
use crate::training_profile::training_profile;
use crate::warning::{Warning, few_groups};

/// The columns of a fit that are no features.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnRoles {
    /// The column of the classes, whole numbers 0 and 1.
    pub classes: String,
    /// What the target and its labels are called in the model.
    pub target: Target,
    /// The column of what each row weighs.
    pub weight: Option<String>,
    /// The column whose equal values make rows one group.
    pub group: Option<String>,
}

/// A model of columns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FittedColumns {
    /// The model.
    pub model: Model,
    /// Whether the classes are separated, so that without a penalty there is no optimum.
    pub is_separated: bool,
    /// What its evidence has to be taken with.
    pub warnings: Vec<Warning>,
}

/// Fits a logistic regression to all rows of record batches, under a name for messages. A column of numbers is a number, one of
/// texts, truth values or categories has levels; a constant has the coefficient 0.
///
/// Of the settings those of the fit are taken, what becomes of missing cells, of rare levels and of a fit that did not converge.
///
/// # Errors
///
/// A setting out of range; a column of another type; a row that cannot be used; a fit that did not converge, unless that is
/// allowed; [`Error::Cancelled`].
pub fn fit_columns(
    name: &str,
    batches: Vec<RecordBatch>,
    roles: &ColumnRoles,
    settings: &Settings,
    watch: Watch<'_>,
) -> Result<FittedColumns, Error> {
    settings.check()?;
    let fields = batches.first().map(|batch| batch.schema().fields().clone()).unwrap_or_default();
    let table = Table::from_batches(name, batches)?;
    let schema = schema_of(&fields, roles)?;
    tell(watch, Stage::ReadingRows, 0)?;
    let labels = LabelScan::read(&table, &schema, settings.missing, None)?;
    let rows = labels.encode_all()?.with_rare(Settings::rare_levels(settings.rare));
    let mut space = settings.fit.learn_space(&rows)?;
    space.target = roles.target.clone();
    let design = rows.design(&space).design;
    tell(watch, Stage::Fitting, 0)?;
    let fit = settings.fit.regression().with_constants_at_zero(true).fit(&design)?;
    check_converged(settings, &fit)?;
    let evidence = fit.model.parameters().inference.evidence.as_ref();
    let scarce = evidence.filter(|evidence| evidence.is_scarce()).map(|evidence| Warning::FewRowsAParameter {
        smaller_class: evidence.smaller_class,
        parameters: evidence.n_parameters,
        form: fit.model.space().form,
    });
    let groups =
        labels.groups().filter(|_| evidence.is_some()).and_then(|groups| few_groups(groups.groups().len() as u64));
    let warnings = scarce.into_iter().chain(groups).collect();
    let profile = training_profile(&fit.model, &design);
    let model = fit.model.with_training_profile(Some(profile));
    Ok(FittedColumns { is_separated: fit.report.is_separated, warnings, model })
}

/// What each column is by its type.
fn schema_of(fields: &Fields, roles: &ColumnRoles) -> Result<Schema, Error> {
    let (mut numeric, mut categorical) = (Vec::new(), Vec::new());
    let is_feature = |name: &str| {
        name != roles.classes && roles.weight.as_deref() != Some(name) && roles.group.as_deref() != Some(name)
    };
    for field in fields.iter().filter(|field| is_feature(field.name())) {
        let name = field.name().clone();
        match field.data_type() {
            kind if kind.is_numeric() => numeric.push((name, NumericRole::default())),
            DataType::Boolean => {
                let reading = LevelReading { is_truth: true, ..LevelReading::default() };
                categorical.push((name, CategoricalRole { reading, ..CategoricalRole::default() }));
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                categorical.push((name, CategoricalRole::default()));
            }
            other => return Err(Error::NoFeature { column: name, found: other.to_string() }),
        }
    }
    let label = LabelRole::Column {
        name: roles.classes.clone(),
        positive: Some("1".to_owned()),
        reading: LabelReading::default(),
    };
    let weight = roles.weight.clone().map(|name| (name, NumericRole::of_weights(NumberReading::default())));
    let group = roles.group.clone().map(|name| GroupRole::new(name, [].into()));
    let mut schema = Schema::new(label, numeric, categorical);
    (schema.weight, schema.group) = (weight, group);
    Ok(schema)
}

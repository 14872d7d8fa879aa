//! Inspection: what the columns hold, and whether the label is a formula of them.

use assist_audit::{Audit, CodedRows, Profile, Role, audit, profile};
use assist_data::Error::{Groups, Times, TooFewOfClass, TooFewRows};
use assist_data::Table;
use assist_features::{Encoded, MissingPolicy};
use assist_score::Target;
use serde::{Deserialize, Serialize};

use crate::dataset::{scan, stated_na};
use crate::division::Division;
use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::settings::Settings;
use crate::split_method::DivisionFault;
use crate::train_report::FORMAT_VERSION;
use crate::warning::Warning;

/// A table in figures, and the audit of its label.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inspection {
    /// What the columns hold.
    #[serde(flatten)]
    pub profile: Profile,
    /// The version of these keys.
    pub format_version: u32,
    /// The label's column.
    pub target: String,
    /// The label that is class 1.
    pub positive: String,
    /// Whether the label is a formula of the columns.
    pub label_audit: Audit,
    /// The label that is class 0.
    #[serde(default)]
    pub negative: String,
    /// What was found out about the table.
    #[serde(default)]
    pub read: ReadReport,
    /// A schema file that leads to the very same roles, as text to be edited.
    #[serde(skip)]
    pub schema: String,
    /// What the figures have to be taken with.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// Looks at a table. Of the settings, roles, counts and split are looked at: rules are sought on the rows that a training
/// would learn from, and put to all.
///
/// # Errors
///
/// Whatever is wrong with the table; missing cells are a finding here, not a fault.
pub fn inspect(table: &Table, settings: &Settings, watch: Watch<'_>) -> Result<Inspection, Error> {
    settings.check()?;
    let settings = &settings.for_table(table)?;
    let schema = settings.schema(table)?;
    let labels = scan(table, &schema, MissingPolicy::Auto, None, watch)?;
    let mut warnings = Vec::new();
    // A table that is too small for a split can still be looked at; there are no unseen rows and no control then.
    let division = match Division::draw(&labels, settings.split) {
        Err(Error::Data(error @ (TooFewOfClass(_) | TooFewRows { .. } | Groups(_) | Times(_)))) => {
            warnings.push(Warning::NoTestRows(error.to_string()));
            Division::none()
        }
        Err(Error::Division(fault @ DivisionFault::ClassOnOneSide { .. })) => {
            warnings.push(Warning::NoTestRows(fault.to_string()));
            Division::none()
        }
        division => division?,
    };
    let [train, test] = division.encode(&labels, watch)?;
    let read = ReadReport::new(table, &schema, &stated_na(table, settings)).with_labels(&labels, &[&train, &test]);
    warnings.extend(division.time_report(schema.time.as_ref()).and_then(|times| times.warning()));
    warnings.extend(read.warnings());
    let space = Encoded::learn_joint_space(&[&train, &test])?;
    let (train, test) = (train.design(&space).design, test.design(&space).design);
    let rows = CodedRows::new(&space, &train, &test);
    let mut profile = profile(&space, &rows);
    for target in profile.columns.iter_mut().filter(|column| column.role == Role::Target) {
        target.missing = Some(read.rows_without_label);
    }
    tell(watch, Stage::AuditingLabel, 0)?;
    let label_audit = audit(&rows, &train, &test)?;
    let Target { name, negative, positive } = space.target;
    let (format_version, target) = (FORMAT_VERSION, name);
    let mut file = schema.as_file(table, &positive);
    // That nothing groups the rows was stated, and would else be found otherwise.
    file.group = file.group.or_else(|| settings.roles.group.clone());
    let schema = file.to_toml(&schema).map_err(Error::SchemaFit)?;
    Ok(Inspection { profile, format_version, target, positive, label_audit, negative, read, schema, warnings })
}

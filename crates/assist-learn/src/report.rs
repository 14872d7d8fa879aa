//! The report: the page and the model card of a model, on the rows that it was trained and tested on.

use std::path::{Path, PathBuf};

use assist_audit::{CodedRows, ColumnProfile, profile};
use assist_data::{Table, WholeFile};
use assist_features::Encoded;
use assist_report::{Coefficient as ReportedCoefficient, Report};
use assist_score::Model;
use serde::{Deserialize, Serialize};

use crate::coefficients::{Coefficient, coefficients};
use crate::compare::{CompareSettings, Trial};
use crate::dataset::{encode, scan, schema_of_model, test_rows};
use crate::error::Error;
use crate::progress::Watch;
use crate::settings::SplitSettings;
use crate::train_report::TrainReport;

/// A report as text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Pages {
    /// One HTML file with everything in it.
    pub html: String,
    /// The model card, as Markdown.
    pub model_card: String,
    /// What both tell of.
    pub trial: Trial,
}

/// Where a report was written, and what it tells of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrittenReport {
    /// What it tells of.
    #[serde(flatten)]
    pub trial: Trial,
    /// The page.
    pub report: PathBuf,
    /// The model card.
    pub model_card: PathBuf,
}

impl Pages {
    /// Writes the page, and the model card as `model_card.md` beside it.
    ///
    /// # Errors
    ///
    /// The operating system's, with the path.
    pub fn write(self, page: &Path) -> Result<WrittenReport, Error> {
        let card = page.with_file_name("model_card.md");
        WholeFile::write(page, self.html.as_bytes())?;
        WholeFile::write(&card, self.model_card.as_bytes())?;
        Ok(WrittenReport { trial: self.trial, report: page.to_owned(), model_card: card })
    }
}

/// Makes the report of a model. `trained` is the report of its training, and `table` the table that it was trained on, whose
/// rows are split again as they were.
///
/// # Errors
///
/// The training report of another model; another table; as [`compare`](crate::compare()).
pub fn report(
    model: &Model,
    trained: &TrainReport,
    table: &Table,
    settings: &CompareSettings,
    watch: Watch<'_>,
) -> Result<Pages, Error> {
    let model_id = model.pair_id()?.to_string();
    if trained.model_id != model_id {
        return Err(Error::OtherTrainReport);
    }
    let (space, data) = (model.space(), &trained.data);
    // What the model rejects is left out, as in training.
    let schema = schema_of_model(space, data.counts, false);
    let names = [space.target.negative.as_str(), space.target.positive.as_str()];
    let labels = scan(table, &schema, data.missing, (!data.counts).then_some(names), watch)?;
    let found = labels.class_counts();
    if found != data.class_counts {
        return Err(Error::OtherTable { table: table.name(), trained: data.class_counts, found });
    }
    let split =
        SplitSettings { method: trained.split.method, test_size: trained.split.test_size, seed: trained.split.seed };
    let test_rows = test_rows(&labels, split)?;
    let [train, test] = encode(&labels, &test_rows, watch)?;

    let of_all = Encoded::learn_joint_space(&[&train, &test])?;
    let rows = CodedRows::new(&of_all, &train.clone().design(&of_all).design, &test.clone().design(&of_all).design);
    let mut profile = profile(&of_all, &rows);
    profile.columns.extend(space.dropped.iter().cloned().map(ColumnProfile::dropped));
    drop(rows);
    let (trial, test_scores) = Trial::hold(model, [train, test], settings.comparison(split.seed), watch)?;
    let coefficients: Vec<ReportedCoefficient> =
        coefficients(model).features.into_iter().filter_map(for_report).collect();
    let report = Report {
        table: &table.name(),
        model,
        model_id: &model_id,
        version: env!("CARGO_PKG_VERSION"),
        split: &format!("{}, seed {}", split.method, split.seed),
        profile: &profile,
        audit: &trial.label_audit,
        comparison: &trial.comparison,
        test_scores: &test_scores,
        findings: &trial.findings,
        coefficients: &coefficients,
        warnings: &trained.warnings,
    };
    let (html, model_card) = (report.html(), report.model_card());
    Ok(Pages { html, model_card, trial })
}

/// The coefficient of a feature for a report; the intercept is none.
fn for_report(coefficient: Coefficient) -> Option<ReportedCoefficient> {
    Some(ReportedCoefficient {
        feature: coefficient.feature?,
        value: coefficient.value,
        interval: coefficient.uncertainty.map(|of| [of.ci_low, of.ci_high]),
        p_value: coefficient.uncertainty.map(|of| of.p_value),
    })
}

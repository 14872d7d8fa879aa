//! The report: the page and the model card of a model, on the rows that it was trained and tested on.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use assist_audit::{CandidateKind, CodedRows, ColumnProfile, profile};
use assist_data::{Schema, SchemaFile, Table, TableOptions, WholeFile, is_outlet};
use assist_features::{AddedTerms, Design, Encoded};
use assist_model::LogisticRegression;
use assist_report::{Coefficient as ReportedCoefficient, InfluentialRow, Report};
use assist_score::{FeatureSpace, Form, Model};
use serde::{Deserialize, Serialize};

use crate::all_rows;
use crate::coefficients::{Coefficient, coefficients};
use crate::compare::{CompareSettings, ComparisonReport, OnTrial};
use crate::dataset::{check_terms, group_of_model, scan, schema_of_model};
use crate::division::Division;
use crate::effects::{curves, interactions};
use crate::error::Error;
use crate::evaluated::{Detail, evaluated};
use crate::forms::{FormReport, judging, over_columns, regression_of};
use crate::influence::influential_rows;
use crate::levels;
use crate::paths::lossy;
use crate::progress::Watch;
use crate::read_report::ReadReport;
use crate::settings::{FitSettings, Settings, SplitSettings};
use crate::train_report::TrainReport;
use crate::training_folds::training_folds;

/// The usual name of a page, in the folder of its model.
pub const PAGE_FILE: &str = "report.html";
/// The name of a model card, which is beside its page.
pub const CARD_FILE: &str = "model_card.md";

/// A report as text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Pages {
    /// One HTML file with everything in it.
    pub html: String,
    /// The model card, as Markdown.
    pub model_card: String,
    /// The training rows that move the fit most.
    pub influential_rows: Vec<InfluentialRow>,
    /// What both tell of.
    pub comparison: ComparisonReport,
}

/// Where a report was written, and what it tells of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrittenReport {
    /// What it tells of.
    #[serde(flatten)]
    pub comparison: ComparisonReport,
    /// The training rows that move the fit most, the first ones most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub influential_rows: Vec<InfluentialRow>,
    /// The page.
    #[serde(serialize_with = "lossy")]
    pub report: PathBuf,
    /// The model card.
    #[serde(serialize_with = "lossy")]
    pub model_card: PathBuf,
}

impl Pages {
    /// Writes the page, and the model card as `model_card.md` beside it.
    ///
    /// # Errors
    ///
    /// A page where the model card will be, or that is a device or a pipe, which has no place beside it; the operating
    /// system's, with the path.
    pub fn write(self, page: &Path) -> Result<WrittenReport, Error> {
        let card = Self::card_beside(page)?;
        let whole = |path: &Path, text: &str| -> Result<WholeFile, Error> {
            let mut file = WholeFile::create(path)?;
            file.write_all(text.as_bytes())?;
            Ok(file)
        };
        // Neither appears before both are written.
        let files = [whole(page, &self.html)?, whole(&card, &self.model_card)?];
        files.into_iter().try_for_each(WholeFile::finish)?;
        Ok(WrittenReport {
            comparison: self.comparison,
            influential_rows: self.influential_rows,
            report: page.to_owned(),
            model_card: card,
        })
    }

    /// Where the model card of a page is written.
    ///
    /// # Errors
    ///
    /// A page where it will be, or that is a device or a pipe, which has no place beside it.
    pub fn card_beside(page: &Path) -> Result<PathBuf, Error> {
        let card = page.with_file_name(CARD_FILE);
        if card == page {
            return Err(Error::PageIsCard(card));
        }
        if is_outlet(page) {
            return Err(Error::PageIsOutlet(page.to_owned()));
        }
        Ok(card)
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
    trained.check_model(&model_id)?;
    settings.check()?;
    check_terms(model)?;
    if model.parameters().training.weighting.is_some() {
        return Err(Error::Unweighted("the report, whose comparison counts rows,"));
    }
    let (space, data) = (model.space(), &trained.data);
    // What the model rejects is left out, as in training.
    let points = kind_of_points(model.space().form);
    // A card or a rule is put beside models that see all columns.
    let mut schema = match points {
        Some(_) => schema_of_training(model, trained, table)?,
        None => schema_of_model(model, table, data.counts, false)?,
    };
    if let Some(groups) = &trained.split.groups {
        schema.group = Some(group_of_model(model, table, &groups.column)?);
    }
    if let Some(key) = &trained.split.key {
        let purpose = trained.split.key_purpose();
        schema.group = Some(group_of_model(model, table, key)?.for_purpose(purpose));
    }
    if let Some(times) = &trained.split.time {
        schema.time = Some(times.role(table)?);
    }
    let names = [space.target.negative.as_str(), space.target.positive.as_str()];
    let labels = scan(table, &schema, data.missing, (!data.counts).then_some(names), watch)?;
    let found = labels.class_counts();
    if found != data.class_counts {
        return Err(Error::OtherTable { table: table.name(), trained: data.class_counts, found });
    }
    let split =
        SplitSettings { method: trained.split.method, test_size: trained.split.test_size, seed: trained.split.seed };
    let division = Division::drawn_by(&labels, split)?;
    let [train, test] = division.encode(&labels, watch)?;
    let saved = model;
    let of_split = of_split(saved, trained, &train, points)?;
    // The same number of rows of each class in another order would put training rows among the test rows.
    let judging = judging(&of_split)?;
    let of_test = evaluated(&judging, &test.clone().design(judging.space()), Detail::Full(Some(0)));
    if of_test.metrics.confusion_matrix != trained.test.metrics.confusion_matrix
        || of_test.rejected_rows != trained.test.rejected_rows
    {
        return Err(Error::OtherRows(table.name()));
    }

    let (regression, model) = regression_beside(&of_split, &train)?;
    // A card or a rule has no fit that single rows could move.
    let influential = match points {
        Some(_) => Vec::new(),
        None => influential_rows(&model, &train.clone().design(model.space()).design),
    };
    let space = model.space();
    let disclosing = levels::disclosing(&train, if points.is_some() { saved.space() } else { space });
    let read = ReadReport::new(table, &schema, &table.options().na).with_labels(&labels, &[&train, &test]);
    // Levels that the training pooled are not named on the page either.
    let train = train.with_rare(Settings::rare_levels(data.rare));
    let of_all = Encoded::learn_joint_space(&[&train, &test])?;
    let rows = CodedRows::new(&of_all, &train.clone().design(&of_all).design, &test.clone().design(&of_all).design);
    let mut profile = profile(&of_all, &rows);
    let is_profiled = |name: &String| profile.columns.iter().any(|column| column.name == *name);
    let dropped = saved.space().dropped.iter().filter(|name| !is_profiled(name)).cloned().map(ColumnProfile::dropped);
    let dropped: Vec<ColumnProfile> = dropped.collect();
    profile.columns.extend(dropped);
    drop(rows);
    let design = train.clone().design(space).design;
    let folds = training_folds(&labels, &division, &design, &regression, space, split.seed, watch)?;
    drop(design);
    let on_trial = OnTrial { model: &model, folds: &folds, points: points.map(|kind| (kind, of_split)) };
    let saved_is = points.unwrap_or(CandidateKind::LogisticRegression);
    let comparison = settings.comparison(split.seed).with_subject(saved_is);
    let (comparison, test_scores) = ComparisonReport::of_model(on_trial, [train, test], read, comparison, &[], watch)?;
    let coefficients: Vec<ReportedCoefficient> = match points {
        None => coefficients(saved).features.into_iter().filter_map(for_report).collect(),
        Some(_) => Vec::new(),
    };
    let intervals = trained.form.as_ref().map(FormReport::intervals);
    let report = Report {
        table: &table.name(),
        model: saved,
        all_rows: trained.all_rows.as_ref().map(|all| all.rows),
        model_id: &model_id,
        version: env!("CARGO_PKG_VERSION"),
        split: &trained.split.in_words(),
        profile: &profile,
        audit: &comparison.label_audit,
        comparison: &comparison.comparison,
        test_scores: &test_scores,
        probabilities: &of_test.metrics,
        fit: trained.fit_in_context.as_ref(),
        influential: &influential,
        findings: &comparison.findings,
        coefficients: &coefficients,
        intervals: intervals.as_ref(),
        curves: &curves(saved),
        interactions: &interactions(saved),
        disclosing: &disclosing,
        warnings: &trained.warnings,
    };
    let (html, model_card) = (report.html(), report.model_card());
    Ok(Pages { html, model_card, comparison, influential_rows: influential })
}

/// The logistic regression of a report, with what it was fitted by: the saved one, or beside a card or a rule one of all columns.
fn regression_beside(of_split: &Model, train: &Encoded) -> Result<(LogisticRegression, Model), Error> {
    if !of_split.space().form.has_points() {
        return Ok((regression_of(of_split), of_split.clone()));
    }
    let regression = FitSettings::default().regression();
    let space = FeatureSpace { form: Form::Logistic, ..of_split.space().without_cuts() };
    let fit = regression.fit(&train.clone().design(&space).design)?;
    Ok((regression, fit.model))
}

/// Which of the compared models a card or a rule is.
fn kind_of_points(form: Form) -> Option<CandidateKind> {
    match form {
        Form::Card => Some(CandidateKind::Card),
        Form::Rule => Some(CandidateKind::Rule),
        _ => None,
    }
}

/// The roles of the columns in the training of a card or a rule, which asks for some of them only.
fn schema_of_training(model: &Model, trained: &TrainReport, table: &Table) -> Result<Schema, Error> {
    let data = &trained.data;
    let is_there = |name: &&String| table.columns().contains(name);
    let roles = SchemaFile {
        target: Some(data.target.clone()),
        positive: Some(data.positive.clone()),
        drop: Some(data.dropped.iter().filter(is_there).cloned().collect()),
        keep: model.space().column_names().map(str::to_owned).collect(),
        group: Some("none".to_owned()),
        table: TableOptions { na: model.reading().na.clone(), ..TableOptions::default() },
        ..SchemaFile::default()
    };
    Ok(roles.resolve(table, data.counts)?)
}

/// The model that the figures of the split are those of: the saved one, or where that was fitted to all rows one of the training rows.
/// A card or a rule is one over all columns.
fn of_split(
    saved: &Model,
    trained: &TrainReport,
    train: &Encoded,
    points: Option<CandidateKind>,
) -> Result<Model, Error> {
    match (&trained.all_rows, points) {
        (Some(_), _) => all_rows::of_split(saved, trained, &of_training(train, trained)?),
        (None, Some(_)) => {
            let train = train.clone().with_rare(Settings::rare_levels(trained.data.rare));
            over_columns(saved, &train.learn_space()?)
        }
        (None, None) => Ok(saved.clone()),
    }
}

/// The design that the split's model was fitted to.
fn of_training(train: &Encoded, trained: &TrainReport) -> Result<Design, Error> {
    let train = train.clone().with_rare(Settings::rare_levels(trained.data.rare));
    let mut space = train.learn_space()?;
    for column in &mut space.numeric {
        column.cuts = trained.bins.as_ref().and_then(|bins| bins.get(&column.name)).cloned().unwrap_or_default();
    }
    let splines = trained.splines.keys().cloned().collect();
    let added = AddedTerms::new(splines, trained.interactions.clone()).with_steps(trained.steps.clone());
    let space = train.with_terms(space, &added)?;
    Ok(train.design(&space).design)
}

/// The coefficient of a feature for a report; the intercept is none.
fn for_report(coefficient: Coefficient) -> Option<ReportedCoefficient> {
    let evidence = coefficient.evidence().cloned();
    Some(ReportedCoefficient {
        feature: coefficient.feature?,
        value: coefficient.value,
        evidence: evidence.as_ref().map(|of| of.value),
        interval: evidence.as_ref().map(|of| [of.ci_low, of.ci_high]),
        p_value: evidence.map(|of| of.p_value),
    })
}

//! Training: split, encode, fit, evaluate.

use std::path::Path;

use assist_data::{Schema, Table};
use assist_features::{Design, DesignWithRejects, Encoded};
use assist_model::{Companion, Fit};
use assist_report::{model_id_of, score_card};
use assist_score::{FeatureSpace, Model, Penalty, Reading, Term};

use crate::all_rows;
use crate::converged::check_converged;
use crate::cost;
use crate::cross_validation::out_of_fold;
use crate::dataset::{Dataset, reading_of};
use crate::division::GroupsReport;
use crate::equal_rows::EqualRows;
use crate::error::Error;
use crate::evaluated::{Detail, check_test_rows, evaluated};
use crate::explain::FEWEST_ROWS_A_PARAMETER;
use crate::forms::{FormReport, Learned, Learner, asking_for_its_columns, deciding_above, judging};
use crate::influence::fit_context;
use crate::levels;
use crate::progress::{Stage, Watch, tell};
use crate::settings::{CalibrationMethod, CalibrationSettings, Settings};
use crate::train_report::{AllRowsReport, REPORT_FILE, SCORE_CARD_FILE, TrainReport};
use crate::training_profile::{moved, training_profile};
use crate::warning::{Warning, few_groups, few_isotonic_rows};

/// A model, and all that is known of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// Every figure of the run.
    pub report: TrainReport,
    /// What the model has to be taken with.
    pub warnings: Vec<Warning>,
}

impl Trained {
    /// Writes the model's two artifacts and the report, as `metrics.json`, into a folder, which is made if it is missing; for a card or
    /// a rule `card.html` as well, a page to be printed; that of an earlier model is taken away else. These change together, whatever happens, and of trainings at once all are those of one.
    /// [`check_model_folder`](crate::check_model_folder) tells before a training whether this can be done.
    ///
    /// # Errors
    ///
    /// A folder or a file that may not be written; the operating system's, with the path.
    pub fn save(&self, folder: &Path) -> Result<(), Error> {
        let mut text = serde_json::to_string_pretty(&self.report)?;
        text.push('\n');
        let page = self.report.form.as_ref().and_then(|form| score_card(&self.model, &form.intervals()));
        let page = match &page {
            Some(page) => Companion::new(SCORE_CARD_FILE, page.as_bytes()),
            None => Companion::absent(SCORE_CARD_FILE, is_page_of_a_model),
        };
        let companions = [Companion::new(REPORT_FILE, text.as_bytes()), page];
        Ok(assist_model::save_with(folder, &self.model, &companions)?)
    }
}

/// Trains a model on a table: splits its rows, learns levels and ranges on the training rows, fits, and evaluates on both.
/// Nothing is written.
///
/// # Errors
///
/// A setting out of range or without effect; whatever is wrong with the table; a fit that did not converge, unless that is
/// allowed; [`Error::Cancelled`].
pub fn train(table: &Table, settings: &Settings, watch: Watch<'_>) -> Result<Trained, Error> {
    settings.check()?;
    let settings = &settings.for_table(table)?;
    let schema = settings.schema(table)?;
    let data = Dataset::read(table, &schema, settings, watch)?;
    let regression = settings.fit.regression();
    let learner = Learner::new(settings);
    // Folds are read from the table again, so they are made before its rows become designs.
    let folds = match settings.calibration {
        Some(calibration) => Some((calibration, data.folds(calibration.folds, settings.split.seed, watch)?)),
        None => None,
    };
    let Dataset { labels, groups, times, train, test, space, read, .. } = data;
    let (pooled, level_warnings) = (train.pooled_levels(&space), levels::warnings(&train, &space));
    let (equal_rows, training_rows, copied) = {
        let hashed = [train.hashed(&space), test.hashed(&space)];
        let equal_rows = EqualRows::count(&hashed[0], &hashed[1], test.class_counts());
        // A model of all rows was trained on the test rows too, and on those that are in neither subset.
        let has_left_out = times.as_ref().is_some_and(|times| times.left_out > 0);
        let training_rows = match settings.all_rows {
            true if has_left_out => labels.encode_all()?.hashed(&space).sketch(),
            true => hashed[0].sketch().joined(hashed[1].sketch().rows()),
            false => hashed[0].sketch(),
        };
        (equal_rows, training_rows, equal_rows.warning(&train))
    };
    let (train, test) = TestRows::beside(train, test, &space, settings)?;

    tell(watch, Stage::Fitting, 0)?;
    let Learned { mut fit, found } = learner.fit(&train.design, watch)?;
    check_converged(settings, &fit)?;
    let mut few_isotonic = None;
    let calibration = match folds {
        Some((CalibrationSettings { method, .. }, folds)) => {
            let scores = out_of_fold(&regression, &folds, watch)?;
            let is_isotonic = method == CalibrationMethod::Isotonic;
            few_isotonic = is_isotonic.then(|| few_isotonic_rows(scores.class_counts())).flatten();
            Some(scores.calibration(method).ok_or(Error::NoCalibration)?)
        }
        None => None,
    };
    let deciding = |model: Model| {
        let model = if calibration.is_some() { model.with_calibration(calibration.clone())? } else { model };
        match settings.threshold {
            Some(probability) => deciding_above(model, probability),
            None => Ok(model),
        }
    };
    fit.model = deciding(fit.model)?;
    let on_test_rows = judging(&fit.model)?;
    let (test, rejected) = test.judged_by(&on_test_rows, &train.design, &settings.roles.keep)?;
    tell(watch, Stage::Evaluating, 0)?;
    let (on_train, on_test) = rayon::join(
        || evaluated(&fit.model, &train, Detail::Figures),
        || evaluated(&on_test_rows, &test, Detail::Full(Some(settings.bootstrap))),
    );
    // A card or a rule has no likelihood of which others would have more, and no penalty that could cost something.
    let (context, costs) = match &learner {
        Learner::Regression(regression) => {
            let context = fit_context(&fit.model, &train.design, &on_train.metrics);
            let costs = cost::warnings(regression, &fit, &train.design, &test, settings.fit.is_preset());
            (Some(context), costs)
        }
        _ => (None, Vec::new()),
    };
    let overflown = on_test.rejected_rows - test.rejected;
    let profile = training_profile(&fit.model, &train.design);
    drop((train, test));
    let (mut fit, found, profile, of_split) = if settings.all_rows {
        let (all, profile) = all_rows::fitted(&labels, settings, &learner, &deciding, watch)?;
        (all.fit, all.found, profile, Some(fit))
    } else {
        (fit, found, profile, None)
    };
    let mut warnings = warnings(&fit, &schema);
    warnings.extend(costs.into_iter().chain(few_isotonic).chain(settings.lost_groups(table)));
    warnings.extend(level_warnings);
    warnings.extend(read.warnings_of(&labels, &space));
    // Values that are too large for a score show in the evaluation alone.
    warnings.extend((overflown > 0).then(|| Warning::RowsRejected { rows: overflown, by: Vec::new() }));
    warnings.extend(rejected);
    warnings.extend(copied);
    if let Some(groups) = &groups {
        warnings.extend(few_groups(groups.train));
        warnings.extend(unnamed_rows(groups));
    }
    let group = groups.as_ref().map(|groups| groups.column.clone());
    let reading = Reading { group, ..reading_of(&schema, &read.na) };
    let saved = asking_for_its_columns(&fit.model)?;
    let profile = moved(profile, fit.model.space(), saved.space());
    fit.model =
        saved.with_reading(reading).with_training_rows(Some(training_rows)).with_training_profile(Some(profile));
    let mut report =
        TrainReport::new(settings, read, &schema, labels.class_counts(), &fit, [on_train, on_test], &warnings)?;
    report.fit_in_context = context;
    // Of the model as it is saved: with its threshold, and its columns alone.
    report.form = FormReport::new(&fit.model, found);
    report.data.pooled = pooled;
    report.split.equal_rows = Some(equal_rows.rows);
    report.all_rows = of_split.map(|of_split| AllRowsReport::new(&fit.model, &of_split));
    report.split = report.split.divided(groups, times);
    Ok(Trained { model: fit.model, report, warnings })
}

/// Whether a file is the page of a model, and not one that somebody else put under its name.
fn is_page_of_a_model(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| model_id_of(text).is_some())
}

/// The test rows of a training. Which columns a card or a rule asks for, and so which rows it rejects, is known when it has been found.
enum TestRows {
    /// With the warning that some are rejected.
    Coded(Box<(DesignWithRejects, Option<Warning>)>),
    Coming(Box<Encoded>),
}

impl TestRows {
    /// The design of the training rows, and the test rows.
    fn beside(
        train: Encoded,
        test: Encoded,
        space: &FeatureSpace,
        settings: &Settings,
    ) -> Result<(DesignWithRejects, Self), Error> {
        if settings.fit.form.has_points() {
            return Ok((train.design(space), Self::Coming(Box::new(test))));
        }
        let (train, test) = rayon::join(|| train.design(space), || test.design(space));
        let rejected = check_test_rows(&train.design, &test, &settings.roles.keep)?;
        Ok((train, Self::Coded(Box::new((test, rejected)))))
    }

    /// Their design, with the warning that some are rejected.
    fn judged_by(
        self,
        model: &Model,
        train: &Design,
        kept: &[String],
    ) -> Result<(DesignWithRejects, Option<Warning>), Error> {
        match self {
            Self::Coded(coded) => Ok(*coded),
            Self::Coming(test) => {
                let test = test.design(model.space());
                let rejected = check_test_rows(train, &test, kept)?;
                Ok((test, rejected))
            }
        }
    }
}

/// The columns of numbers that have steps.
fn columns_with_cuts(space: &FeatureSpace) -> Vec<String> {
    let steps = |place: usize| {
        let is_step = |term: &Term| matches!(term, Term::Cut { column, .. } if *column == place);
        space.terms().iter().any(is_step)
    };
    let columns = space.numeric.iter().enumerate().filter(|(place, _)| steps(*place));
    columns.map(|(_, column)| column.name.clone()).collect()
}

fn unnamed_rows(groups: &GroupsReport) -> Option<Warning> {
    let (column, rows) = (groups.column.clone(), groups.unnamed_rows);
    (rows > 0).then_some(Warning::RowsUnnamed { column, rows })
}

fn warnings(fit: &Fit, schema: &Schema) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (space, parameters) = (fit.model.space(), fit.model.parameters());
    let facts = &parameters.training.fit;
    if !facts.converged {
        warnings.push(Warning::NotConverged { gradient_max_norm: facts.gradient_max_norm });
    }
    // Without a penalty it is an error, and Firth's has a finite optimum.
    let is_held = !matches!(parameters.training.penalty, Penalty::None | Penalty::Firth);
    if let Some(separation) = parameters.inference.separation.as_ref().filter(|_| is_held) {
        let (features, is_complete) = (separation.features.clone(), separation.is_complete);
        warnings.push(Warning::Separated { features, is_complete });
    }
    if let Some(evidence) = parameters.inference.evidence.as_ref().filter(|evidence| evidence.is_scarce()) {
        let (smaller_class, parameters) = (evidence.smaller_class, evidence.n_parameters);
        warnings.push(Warning::FewRowsAParameter { smaller_class, parameters, form: space.form });
    }
    if space.form.has_points() {
        let [n0, n1] = parameters.training.class_counts;
        let (smaller_class, lines) = (n0.min(n1), parameters.coefficients.len() as u64);
        let is_scarce = smaller_class < lines * FEWEST_ROWS_A_PARAMETER;
        warnings.extend(is_scarce.then_some(Warning::FewRowsAParameter {
            smaller_class,
            parameters: lines,
            form: space.form,
        }));
    }
    let cut = columns_with_cuts(space);
    if !cut.is_empty() && !space.form.has_points() && parameters.inference.evidence.is_some() {
        warnings.push(Warning::CutsSought(cut));
    }
    for (name, role) in &schema.categorical {
        let known = space.categorical.iter().find(|column| column.name == *name);
        let Some((levels, known)) = role.levels.as_ref().zip(known) else { continue };
        let unseen: Vec<String> = levels.iter().filter(|level| known.code(level).is_none()).cloned().collect();
        if !unseen.is_empty() {
            warnings.push(Warning::UnseenLevels { column: name.clone(), levels: unseen });
        }
    }
    warnings
}

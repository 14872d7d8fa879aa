//! `train`: split, encode, fit, evaluate, save.

use assist_data::{Schema, WholeFile};
use assist_eval::{Metrics, ScoreCounts, bootstrap, evaluate, isotonic, out_of_fold, sigmoid};
use assist_features::{DesignWithRejects, LabelScan, MissingPolicy};
use assist_model::{Fit, LogisticRegression, Solver};
use assist_score::{FeatureSpace, Model, NumericColumn, Penalty};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::{CalibrationMethod, FitOptions, Missing, PenaltyName, SolverName, StdErrors, TrainArguments};
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, figure, plural};

/// More levels than this in one column look like free text or an identifier.
const MANY_LEVELS: usize = 1000;

/// A part of the rows, evaluated.
#[derive(Serialize)]
pub(crate) struct Evaluated {
    #[serde(flatten)]
    pub(crate) metrics: Metrics,
    /// Observations without a score.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) rejected_rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Test rows up to which the bootstrap takes no time worth speaking of.
const BOOTSTRAP_ROWS: u64 = 20_000;
const BOOTSTRAP_SAMPLES: u32 = 1000;
/// The same table and model have the same intervals.
const BOOTSTRAP_SEED: u64 = 42;

pub(crate) fn run(arguments: &TrainArguments, output: Output) -> Result<(), Failure> {
    check(&arguments.fit)?;
    if arguments.std_errors != StdErrors::Auto {
        use PenaltyName::{Firth, L2, None};
        without_effect("--std-errors", &arguments.fit, &[None, L2, Firth])?;
    }
    loading::use_threads(arguments.fit.threads)?;
    let table = loading::open(&arguments.data.data)?;
    let schema = loading::schema_file(&arguments.data.roles)?.resolve(&table, arguments.fit.counts)?;
    let observations = loading::observe(&table, &schema, policy(&arguments.fit), None, output)?;
    let test_rows = loading::test_rows(&observations, arguments.split)?;
    let [train, test] = loading::encode(&observations, &test_rows, output)?;
    let space = loading::learn_space(&train, arguments.fit.bins)?;
    let (train, test) = rayon::join(|| train.design(&space), || test.design(&space));

    let settings = settings(&arguments.fit)
        .with_base_rate(arguments.base_rate)
        .with_covariance(arguments.std_errors.covariance())
        .with_inference(arguments.inference.depth());
    let mut fit = settings.fit(&train.design)?;
    let facts = &fit.model.parameters().training.fit;
    if !facts.converged && !arguments.allow_unconverged {
        return Err(not_converged(arguments, &fit));
    }
    if let Some(method) = arguments.calibrate {
        let space = fit.model.space();
        let folds = loading::folds(&observations, &test_rows, space, arguments.folds, arguments.split.seed, output)?;
        let scores = out_of_fold(&settings, &folds)?;
        let calibration = match method {
            CalibrationMethod::Sigmoid => sigmoid(&scores),
            CalibrationMethod::Isotonic => isotonic(&scores),
        };
        let calibration = calibration.ok_or_else(|| {
            Failure::outcome(
                "no calibration can be learnt: on rows that a fit did not see, higher scores do not mean more users in need",
                "leave `--calibrate` out, and look whether the features say anything at all".to_owned(),
            )
        })?;
        fit.model = fit.model.with_calibration(Some(calibration)).map_err(assist_model::Error::from)?;
    }
    drop(test_rows);
    if let Some(probability) = arguments.threshold {
        let threshold = fit.model.correction().threshold(probability);
        fit.model = fit.model.with_threshold(threshold).map_err(assist_model::Error::from)?;
    }
    let (on_train, on_test) = rayon::join(
        || evaluated(&fit.model, &train, Some(0)),
        || evaluated(&fit.model, &test, Some(arguments.bootstrap)),
    );
    let evaluated = [on_train, on_test];
    let warnings = warnings(&fit, &schema, &observations, &evaluated);
    let report = report(arguments, &schema, &observations, &fit, &evaluated, &warnings)?;

    assist_model::save(&arguments.out, &fit.model)?;
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    WholeFile::write(&arguments.out.join("metrics.json"), text.as_bytes())?;

    warnings.iter().for_each(|warning| output::warning(warning));
    output.json_document(&report)?;
    summary(arguments, &schema, &fit, &evaluated, output)
}

/// Refuses options that would do nothing.
pub(crate) fn check(options: &FitOptions) -> Result<(), Failure> {
    use PenaltyName::{ElasticNet, L1, L2, None};
    let belongs: [(&str, bool, &[PenaltyName]); 4] = [
        ("--l1-ratio", options.l1_ratio.is_some(), &[ElasticNet]),
        ("--c", options.c.is_some(), &[L2, L1, ElasticNet]),
        ("--intercept-penalised true", options.intercept_penalised == Some(true), &[L2, ElasticNet]),
        ("--solver", options.solver.is_some(), &[L2, None]),
    ];
    belongs
        .iter()
        .filter(|(_, given, _)| *given)
        .try_for_each(|(option, _, penalties)| without_effect(option, options, penalties))
}

/// Refuses an option that has an effect under these penalties only.
fn without_effect(option: &str, options: &FitOptions, penalties: &[PenaltyName]) -> Result<(), Failure> {
    if penalties.contains(&options.penalty) {
        return Ok(());
    }
    let others: Vec<String> =
        penalties.iter().map(|penalty| format!("`--penalty {}`", penalty_name(penalty.penalty(None)))).collect();
    Err(Failure::usage(
        format!("`{option}` has no effect with `--penalty {}`", penalty_name(options.penalty())),
        format!("leave it out, or choose {}", others.join(" or ")),
    ))
}

pub(crate) fn policy(options: &FitOptions) -> MissingPolicy {
    match options.missing {
        Missing::Error => MissingPolicy::Error,
        Missing::Drop => MissingPolicy::Drop,
        Missing::Level => MissingPolicy::Level,
    }
}

/// Columns whose values lie further from zero than this many times their spread cannot be told from the intercept in 64
/// bits.
const FAR_FROM_ZERO: f64 = 1000.0;

fn not_converged(arguments: &TrainArguments, fit: &Fit) -> Failure {
    let facts = &fit.model.parameters().training.fit;
    let certificate = fit.model.parameters().inference.separation.as_ref();
    let separated = certificate.map_or(String::new(), |separation| {
        let kind = if separation.is_complete { "completely" } else { "quasi-completely" };
        format!(
            "; a linear program certifies that the classes are {kind} separated by `{}`",
            separation.features.join("`, `")
        )
    });
    let message = format!(
        "the fit did not converge in {} iterations: the gradient's largest entry is {:.1e}, the tolerance {:.1e}; {}{separated}",
        facts.iterations, facts.gradient_max_norm, facts.tolerance, facts.termination
    );
    let far = fit.model.space().numeric.iter().filter(|column| !column.is_binned()).find(|column| {
        let (low, high) = column.training_range;
        low.abs().max(high.abs()) > FAR_FROM_ZERO * (high - low).max(1.0)
    });
    let advice = match far {
        Some(column) => {
            let (low, high) = column.training_range;
            format!("the values of `{}` lie from {low} to {high}: subtract {low} from them", column.name)
        }
        None if facts.iterations >= arguments.fit.max_iter => "allow more iterations with `--max-iter`".to_owned(),
        None if arguments.fit.penalty == PenaltyName::None => {
            "choose `--penalty l2`, or `--penalty firth` with `--class-weight none`, which always have an optimum"
                .to_owned()
        }
        None => "allow a larger `--tol`: rounding hides any further progress".to_owned(),
    };
    Failure::outcome(message, format!("{advice}; nothing was saved (`--allow-unconverged` would)"))
}

pub(crate) fn settings(options: &FitOptions) -> LogisticRegression {
    LogisticRegression::default()
        .with_penalty(options.penalty())
        .with_c(options.c.unwrap_or(1.0))
        .with_intercept_penalised(options.intercept_penalised.unwrap_or(true))
        .with_class_weight(options.class_weight)
        .with_solver(match options.solver {
            Some(SolverName::Newton) => Solver::Newton,
            Some(SolverName::Lbfgs) | None => Solver::Lbfgs,
        })
        .with_max_iter(options.max_iter)
        .with_tolerance(options.tol)
}

/// Evaluates a design with the scores that a prediction would have. `samples` of the bootstrap are as many as suit the rows,
/// unless they are given.
pub(crate) fn evaluated(model: &Model, built: &DesignWithRejects, samples: Option<u32>) -> Evaluated {
    let mut scores = built.design.scores(model);
    // A prediction rejects what is too large to be scored, and so does an evaluation.
    let mut overflown = 0;
    scores.retain(|(score, [n0, n1])| {
        overflown += if score.is_finite() { 0 } else { u64::from(*n0) + u64::from(*n1) };
        score.is_finite()
    });
    let scores = ScoreCounts::new(scores);
    let (correction, threshold) = (model.correction(), model.parameters().threshold);
    let mut metrics = evaluate(&scores, correction, threshold);
    let few = scores.rows() <= BOOTSTRAP_ROWS;
    let samples = samples.unwrap_or(if few { BOOTSTRAP_SAMPLES } else { 0 });
    bootstrap(&mut metrics, &scores, correction, threshold, samples, BOOTSTRAP_SEED);
    Evaluated { metrics, rejected_rows: built.rejected + overflown }
}

fn warnings(fit: &Fit, schema: &Schema, observations: &LabelScan<'_>, [_, test]: &[Evaluated; 2]) -> Vec<String> {
    let mut warnings = Vec::new();
    let training = &fit.model.parameters().training;
    if !training.fit.converged {
        warnings.push(format!(
            "the fit did not converge (largest gradient entry {:.1e}); its figures are not those of an optimum",
            training.fit.gradient_max_norm
        ));
    }
    let is_binned = fit.model.space().numeric.iter().any(NumericColumn::is_binned);
    if let Some(separation) = fit.model.parameters().inference.separation.as_ref().filter(|_| is_binned) {
        warnings.push(format!(
            "the classes are {} separated by `{}`: without a penalty no finite optimum exists; the size of these coefficients is that of the penalty",
            if separation.is_complete { "completely" } else { "quasi-completely" },
            separation.features.join("`, `")
        ));
    }
    if observations.dropped_rows() > 0 {
        warnings.push(format!("{} rows with missing cells were left out", count(observations.dropped_rows())));
    }
    if test.rejected_rows > 0 {
        warnings.push(format!(
            "{} test rows have a level that no training row has (or a missing cell where none was in training); they are rejected and not part of the test figures",
            count(test.rejected_rows)
        ));
    }
    for column in &fit.model.space().categorical {
        if column.levels.len() > MANY_LEVELS {
            warnings.push(format!(
                "column `{}` has {} levels; is it free text or an identifier? `--drop {}` leaves it out",
                column.name,
                count(column.levels.len() as u64),
                column.name
            ));
        }
    }
    for (name, role) in &schema.categorical {
        let known = fit.model.space().categorical.iter().find(|column| column.name == *name);
        let Some((levels, known)) = role.levels.as_ref().zip(known) else { continue };
        let unseen: Vec<String> =
            levels.iter().filter(|level| known.code(level).is_none()).map(|level| format!("`{level}`")).collect();
        if !unseen.is_empty() {
            warnings.push(format!(
                "column `{name}` has no training row with {}; such users will be rejected",
                unseen.join(", ")
            ));
        }
    }
    warnings
}

fn report(
    arguments: &TrainArguments,
    schema: &Schema,
    observations: &LabelScan<'_>,
    fit: &Fit,
    [train, test]: &[Evaluated; 2],
    warnings: &[String],
) -> Result<Value, Failure> {
    let training = &fit.model.parameters().training;
    let facts = &training.fit;
    let [n0, n1] = observations.class_counts();
    let support = |part: &Evaluated| part.metrics.report.values().map(|class| class.support).collect::<Vec<_>>();
    let mut fit_report = json!({
        "solver": facts.solver, "penalty": penalty_name(training.penalty), "c": training.c,
        "intercept_penalised": training.intercept_penalised,
        "class_weight": class_weight_name(arguments), "class_weights": training.class_weights,
        "converged": facts.converged, "termination": facts.termination, "iterations": facts.iterations,
        "evaluations": facts.evaluations, "objective": facts.objective, "gradient_max_norm": facts.gradient_max_norm,
        "tolerance": facts.tolerance, "design_rows": fit.report.design_rows, "seconds": fit.report.seconds,
    });
    if let Penalty::ElasticNet { l1_ratio } = training.penalty {
        fit_report["l1_ratio"] = l1_ratio.into();
    }
    if let Some(bound) = facts.coefficient_error_bound {
        fit_report["coefficient_error_bound"] = bound.into();
    }
    if fit.report.is_merged {
        fit_report["distinct_rows"] = fit.report.design_rows.into();
    }
    if let Some(sample) = fit.report.sample {
        fit_report["sample"] = json!({ "rows": sample.rows, "evaluations": sample.evaluations });
    }
    let coefficients = super::explain::coefficients(&fit.model);
    let id = fit.model.pair_id().map_err(assist_model::Error::from)?.to_string();
    let mut report = json!({
        "format_version": 1,
        "model_id": id,
        "data": {
            "rows": n0 + n1, "dropped": schema.dropped, "target": fit.model.space().target.name,
            "positive": fit.model.space().target.positive, "negative": fit.model.space().target.negative,
            "class_counts": [n0, n1], "rows_left_out": observations.dropped_rows(),
            "missing": missing_name(arguments.fit.missing), "counts": arguments.fit.counts,
        },
        "split": {
            "method": arguments.split.split.name(), "seed": arguments.split.seed, "test_size": arguments.split.test_size,
            "train_rows": train.metrics.rows, "test_rows": test.metrics.rows + test.rejected_rows,
            "train_class_counts": support(train), "test_class_counts": support(test),
        },
        "fit": fit_report,
        "intercept": coefficients.intercept,
        "coefficients": coefficients.features,
        "train": train, "test": test,
        "warnings": warnings,
    });
    if arguments.fit.bins {
        report["bins"] = bins(fit.model.space());
    }
    if let Some(method) = training.standard_errors.as_ref().map(|errors| errors.method.clone()) {
        report["std_error_method"] = method.into();
    }
    report["inference"] = super::explain::inference(&fit.model)?;
    if let Some(method) = arguments.calibrate {
        report["calibration"] = json!({ "method": calibration_name(method), "folds": arguments.folds });
    }
    if let Some(probability) = arguments.threshold {
        // A curve may reach every probability or none; JSON has no infinities.
        report["threshold"] = json!({ "probability": probability, "score": fit.model.parameters().threshold });
    }
    Ok(report)
}

fn missing_name(missing: Missing) -> &'static str {
    match missing {
        Missing::Error => "error",
        Missing::Drop => "drop",
        Missing::Level => "level",
    }
}

/// The cut points of each column that has some, for reports.
pub(crate) fn bins(space: &FeatureSpace) -> Value {
    let binned = space.numeric.iter().filter(|column| column.is_binned());
    binned.map(|column| (column.name.clone(), json!(column.cuts))).collect::<Map<String, Value>>().into()
}

/// Which columns were cut and where, in words.
pub(crate) fn steps(space: &FeatureSpace) -> String {
    let (binned, plain): (Vec<&NumericColumn>, Vec<_>) = space.numeric.iter().partition(|column| column.is_binned());
    let of_column = |column: &NumericColumn| {
        let cuts: Vec<String> = column.cuts.iter().map(ToString::to_string).collect();
        format!("`{}` at {}", column.name, cuts.join(", "))
    };
    let cut = if binned.is_empty() {
        "no column is cut".to_owned()
    } else {
        format!("cut into steps: {}", binned.into_iter().map(of_column).collect::<Vec<_>>().join("; "))
    };
    if plain.is_empty() {
        return cut;
    }
    let names: Vec<String> = plain.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("{cut}; no cut pays for {}", names.join(", "))
}

fn calibration_name(method: CalibrationMethod) -> &'static str {
    match method {
        CalibrationMethod::Sigmoid => "sigmoid",
        CalibrationMethod::Isotonic => "isotonic",
    }
}

/// The name of a penalty on the command line and in reports.
pub(crate) fn penalty_name(penalty: Penalty) -> &'static str {
    match penalty {
        Penalty::None => "none",
        Penalty::L2 => "l2",
        Penalty::L1 => "l1",
        Penalty::ElasticNet { .. } => "elastic-net",
        Penalty::Firth => "firth",
        _ => "other",
    }
}

fn class_weight_name(arguments: &TrainArguments) -> String {
    match arguments.fit.class_weight {
        assist_score::ClassWeight::Balanced => "balanced".to_owned(),
        assist_score::ClassWeight::None => "none".to_owned(),
        assist_score::ClassWeight::Stated(w0, w1) => format!("{w0},{w1}"),
        _ => "other".to_owned(),
    }
}

fn summary(
    arguments: &TrainArguments,
    schema: &Schema,
    fit: &Fit,
    [train, test]: &[Evaluated; 2],
    output: Output,
) -> Result<(), Failure> {
    let training = &fit.model.parameters().training;
    let facts = &training.fit;
    let space = fit.model.space();
    let rows = train.metrics.rows + test.metrics.rows + test.rejected_rows;
    let split = match arguments.split.split.name() {
        "sklearn" => "the split of scikit-learn",
        _ => "selection in one pass",
    };
    output.text(&format!(
        "trained on {} of {} rows; {} were kept for testing ({split}, seed {})",
        count(train.metrics.rows),
        count(rows),
        count(rows - train.metrics.rows),
        arguments.split.seed,
    ))?;
    let dropped = match schema.dropped.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    output.text(&format!(
        "target `{}`, class 1 is `{}`; {} from {}; dropped columns: {dropped}",
        space.target.name,
        space.target.positive,
        plural(space.n_features(), "feature"),
        plural(space.n_columns(), "column"),
    ))?;
    if arguments.fit.bins {
        output.text(&steps(space))?;
    }
    let intercept = if training.intercept_penalised { "intercept penalised" } else { "intercept free" };
    let penalty = match training.penalty {
        Penalty::None => "no penalty".to_owned(),
        Penalty::Firth => "Firth's penalty".to_owned(),
        Penalty::L1 => format!("L1 penalty, C = {}, {}", training.c, zeros(&fit.model)),
        Penalty::ElasticNet { l1_ratio } => {
            format!("elastic net with {l1_ratio} L1, C = {}, {intercept}, {}", training.c, zeros(&fit.model))
        }
        _ => format!("L2 penalty, C = {}, {intercept}", training.c),
    };
    let bound = facts
        .coefficient_error_bound
        .map_or(String::new(), |bound| format!("; no coefficient is further than {bound:.0e} from the optimum"));
    output.text(&format!(
        "{penalty}; class weights {:.4} and {:.4}; {} after {} iterations and {} passes, largest gradient entry {:.0e}{bound}",
        training.class_weights[0],
        training.class_weights[1],
        if facts.converged { "converged" } else { "not converged" },
        facts.iterations,
        facts.evaluations,
        facts.gradient_max_norm,
    ))?;
    output.text(&metrics_table(&[("train", &train.metrics), ("test", &test.metrics)]))?;
    output.text(&format!(
        "saved `logistic_model.postcard`, `model_features.postcard` and `metrics.json` in `{}`",
        arguments.out.display()
    ))
}

fn zeros(model: &Model) -> String {
    let coefficients = &model.parameters().coefficients;
    let zero = coefficients.iter().filter(|value| **value == 0.0).count();
    format!("{zero} of {} coefficients are zero", coefficients.len())
}

/// The figures of some evaluations side by side.
pub(crate) fn metrics_table(parts: &[(&str, &Metrics)]) -> String {
    type Of = fn(&Metrics) -> String;
    let interval = |of: fn(&Metrics) -> Option<[f64; 2]>, metrics: &Metrics| {
        of(metrics).map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}"))
    };
    let class = |metrics: &Metrics, class: &str, of: fn(&assist_eval::ClassReport) -> Option<f64>| {
        figure(metrics.report.get(class).and_then(of))
    };
    let other = |metrics: &Metrics, name: &str| {
        let interval = metrics.intervals.others.get(name);
        interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}"))
    };
    let row = |name: &str, of: &dyn Fn(&Metrics) -> String| {
        let mut row = vec![name.to_owned()];
        row.extend(parts.iter().map(|(_, metrics)| of(metrics)));
        row
    };
    let confusion: [(&str, Of); 4] = [
        ("true negatives", |m| count(m.confusion_matrix[0][0])),
        ("false positives", |m| count(m.confusion_matrix[0][1])),
        ("false negatives", |m| count(m.confusion_matrix[1][0])),
        ("true positives", |m| count(m.confusion_matrix[1][1])),
    ];
    let mut rows = vec![
        row("rows", &|m| count(m.rows)),
        row("accuracy", &|m| figure(m.accuracy)),
        row("  95 % interval (Wilson)", &|m| interval(|m| m.intervals.accuracy, m)),
        row("ROC AUC", &|m| figure(m.roc_auc)),
        row("  95 % interval (DeLong)", &|m| interval(|m| m.intervals.roc_auc, m)),
        row("average precision", &|m| figure(m.average_precision)),
        row("balanced accuracy", &|m| figure(m.balanced_accuracy)),
    ];
    for name in ["1", "0"] {
        rows.push(row(&format!("precision of class {name}"), &|m| class(m, name, |c| c.precision)));
        rows.push(row(&format!("recall of class {name}"), &|m| class(m, name, |c| c.recall)));
        rows.push(row("  95 % interval (Wilson)", &|m| other(m, &format!("report.{name}.recall"))));
        rows.push(row(&format!("F1 of class {name}"), &|m| class(m, name, |c| c.f1)));
    }
    rows.extend(confusion.iter().map(|(name, of)| row(name, of)));
    rows.push(row("log-loss, raw probability", &|m| figure(m.log_loss)));
    rows.push(row("log-loss, probability", &|m| figure(m.probability.log_loss)));
    if parts.iter().any(|(_, metrics)| metrics.intervals.others.contains_key("probability.log_loss")) {
        rows.push(row("  95 % interval (bootstrap)", &|m| other(m, "probability.log_loss")));
    }
    rows.push(row("Brier score, raw probability", &|m| figure(m.brier)));
    rows.push(row("Brier score, probability", &|m| figure(m.probability.brier)));
    rows.push(row("calibration error, probability", &|m| figure(m.probability.ece)));
    let mut header = vec![""];
    header.extend(parts.iter().map(|(name, _)| *name));
    output::table(&header, rows)
}

//! `train`: split, encode, fit, evaluate, save.

use assist_learn::{FeatureSpace, FormReport, Model, Penalty, RARE_LEVEL, Trained, other_models, quoted, train};

use crate::args::TrainArguments;
use crate::engines;
use crate::failure::Failure;
use crate::output::{self, Output, count, figure, left_out_line, plural, read_lines};
use crate::points::points;
use crate::progress::Progress;
use crate::tables::{added_terms, bins, class_0, equal_rows, metrics_table};

pub(crate) fn run(arguments: &TrainArguments, output: Output) -> Result<(), Failure> {
    arguments.fit.threads.apply()?;
    arguments.engine.check(arguments.fit.counts)?;
    // What is wrong with the options needs no look at the table.
    let mut settings = arguments.settings()?;
    settings.check()?;
    let table = arguments.data.open(&mut settings)?;
    // An hour of training is not to end without a place for its model.
    arguments.data.inputs(&table).check_model_folder(&arguments.out)?;
    let trained = {
        let progress = Progress::new(output, None);
        let watch = |at| progress.watch(at);
        match arguments.engine.engine {
            None => train(&table, &settings, &watch)?,
            Some(_) => engines::train(&arguments.engine, arguments.aggregate, table, &settings, &watch)?,
        }
    };
    trained.save(&arguments.out)?;
    output::warnings(&trained.warnings);
    output::warnings(&other_models(&arguments.out, &trained.model)?);
    output.json_document(&trained.report)?;
    summary(arguments, &trained, output)
}

fn summary(arguments: &TrainArguments, trained: &Trained, output: Output) -> Result<(), Failure> {
    if let Some(engine) = &trained.report.engine {
        output.text(&engine.in_words())?;
    }
    read_lines(&trained.report.data.read, output)?;
    let (model, report) = (&trained.model, &trained.report);
    let training = &model.parameters().training;
    let (facts, space) = (&training.fit, model.space());
    let left_out = report.split.time.as_ref().map_or(0, |time| time.left_out);
    let rows = report.split.train_rows + report.split.test_rows + left_out;
    let how = report.split.in_words();
    let [of_train, of_test] = [report.split.train_rows, report.split.test_rows].map(count);
    output.text(&format!("trained on {of_train} of {} rows; {of_test} were kept for testing ({how})", count(rows)))?;
    if let Some(line) = report.split.time.as_ref().and_then(left_out_line) {
        output.text(&line)?;
    }
    if let Some(groups) = &report.split.groups {
        output.text(&format!(
            "of `{}` there are {} in training, {} in testing and {} in both",
            groups.column,
            count(groups.train),
            count(groups.test),
            count(groups.shared)
        ))?;
    }
    equal_rows(report.split.equal_rows, report.split.test_rows, output)?;
    let left_out = |name: &&String| report.data.read.left_out.iter().any(|left| left.column == **name);
    let dropped: Vec<String> = report.data.dropped.iter().filter(|name| !left_out(name)).cloned().collect();
    let dropped = match dropped.join(", ") {
        // Of the columns of a card or a rule the next line tells.
        none if none.is_empty() && space.form.has_points() => String::new(),
        none if none.is_empty() => "; dropped columns: none".to_owned(),
        names => format!("; dropped columns: {names}"),
    };
    output.text(&format!(
        "target `{}`, class 1 is `{}`{}; {} from {}{dropped}",
        space.target.name,
        space.target.positive,
        class_0(&space.target.negative),
        plural(space.n_features(), "feature"),
        plural(space.n_columns(), "column"),
    ))?;
    if space.form.has_points() {
        asked_for(space, report.form.as_ref(), &report.data.dropped, output)?;
    }
    if let Some(column) = &report.data.weight {
        let effective = report.train.metrics.effective_rows.map_or(String::new(), |rows| {
            format!("; in a mean the training rows tell as much as {rows:.1} of one weight would")
        });
        output.text(&format!("rows weigh what column `{column}` says{effective}"))?;
    }
    for pooled in &report.data.pooled {
        let levels = plural(pooled.levels, "rare level");
        output.text(&format!(
            "{levels} of `{}` in {} training rows are one, `{RARE_LEVEL}`{}",
            pooled.column,
            count(pooled.rows),
            if report.data.rare.is_none() { "; `--rare 1` keeps them apart" } else { "" }
        ))?;
    }
    if report.bins.is_some() {
        output.text(&bins(space))?;
    }
    for line in added_terms(&report.splines, &report.interactions, &report.steps) {
        output.text(&line)?;
    }
    if output.quiet {
        return Ok(());
    }
    if let Some(form) = &report.form {
        points(form, &space.target.name, &space.target.positive, output)?;
        output.text(&format!("{}: {}", facts.solver, facts.termination))?;
    } else {
        objective(model, output)?;
    }
    output.text(&metrics_table(&[("training", &report.train.metrics), ("test", &report.test.metrics)]))?;
    if let Some(fit) = report.fit_in_context.as_ref().and_then(|context| context.unpenalised) {
        output.text(&format!(
            "the fit to the training rows without penalty and class weights: deviance {:.2}, AIC {:.2}, BIC {:.2}, McFadden's R² {}",
            fit.deviance,
            fit.aic,
            fit.bic,
            figure(fit.mcfadden_r2),
        ))?;
    }
    if let Some(all) = &report.all_rows {
        output.text(&format!(
            "the saved model was then fitted to all {} rows; these figures are those of the fit to the {} training rows",
            count(all.rows),
            count(report.split.train_rows),
        ))?;
    }
    output.text(&format!(
        "saved `logistic_model.postcard`, `model_features.postcard`{} and `metrics.json` in `{}`",
        if space.form.has_points() { ", `card.html` (a page to print)" } else { "" },
        arguments.out.display()
    ))
}

/// The columns that a card or a rule asks for, those that it does not, and those that it needs a value of. `dropped` were no candidates.
fn asked_for(
    space: &FeatureSpace,
    form: Option<&FormReport>,
    dropped: &[String],
    output: Output,
) -> Result<(), Failure> {
    let asked: Vec<String> = space.column_names().map(str::to_owned).collect();
    let unused: Vec<String> = space.dropped.iter().filter(|name| !dropped.contains(name)).cloned().collect();
    let unused = if unused.is_empty() { String::new() } else { format!(", and not for {}", quoted(&unused)) };
    output.text(&format!("a prediction asks for {}{unused}", quoted(&asked)))?;
    let numeric = space.numeric.iter().filter(|column| column.fill_value.is_none()).map(|column| &column.name);
    let categorical = space.categorical.iter().filter(|column| column.missing.is_none()).map(|column| &column.name);
    let complete: Vec<String> = numeric.chain(categorical).cloned().collect();
    if complete.is_empty() {
        return never_missing(form, output);
    }
    output.text(&format!("who has no value of {} is rejected: no training row was without one", quoted(&complete)))
}

/// What a missing value does to a rule whose training rows all had one.
fn never_missing(form: Option<&FormReport>, output: Output) -> Result<(), Failure> {
    match form.map(|form| form.never_missing.as_slice()) {
        None | Some([]) => Ok(()),
        Some(columns) => output.text(&format!(
            "without a value of {} a condition on it does not hold; no training row was without one, so the probability is that of users who had one",
            quoted(columns)
        )),
    }
}

/// What was fitted, and how the solver ended.
fn objective(model: &Model, output: Output) -> Result<(), Failure> {
    let training = &model.parameters().training;
    let facts = &training.fit;
    let zeros = match training.penalty {
        Penalty::L1 | Penalty::ElasticNet { .. } => format!(", {}", zeros(model)),
        _ => String::new(),
    };
    let objective = training.objective_in_words();
    let bound = facts
        .coefficient_error_bound
        .map_or(String::new(), |bound| format!("; coefficients are within {bound:.0e} of the optimum"));
    output.text(&format!(
        "{objective}{zeros}; class weights {:.4} and {:.4}; {} after {} iterations and {} passes, largest gradient entry {:.0e}{bound}",
        training.class_weights[0],
        training.class_weights[1],
        if facts.converged { "converged" } else { "not converged" },
        facts.iterations,
        facts.evaluations,
        facts.gradient_max_norm,
    ))
}

fn zeros(model: &Model) -> String {
    let coefficients = &model.parameters().coefficients;
    let zero = coefficients.iter().filter(|value| **value == 0.0).count();
    format!("{zero} of {} coefficients are zero", coefficients.len())
}

//! `report`: the page and the model card of a saved model, on the rows that it was trained and tested on.

use assist_audit::{CodedRows, ColumnProfile, profile};
use assist_data::WholeFile;
use assist_features::MissingPolicy;
use assist_report::{Coefficient, Report};
use serde::Deserialize;

use crate::args::{ReportArguments, SplitMethod, SplitOptions};
use crate::commands::compare::Trial;
use crate::commands::explain;
use crate::failure::Failure;
use crate::loading;
use crate::output::{Output, count};

/// What training wrote beside the model, as far as a report needs it.
#[derive(Deserialize)]
struct Metrics {
    model_id: String,
    data: DataFacts,
    split: SplitFacts,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct DataFacts {
    class_counts: [u64; 2],
    /// Absent in files of older programs.
    #[serde(default)]
    missing: Option<String>,
    #[serde(default)]
    counts: bool,
}

#[derive(Deserialize)]
struct SplitFacts {
    method: String,
    seed: u32,
    test_size: f64,
}

pub(crate) fn run(arguments: &ReportArguments, output: Output) -> Result<(), Failure> {
    loading::use_threads(arguments.threads)?;
    let folder = &arguments.model.model;
    let (model, id) = assist_model::load_with_id(folder)?;
    let id = id.to_string();
    let metrics = read_metrics(arguments, &id)?;
    let table = loading::open(&arguments.data)?;
    let space = model.space();
    // What the model rejects is left out, as in training.
    let schema = loading::schema_of_model(space, metrics.data.counts, false);
    let policy = match metrics.data.missing.as_deref() {
        Some("drop") => MissingPolicy::Drop,
        Some("level") => MissingPolicy::Level,
        _ => MissingPolicy::Error,
    };
    let labels = [space.target.negative.as_str(), space.target.positive.as_str()];
    let observations = loading::observe(&table, &schema, policy, (!metrics.data.counts).then_some(labels), output)?;
    let found = observations.class_counts();
    if found != metrics.data.class_counts {
        let [a, b] = [metrics.data.class_counts, found].map(|[n0, n1]| format!("{} and {}", count(n0), count(n1)));
        return Err(Failure::outcome(
            format!(
                "`{}` is not the table that the model was trained on: that one had {a} rows of class 0 and class 1, this one has {b}",
                table.name()
            ),
            "give the same `--data` as to `train`, or train again on this table".to_owned(),
        ));
    }
    let method = if metrics.split.method == "selection" { SplitMethod::Selection } else { SplitMethod::Sklearn };
    let split = SplitOptions { test_size: metrics.split.test_size, seed: metrics.split.seed, split: method };
    let test_rows = loading::test_rows(&observations, split)?;
    let [train, test] = loading::encode(&observations, &test_rows, output)?;

    let of_all = assist_features::Encoded::learn_joint_space(&[&train, &test])?;
    let rows = CodedRows::new(&of_all, &train.clone().design(&of_all).design, &test.clone().design(&of_all).design);
    let mut profile = profile(&of_all, &rows);
    profile.columns.extend(space.dropped.iter().cloned().map(ColumnProfile::dropped));
    drop(rows);
    let settings = arguments.trial.settings(split.seed);
    let trial = Trial::hold(&model, [train, test], settings, output)?;
    let split_in_words = match method {
        SplitMethod::Sklearn => format!("the split of scikit-learn, seed {}", split.seed),
        SplitMethod::Selection => format!("selection in one pass, seed {}", split.seed),
    };
    let coefficients: Vec<Coefficient> =
        explain::coefficients(&model).features.into_iter().filter_map(explain::Coefficient::for_report).collect();
    let report = Report {
        table: &table.name(),
        model: &model,
        model_id: &id,
        version: env!("CARGO_PKG_VERSION"),
        split: &split_in_words,
        profile: &profile,
        audit: &trial.audit,
        comparison: &trial.comparison,
        test_scores: &trial.test_scores,
        findings: &trial.findings,
        coefficients: &coefficients,
        warnings: &metrics.warnings,
    };
    let page = arguments.out.clone().unwrap_or_else(|| folder.join("report.html"));
    let card = page.with_file_name("model_card.md");
    WholeFile::write(&page, report.html().as_bytes())?;
    WholeFile::write(&card, report.model_card().as_bytes())?;
    let mut document = trial.document();
    document["report"] = page.display().to_string().into();
    document["model_card"] = card.display().to_string().into();
    output.json_document(&document)?;
    output.heading("Verdict")?;
    trial.findings.iter().try_for_each(|finding| output.answer(&format!("- {}", finding.text)))?;
    output.answer(&format!("\nwrote `{}` and `{}`", page.display(), card.display()))
}

fn read_metrics(arguments: &ReportArguments, id: &str) -> Result<Metrics, Failure> {
    let file = arguments.model.model.join("metrics.json");
    let hint = || "train again: `train` writes it beside the model".to_owned();
    let text = match fs_err::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("`{}` is missing, which tells how the rows were split", file.display());
            return Err(Failure::outcome(message, hint()));
        }
        Err(error) => return Err(error.into()),
    };
    let metrics: Metrics = serde_json::from_slice(&text)
        .map_err(|error| Failure::outcome(format!("`{}` cannot be read: {error}", file.display()), hint()))?;
    if metrics.model_id != id {
        let message = format!("`{}` is that of another model", file.display());
        return Err(Failure::outcome(message, hint()));
    }
    Ok(metrics)
}

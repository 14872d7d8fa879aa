//! The model card (Mitchell et al. 2019, "Model cards for model reporting"), as Markdown.

use assist_metrics::words::{count, figure, percent, plural};
use assist_score::RARE_LEVEL;

use crate::clean::clean_line;
use crate::report::Report;
use crate::rows::grown_on;
use crate::score_card::{condition, signed};
use crate::verdict::{Topic, capital};

impl Report<'_> {
    /// The model card, as Markdown.
    pub fn model_card(&self) -> String {
        card(self)
    }
}

fn card(report: &Report<'_>) -> String {
    let of = |topic: Topic| report.findings.iter().filter(move |finding| finding.about == topic);
    let mut lines = vec!["# Model card: who needs assistance?\n".to_owned()];
    lines.extend(of(Topic::Recommendation).map(|finding| format!("**{}**\n", finding.text)));
    lines.extend(model_and_data(report));
    lines.extend(figures(report));
    lines.extend(limits(report));
    lines.push("\n## Label audit\n".to_owned());
    lines.extend(report.audit.lines().iter().map(|line| format!("- {}", line.trim_start())));
    // No name of a column or a level becomes a tag.
    let text = lines.iter().map(|line| clean_line(line)).collect::<Vec<_>>().join("\n") + "\n";
    text.replace("</", "&lt;/").replace("<!", "&lt;!").split('<').enumerate().fold(String::new(), |text, (at, part)| {
        let is_tag = at > 0 && part.starts_with(|c: char| c.is_ascii_alphabetic());
        text + if is_tag {
            "&lt;"
        } else if at > 0 {
            "<"
        } else {
            ""
        } + part
    })
}

fn model_and_data(report: &Report<'_>) -> Vec<String> {
    let space = report.model.space();
    let training = &report.model.parameters().training;
    let target = &space.target;
    let mut lines: Vec<String> = Vec::new();
    let mut say = |line: &str| lines.push(line.to_owned());
    say("## Model\n");
    let has_points = space.form.has_points();
    say(&format!(
        "- {} with {} from {}; it predicts `{}` = `{}`.",
        capital(&report.kind().to_string()),
        plural(space.n_features(), if has_points { "line" } else { "feature" }),
        plural(space.n_columns(), "column"),
        target.name,
        target.positive
    ));
    for term in report.model.terms().filter(|_| has_points) {
        let condition = condition(space, &term.term).unwrap_or(term.name);
        say(&format!("  - {condition}: {}", signed(term.coefficient)));
    }
    say(&format!("- Model `{}`, made by assist {}.", report.model_id, report.version));
    if has_points {
        say(&format!("- Found by {}: {}.", training.fit.solver, training.fit.termination));
    } else {
        say(&format!(
            "- Fitted by {} in {} iterations: {}. Class weights {:.4} and {:.4}.",
            training.fit.solver,
            training.fit.iterations,
            training.fit.termination,
            training.class_weights[0],
            training.class_weights[1]
        ));
        say(&format!("- Objective: {}.", training.objective_in_words()));
    }
    if let Some(rows) = report.all_rows {
        say(&format!(
            "- Fitted to all {} rows once the split had been evaluated. The figures below are those of a fit to the {} training rows.",
            count(rows),
            count(report.comparison.of_rows[0])
        ));
    }
    say("\n## Data\n");
    let [n0, n1] = report.profile.class_counts;
    say(&format!(
        "- {}: {} rows, {} of class 0 (`{}` is `{}`) and {} of class 1 (`{}`); {} repeat the values of another row.",
        report.table,
        count(report.profile.rows),
        count(n0),
        target.name,
        target.negative,
        count(n1),
        target.positive,
        count(report.profile.duplicates)
    ));
    say(&format!(
        "- Split: {}; {} training and {} test rows.",
        report.split,
        count(report.comparison.of_rows[0]),
        count(report.comparison.of_rows[1])
    ));
    for column in &space.numeric {
        let (low, high) = column.training_range;
        let unit = column.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
        say(&format!(
            "- `{}`: {}; training rows have {low} to {high}{unit}. Values beyond are scored and named.",
            column.name,
            column.expected()
        ));
    }
    for column in &space.categorical {
        say(&format!(
            "- `{}`: one of {}. {}",
            column.name,
            column.levels.iter().map(|level| format!("`{level}`")).collect::<Vec<_>>().join(", "),
            if column.rare.is_some() {
                format!("Anything else counts as `{RARE_LEVEL}`.")
            } else {
                "Anything else is rejected.".to_owned()
            }
        ));
    }
    if let Some(disclosure) = report.disclosure() {
        say(&format!("- {disclosure}"));
    }
    lines
}

fn figures(report: &Report<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut say = |line: &str| lines.push(line.to_owned());
    say("\n## Metrics on test rows\n");
    say("The threshold of the probability of each model was chosen in the same way on folds of the training rows.\n");
    say(
        "| model | threshold | accuracy | 95 % interval | ROC AUC | log-loss of probabilities | Brier score of probabilities |",
    );
    say("|---|---:|---:|---:|---:|---:|---:|");
    for model in &report.comparison.models {
        let test = &model.test;
        let decisions = &model.decisions;
        let interval = decisions
            .accuracy_interval
            .map_or_else(|| "–".to_owned(), |[low, high]| format!("{} to {}", percent(low), percent(high)));
        say(&format!(
            "| {} | {} | {} | {interval} | {} | {} | {} |",
            model.name,
            percent(decisions.threshold),
            decisions.accuracy.map_or_else(|| "–".to_owned(), percent),
            figure(test.roc_auc),
            figure(test.probability.log_loss),
            figure(test.probability.brier)
        ));
    }
    say("\n## Findings\n");
    report
        .findings
        .iter()
        .filter(|finding| finding.about != Topic::Recommendation)
        .for_each(|finding| say(&format!("- {}", finding.text)));
    lines
}

fn limits(report: &Report<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut say = |line: &str| lines.push(line.to_owned());
    say("\n## Limits\n");
    say(
        "- The figures are those of rows like the ones above. They say nothing about labels of another origin, or about users whose values lie beyond those of training.",
    );
    say(&format!("- Trees and forest were grown on {}.", grown_on(report)));
    say(
        "- The probability is corrected to the share of class 1 among the training rows, unless a base rate was stated.",
    );
    if let Some(model) = report.comparison.model(report.kind()) {
        let threshold = percent(model.decisions.threshold);
        model.slices.iter().for_each(|slice| {
            say(&format!(
                "- Where class 1 is predicted above a probability of {threshold}: wrong on {} of {} test rows where {}.",
                count(slice.errors),
                count(slice.rows),
                slice.region
            ));
        });
    }
    report.warnings.iter().for_each(|warning| say(&format!("- Training warned: {warning}.")));
    lines
}

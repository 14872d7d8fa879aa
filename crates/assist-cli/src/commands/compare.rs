//! `compare`: logistic regression beside a decision tree, a random forest and controls, on the same split, and what that says.

use assist_learn::{Candidate, CandidateKind, Comparison, ComparisonReport, compare};

use crate::args::CompareArguments;
use crate::failure::Failure;
use crate::next_command::{card_command, train_command};
use crate::output::{self, Block, Output, count, figure, p_value, percent, read_lines};
use crate::progress::Progress;
use crate::tables::{equal_rows, verdict};

pub(crate) fn run(arguments: &CompareArguments, output: Output) -> Result<(), Failure> {
    arguments.fit.threads.apply()?;
    let mut settings = arguments.settings()?;
    settings.check()?;
    let table = arguments.data.open(&mut settings)?;
    let trial = {
        let progress = Progress::new(output, None);
        compare(&table, &settings, &arguments.compare.settings(), &|at| progress.watch(at))?
    };
    output::warnings(&trial.warnings);
    output.json_document(&trial)?;
    read_lines(&trial.read, output)?;
    verdict(&trial, output)?;
    let given: Vec<String> = std::env::args().skip_while(|word| word != "compare").skip(1).collect();
    let statements: Vec<_> = trial.findings.iter().map(|finding| &finding.statement).collect();
    if let Some(command) = train_command(&given, &statements) {
        output.answer(&format!("what is recommended is made by: {command}"))?;
    }
    if let Some(command) = card_command(&given, &statements) {
        output.answer(&format!("the scorecard is made by: {command}"))?;
    }
    say(&trial, output)
}

fn say(trial: &ComparisonReport, output: Output) -> Result<(), Failure> {
    let comparison = &trial.comparison;
    let [train, test] = comparison.rows;
    output.heading(&format!("Models on {} training and {} test rows", count(train as u64), count(test as u64)))?;
    for (what, rows, of) in [("training", train, comparison.of_rows[0]), ("test", test, comparison.of_rows[1])] {
        if (rows as u64) < of {
            output.answer(&format!(
                "drawn from {} {what} rows; logistic regression is fitted on all training rows (`--compare-rows` changes that)",
                count(of)
            ))?;
        }
    }
    equal_rows(trial.equal_rows, comparison.of_rows[1], output)?;
    output.answer(
        "each model predicts class 1 above a threshold of its probability that was chosen in the same way, on folds of the training rows",
    )?;
    output.answer(&models_table(comparison))?;
    output.heading("Two models on the same test rows")?;
    output.answer(&pairs_table(comparison))?;
    if comparison.models.iter().any(|model| !model.slices.is_empty()) {
        output.heading("Segments with the highest error rate")?;
    }
    for model in &comparison.models {
        for slice in &model.slices {
            output.answer(&format!(
                "{}: {} errors in {} test rows where {}",
                model.name,
                count(slice.errors),
                count(slice.rows),
                slice.region
            ))?;
        }
    }
    output.heading("Importance of the columns")?;
    output.answer(&importances_table(comparison))
}

fn models_table(comparison: &Comparison) -> Block {
    let rows = comparison.models.iter().map(|model| {
        vec![
            model.name.to_string(),
            model.size(),
            percent(model.decisions.threshold),
            figure(model.decisions.train_accuracy),
            figure(model.decisions.accuracy),
            figure(model.test.roc_auc),
            figure(model.test.probability.log_loss),
            unseen(model),
        ]
    });
    let header = [
        "",
        "size",
        "threshold",
        "accuracy (training)",
        "accuracy (test)",
        "ROC AUC (test)",
        "log-loss (test)",
        "errors on unseen combinations",
    ];
    output::table(&header, rows)
}

fn unseen(model: &Candidate) -> String {
    format!("{} of {}", count(model.decisions.unseen_errors), count(model.unseen_rows.rows))
}

fn pairs_table(comparison: &Comparison) -> Block {
    let rows = comparison.paired_tests.iter().map(|pair| {
        let test = pair.test;
        vec![
            format!("{} and {}", pair.a, pair.b),
            count(test.a_only_wrong),
            count(test.b_only_wrong),
            p_value(test.mcnemar_p),
            figure(test.auc_difference),
            test.auc_difference_ci.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}")),
        ]
    });
    let are_grouped = comparison.models.iter().any(|model| model.test.has_clusters());
    let header = [
        "",
        "errors of the first only",
        "errors of the second only",
        if are_grouped { "p (signs of groups)" } else { "p (McNemar, exact)" },
        "difference of ROC AUC",
        if are_grouped { "95 % interval (Obuchowski)" } else { "95 % interval (DeLong)" },
    ];
    output::table(&header, rows)
}

fn importances_table(comparison: &Comparison) -> Block {
    let models: Vec<&Candidate> = comparison.models.iter().filter(|model| !model.importances.is_empty()).collect();
    let columns = models.first().map_or(&[][..], |model| &model.importances);
    let rows = columns.iter().enumerate().map(|(at, importance)| {
        let mut row = vec![importance.column.clone()];
        for model in &models {
            row.push(figure(Some(model.importances[at].permutation)));
            row.extend(model.importances[at].impurity.map(percent));
        }
        row
    });
    let mut header = vec!["column"];
    for model in &models {
        header.push(match model.name {
            CandidateKind::LogisticRegression => "permutation importance: logistic regression",
            CandidateKind::DecisionTree => "decision tree",
            CandidateKind::Card => "scorecard",
            CandidateKind::Rule => "rule",
            _ => "random forest",
        });
        if model.importances.iter().any(|importance| importance.impurity.is_some()) {
            header.push("impurity importance");
        }
    }
    output::table(&header, rows)
}

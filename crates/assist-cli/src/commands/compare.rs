//! `compare`: logistic regression beside a decision tree, a random forest and controls, on the same split, and what that says.

use assist_eval::{
    Audit, Candidate, CodedRows, Comparison, ComparisonSettings, Finding, audit, compare, title, verdict,
};
use assist_features::Encoded;
use assist_score::{FeatureSpace, Model};
use serde_json::{Value, json};

use crate::args::{CompareArguments, TrialOptions};
use crate::commands::train::{check, policy, settings};
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, figure, p_value, percent};
use crate::progress::Progress;

/// A model on trial: the audit of its label, the models beside it, and the verdict.
pub(crate) struct Trial {
    pub(crate) audit: Audit,
    pub(crate) comparison: Comparison,
    pub(crate) findings: Vec<Finding>,
}

pub(crate) fn run(arguments: &CompareArguments, output: Output) -> Result<(), Failure> {
    check(&arguments.fit)?;
    loading::use_threads(arguments.fit.threads)?;
    let table = loading::open(&arguments.data.data)?;
    let schema = loading::schema_file(&arguments.data.roles)?.resolve(&table, arguments.fit.counts)?;
    let observations = loading::observe(&table, &schema, policy(&arguments.fit), None, output)?;
    let test_rows = loading::test_rows(&observations, arguments.split)?;
    let parts = loading::encode(&observations, &test_rows, output)?;
    let space = loading::learn_space(&parts[0], arguments.fit.bins)?;
    let fit = settings(&arguments.fit).fit(&parts[0].clone().design(&space).design)?;
    if !fit.model.parameters().training.fit.converged {
        output::warning("the logistic regression did not converge; its figures are not those of an optimum");
    }
    let trial = Trial::hold(&fit.model, parts, arguments.trial.settings(arguments.split.seed), output)?;
    output.json_document(&trial.document())?;
    trial.say(output)
}

impl TrialOptions {
    pub(crate) fn settings(self, seed: u32) -> ComparisonSettings {
        ComparisonSettings {
            n_trees: usize::from(self.trees),
            most_rows: self.compare_rows as usize,
            seed: u64::from(seed),
        }
    }
}

impl Trial {
    /// Puts a model, fitted on the first of the parts, beside the others, which see plain numbers whatever it sees.
    pub(crate) fn hold(
        model: &Model,
        [train, test]: [Encoded; 2],
        settings: ComparisonSettings,
        output: Output,
    ) -> Result<Self, Failure> {
        let space = &model.space().without_cuts();
        let (train, test) = rayon::join(|| train.design(space), || test.design(space));
        let rows = CodedRows::new(space, &train.design, &test.design);
        if test.design.class_counts() == [0, 0] {
            return Err(nothing_to_compare_on(space, rows.n_train));
        }
        let audit = {
            let _progress = Progress::spinner(output, "looking for a rule");
            audit(&rows, &train.design, &test.design)?
        };
        let comparison = {
            let _progress = Progress::spinner(output, "growing trees");
            compare(model, space, &rows, [&train.design, &test.design], settings)?
        };
        let findings = verdict(&audit, &comparison, model);
        Ok(Self { audit, comparison, findings })
    }

    /// What `compare --json` prints.
    pub(crate) fn document(&self) -> Value {
        let text: Vec<&str> = self.findings.iter().map(|finding| finding.text.as_str()).collect();
        let mut document = json!(self.comparison);
        document["format_version"] = json!(1);
        document["label_audit"] = json!(self.audit);
        document["verdict"] = json!(text.join(" "));
        document["findings"] = json!(self.findings);
        document
    }

    fn say(&self, output: Output) -> Result<(), Failure> {
        output.heading("Verdict")?;
        self.findings.iter().try_for_each(|finding| output.answer(&format!("- {}", finding.text)))?;
        let [train, test] = self.comparison.rows;
        output.heading(&format!("Models on {} training and {} test rows", count(train as u64), count(test as u64)))?;
        for (what, rows, of) in
            [("training", train, self.comparison.of_rows[0]), ("test", test, self.comparison.of_rows[1])]
        {
            if (rows as u64) < of {
                output.answer(&format!(
                    "drawn from {} {what} rows; logistic regression is fitted on all training rows (`--compare-rows` changes that)",
                    count(of)
                ))?;
            }
        }
        output.answer(&models_table(&self.comparison))?;
        output.heading("Two models on the same test rows")?;
        output.answer(&pairs_table(&self.comparison))?;
        if self.comparison.models.iter().any(|model| !model.slices.is_empty()) {
            output.heading("Where each is most wrong")?;
        }
        for model in &self.comparison.models {
            for slice in &model.slices {
                output.answer(&format!(
                    "{}: {} of {} rows where {}",
                    title(model.name),
                    count(slice.errors),
                    count(slice.rows),
                    slice.region
                ))?;
            }
        }
        output.heading("What each column is worth")?;
        output.answer(&importances_table(&self.comparison))
    }
}

fn nothing_to_compare_on(space: &FeatureSpace, n_train: usize) -> Failure {
    let many = space.categorical.iter().max_by_key(|column| column.levels.len());
    let hint = match many.filter(|column| 2 * column.levels.len() > n_train) {
        Some(column) => format!(
            "column `{}` has {} levels for {} training rows: if it names users, leave it out with `--drop {}`",
            column.name,
            count(column.levels.len() as u64),
            count(n_train as u64),
            column.name
        ),
        None => "every test row has a level or a missing cell that no training row has".to_owned(),
    };
    Failure::outcome("no test row can be scored, so there is nothing to compare on", hint)
}

fn models_table(comparison: &Comparison) -> String {
    let rows = comparison.models.iter().map(|model| {
        vec![
            title(model.name).to_owned(),
            format!("{} {}", count(model.parameters as u64), model.parameters_are),
            figure(model.train.accuracy),
            figure(model.test.accuracy),
            figure(model.test.roc_auc),
            figure(model.test.probability.log_loss),
            unseen(model),
        ]
    });
    let header = [
        "",
        "size",
        "accuracy, training",
        "accuracy, test",
        "ROC AUC, test",
        "log-loss of probabilities, test",
        "errors on unseen values",
    ];
    output::table(&header, rows)
}

fn unseen(model: &Candidate) -> String {
    format!("{} of {}", count(model.unseen_rows.errors), count(model.unseen_rows.rows))
}

fn pairs_table(comparison: &Comparison) -> String {
    let rows = comparison.paired_tests.iter().map(|test| {
        vec![
            format!("{} and {}", title(&test.a), title(&test.b)),
            count(test.a_only_wrong),
            count(test.b_only_wrong),
            p_value(test.mcnemar_p),
            figure(test.auc_difference),
            test.auc_difference_ci.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}")),
        ]
    });
    let header = [
        "",
        "only the first wrong",
        "only the second wrong",
        "p (McNemar, exact)",
        "difference of AUC",
        "95 % interval (DeLong)",
    ];
    output::table(&header, rows)
}

fn importances_table(comparison: &Comparison) -> String {
    let models: Vec<&Candidate> = comparison.models.iter().filter(|model| !model.importances.is_empty()).collect();
    let columns = models.first().map_or(&[][..], |model| &model.importances);
    let rows = columns.iter().enumerate().map(|(at, importance)| {
        let mut row = vec![importance.column.clone()];
        for model in &models {
            // Not its negative, which would show a fall of nothing as -0.
            row.push(format!("{:+.4}", 0.0 - model.importances[at].permutation));
            row.extend(model.importances[at].impurity.map(percent));
        }
        row
    });
    let mut header = vec!["column"];
    for model in &models {
        header.push(match model.name {
            assist_eval::LOGISTIC_REGRESSION => "change of accuracy if permuted: logistic regression",
            assist_eval::DECISION_TREE => "decision tree",
            _ => "random forest",
        });
        if model.importances.iter().any(|importance| importance.impurity.is_some()) {
            header.push("share of impurity");
        }
    }
    output::table(&header, rows)
}

//! What to do, and how sure that is.

use assist_audit::CandidateKind;
use assist_metrics::words::{code, count, few, percent};
use serde::{Deserialize, Serialize};

use super::card_beside::CardBeside;
use super::contest::Contest;
use super::deciding::{Deciding, Standing, equals, finding, interval};
use super::finding_figure::FindingFigure;
use super::label::LabelFormula;
use super::ranking::Ranking;
use super::shape::{ShapeFound, ShapeVerdict};
use super::single_column::SingleColumns;

/// An area under the ROC curve below this ranks little, however sure it is.
const LITTLE: f64 = 0.6;

/// What to do, with what has to be asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// Columns of which to ask first whether they are known at the moment when help is given, since each alone predicts nearly all.
    pub ask_about: Vec<String>,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
#[non_exhaustive]
pub enum Action {
    /// Look at a table without copied rows.
    RemoveCopies {
        /// Test rows that equal a training row.
        equal: u64,
        /// Test rows.
        test_rows: u64,
    },
    /// Use a rule in the place of a model.
    UseRule {
        /// The rule.
        rule: String,
        /// All rows, which it agrees with.
        rows: u64,
    },
    /// Look at what a rule gets wrong.
    LookAtExceptions {
        /// The rule.
        rule: String,
        /// Rows that it gets wrong.
        exceptions: u64,
        /// All rows.
        rows: u64,
    },
    /// More rows are needed before anything can be said.
    CollectMoreRows {
        /// Test rows that there are.
        test_rows: u64,
    },
    /// Nothing here helps.
    UseNone {
        /// Test rows.
        test_rows: u64,
        /// Share of them that the majority class gets right.
        majority_accuracy: f64,
    },
    /// Use the order of the users and their probabilities.
    UseOrder {
        /// The area under the ROC curve.
        roc_auc: f64,
        /// Its 95 % interval.
        interval: Option<[f64; 2]>,
    },
    /// Give logistic regression the bends and interactions that it lacks.
    AddTerms {
        /// The terms in words.
        terms: Vec<String>,
        /// The largest p-value of these, after Holm's correction.
        p_holm: f64,
        /// A model that is better until then.
        better: Option<CandidateKind>,
    },
    /// Use another model than logistic regression.
    UseOther {
        /// The model.
        model: CandidateKind,
        /// Share of the test rows that it gets right, and that logistic regression does.
        accuracy: [f64; 2],
        /// The p-value of the difference, after Holm's correction.
        p_holm: Option<f64>,
        /// Whether it is shown to be better than logistic regression; else it alone is shown to be better than the majority class.
        is_shown: bool,
    },
    /// Use logistic regression.
    UseLogisticRegression {
        /// Test rows.
        test_rows: u64,
        /// Share of them that it gets right.
        accuracy: f64,
        /// The 95 % interval of that.
        interval: Option<[f64; 2]>,
        /// Share of class 1 among them that it finds; absent without class 1.
        recall: Option<f64>,
        /// Share that the majority class gets right.
        majority_accuracy: f64,
        /// The p-value of the difference, after Holm's correction.
        p_over_majority: Option<f64>,
        /// Whether bends and interactions were tested, and none is shown to be missing.
        is_enough: bool,
        /// A model that ranks better, though it does not decide better.
        ranks_better: Option<CandidateKind>,
        /// A scorecard that is not shown to decide worse.
        card: Option<CardBeside>,
    },
}

/// The statements that a recommendation rests on.
pub(super) struct Grounds<'a> {
    pub(super) deciding: &'a Deciding,
    pub(super) ranking: Option<&'a Ranking>,
    pub(super) label: &'a LabelFormula,
    pub(super) shape: Option<&'a ShapeVerdict>,
    pub(super) single: Option<&'a SingleColumns>,
}

impl Recommendation {
    pub(super) fn of(contest: &Contest<'_>, grounds: &Grounds<'_>) -> Option<Self> {
        let suspects = grounds.single.iter().flat_map(|single| &single.suspects);
        let ask_about = suspects.map(|of| of.column.clone()).collect();
        Some(Self { ask_about, action: Action::of(contest, grounds)? })
    }

    pub(super) fn text(&self) -> String {
        let action = self.action.text(self.ask_about.is_empty());
        let names: Vec<String> = self.ask_about.iter().map(|column| code(column)).collect();
        match names.len() {
            0 => action,
            n => {
                let [is, alone, otherwise, then] = if n == 1 {
                    ["is", "alone it predicts", "If not, leave it out and start again", "If it is known then"]
                } else {
                    [
                        "are",
                        "each alone predicts",
                        "Leave out those that are not, and start again",
                        "If all are known then",
                    ]
                };
                format!(
                    "First ask whether {} {is} known at the moment when help is given: {alone} nearly all. {otherwise}. {then}, {}",
                    few(&names),
                    uncapital(&action)
                )
            }
        }
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let mut figures = self.action.figures();
        if !self.ask_about.is_empty() {
            figures.push(FindingFigure::new("columns to ask about", self.ask_about.join(", ")));
        }
        figures
    }
}

impl Action {
    fn of(contest: &Contest<'_>, grounds: &Grounds<'_>) -> Option<Self> {
        let Grounds { deciding, ranking, label, shape, .. } = grounds;
        let test_rows = deciding.test_rows;
        if let Standing::Copies { equal } = deciding.standing {
            return Some(Self::RemoveCopies { equal, test_rows });
        }
        if let Some(rule) = label.rule.as_ref().filter(|_| label.is_found) {
            let (rule, exceptions, rows) = (rule.clone(), label.exceptions, label.rows);
            return Some(match exceptions {
                0 => Self::UseRule { rule, rows },
                exceptions => Self::LookAtExceptions { rule, exceptions, rows },
            });
        }
        if deciding.standing == Standing::TooFewRows {
            return Some(Self::CollectMoreRows { test_rows });
        }
        let better = contest.decides_better().map(|of| of.better);
        let lacking = shape.filter(|shape| !shape.found.is_empty());
        if let Some(shape) = lacking {
            let terms = shape.found.iter().map(ShapeFound::in_words).collect();
            let p_holm = shape.found.iter().fold(0.0_f64, |largest, found| largest.max(found.p_holm));
            return Some(Self::AddTerms { terms, p_holm, better });
        }
        if deciding.standing != Standing::Better {
            return Some(match ranking.filter(|ranking| ranking.is_shown) {
                Some(ranking) => Self::UseOrder { roc_auc: ranking.roc_auc, interval: ranking.interval },
                None => Self::UseNone { test_rows, majority_accuracy: deciding.majority_accuracy },
            });
        }
        let logistic = deciding.model(CandidateKind::LogisticRegression)?;
        let is_useful = contest.useful().iter().any(|model| model.name == CandidateKind::LogisticRegression);
        let other = better.or((!is_useful).then_some(deciding.subject));
        if let Some(other) = other.and_then(|other| deciding.model(other)) {
            return Some(Self::UseOther {
                model: other.model,
                accuracy: [other.accuracy, logistic.accuracy],
                p_holm: other.p_beside_logistic_regression,
                is_shown: better.is_some(),
            });
        }
        Some(Self::UseLogisticRegression {
            test_rows,
            accuracy: logistic.accuracy,
            interval: logistic.interval,
            recall: logistic.recall,
            majority_accuracy: deciding.majority_accuracy,
            p_over_majority: logistic.p_over_majority,
            is_enough: shape.is_some_and(ShapeVerdict::is_enough),
            ranks_better: ranking.and_then(|ranking| ranking.better().first().copied()),
            card: CardBeside::of(contest, deciding),
        })
    }

    /// What to do; `is_first` where nothing has been asked before.
    fn text(&self, is_first: bool) -> String {
        match self {
            Self::RemoveCopies { equal, test_rows } => format!(
                "Remove the copied rows and start again: {} of the {} test rows equal a training row in every column, so nothing here tells what was learnt from what was remembered.",
                count(*equal),
                count(*test_rows)
            ),
            Self::UseRule { rule, rows } => format!(
                "Use the rule itself, {}{}: it agrees with all {} rows, so no model is needed where labels come about as they did here.",
                code(rule),
                if is_first { ", if what it looks at is known at the moment when help is given" } else { "" },
                count(*rows)
            ),
            Self::LookAtExceptions { rule, exceptions, rows } => {
                let (wrong, they) = match exceptions {
                    1 => ("row".to_owned(), ["it is a slip", "it is not, it is"]),
                    n => (format!("{} rows", count(*n)), ["they are slips", "they are not, they are"]),
                };
                format!(
                    "Look at the {wrong} of {} that the rule {} gets wrong. If {}, use the rule itself; if {} what a model has to learn.",
                    count(*rows),
                    code(rule),
                    they[0],
                    they[1]
                )
            }
            Self::CollectMoreRows { test_rows } => format!(
                "Collect more rows before anything is decided by a model: {} test rows are too few to tell whether any is better than always predicting the majority class.",
                count(*test_rows)
            ),
            Self::UseNone { test_rows, majority_accuracy } => format!(
                "Use none of these models: on {} test rows none is shown to decide better than always predicting the majority class (right for {}), or to rank users better than chance. More rows, or other columns, may tell more.",
                count(*test_rows),
                percent(*majority_accuracy)
            ),
            Self::UseOrder { roc_auc, interval } => {
                let little = if *roc_auc < LITTLE { " only a little more often than chance" } else { "" };
                let ends =
                    interval.map_or(String::new(), |[low, high]| format!(", 95 % interval {low:.3} to {high:.3}"));
                format!(
                    "Use logistic regression for its order and its probabilities, not for yes or no: it ranks users who need assistance above others{little} (ROC AUC {roc_auc:.3}{ends}), but no model is shown to decide better than always predicting the majority class. Choose a threshold for a cost, a capacity or a recall."
                )
            }
            Self::AddTerms { terms, p_holm, better } => {
                let until = better.map_or(String::new(), |model| {
                    format!(" Until then {} decides better than logistic regression.", model.in_sentence())
                });
                format!(
                    "Fit logistic regression again with {}: the training rows show that it lacks {} (score test, p {} after Holm's correction).{until}",
                    few(terms),
                    if terms.len() == 1 { "this" } else { "these" },
                    equals(*p_holm)
                )
            }
            Self::UseOther { model, accuracy, p_holm, is_shown: true } => format!(
                "Use {}, or find what logistic regression lacks: it is right for {} of the test rows, logistic regression for {}{}.",
                model.in_sentence(),
                percent(accuracy[0]),
                percent(accuracy[1]),
                p_holm.map_or(String::new(), |p| format!(" (p {})", equals(p)))
            ),
            Self::UseOther { model, accuracy, .. } => format!(
                "Use {}, or collect more rows: it is shown to decide better than always predicting the majority class (right for {} of the test rows), and logistic regression ({}) is not, though the two are not shown to differ.",
                model.in_sentence(),
                percent(accuracy[0]),
                percent(accuracy[1])
            ),
            Self::UseLogisticRegression { .. } => self.use_logistic_regression(),
        }
    }

    fn use_logistic_regression(&self) -> String {
        let Self::UseLogisticRegression {
            test_rows,
            accuracy,
            interval: ends,
            recall,
            majority_accuracy,
            p_over_majority,
            is_enough,
            ranks_better,
            card,
        } = self
        else {
            return String::new();
        };
        let p = p_over_majority.map_or(String::new(), |p| format!(", p {}", equals(p)));
        let enough = match (ranks_better, is_enough) {
            (Some(other), _) => format!(
                " It decides no worse than the others, but {} ranks better: compare both where the order counts.",
                other.in_sentence()
            ),
            (None, true) => {
                " No other model is shown to be better, and no bend or interaction is shown to be missing.".to_owned()
            }
            (None, false) => " No other model is shown to be better.".to_owned(),
        };
        let card = card.map_or(String::new(), |card| card.text());
        format!(
            "Use logistic regression: it is right for {} of {} test rows{}{}, the majority class is right for {}{p}.{enough} Its coefficients can be read and checked.{card}",
            percent(*accuracy),
            count(*test_rows),
            interval(*ends),
            finding(*recall),
            percent(*majority_accuracy)
        )
    }

    fn figures(&self) -> Vec<FindingFigure> {
        let figure = |name: &str, value: String| FindingFigure::new(name, value);
        match self {
            Self::RemoveCopies { equal, test_rows } => {
                vec![figure(
                    "test rows that equal a training row",
                    format!("{} of {}", count(*equal), count(*test_rows)),
                )]
            }
            Self::UseRule { rule, rows } => {
                vec![figure("rule", rule.clone()), figure("rows that it agrees with", count(*rows))]
            }
            Self::LookAtExceptions { rule, exceptions, rows } => vec![
                figure("rule", rule.clone()),
                figure("rows that it gets wrong", format!("{} of {}", count(*exceptions), count(*rows))),
            ],
            Self::CollectMoreRows { test_rows } => vec![figure("test rows", count(*test_rows))],
            Self::UseNone { test_rows, majority_accuracy } => vec![
                figure("test rows", count(*test_rows)),
                figure("accuracy of always predicting the majority class", percent(*majority_accuracy)),
            ],
            Self::UseOrder { roc_auc, interval } => {
                let ends = interval.map_or(String::new(), |[low, high]| format!(" ({low:.4} to {high:.4})"));
                vec![figure("ROC AUC of logistic regression", format!("{roc_auc:.4}{ends}"))]
            }
            Self::AddTerms { terms, p_holm, .. } => {
                vec![
                    figure("terms", terms.join(", ")),
                    figure("largest p of these (Holm)", assist_metrics::words::p_value(*p_holm)),
                ]
            }
            Self::UseOther { model, accuracy, .. } => vec![
                FindingFigure::new(format!("accuracy of {}", model.in_sentence()), percent(accuracy[0])),
                figure("accuracy of logistic regression", percent(accuracy[1])),
            ],
            Self::UseLogisticRegression { accuracy, interval: ends, majority_accuracy, .. } => vec![
                figure("accuracy of logistic regression", format!("{}{}", percent(*accuracy), interval(*ends))),
                figure("accuracy of always predicting the majority class", percent(*majority_accuracy)),
            ],
        }
    }
}

/// A sentence behind a comma.
fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(action: Action) -> String {
        Recommendation { ask_about: vec![], action }.text()
    }

    fn use_logistic_regression() -> Action {
        Action::UseLogisticRegression {
            test_rows: 500,
            accuracy: 0.92,
            interval: Some([0.89, 0.94]),
            recall: Some(0.6),
            majority_accuracy: 0.8,
            p_over_majority: Some(0.01),
            is_enough: true,
            ranks_better: None,
            card: Some(CardBeside { lines: 5, accuracy: 0.91, recall: Some(0.5), ranks_worse: true }),
        }
    }

    #[test]
    fn what_to_do_is_told_with_how_sure_that_is() {
        assert_eq!(
            text(use_logistic_regression()),
            "Use logistic regression: it is right for 92.0 % of 500 test rows (95 % interval 89.0 % to 94.0 %) and finds 60.0 % of class 1, the majority class is right for 80.0 %, p = 0.0100. No other model is shown to be better, and no bend or interaction is shown to be missing. Its coefficients can be read and checked. Where it has to be added up by hand, a scorecard of 5 lines is not shown to decide worse, though it ranks users worse: it is right for 91.0 % and finds 50.0 % of class 1. That is no proof that it is as good."
        );
        let (rule, rows) = ("a > 3".to_owned(), 700);
        let other = |is_shown| Action::UseOther {
            model: CandidateKind::RandomForest,
            accuracy: [0.9, 0.7],
            p_holm: Some(0.003),
            is_shown,
        };
        for (action, words) in [
            (
                Action::RemoveCopies { equal: 90, test_rows: 100 },
                "Remove the copied rows and start again: 90 of the 100 test rows",
            ),
            (
                Action::UseRule { rule: rule.clone(), rows },
                "Use the rule itself, `a > 3`, if what it looks at is known at the moment when help is given: it agrees with all 700 rows",
            ),
            (
                Action::LookAtExceptions { rule: rule.clone(), exceptions: 1, rows },
                "Look at the row of 700 that the rule `a > 3` gets wrong. If it is a slip, use the rule itself; if it is not, it is what a model has to learn.",
            ),
            (
                Action::LookAtExceptions { rule, exceptions: 4, rows },
                "Look at the 4 rows of 700 that the rule `a > 3` gets wrong. If they are slips",
            ),
            (
                Action::CollectMoreRows { test_rows: 12 },
                "Collect more rows before anything is decided by a model: 12 test rows",
            ),
            (
                Action::UseNone { test_rows: 400, majority_accuracy: 0.6 },
                "Use none of these models: on 400 test rows none is shown to decide better",
            ),
            (
                Action::UseOrder { roc_auc: 0.52, interval: Some([0.51, 0.53]) },
                "above others only a little more often than chance (ROC AUC 0.520",
            ),
            (
                Action::UseOrder { roc_auc: 0.71, interval: Some([0.66, 0.76]) },
                "(ROC AUC 0.710, 95 % interval 0.660 to 0.760)",
            ),
            (
                Action::AddTerms {
                    terms: vec!["a curve for `u`".into()],
                    p_holm: 0.004,
                    better: Some(CandidateKind::DecisionTree),
                },
                "Fit logistic regression again with a curve for `u`: the training rows show that it lacks this (score test, p = 0.0040 after Holm's correction). Until then the decision tree decides better",
            ),
            (
                other(true),
                "Use the random forest, or find what logistic regression lacks: it is right for 90.0 % of the test rows, logistic regression for 70.0 % (p = 0.0030).",
            ),
            (
                other(false),
                "Use the random forest, or collect more rows: it is shown to decide better than always predicting the majority class",
            ),
        ] {
            assert!(!action.figures().is_empty(), "{action:?} rests on nothing");
            let text = text(action);
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn what_predicts_nearly_all_is_asked_about_first() {
        let mut of = Recommendation { ask_about: vec!["note".into()], action: use_logistic_regression() };
        assert!(
            of.text().starts_with("First ask whether `note` is known at the moment when help is given: alone it predicts nearly all. If not, leave it out and start again. If it is known then, use logistic regression: it is right"),
            "{}",
            of.text()
        );
        let rule = Action::UseRule { rule: "a > 3".into(), rows: 700 };
        let of_rule = Recommendation { ask_about: vec!["a".into()], action: rule };
        assert!(of_rule.text().ends_with("If it is known then, use the rule itself, `a > 3`: it agrees with all 700 rows, so no model is needed where labels come about as they did here."), "{}", of_rule.text());
        of.ask_about.push("reply".into());
        assert!(of.text().starts_with("First ask whether `note` and `reply` are known"), "{}", of.text());
        assert_eq!(of.figures().last().map(|figure| figure.value.as_str()), Some("note, reply"));
    }
}

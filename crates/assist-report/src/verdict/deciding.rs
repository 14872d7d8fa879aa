//! Whether the models decide better than always predicting the majority class, and which does.

use assist_audit::{Candidate, CandidateKind, Comparison, ThresholdChoice};
use assist_metrics::words::{count, few, p_value, percent};
use assist_metrics::zero_error_bound;
use serde::{Deserialize, Serialize};

use super::contest::{CONTESTANTS, Contest, FEW_ROWS, LEVEL, accuracy};
use super::finding_figure::FindingFigure;

/// How well the models decide at the threshold that is chosen for each in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deciding {
    /// Observations that all are judged by.
    pub test_rows: u64,
    /// Share of them that always predicting the majority class gets right.
    pub majority_accuracy: f64,
    /// Whether rows come in groups, such as those of users.
    pub are_grouped: bool,
    /// What can be said.
    pub standing: Standing,
    /// The model that the sentence is about: the most accurate of those that are shown to be better than the majority class, or
    /// of all.
    pub subject: CandidateKind,
    /// Logistic regression, the scorecard, the decision tree and the random forest.
    pub models: Vec<Judged>,
    /// What logistic regression decides at the threshold that it is saved with, where that is something else.
    pub as_saved: Option<AsSaved>,
}

/// What the saved model decides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AsSaved {
    /// Its threshold of the probability.
    pub threshold: f64,
    /// Share of the test rows that are predicted positive.
    pub flagged: f64,
    /// Share of class 1 that is among them.
    pub recall: Option<f64>,
    /// Share of the test rows that it gets right.
    pub accuracy: Option<f64>,
}

impl AsSaved {
    fn of(model: &Candidate, saved_at: f64) -> Option<Self> {
        let [[_, fp], [_, tp]] = model.test.confusion_matrix;
        let is_elsewhere = model.test.confusion_matrix != model.decisions.confusion_matrix;
        is_elsewhere.then(|| Self {
            threshold: saved_at,
            flagged: (fp + tp) as f64 / model.test.rows.max(1) as f64,
            recall: model.test.report.positive.recall,
            accuracy: model.test.accuracy,
        })
    }

    fn text(self) -> String {
        let found = finding(self.recall);
        let right = self.accuracy.map_or(String::new(), |accuracy| format!(" (right for {})", percent(accuracy)));
        format!(
            " Saved as it is, logistic regression decides at another threshold, a probability of {}: there it flags {} of the test rows{found}{right}.",
            percent(self.threshold),
            percent(self.flagged)
        )
    }
}

/// What can be said of models beside the majority class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
#[non_exhaustive]
pub enum Standing {
    /// Nothing: there are too few test rows.
    TooFewRows,
    /// Nothing: the test rows are copies of training rows.
    Copies {
        /// How many of them.
        equal: u64,
    },
    /// Nothing: one is more often right, but chance explains that.
    Open,
    /// None is more often right.
    NoneBetter,
    /// At least one is shown to decide better.
    Better,
}

/// What a model decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judged {
    /// The model.
    pub model: CandidateKind,
    /// Its threshold of the probability.
    pub threshold: f64,
    /// How that was chosen.
    pub chosen: ThresholdChoice,
    /// Share of the test rows that it gets right there.
    pub accuracy: f64,
    /// The 95 % interval of that.
    pub interval: Option<[f64; 2]>,
    /// Share of class 1 among the test rows that it finds there; absent without class 1.
    pub recall: Option<f64>,
    /// Test rows that it gets wrong.
    pub errors: u64,
    /// The p-value of its difference to the majority class, after Holm's correction over the models.
    pub p_over_majority: Option<f64>,
    /// The p-value of its difference to logistic regression, after Holm's correction over the tests of decisions and of ranks.
    pub p_beside_logistic_regression: Option<f64>,
}

impl Deciding {
    pub(super) fn of(contest: &Contest<'_>, saved_at: Option<f64>, copies: Option<u64>) -> Option<Self> {
        let comparison = contest.comparison;
        let majority_accuracy = accuracy(contest.model(CandidateKind::MajorityClass)?);
        let (best, useful) = (contest.most_accurate()?, contest.useful());
        let standing = match (copies, useful.first()) {
            (Some(equal), _) => Standing::Copies { equal },
            (None, _) if best.test.rows < FEW_ROWS => Standing::TooFewRows,
            (None, Some(_)) => Standing::Better,
            (None, None) if accuracy(best) > majority_accuracy => Standing::Open,
            (None, None) => Standing::NoneBetter,
        };
        let subject = useful.first().filter(|_| standing == Standing::Better).map_or(best.name, |model| model.name);
        let models = CONTESTANTS.into_iter().filter_map(|kind| Self::judged(contest, comparison, kind)).collect();
        let (test_rows, are_grouped) = (best.test.rows, best.test.has_clusters());
        let logistic = contest.model(CandidateKind::LogisticRegression);
        let as_saved = logistic.zip(saved_at).and_then(|(model, saved_at)| AsSaved::of(model, saved_at));
        Some(Self { test_rows, majority_accuracy, are_grouped, standing, subject, models, as_saved })
    }

    fn judged(contest: &Contest<'_>, comparison: &Comparison, kind: CandidateKind) -> Option<Judged> {
        let of = &comparison.model(kind)?.decisions;
        Some(Judged {
            model: kind,
            threshold: of.threshold,
            chosen: of.chosen,
            accuracy: of.accuracy?,
            interval: of.accuracy_interval,
            recall: of.recall,
            errors: of.errors(),
            p_over_majority: contest.p_over_majority(kind),
            p_beside_logistic_regression: contest.deciding_beside(kind).map(|of| of.p_holm),
        })
    }

    /// A model by its kind.
    pub fn model(&self, kind: CandidateKind) -> Option<&Judged> {
        self.models.iter().find(|of| of.model == kind)
    }

    /// The models that are shown to decide better than logistic regression.
    pub fn better_than_logistic_regression(&self) -> Vec<CandidateKind> {
        let own = self.model(CandidateKind::LogisticRegression).map_or(0.0, |of| of.accuracy);
        let is_better = |of: &&Judged| of.accuracy > own && of.p_beside_logistic_regression.is_some_and(|p| p < LEVEL);
        self.models.iter().filter(is_better).map(|of| of.model).collect()
    }

    pub(super) fn text(&self) -> String {
        let is_told = !matches!(self.standing, Standing::TooFewRows | Standing::Copies { .. });
        let as_saved = self.as_saved.filter(|_| is_told).map_or(String::new(), AsSaved::text);
        self.beside_majority() + &as_saved
    }

    fn beside_majority(&self) -> String {
        let rows = count(self.test_rows);
        let Some(subject) = self.model(self.subject) else { return String::new() };
        let (name, right, majority) =
            (self.subject.in_sentence(), percent(subject.accuracy), percent(self.majority_accuracy));
        match self.standing {
            Standing::TooFewRows => format!(
                "Whether any model decides better than always predicting the majority class cannot be told from {rows} test rows."
            ),
            Standing::Copies { equal } => format!(
                "Whether any model decides better than always predicting the majority class cannot be told: {} of the {rows} test rows equal a training row in every column, more than chance would make, and whoever knows the training rows by heart is right for these.",
                count(equal)
            ),
            Standing::Open => format!(
                "Whether any model decides better than always predicting the majority class cannot be told: {name} is right for {right} of {rows} test rows and the majority class for {majority}, which chance may explain{}.",
                subject.p_over_majority.map_or(String::new(), |p| format!(" (p {})", equals(p)))
            ),
            Standing::NoneBetter => format!(
                "No model is shown to decide better than always predicting the majority class, which is right for {majority} of {rows} test rows; {name} is right for {right}."
            ),
            Standing::Better => {
                let figures = if subject.errors == 0 && !self.are_grouped {
                    let bound = (zero_error_bound(self.test_rows) * 1e4).ceil() / 1e2;
                    format!(
                        "it makes no error in {rows} test rows (with 95 % confidence fewer than {bound:.2} % are wrong)"
                    )
                } else {
                    format!(
                        "it is right for {right} of {rows} test rows{}{}",
                        interval(subject.interval),
                        finding(subject.recall)
                    )
                };
                format!(
                    "{} decides better than always predicting the majority class: {figures}, the majority class is right for {majority}.{}",
                    capital(name),
                    self.beside_others(subject)
                )
            }
        }
    }

    /// The subject beside logistic regression, or logistic regression beside the others.
    fn beside_others(&self, subject: &Judged) -> String {
        if subject.model != CandidateKind::LogisticRegression {
            let Some(own) = self.model(CandidateKind::LogisticRegression) else { return String::new() };
            let p = subject.p_beside_logistic_regression;
            let shown = if p.is_some_and(|p| p < LEVEL) { "It is" } else { "It is not shown to be" };
            return format!(
                " {shown} better than logistic regression, which is right for {}{}.",
                percent(own.accuracy),
                p.map_or(String::new(), |p| format!(" (p {})", equals(p)))
            );
        }
        let others = || self.models.iter().filter(|of| of.model != subject.model);
        let is_worse =
            |of: &Judged| of.accuracy < subject.accuracy && of.p_beside_logistic_regression.is_some_and(|p| p < LEVEL);
        let named = |are_worse: bool| -> Vec<String> {
            let some = others().filter(|of| is_worse(of) == are_worse);
            some.map(|of| format!("{} ({})", of.model.in_sentence(), percent(of.accuracy))).collect()
        };
        let (worse, alike) = (named(true), named(false));
        let mut text = String::new();
        if !worse.is_empty() {
            text += &format!(" It is better than {}.", few(&worse));
        }
        if !alike.is_empty() {
            text += &format!(" Its decisions are not shown to differ from those of {}.", few(&alike));
        }
        text
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let mut figures = vec![
            FindingFigure::new("test rows", count(self.test_rows)),
            FindingFigure::new("accuracy of always predicting the majority class", percent(self.majority_accuracy)),
        ];
        let test = if self.are_grouped { "signs of groups" } else { "McNemar" };
        for of in &self.models {
            let name = of.model;
            let how = match of.chosen {
                ThresholdChoice::Folds => "chosen on folds of the training rows",
                _ => "a half: no other is clearly better on folds of the training rows",
            };
            figures.push(FindingFigure::new(
                format!("{name}: threshold of the probability"),
                format!("{} ({how})", percent(of.threshold)),
            ));
            figures.push(FindingFigure::new(
                format!("{name}: accuracy there"),
                format!("{}{}", percent(of.accuracy), interval(of.interval)),
            ));
            let p = of.p_over_majority.map(p_value);
            figures
                .extend(p.map(|p| FindingFigure::new(format!("{name} and the majority class: p ({test}, Holm)"), p)));
            let p = of.p_beside_logistic_regression.map(p_value);
            figures
                .extend(p.map(|p| FindingFigure::new(format!("{name} and logistic regression: p ({test}, Holm)"), p)));
        }
        figures
    }
}

/// How much of class 1 a model finds.
pub(super) fn finding(recall: Option<f64>) -> String {
    recall.map_or(String::new(), |recall| format!(" and finds {} of class 1", percent(recall)))
}

/// An interval behind a share.
pub(super) fn interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or(String::new(), |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)))
}

/// A p-value behind its letter.
pub(super) fn equals(p: f64) -> String {
    if p < 0.0001 { p_value(p) } else { format!("= {}", p_value(p)) }
}

/// The beginning of a sentence.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::verdict) fn judged(model: CandidateKind, accuracy: f64, p: f64) -> Judged {
        Judged {
            model,
            threshold: 0.5,
            chosen: ThresholdChoice::Half,
            accuracy,
            interval: Some([accuracy - 0.02, accuracy + 0.01]),
            recall: Some(0.6),
            errors: if accuracy < 1.0 { 40 } else { 0 },
            p_over_majority: Some(0.0004),
            p_beside_logistic_regression: (model != CandidateKind::LogisticRegression).then_some(p),
        }
    }

    /// Logistic regression is right for 90 %; the tree and the forest for so much, with such p-values beside it.
    pub(in crate::verdict) fn deciding(tree: (f64, f64), forest: (f64, f64)) -> Deciding {
        Deciding {
            test_rows: 1000,
            majority_accuracy: 0.7,
            are_grouped: false,
            standing: Standing::Better,
            subject: CandidateKind::LogisticRegression,
            models: vec![
                judged(CandidateKind::LogisticRegression, 0.9, 1.0),
                judged(CandidateKind::DecisionTree, tree.0, tree.1),
                judged(CandidateKind::RandomForest, forest.0, forest.1),
            ],
            as_saved: None,
        }
    }

    #[test]
    fn a_useful_model_stands_beside_the_others() {
        let mut of = deciding((0.8, 0.001), (0.91, 0.3));
        assert_eq!(
            of.text(),
            "Logistic regression decides better than always predicting the majority class: it is right for 90.0 % of 1,000 test rows (95 % interval 88.0 % to 91.0 %) and finds 60.0 % of class 1, the majority class is right for 70.0 %. It is better than the decision tree (80.0 %). Its decisions are not shown to differ from those of the random forest (91.0 %)."
        );
        of.subject = CandidateKind::RandomForest;
        assert!(of.text().ends_with(
            "It is not shown to be better than logistic regression, which is right for 90.0 % (p = 0.3000)."
        ));
        of.models[2] = judged(CandidateKind::RandomForest, 1.0, 0.000_01);
        let text = of.text();
        assert!(
            text.contains("it makes no error in 1,000 test rows (with 95 % confidence fewer than 0.30 % are wrong)"),
            "{text}"
        );
        assert!(
            text.ends_with("It is better than logistic regression, which is right for 90.0 % (p < 0.0001)."),
            "{text}"
        );
        assert_eq!(of.better_than_logistic_regression(), [CandidateKind::RandomForest]);
        let (threshold, flagged) = (0.086, 0.294);
        of.as_saved = Some(AsSaved { threshold, flagged, recall: Some(0.78), accuracy: Some(0.755) });
        let text = of.text();
        assert!(text.ends_with(" a probability of 8.6 %: there it flags 29.4 % of the test rows and finds 78.0 % of class 1 (right for 75.5 %)."), "{text}");
        of.are_grouped = true;
        assert!(!of.text().contains("makes no error"), "errors of users are not independent: {}", of.text());
        assert_eq!(of.figures().len(), 2 + 3 * 3 + 2);
    }

    #[test]
    fn what_cannot_be_told_is_said_to_be_so() {
        let mut of = deciding((0.8, 0.5), (0.8, 0.5));
        for (standing, words) in [
            (Standing::TooFewRows, "cannot be told from 1,000 test rows"),
            (
                Standing::Copies { equal: 900 },
                "cannot be told: 900 of the 1,000 test rows equal a training row in every column",
            ),
            (
                Standing::Open,
                "cannot be told: logistic regression is right for 90.0 % of 1,000 test rows and the majority class for 70.0 %, which chance may explain (p = 0.0004)",
            ),
            (
                Standing::NoneBetter,
                "No model is shown to decide better than always predicting the majority class, which is right for 70.0 %",
            ),
        ] {
            of.standing = standing;
            assert!(of.text().contains(words), "{}", of.text());
        }
    }
}

//! Whether the decision tree memorises. That is said, or denied, from test rows that training never saw, beside a tree on permuted
//! labels, which can do nothing but memorise; where there are too few such rows it cannot be told, and how many would do is said.

use assist_audit::{CandidateKind, Comparison, UnseenRows};
use assist_metrics::words::{count, leaves, percent};
use assist_metrics::{Figure, IntervalMethod, Metrics};
use serde::{Deserialize, Serialize};

use super::finding_figure::FindingFigure;

/// Shares of what memorising costs on rows that training never saw: below the first nothing is memorised that mattered, above the
/// second most of what was learnt is.
const LITTLE: f64 = 0.25;
const SOME: f64 = 0.1;
const MUCH: f64 = 0.5;
/// Half the interval that tells these apart.
const PRECISION: f64 = 0.125;
const Z_975: f64 = 1.959_963_984_540_054;

/// The decision tree on rows that training never saw, beside a tree that can only memorise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Memory {
    /// What can be said.
    pub verdict: MemoryVerdict,
    /// Leaves of the tree.
    pub leaves: usize,
    /// Share of the training rows that it gets right.
    pub train_accuracy: f64,
    /// Test rows with a combination of values that no training row has, and how many of them it gets wrong.
    pub unseen: UnseenRows,
    /// Test rows.
    pub test_rows: u64,
    /// Leaves of the tree on permuted labels.
    pub control_leaves: usize,
    /// Share of the training rows that this gets right, and of the test rows.
    pub control_accuracy: [f64; 2],
    /// By how much the tree's accuracy falls on the unseen rows, as a share of the fall of the other tree; absent without such
    /// rows, and where the other does not fall.
    pub gap: Option<Gap>,
}

/// A fall of accuracy as a share of another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The share.
    pub share: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

/// What can be said of a tree's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
#[non_exhaustive]
pub enum MemoryVerdict {
    /// It does not memorise: it is not shown to do worse on rows that it never saw, and loses at most a quarter of what memorising
    /// costs.
    Denied,
    /// It memorises a little, and not much.
    Little,
    /// It memorises in part.
    InPart,
    /// It memorises: more than half of what it has learnt.
    Memorises,
    /// There are too few rows that it never saw.
    TooFewRows {
        /// So many would do.
        enough: u64,
    },
    /// Even on permuted labels there is little to memorise.
    NothingToMemorise,
}

impl Memory {
    pub(super) fn of(comparison: &Comparison) -> Option<Self> {
        let (tree, control) =
            (comparison.model(CandidateKind::DecisionTree)?, comparison.model(CandidateKind::PermutedTree)?);
        let train_accuracy = tree.train.accuracy?;
        let control_accuracy = [control.train.accuracy?, control.test.accuracy?];
        let fall = control_accuracy[0] - control_accuracy[1];
        let fall_variance = share_variance(control_accuracy[1], control.test.rows) * widening(&control.test);
        let unseen = tree.unseen_rows;
        let right = 1.0 - unseen.errors as f64 / unseen.rows.max(1) as f64;
        let variance_of_one = share_variance(right, unseen.rows) * unseen.rows as f64 * widening(&tree.test);
        let is_falling = fall > 2.0 * fall_variance.sqrt();
        let gap = (is_falling && unseen.rows > 0).then(|| {
            let own = variance_of_one / unseen.rows as f64
                + share_variance(train_accuracy, tree.train.rows) * widening(&tree.train);
            // The delta method for a quotient: the fall of the other tree is an estimate too.
            let share = (train_accuracy - right) / fall;
            let error = (own + share * share * fall_variance).sqrt() / fall;
            let at = |z: f64| share + z * error;
            Gap { share: at(0.0), interval: [at(-Z_975), at(Z_975)] }
        });
        let verdict = match gap {
            _ if !is_falling => MemoryVerdict::NothingToMemorise,
            Some(Gap { interval: [low, high], .. }) if high <= LITTLE => {
                if low <= 0.0 {
                    MemoryVerdict::Denied
                } else {
                    MemoryVerdict::Little
                }
            }
            Some(Gap { interval: [low, _], .. }) if low > MUCH => MemoryVerdict::Memorises,
            Some(Gap { interval: [low, _], .. }) if low > SOME => MemoryVerdict::InPart,
            Some(Gap { share, interval: [low, high] }) if high - low <= 2.0 * PRECISION => {
                if share <= LITTLE {
                    MemoryVerdict::Little
                } else {
                    MemoryVerdict::InPart
                }
            }
            gap => {
                // Of a share that nothing is known of, the most rows are needed.
                let variance = if gap.is_some() { variance_of_one } else { 0.25 * widening(&tree.test) };
                let n = variance * (Z_975 / (PRECISION * fall)).powi(2);
                MemoryVerdict::TooFewRows { enough: rounded_up(n.max((unseen.rows + 1) as f64)) }
            }
        };
        Some(Self {
            verdict,
            leaves: tree.parameters,
            train_accuracy,
            unseen,
            test_rows: tree.test.rows,
            control_leaves: control.parameters,
            control_accuracy,
            gap,
        })
    }

    pub(super) fn text(&self) -> String {
        let unseen = count(self.unseen.rows);
        let grown = format!(
            "it has {} and is right for {} of the training rows",
            leaves(self.leaves),
            percent(self.train_accuracy)
        );
        let right = 1.0 - self.unseen.errors as f64 / self.unseen.rows.max(1) as f64;
        let on_unseen = format!(
            "{} of the {unseen} test rows with a combination of values that training never saw",
            percent(right)
        );
        let control = format!(
            "A tree on permuted labels, where there is nothing to learn, has {} and is right for {} and {}.",
            leaves(self.control_leaves),
            percent(self.control_accuracy[0]),
            percent(self.control_accuracy[1]),
        );
        match self.verdict {
            MemoryVerdict::NothingToMemorise => format!(
                "Whether the decision tree memorises cannot be told: even a tree on permuted labels, with {}, does not do much worse on test rows than on those that it was grown on.",
                leaves(self.control_leaves)
            ),
            MemoryVerdict::TooFewRows { enough } => {
                let seen = if self.unseen.rows == 0 {
                    format!(
                        "each of the {} test rows has a combination of values that occurs in training",
                        count(self.test_rows)
                    )
                } else if self.unseen.rows == self.test_rows {
                    format!("there are only {unseen} test rows")
                } else {
                    format!(
                        "only {unseen} of the {} test rows have a combination of values that training never saw",
                        count(self.test_rows)
                    )
                };
                format!(
                    "Whether the decision tree memorises cannot be told: {seen}. Some {} such rows would do.",
                    count(enough)
                )
            }
            MemoryVerdict::Denied => {
                format!("The decision tree does not memorise: {grown}, and for {on_unseen}. {control}")
            }
            MemoryVerdict::Little => {
                format!("The decision tree memorises little: {grown}, and for {on_unseen}. {control}")
            }
            MemoryVerdict::InPart => {
                format!("The decision tree memorises in part: {grown}, but for {on_unseen}. {control}")
            }
            MemoryVerdict::Memorises => {
                format!("The decision tree memorises: {grown}, but only for {on_unseen}. {control}")
            }
        }
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let UnseenRows { rows, errors, .. } = self.unseen;
        let mut figures = vec![
            FindingFigure::new("decision tree: accuracy on training rows", percent(self.train_accuracy)),
            FindingFigure::new(
                "decision tree: errors on rows that training never saw",
                format!("{} of {}", count(errors), count(rows)),
            ),
            FindingFigure::new("tree on permuted labels: accuracy on training rows", percent(self.control_accuracy[0])),
            FindingFigure::new("tree on permuted labels: accuracy on test rows", percent(self.control_accuracy[1])),
        ];
        let gap = self.gap.map(|Gap { share, interval: [low, high] }| {
            // What is added keeps a fall of nothing from being shown as -0.
            let [share, low, high] = [share, low, high].map(|of| (100.0 * of).round() + 0.0);
            format!("{share} % (95 % interval {low} % to {high} %)")
        });
        figures.extend(gap.map(|gap| FindingFigure::new("fall of accuracy as a share of what memorising costs", gap)));
        figures
    }
}

/// The variance of a share of `n` observations; as if two more of each kind had been seen (Agresti and Coull 1998), so that it is
/// not 0 where all agree.
fn share_variance(share: f64, n: u64) -> f64 {
    let of = n as f64 + 4.0;
    let share = (share * n as f64 + 2.0) / of;
    share * (1.0 - share) / of
}

/// By how much the variance of the accuracy is larger than that of as many independent observations.
fn widening(metrics: &Metrics) -> f64 {
    let independent = metrics.accuracy.map(|accuracy| assist_metrics::share_variance(accuracy, metrics.rows));
    match (metrics.intervals.methods.get(&Figure::Accuracy), metrics.intervals.accuracy, independent) {
        (Some(IntervalMethod::ClusteredWilson), Some([low, high]), Some(independent)) if independent > 0.0 => {
            (((high - low) / (2.0 * Z_975)).powi(2) / independent).max(1.0)
        }
        _ => 1.0,
    }
}

/// A number of rows with two digits: nobody needs to know it better.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows")]
fn rounded_up(n: f64) -> u64 {
    let unit = 10_f64.powf((n.max(10.0).log10().floor() - 1.0).max(0.0));
    ((n / unit).ceil() * unit) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_rows_are_round() {
        assert_eq!([3.2, 10.0, 101.0, 246.0, 12_345.0].map(rounded_up), [4, 10, 110, 250, 13_000]);
    }

    #[test]
    fn a_share_without_an_error_is_not_certain() {
        assert!(share_variance(1.0, 20) > 0.0 && share_variance(1.0, 1000) < 1e-5);
        assert!((share_variance(0.5, 96) - 0.0025).abs() < 1e-15);
    }

    fn memory(verdict: MemoryVerdict, rows: u64, errors: u64) -> Memory {
        let unseen = serde_json::from_str(&format!(r#"{{"rows":{rows},"errors":{errors}}}"#)).expect("rows");
        Memory {
            verdict,
            leaves: 40,
            train_accuracy: 1.0,
            unseen,
            test_rows: 200,
            control_leaves: 90,
            control_accuracy: [1.0, 0.5],
            gap: Some(Gap { share: 0.2, interval: [0.1, 0.3] }),
        }
    }

    #[test]
    fn memory_is_told_from_rows_that_training_never_saw() {
        assert_eq!(
            memory(MemoryVerdict::InPart, 200, 40).text(),
            "The decision tree memorises in part: it has 40 leaves and is right for 100.0 % of the training rows, but for 80.0 % of the 200 test rows with a combination of values that training never saw. A tree on permuted labels, where there is nothing to learn, has 90 leaves and is right for 100.0 % and 50.0 %."
        );
        for (verdict, words) in [
            (MemoryVerdict::Denied, "The decision tree does not memorise: "),
            (MemoryVerdict::Little, "The decision tree memorises little: "),
            (MemoryVerdict::Memorises, "The decision tree memorises: "),
            (MemoryVerdict::NothingToMemorise, "cannot be told: even a tree on permuted labels, with 90 leaves"),
            (
                MemoryVerdict::TooFewRows { enough: 250 },
                "cannot be told: only 12 of the 200 test rows have a combination of values that training never saw. Some 250 such rows would do.",
            ),
        ] {
            let text = memory(verdict, 12, 1).text();
            assert!(text.contains(words), "{text}");
        }
        let none = memory(MemoryVerdict::TooFewRows { enough: 250 }, 0, 0).text();
        assert!(
            none.contains("each of the 200 test rows has a combination of values that occurs in training"),
            "{none}"
        );
        assert_eq!(memory(MemoryVerdict::Denied, 9, 0).figures().len(), 5);
    }
}

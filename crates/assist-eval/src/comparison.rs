//! Logistic regression beside a decision tree, a random forest and controls, on the same split.

use assist_features::Design;
use assist_score::{Correction, FeatureSpace, Model};
use ndarray::Array2;
use rand_mt::Mt64;
use rayon::prelude::*;
use serde::Serialize;

use crate::audit::UnseenRows;
use crate::coded::{CodedRows, CodedValues};
use crate::metrics::{Metrics, evaluate};
use crate::paired::{Pair, PairedTest, paired_test};
use crate::sample::{Observations, shuffle};
use crate::scores::ScoreCounts;
use crate::trees::{Error, Forest, Tree};
use crate::wrong_slices::{HeatMap, WrongSlice, heat_map, wrong_slices};

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Trees of the forest.
    pub n_trees: usize,
    /// Observations of either part at most; more are drawn from.
    pub most_rows: usize,
    /// Seed of the forest, the permutations and the draw.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { n_trees: 100, most_rows: 50_000, seed: 42 }
    }
}

/// Slices of each model that are told.
const SLICES: usize = 3;
/// Times that a column is permuted.
const REPEATS: usize = 5;
/// Observations that importances are taken from.
pub(crate) const IMPORTANCE_ROWS: usize = 2000;
/// Probabilities are kept this far from 0 and 1, as scikit-learn's log-loss does.
const CLIP: f64 = f64::EPSILON;

/// The names of the contestants.
pub const LOGISTIC_REGRESSION: &str = "logistic_regression";
/// A tree that grows until its leaves are pure.
pub const DECISION_TREE: &str = "decision_tree";
/// The mean of many such trees on bootstrap samples.
pub const RANDOM_FOREST: &str = "random_forest";
/// A tree of two levels of splits.
pub const SMALL_TREE: &str = "decision_tree_depth_2";
/// The more frequent class for everybody.
pub const MAJORITY: &str = "majority_class";
/// The control: a tree that grows on permuted labels.
pub const PERMUTED_TREE: &str = "decision_tree_on_permuted_labels";

/// A model with its figures on both parts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// What it is.
    pub name: &'static str,
    /// On the training rows; for the control with the permuted labels that it was grown on.
    pub train: Metrics,
    /// On the test rows, with their true labels.
    pub test: Metrics,
    /// Its size: coefficients with the intercept, leaves, trees of a forest, one share.
    pub parameters: usize,
    /// What the parameters are.
    pub parameters_are: &'static str,
    /// Test rows whose combination of values no training row has.
    pub unseen_rows: UnseenRows,
    /// Where it is most wrong among the test rows.
    pub slices: Vec<WrongSlice>,
    /// What each column is worth to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub importances: Vec<Importance>,
    /// Share of right decisions on the test rows if everybody above a corrected probability of a half were flagged; other than
    /// the accuracy where class weights or a threshold move decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_at_half: Option<f64>,
    /// Its scores of the test rows.
    #[serde(skip)]
    pub test_scores: ScoreCounts,
}

/// What a column is worth to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Importance {
    /// The column.
    pub column: String,
    /// The column's share of what all splits of a tree reduce Gini's impurity by; absent for other models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impurity: Option<f64>,
    /// By how much the accuracy on test rows falls when the column's values are exchanged among them: the mean over some
    /// permutations (Breiman 2001).
    pub permutation: f64,
}

/// Models side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Logistic regression, tree, forest, small tree, majority class, control.
    pub models: Vec<Candidate>,
    /// Pairs of them on the same test rows.
    pub paired_tests: Vec<PairedTest>,
    /// Where logistic regression is most wrong among the test rows.
    pub slices: Vec<WrongSlice>,
    /// Its errors by the two columns that are worth most to it; absent where there is one column only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heat_map: Option<HeatMap>,
    /// Observations that trees and forest were grown on, and those that all were judged by.
    pub rows: [usize; 2],
    /// Observations that there are in either part.
    pub of_rows: [u64; 2],
}

/// A column whose values are those of other observations of a sample, and of which.
type Exchanged<'a> = Option<(usize, &'a [usize])>;

/// Both parts as observations with their features.
struct Parts<'a> {
    rows: &'a CodedRows,
    /// Rows of the training and of the test part.
    of_part: [Observations; 2],
    x: [Array2<f64>; 2],
    /// For each test observation whether no training row has its values.
    unseen: Vec<bool>,
}

/// What a model says of the observations of both parts: scores whose sign decides for class 1 where it is above the threshold.
struct Said {
    scores: [Vec<f64>; 2],
    threshold: f64,
}

/// Compares a fitted model with trees, a forest and controls. `rows` are those of `train` and `test`, designs of `space`, whose
/// columns are those of the model and whose numbers are plain.
///
/// # Errors
///
/// A tree that cannot be grown.
///
/// # Panics
///
/// Where one of the parts has no observation.
pub fn compare(
    model: &Model,
    space: &FeatureSpace,
    rows: &CodedRows,
    [train, test]: [&Design; 2],
    settings: Settings,
) -> Result<Comparison, Error> {
    let parts = Parts::draw(rows, [train, test], settings);
    let train_labels = parts.of_part[0].labels.as_slice();
    let mut permuted = train_labels.to_vec();
    shuffle(&mut permuted, settings.seed);
    let tree = Tree::grow(&parts.x[0], train_labels, None)?;
    let small = Tree::grow(&parts.x[0], train_labels, Some(2))?;
    let control = Tree::grow(&parts.x[0], &permuted, None)?;
    let forest = Forest::grow(&parts.x[0], train_labels, settings.n_trees, settings.seed);
    let ones = train_labels.iter().filter(|label| **label == 1).count() as f64 / train_labels.len() as f64;

    let column_of: Vec<String> = space.features().into_iter().map(|feature| feature.column).collect();
    let features = |sample: &[usize], exchanged: Exchanged<'_>| parts.features(sample, exchanged, &column_of);
    let of_tree = |tree: &Tree, x: &Array2<f64>| -> Vec<f64> {
        logits(&x.rows().into_iter().map(|row| tree.probability(row)).collect::<Vec<_>>())
    };
    let of_trees = |tree: &Tree| Said { scores: parts.x.each_ref().map(|x| of_tree(tree, x)), threshold: 0.0 };
    let said = [
        Said { scores: [0, 1].map(|part| parts.scores(model, part)), threshold: model.parameters().threshold },
        of_trees(&tree),
        Said { scores: parts.x.each_ref().map(|x| logits(&forest.probabilities(x))), threshold: 0.0 },
        of_trees(&small),
        Said { scores: parts.x.each_ref().map(|x| vec![logits(&[ones])[0]; x.nrows()]), threshold: 0.0 },
        of_trees(&control),
    ];
    let mut of_tree_columns =
        parts.importances(&said[1], |sample, exchanged| of_tree(&tree, &features(sample, exchanged)));
    let by_feature = tree.impurity_importances();
    for importance in &mut of_tree_columns {
        let of_column = column_of.iter().zip(&by_feature).filter(|(column, _)| **column == importance.column);
        importance.impurity = Some(of_column.map(|(_, share)| share).sum());
    }
    let of_model = parts.importances(&said[0], |sample, exchanged| parts.scores_of(model, sample, exchanged));
    let of_forest =
        parts.importances(&said[2], |sample, exchanged| logits(&forest.probabilities(&features(sample, exchanged))));
    let n_coefficients = model.parameters().coefficients.len() + 1;
    let facts = [
        (LOGISTIC_REGRESSION, n_coefficients, "coefficients", Some(of_model)),
        (DECISION_TREE, tree.leaves(), "leaves", Some(of_tree_columns)),
        (RANDOM_FOREST, forest.n_trees(), "trees", Some(of_forest)),
        (SMALL_TREE, small.leaves(), "leaves", None),
        (MAJORITY, 1, "share", None),
        (PERMUTED_TREE, control.leaves(), "leaves", None),
    ];
    let contestants = facts.into_iter().zip(&said).map(|((name, parameters, parameters_are, importances), said)| {
        let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
        let correction = if name == LOGISTIC_REGRESSION { model.correction() } else { plain };
        let train_labels = if name == PERMUTED_TREE { &permuted } else { train_labels };
        Candidate { parameters, parameters_are, ..parts.judged(name, said, correction, train_labels, importances) }
    });
    let models: Vec<Candidate> = contestants.collect();
    let pair = |(a, b): (usize, usize)| parts.pair((models[a].name, &said[a]), (models[b].name, &said[b]));
    let paired_tests = [(0, 1), (0, 2), (1, 2), (0, 3), (0, 4), (1, 4), (2, 4)].map(pair).to_vec();
    Ok(Comparison {
        heat_map: parts.heat_map(&said[0], &models[0].importances),
        slices: models[0].slices.clone(),
        models,
        paired_tests,
        rows: parts.of_part.each_ref().map(|part| part.labels.len()),
        of_rows: [0..rows.n_train, rows.n_train..rows.n_rows()].map(|part| rows.class_counts(part).iter().sum()),
    })
}

impl Comparison {
    /// A contestant by its name.
    pub fn model(&self, name: &str) -> Option<&Candidate> {
        self.models.iter().find(|model| model.name == name)
    }

    /// The test of two models, in either order.
    pub fn paired(&self, a: &str, b: &str) -> Option<&PairedTest> {
        self.paired_tests.iter().find(|test| [(a, b), (b, a)].contains(&(test.a.as_str(), test.b.as_str())))
    }
}

impl Said {
    fn decisions(&self, part: usize) -> impl Iterator<Item = bool> + '_ {
        self.scores[part].iter().map(|score| *score > self.threshold)
    }
}

/// Scores whose sigmoid is the probability.
fn logits(probabilities: &[f64]) -> Vec<f64> {
    let logit = |p: &f64| {
        let p = p.clamp(CLIP, 1.0 - CLIP);
        // Where p is a half, the difference of the logarithms need not be 0.
        if p == 0.5 { 0.0 } else { p.ln() - (-p).ln_1p() }
    };
    probabilities.iter().map(logit).collect()
}

impl<'a> Parts<'a> {
    fn draw(rows: &'a CodedRows, designs: [&Design; 2], settings: Settings) -> Self {
        let (keys, _) = rows.row_keys();
        let unseen = rows.unseen(&keys);
        let counts = [&rows.counts[..rows.n_train], &rows.counts[rows.n_train..]];
        let of_part = counts.map(|counts| Observations::draw(counts, settings.most_rows, settings.seed));
        assert!(of_part.iter().all(|part| !part.rows.is_empty()), "a part of a split has observations");
        let x = [0, 1].map(|part| designs[part].dense_rows(&of_part[part].rows));
        let unseen = of_part[1].rows.iter().map(|row| unseen[*row]).collect();
        Self { rows, of_part, x, unseen }
    }

    /// The coded rows of the observations of a part.
    fn rows_of(&self, part: usize) -> Vec<usize> {
        let first = if part == 0 { 0 } else { self.rows.n_train };
        self.of_part[part].rows.iter().map(|row| first + row).collect()
    }

    /// A model with its figures, its size left open.
    fn judged(
        &self,
        name: &'static str,
        said: &Said,
        correction: Correction<'_>,
        train_labels: &[u8],
        importances: Option<Vec<Importance>>,
    ) -> Candidate {
        let scores = |part: usize, labels: &[u8]| {
            let counts = labels.iter().map(|label| [u32::from(*label == 0), u32::from(*label == 1)]);
            ScoreCounts::new(said.scores[part].iter().copied().zip(counts))
        };
        let test_scores = scores(1, &self.of_part[1].labels);
        let wrong = self.wrong(said);
        let unseen = self.unseen.iter().zip(&wrong).filter(|(unseen, _)| **unseen);
        Candidate {
            name,
            train: evaluate(&scores(0, train_labels), correction, said.threshold),
            test: evaluate(&test_scores, correction, said.threshold),
            accuracy_at_half: evaluate(&test_scores, correction, correction.threshold(0.5)).accuracy,
            test_scores,
            parameters: 0,
            parameters_are: "",
            unseen_rows: unseen.fold(UnseenRows { rows: 0, errors: 0 }, |all, (_, wrong)| UnseenRows {
                rows: all.rows + 1,
                errors: all.errors + u64::from(*wrong),
            }),
            // Where a control is wrong is of no interest.
            slices: if importances.is_some() {
                wrong_slices(self.rows, &self.rows_of(1), &wrong, SLICES)
            } else {
                Vec::new()
            },
            importances: importances.unwrap_or_default(),
        }
    }

    /// For each test observation whether the decision is wrong.
    fn wrong(&self, said: &Said) -> Vec<bool> {
        said.decisions(1).zip(&self.of_part[1].labels).map(|(is_one, label)| is_one != (*label == 1)).collect()
    }

    fn pair(&self, (a, of_a): (&str, &Said), (b, of_b): (&str, &Said)) -> PairedTest {
        let scores = of_a.scores[1].iter().zip(&of_b.scores[1]);
        let decisions = of_a.decisions(1).zip(of_b.decisions(1));
        let pairs = scores.zip(decisions).zip(&self.of_part[1].labels).map(|((scores, decisions), label)| Pair {
            scores: [*scores.0, *scores.1],
            decisions: decisions.into(),
            label: *label,
        });
        paired_test(a, b, &pairs.collect::<Vec<_>>())
    }

    fn scores(&self, model: &Model, part: usize) -> Vec<f64> {
        self.scores_of_rows(model, &self.rows_of(part), None)
    }

    /// The model's scores of some test observations.
    fn scores_of(&self, model: &Model, sample: &[usize], exchanged: Exchanged<'_>) -> Vec<f64> {
        let rows = self.rows_of(1);
        self.scores_of_rows(model, &sample.iter().map(|at| rows[*at]).collect::<Vec<_>>(), exchanged)
    }

    fn scores_of_rows(&self, model: &Model, rows: &[usize], exchanged: Exchanged<'_>) -> Vec<f64> {
        let columns = &self.rows.columns;
        let n_numeric = model.space().numeric.len();
        let score = |at: usize| {
            let code = |column: usize| {
                let row = match exchanged {
                    Some((exchanged, order)) if exchanged == column => rows[order[at]],
                    _ => rows[at],
                };
                columns[column].codes[row]
            };
            let number = |column: usize| match &columns[column].values {
                CodedValues::Numbers(values) => values[code(column) as usize],
                CodedValues::Levels(_) => f64::NAN,
            };
            let numbers: Vec<f64> = (0..n_numeric).map(number).collect();
            let codes: Vec<u32> = (n_numeric..columns.len()).map(code).collect();
            model.raw_score(&numbers, &codes)
        };
        (0..rows.len()).into_par_iter().map(score).collect()
    }

    /// Features of some test observations.
    fn features(&self, sample: &[usize], exchanged: Exchanged<'_>, column_of: &[String]) -> Array2<f64> {
        let mut x = self.x[1].select(ndarray::Axis(0), sample);
        if let Some((column, order)) = exchanged {
            let name = &self.rows.columns[column].name;
            for (feature, _) in column_of.iter().enumerate().filter(|(_, of)| *of == name) {
                let values: Vec<f64> = order.iter().map(|at| self.x[1][(sample[*at], feature)]).collect();
                x.column_mut(feature).iter_mut().zip(values).for_each(|(cell, value)| *cell = value);
            }
        }
        x
    }

    /// A model's errors by the two columns that are worth most to it.
    fn heat_map(&self, said: &Said, importances: &[Importance]) -> Option<HeatMap> {
        let mut by_worth: Vec<usize> = (0..importances.len()).collect();
        by_worth.sort_by(|a, b| importances[*b].permutation.total_cmp(&importances[*a].permutation));
        let [one, other] = *by_worth.get(..2)? else { return None };
        Some(heat_map(self.rows, &self.rows_of(1), &self.wrong(said), [one.min(other), one.max(other)]))
    }

    /// What each column is worth to a model that scores some test observations, a column's values exchanged or none's.
    fn importances(&self, said: &Said, scores: impl Fn(&[usize], Exchanged<'_>) -> Vec<f64>) -> Vec<Importance> {
        let labels = &self.of_part[1].labels;
        let mut sample: Vec<usize> = (0..labels.len()).collect();
        if sample.len() > IMPORTANCE_ROWS {
            shuffle(&mut sample, 1);
            sample.truncate(IMPORTANCE_ROWS);
        }
        let right = |scores: &[f64]| {
            let right =
                scores.iter().zip(&sample).filter(|(score, at)| (**score > said.threshold) == (labels[**at] == 1));
            right.count() as f64 / sample.len() as f64
        };
        let whole = right(&scores(&sample, None));
        let mut random = Mt64::new(7);
        let of_column = |column: usize| {
            let mut fallen = 0.0;
            for _ in 0..REPEATS {
                let mut order: Vec<usize> = (0..sample.len()).collect();
                shuffle(&mut order, random.next_u64());
                fallen += whole - right(&scores(&sample, Some((column, &order))));
            }
            Importance {
                column: self.rows.columns[column].name.clone(),
                impurity: None,
                permutation: fallen / REPEATS as f64,
            }
        };
        (0..self.rows.columns.len()).map(of_column).collect()
    }
}

//! Decision trees and random forests, by well-kept crates. A regression tree on labels of 0 and 1 that minimises the squared
//! error is a classification tree by Gini's impurity, and its leaves hold the share of class 1.

use biosphere::{MaxFeatures, RandomForest, RandomForestParameters};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::Deserialize;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::tree::decision_tree_regressor::{DecisionTreeRegressor, DecisionTreeRegressorParameters};

use crate::error::Error;

/// No tree is deeper: what grows deeper takes one row off at a time. A tree on noise has half as many levels.
pub const MOST_LEVELS: u16 = 64;

/// A decision tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    n_features: usize,
}

/// A node. What lies below a node of one class only is left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Node {
    /// The share of class 1.
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    /// By how much the split reduces the squared error, summed over the rows.
    split_score: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// What smartcore keeps of a tree; its nodes can be read only in this way.
#[derive(Deserialize)]
struct Kept {
    tree_regressor: KeptTree,
}

#[derive(Deserialize)]
struct KeptTree {
    nodes: Vec<Node>,
}

/// A forest whose probability is the mean of those of its trees.
pub struct Forest {
    trees: RandomForest,
    /// Lowest value and range of each feature.
    scale: Vec<(f64, f64)>,
    n_trees: usize,
}

impl Tree {
    /// Grows a tree by Gini's impurity until its leaves have one class, or rows that are equal in all features, or until
    /// `most_levels` of splits. `x` is of `labels.len()` rows.
    ///
    /// # Errors
    ///
    /// No row, no feature.
    pub fn grow(x: &Array2<f64>, labels: &[u8], most_levels: Option<u16>) -> Result<Self, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Tree(error.to_string());
        let (n_rows, n_features) = x.dim();
        let values: Vec<f64> = x.columns().into_iter().flat_map(|column| column.to_vec()).collect();
        let x = DenseMatrix::new(n_rows, n_features, values, true).map_err(|error| failed(&error))?;
        let y: Vec<f64> = labels.iter().map(|label| f64::from(*label)).collect();
        let levels = most_levels.unwrap_or(MOST_LEVELS).min(MOST_LEVELS);
        // smartcore counts the root as a level.
        let settings =
            DecisionTreeRegressorParameters { seed: Some(0), ..Default::default() }.with_max_depth(levels + 1);
        let tree = DecisionTreeRegressor::fit(&x, &y, settings).map_err(|error| failed(&error))?;
        let kept = serde_json::to_vec(&tree).map_err(|error| failed(&error))?;
        let kept: Kept = serde_json::from_slice(&kept).map_err(|error| failed(&error))?;
        let mut nodes = kept.tree_regressor.nodes;
        for node in &mut nodes {
            // It splits nodes of one class as well, which changes nothing.
            if node.output == 0.0 || node.output == 1.0 {
                (node.true_child, node.false_child) = (None, None);
            }
        }
        Ok(Self { nodes, n_features })
    }

    /// The share of class 1 in the leaf of a row of features.
    pub fn probability(&self, row: ArrayView1<'_, f64>) -> f64 {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            let (Some(below), Some(above), Some(cut)) = (node.true_child, node.false_child, node.split_value) else {
                return node.output;
            };
            at = if row[node.split_feature] <= cut { below } else { above };
        }
    }

    /// How many leaves there are.
    pub fn leaves(&self) -> usize {
        self.reached().filter(|node| node.true_child.is_none()).count()
    }

    /// For each feature the share of what all splits reduce Gini's impurity by (Breiman et al. 1984); zeros for a tree that is
    /// one leaf.
    pub fn impurity_importances(&self) -> Vec<f64> {
        let mut importances = vec![0.0; self.n_features];
        for node in self.reached().filter(|node| node.true_child.is_some()) {
            importances[node.split_feature] += node.split_score.unwrap_or(0.0);
        }
        let sum: f64 = importances.iter().sum();
        if sum > 0.0 {
            importances.iter_mut().for_each(|importance| *importance /= sum);
        }
        importances
    }

    /// The nodes from the root on, without those below nodes of one class.
    fn reached(&self) -> impl Iterator<Item = &Node> {
        let mut next = vec![0];
        std::iter::from_fn(move || {
            let node = &self.nodes[next.pop()?];
            next.extend(node.true_child.into_iter().chain(node.false_child));
            Some(node)
        })
    }
}

impl Forest {
    /// Grows a forest as scikit-learn does by default: each tree on a bootstrap sample of the rows, the root of the number of
    /// features tried at each split, leaves of one class.
    pub fn grow(x: &Array2<f64>, labels: &[u8], n_trees: usize, seed: u64) -> Self {
        // Differences below 1e-12 are none to the crate, so features are brought to the same range.
        let scale: Vec<(f64, f64)> = x
            .columns()
            .into_iter()
            .map(|column| {
                let low = column.iter().copied().fold(f64::INFINITY, f64::min);
                let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (low, if high > low { high - low } else { 1.0 })
            })
            .collect();
        let y: Array1<f64> = labels.iter().map(|label| f64::from(*label)).collect();
        let threads = i32::try_from(rayon::current_num_threads()).unwrap_or(1);
        let settings = RandomForestParameters::default()
            .with_n_estimators(n_trees)
            .with_seed(seed)
            .with_max_features(MaxFeatures::Sqrt)
            .with_max_depth(Some(MOST_LEVELS.into()))
            // It splits nodes of more rows than this.
            .with_min_samples_split(1)
            .with_n_jobs(Some(threads));
        let mut forest = RandomForest::new(settings);
        forest.fit(&scaled(x, &scale).view(), &y.view());
        Self { trees: forest, scale, n_trees }
    }

    /// The mean over the trees of the share of class 1 in a row's leaf, for each row.
    pub fn probabilities(&self, x: &Array2<f64>) -> Vec<f64> {
        /// Rows that one thread looks at at a time.
        const ROWS: usize = 1 << 10;
        use rayon::prelude::*;
        let x = scaled(x, &self.scale);
        let chunks: Vec<_> = x.axis_chunks_iter(Axis(0), ROWS).collect();
        chunks.into_par_iter().flat_map_iter(|chunk| self.trees.predict(&chunk)).collect()
    }

    /// How many trees there are.
    pub fn n_trees(&self) -> usize {
        self.n_trees
    }
}

fn scaled(x: &Array2<f64>, scale: &[(f64, f64)]) -> Array2<f64> {
    let mut scaled = x.clone();
    for (mut column, (low, range)) in scaled.columns_mut().into_iter().zip(scale) {
        column.mapv_inplace(|value| (value - low) / range);
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    /// 3 of class 1 beyond 2.5, of the others 1 of 3: Gini's impurity 4/9 falls to 2/9 by the first split.
    #[test]
    fn a_small_tree_is_that_of_the_textbook() {
        let x = arr2(&[[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [3.0, 0.0], [4.0, 1.0], [5.0, 0.0]]);
        let tree = Tree::grow(&x, &[0, 1, 0, 1, 1, 1], None).expect("a tree");
        assert_eq!(tree.leaves(), 3);
        assert_eq!(tree.probability(arr2(&[[9.0, 0.0]]).row(0)), 1.0);
        assert_eq!(tree.probability(arr2(&[[1.5, 0.0]]).row(0)), 0.0);
        let importances = tree.impurity_importances();
        // By 2/9 from 4/9 at the root, and by all that is left at the split by the other feature.
        assert!(importances.iter().all(|share| (share - 0.5).abs() < 1e-12), "{importances:?}");
        let stump = Tree::grow(&x, &[0, 1, 0, 1, 1, 1], Some(1)).expect("a tree");
        assert_eq!(stump.leaves(), 2);
        assert!((stump.probability(x.row(0)) - 1.0 / 3.0).abs() < 1e-12);
        let constant = Tree::grow(&x, &[1; 6], None).expect("a tree");
        assert_eq!((constant.leaves(), constant.impurity_importances()), (1, vec![0.0, 0.0]));
    }

    #[test]
    fn a_forest_averages_probabilities_and_does_not_mind_the_scale() {
        let n = 400;
        let x = Array2::from_shape_fn(
            (n, 2),
            |(row, column)| if column == 0 { row as f64 * 1e-13 } else { (row * 7 % 13) as f64 },
        );
        let labels: Vec<u8> = (0..n).map(|row| u8::from(row > 250)).collect();
        let forest = Forest::grow(&x, &labels, 20, 1);
        let probabilities = forest.probabilities(&x);
        let right = probabilities.iter().zip(&labels).filter(|(p, label)| (**p > 0.5) == (**label == 1)).count();
        assert_eq!(right, n);
        assert!(probabilities.iter().any(|p| *p > 0.0 && *p < 1.0));
        assert_eq!(probabilities, Forest::grow(&x, &labels, 20, 1).probabilities(&x), "the same seed, the same forest");
    }
}

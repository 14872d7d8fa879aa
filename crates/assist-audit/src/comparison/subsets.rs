//! Training and test observations of a comparison with their features, and what a model predicts for them.

use assist_features::Design;
use assist_score::Model;
use ndarray::Array2;
use rayon::prelude::*;

use super::settings::ComparisonSettings;
use crate::coded::{CodedRows, CodedValues};
use crate::sample::SampledRows;

/// A column whose values are those of other observations of a sample, and of which.
pub(crate) type Exchanged<'a> = Option<(usize, &'a [usize])>;

/// The training and the test subset as observations with their features.
pub(crate) struct Subsets<'a> {
    pub(crate) rows: &'a CodedRows,
    /// Observations drawn from the training and from the test rows.
    pub(crate) samples: [SampledRows; 2],
    pub(crate) x: [Array2<f64>; 2],
    /// For each test observation whether no training row has its values.
    pub(crate) unseen: Vec<bool>,
    /// The cluster of each observation, where rows are grouped.
    pub(crate) clusters: Option<[Vec<u32>; 2]>,
}

/// What a model predicts for the observations of both subsets: class 1 where its score is above a threshold.
#[derive(Clone)]
pub(crate) struct Predictions {
    pub(crate) scores: [Vec<f64>; 2],
    /// Its own.
    pub(crate) threshold: f64,
    /// The one that is chosen for all models in the same way.
    pub(crate) operating: f64,
}

impl Predictions {
    /// For each test observation whether it is predicted to be of class 1, at the threshold that all models have.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = bool> + '_ {
        self.scores[1].iter().map(|score| *score > self.operating)
    }
}

impl<'a> Subsets<'a> {
    /// Draws at most so many observations from the rows of two designs.
    ///
    /// # Panics
    ///
    /// Where one of the subsets has no observation.
    pub(crate) fn draw(rows: &'a CodedRows, designs: [&Design; 2], settings: ComparisonSettings) -> Self {
        let (keys, _) = rows.row_keys();
        let unseen = rows.unseen(&keys);
        let counts = [&rows.counts[..rows.n_train], &rows.counts[rows.n_train..]];
        let samples = counts.map(|counts| SampledRows::draw(counts, settings.most_rows, settings.seed));
        assert!(samples.iter().all(|sample| !sample.rows.is_empty()), "a subset of a split has observations");
        let x = [0, 1].map(|subset| designs[subset].dense_rows(&samples[subset].rows));
        let unseen = samples[1].rows.iter().map(|row| unseen[*row]).collect();
        let clusters = rows.clusters_of(0).zip(rows.clusters_of(1));
        let clusters = clusters.map(|(train, test)| [samples[0].clusters(train), samples[1].clusters(test)]);
        Self { rows, samples, x, unseen, clusters }
    }

    /// The coded rows of the observations of a subset.
    pub(crate) fn rows_of(&self, subset: usize) -> Vec<usize> {
        let first = if subset == 0 { 0 } else { self.rows.n_train };
        self.samples[subset].rows.iter().map(|row| first + row).collect()
    }

    /// The model's scores of a subset.
    pub(crate) fn scores(&self, model: &Model, subset: usize) -> Vec<f64> {
        self.scores_of_rows(model, &self.rows_of(subset), None)
    }

    /// The model's scores of some test observations.
    pub(crate) fn scores_of(&self, model: &Model, sample: &[usize], exchanged: Exchanged<'_>) -> Vec<f64> {
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
    pub(crate) fn features(&self, sample: &[usize], exchanged: Exchanged<'_>, column_of: &[String]) -> Array2<f64> {
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

    /// For each test observation whether the decision is wrong.
    pub(crate) fn wrong(&self, predictions: &Predictions) -> Vec<bool> {
        predictions.decisions().zip(&self.samples[1].labels).map(|(is_one, label)| is_one != (*label == 1)).collect()
    }
}

//! Permutation importance (Breiman 2001): what each column is worth to a model.

use assist_draw::Random;

use super::candidate::Importance;
use super::subsets::{Exchanged, Subsets};
use crate::sample::shuffle;

/// Times that a column is permuted.
const REPEATS: usize = 5;
/// Test observations that importances are taken from, at most.
pub const IMPORTANCE_ROWS: usize = 2000;

impl Subsets<'_> {
    /// What each column is worth to a model that scores some test observations, a column's values exchanged or none's. Decisions
    /// are for class 1 where a score is above the threshold.
    pub(crate) fn importances(
        &self,
        threshold: f64,
        scores: impl Fn(&[usize], Exchanged<'_>) -> Vec<f64>,
    ) -> Vec<Importance> {
        let labels = &self.samples[1].labels;
        let mut sample: Vec<usize> = (0..labels.len()).collect();
        if sample.len() > IMPORTANCE_ROWS {
            shuffle(&mut sample, 1);
            sample.truncate(IMPORTANCE_ROWS);
        }
        let right = |scores: &[f64]| {
            let right = scores.iter().zip(&sample).filter(|(score, at)| (**score > threshold) == (labels[**at] == 1));
            right.count() as f64 / sample.len() as f64
        };
        let whole = right(&scores(&sample, None));
        let mut random = Random::new(7);
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

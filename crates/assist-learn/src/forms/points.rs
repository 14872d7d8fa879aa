//! From points on terms to a model: only the columns that the terms need, and a probability for each total.

use std::collections::BTreeMap;
use std::time::Instant;

use assist_features::Design;
use assist_metrics::wilson_of_clusters;
use assist_model::Fit;
use assist_score::{
    Calibration, ClassWeight, Convergence, FeatureSpace, Form, Model, Parameters, ScoreTotal, Term, Training,
};

use crate::error::Error;

/// Points on terms of a design's space, and when their total is a decision for class 1.
#[derive(Debug, Clone, Default)]
pub(super) struct Points {
    /// Each with its points.
    pub(super) terms: Vec<(Term, f64)>,
    /// What every row has.
    pub(super) intercept: f64,
    /// A total above this is class 1.
    pub(super) threshold: f64,
}

/// How the points were found.
pub(super) struct Search<'a> {
    pub(super) form: Form,
    pub(super) method: &'a str,
    pub(super) ended: String,
    pub(super) base_rate: Option<f64>,
    pub(super) started: Instant,
}

/// A total as text orders it: points are whole numbers, so this is exact.
#[expect(clippy::cast_possible_truncation, reason = "points are small whole numbers")]
fn whole(total: f64) -> i64 {
    total.round() as i64
}

impl Points {
    /// Gives points to a term. One that has some already, such as a missing value that two conditions take, has the sum.
    pub(super) fn add(&mut self, term: Term, points: f64) {
        match self.terms.iter_mut().find(|(known, _)| *known == term) {
            Some((_, sum)) => *sum += points,
            None => self.terms.push((term, points)),
        }
    }

    /// The model of these points over the design's rows; `probabilities` makes the map from totals to probabilities of the
    /// training rows' totals.
    pub(super) fn into_fit(
        self,
        design: &Design,
        search: Search<'_>,
        probabilities: impl FnOnce(&[ScoreTotal]) -> Calibration,
    ) -> Result<Fit, Error> {
        let (terms, coefficients): (Vec<Term>, Vec<f64>) = self.terms.into_iter().unzip();
        let space = FeatureSpace { additional: terms, form: search.form, ..design.space().without_cuts() };
        let class_counts = design.class_counts();
        let training = Training {
            class_counts,
            class_weight: ClassWeight::None,
            class_weights: [1.0, 1.0],
            penalty: assist_score::Penalty::None,
            base_rate: search.base_rate,
            fit: Convergence {
                solver: search.method.to_owned(),
                converged: true,
                termination: search.ended,
                ..Convergence::default()
            },
            ..Training::default()
        };
        let (intercept, threshold) = (self.intercept, self.threshold);
        let parameters = Parameters { coefficients, intercept, threshold, training, ..Parameters::default() };
        let model = Model::new(space.clone(), parameters.clone()).map_err(assist_model::Error::from)?;
        let mut totals: BTreeMap<i64, ScoreTotal> = BTreeMap::new();
        for (score, counts) in design.scores(&model).iter() {
            let total = totals.entry(whole(score)).or_insert(ScoreTotal { score, counts: [0, 0] });
            total.counts = [total.counts[0] + counts[0], total.counts[1] + counts[1]];
        }
        let totals: Vec<ScoreTotal> = totals.into_values().collect();
        let calibration = Some(probabilities(&totals));
        let parameters = Parameters { calibration, totals, ..parameters };
        let model = Model::new(space, parameters).map_err(assist_model::Error::from)?;
        Ok(Fit::of_model(model, design, search.started.elapsed().as_secs_f64()))
    }
}

/// The interval of the share of class 1 among a design's rows of each total of the model, where rows are grouped: these are not
/// independent, so whole groups are what counts.
pub(super) fn intervals_of_groups(model: &Model, design: &Design) -> Option<Vec<Option<[f64; 2]>>> {
    let clusters = design.clusters()?;
    let mut totals: BTreeMap<i64, BTreeMap<u32, [u64; 2]>> = BTreeMap::new();
    for ((score, [n0, n1]), cluster) in design.scores(model).iter().zip(clusters) {
        let of_cluster = totals.entry(whole(score)).or_default().entry(cluster).or_default();
        *of_cluster = [of_cluster[0] + n0, of_cluster[1] + n1];
    }
    Some(totals.into_values().map(|of_total| wilson_of_clusters(of_total.into_values())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule may ask twice for the same thing; a model has each feature once.
    #[test]
    fn a_term_is_there_once() {
        let (missing, cut) = (Term::Missing { column: 2 }, Term::Cut { column: 2, low: None, high: Some(1.0) });
        let mut points = Points::default();
        for (term, weight) in [(&cut, 1.0), (&missing, 1.0), (&missing, 2.0)] {
            points.add(term.clone(), weight);
        }
        assert_eq!(points.terms, [(cut, 1.0), (missing, 3.0)]);
    }
}

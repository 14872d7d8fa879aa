//! The totals of a card or a rule: which there can be, and from which on class 1 is predicted.

use alloc::collections::BTreeSet;

use crate::calibration::shifted;
use crate::model::Model;

/// More totals than so many are not listed: cards have at most some thousand.
const MOST_TOTALS: usize = 1 << 16;

/// Which totals are predicted class 1.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Decides {
    /// Those from this one on: the smallest total above the threshold that the points can add up to.
    From(f64),
    /// None that the points can add up to.
    Never,
    /// All that the points can add up to.
    Always,
}

impl Model {
    /// From which total on a card or a rule predicts class 1; `None` for a logistic regression, whose scores are no totals.
    pub fn decides(&self) -> Option<Decides> {
        let totals = self.attainable_totals()?;
        let threshold = self.parameters().threshold;
        let is_above = |total: &&i64| **total as f64 > threshold;
        let n_above = totals.iter().filter(is_above).count();
        Some(match totals.iter().find(is_above) {
            _ if n_above == totals.len() => Decides::Always,
            Some(from) => Decides::From(*from as f64),
            None => Decides::Never,
        })
    }

    /// The threshold of a card or a rule that predicts class 1 where the probability of the total is above `probability`: halfway
    /// below the first total of which that is true, so that no rounding decides. `None` for a logistic regression.
    pub fn threshold_between_totals(&self, probability: f64) -> Option<f64> {
        let totals = self.attainable_totals()?;
        let from = totals.iter().find(|total| self.scored(**total as f64).probability > probability);
        let last = || totals.last().map_or(0.5, |last| *last as f64 + 0.5);
        Some(from.map_or_else(last, |from| *from as f64 - 0.5))
    }

    /// What a share of class 1 among rows such as the training rows amounts to at the base rate that was stated, where one was: its
    /// logit is moved as that of a probability is, and 0 and 1 stay what they are.
    pub fn at_base_rate(&self, share: f64) -> f64 {
        shifted(share, self.parameters().training.base_rate_shift())
    }

    /// The totals that points can add up to, whichever of them hold together; `None` where coefficients are no points.
    fn attainable_totals(&self) -> Option<BTreeSet<i64>> {
        if !self.space().form.has_points() {
            return None;
        }
        let parameters = self.parameters();
        let mut totals = BTreeSet::from([whole(parameters.intercept)]);
        for points in &parameters.coefficients {
            if totals.len() > MOST_TOTALS {
                break;
            }
            let with: BTreeSet<i64> = totals.iter().map(|total| total + whole(*points)).collect();
            totals.extend(with);
        }
        Some(totals)
    }
}

/// Points are small whole numbers, so this is exact.
#[expect(clippy::cast_possible_truncation, reason = "points are small whole numbers")]
fn whole(points: f64) -> i64 {
    libm::round(points) as i64
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::calibration::Calibration;
    use crate::columns::{NumericColumn, Target};
    use crate::form::Form;
    use crate::parameters::Parameters;
    use crate::space::FeatureSpace;
    use crate::terms::Term;

    fn card(points: &[f64], threshold: f64) -> Model {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let mut space = FeatureSpace::new(target, vec![], vec![NumericColumn::new("x", 0.0, 9.0)], vec![]);
        space.form = Form::Card;
        let cuts: Vec<f64> = (0..).map(f64::from).take(points.len()).collect();
        space.additional = cuts.iter().map(|cut| Term::Cut { column: 0, low: Some(*cut), high: None }).collect();
        let calibration = Some(Calibration::Sigmoid { slope: 0.5, intercept: -1.0 });
        let parameters = Parameters { coefficients: points.to_vec(), threshold, calibration, ..Parameters::default() };
        Model::new(space, parameters).expect("a card")
    }

    #[test]
    fn a_decision_begins_at_a_total_that_there_can_be() {
        let points = [4.0, 3.0, -5.0];
        for (threshold, expected) in [
            (1.25, Decides::From(2.0)),
            (2.0, Decides::From(3.0)),
            (4.0, Decides::From(7.0)),
            (6.5, Decides::From(7.0)),
            (7.0, Decides::Never),
            (-5.5, Decides::Always),
            (-5.0, Decides::From(-2.0)),
        ] {
            assert_eq!(card(&points, threshold).decides(), Some(expected), "above {threshold}");
        }
    }

    #[test]
    fn shares_of_training_rows_move_to_the_base_rate() {
        let model = card(&[1.0], 0.5);
        let mut parameters = model.parameters().clone();
        parameters.training.class_counts = [900, 100];
        parameters.training.base_rate = Some(0.5);
        let moved = Model::new(model.space().clone(), parameters).expect("a card");
        assert_eq!(model.at_base_rate(0.1), 0.1);
        assert!((moved.at_base_rate(0.1) - 0.5).abs() < 1e-12 && (moved.at_base_rate(0.5) - 0.9).abs() < 1e-12);
        assert_eq!([0.0, 1.0].map(|share| moved.at_base_rate(share)), [0.0, 1.0]);
    }

    #[test]
    fn a_threshold_lies_between_totals() {
        let model = card(&[2.0, 2.0], 0.0);
        let of_two = model.scored(2.0).probability;
        for (probability, expected) in [(0.1, -0.5), (0.4, 1.5), (of_two, 3.5), (of_two - 1e-9, 1.5), (0.99, 4.5)] {
            assert_eq!(model.threshold_between_totals(probability), Some(expected), "{probability}");
        }
    }
}

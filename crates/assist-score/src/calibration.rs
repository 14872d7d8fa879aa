//! From a score to the predicted probability.

use alloc::vec::Vec;

use crate::exp::sigmoid;

/// A map from scores to probabilities, learnt on rows that the model had not seen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Calibration {
    /// `1 / (1 + exp(-(slope score + intercept)))` (Platt 1999).
    Sigmoid {
        /// What the score is multiplied with.
        slope: f64,
        /// What is added to it then.
        intercept: f64,
    },
    /// A rising curve through these points, straight between them and level beyond them (Zadrozny and Elkan 2002).
    Isotonic {
        /// Ascending.
        scores: Vec<f64>,
        /// As many, from 0 to 1, never falling.
        probabilities: Vec<f64>,
    },
}

impl Calibration {
    /// Whether it is a rising map to probabilities.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Sigmoid { slope, intercept } => *slope > 0.0 && slope.is_finite() && intercept.is_finite(),
            Self::Isotonic { scores, probabilities } => {
                !scores.is_empty()
                    && scores.len() == probabilities.len()
                    && scores.iter().all(|score| score.is_finite())
                    && scores.windows(2).all(|pair| pair[0] < pair[1])
                    && probabilities.iter().all(|probability| (0.0..=1.0).contains(probability))
                    && probabilities.windows(2).all(|pair| pair[0] <= pair[1])
            }
        }
    }
}

/// How a model turns a score into the probability that is corrected to a base rate.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Correction<'a> {
    /// `slope score + shift` is the logit of the probability.
    Affine {
        /// What the score is multiplied with: 1 without a calibration.
        slope: f64,
        /// What is added to it then.
        shift: f64,
    },
    /// A rising curve, and what is added to the logit of its probability.
    Curve {
        /// Scores of its points, ascending.
        scores: &'a [f64],
        /// Their probabilities.
        probabilities: &'a [f64],
        /// What is added to the logit.
        shift: f64,
    },
}

impl Correction<'_> {
    /// The probability of a score.
    pub fn probability(&self, score: f64) -> f64 {
        match *self {
            Self::Affine { slope, shift } => sigmoid(slope * score + shift),
            Self::Curve { scores, probabilities, shift } => shifted(interpolated(scores, probabilities, score), shift),
        }
    }

    /// The largest score whose probability is not above `probability`: decisions for class 1 begin behind it. Infinite
    /// where every score's is, or none.
    pub fn threshold(&self, probability: f64) -> f64 {
        match *self {
            Self::Affine { slope, shift } => (libm::log(probability / (1.0 - probability)) - shift) / slope,
            Self::Curve { scores, probabilities, shift } => {
                let reached = probabilities.partition_point(|p| shifted(*p, shift) <= probability);
                match (reached.checked_sub(1), scores.get(reached)) {
                    (None, _) => f64::NEG_INFINITY,
                    (_, None) => f64::INFINITY,
                    (Some(last), Some(above)) => {
                        let [low, high] = [last, reached].map(|at| probabilities[at]);
                        let share = (shifted(probability, -shift) - low) / (high - low);
                        scores[last] + share * (above - scores[last])
                    }
                }
            }
        }
    }
}

/// A probability whose logit is moved; 0 and 1 stay what they are.
pub(crate) fn shifted(probability: f64, shift: f64) -> f64 {
    let odds = libm::exp(-shift);
    probability / (probability + (1.0 - probability) * odds)
}

fn interpolated(scores: &[f64], probabilities: &[f64], score: f64) -> f64 {
    let above = scores.partition_point(|known| *known <= score);
    match (above.checked_sub(1), scores.get(above)) {
        (None, _) => probabilities.first().copied().unwrap_or(0.5),
        (Some(last), None) => probabilities[last],
        (Some(last), Some(next)) => {
            let share = (score - scores[last]) / (next - scores[last]);
            probabilities[last] + share * (probabilities[above] - probabilities[last])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_straight_between_its_points_and_level_beyond_them() {
        let (scores, probabilities) = ([-1.0, 0.0, 2.0], [0.25, 0.25, 0.75]);
        let curve = Correction::Curve { scores: &scores, probabilities: &probabilities, shift: 0.0 };
        for (score, expected) in [(-9.0, 0.25), (-0.5, 0.25), (0.0, 0.25), (1.0, 0.5), (2.0, 0.75), (9.0, 0.75)] {
            assert_eq!(curve.probability(score), expected);
        }
        assert_eq!(curve.threshold(0.5), 1.0);
        assert_eq!(curve.threshold(0.25), 0.0);
        assert_eq!((curve.threshold(0.2), curve.threshold(0.8)), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn thresholds_give_their_probability_back() {
        let (scores, probabilities) = ([-1.0, 3.0], [0.125, 0.875]);
        for correction in [
            Correction::Affine { slope: 0.5, shift: -0.25 },
            Correction::Curve { scores: &scores, probabilities: &probabilities, shift: 0.5 },
        ] {
            for probability in [0.3, 0.5, 0.7] {
                let back = correction.probability(correction.threshold(probability));
                assert!((back - probability).abs() < 1e-15, "{back} is not {probability}");
            }
        }
    }
}

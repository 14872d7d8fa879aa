//! The units in which a fit is made: every number is counted from its mean, and every feature measured in its spread, so that
//! neither an offset nor a unit of the user's costs a digit. What comes out is told in the user's units again.
//!
//! Three kinds of vectors over the features and the intercept go by these names. *Scaled*: what a solver works on, `sd w` for each
//! feature. *Centred*: `w` for each feature, and the intercept of the centred design, which is what a model stores. *Raw*: `w`, and
//! the intercept of the columns as they are, which is what a user is told.

use assist_features::{Design, Spreads};
use assist_score::{Intercept, PenaltyUnits, Term};

use crate::error::Error;

/// Centres and spreads of the features.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    /// What is taken from each feature: of a number the mean, or the middle where a few rows have drawn that away from all others, 0 of everything else, and 0 of all where there is no intercept to
    /// make up for it.
    centres: Vec<f64>,
    /// The standard deviation of each feature, 1 where that is 0.
    spreads: Vec<f64>,
    /// What each coordinate is multiplied with to be a coefficient: one over the spread, or 1 for solvers that make no Hessian.
    scales: Vec<f64>,
    /// Whether each feature is one that no coefficient can be found for: a constant beside an intercept, or one of zeros.
    are_constant: Vec<bool>,
}

impl Units {
    /// The units of a fit to a design, and the design with its numbers centred. `code_counts` are those of the design.
    ///
    /// # Errors
    ///
    /// Numbers whose squares overflow.
    pub(crate) fn of(
        design: &Design,
        code_counts: &[Vec<(Option<usize>, [u64; 2])>],
        intercept: Intercept,
        makes_no_square: bool,
    ) -> Result<(Self, Design), Error> {
        let Spreads { means, mut spreads, centres, .. } = design.spreads(code_counts);
        if let Some(at) = (0..spreads.len()).find(|at| !(spreads[*at].is_finite() && means[*at].is_finite())) {
            return Err(Error::Overflow { feature: design.space().features()[at].name.clone() });
        }
        let is_constant =
            |(spread, mean): (&f64, &f64)| *spread == 0.0 && (intercept != Intercept::None || *mean == 0.0);
        let are_constant = spreads.iter().zip(&means).map(is_constant).collect();
        for spread in spreads.iter_mut().filter(|spread| **spread == 0.0) {
            *spread = 1.0;
        }
        let centred = match intercept {
            // The penalty of a raw intercept is one square of centred coordinates, and no diagonal.
            Intercept::Penalised if makes_no_square => design.centred(&vec![0.0; means.len()]),
            Intercept::None => design.centred(&vec![0.0; means.len()]),
            Intercept::Free | Intercept::Penalised => design.centred(&centres),
        };
        let of_term = |term: Term| if let Term::Slope { centre, .. } = term { centre } else { 0.0 };
        let centres = centred.space().terms().into_iter().map(of_term).collect();
        let scale = |spread: &f64| if makes_no_square { 1.0 } else { spread.recip() };
        let scales = spreads.iter().map(scale).collect();
        Ok((Self { centres, spreads, scales, are_constant }, centred))
    }

    /// What the penalty multiplies each coordinate with before it squares it or takes its size.
    pub(crate) fn penalty_units(&self, units: PenaltyUnits) -> Vec<f64> {
        let unit = |(scale, spread): (&f64, &f64)| match units {
            PenaltyUnits::Spread => scale * spread,
            PenaltyUnits::Raw => *scale,
        };
        self.scales.iter().zip(&self.spreads).map(unit).collect()
    }

    /// Whether each feature is one that no coefficient can be found for.
    pub(crate) fn are_constant(&self) -> &[bool] {
        &self.are_constant
    }

    /// What a scaled vector is multiplied with to be a centred one: a gradient the other way round.
    pub(crate) fn scales(&self) -> Vec<f64> {
        self.scales.iter().copied().chain([1.0]).collect()
    }

    /// A gradient by the coordinates as one by what each feature adds over one spread of it.
    pub(crate) fn by_spread(&self, gradient: &[f64]) -> Vec<f64> {
        let over_spread = self.scales.iter().zip(&self.spreads).map(|(scale, spread)| scale * spread).chain([1.0]);
        gradient.iter().zip(over_spread).map(|(g, unit)| g / unit).collect()
    }

    /// Coordinates as what each feature adds over one spread of it, without the intercept.
    pub(crate) fn by_spread_back(&self, coordinates: &[f64]) -> Vec<f64> {
        let over_spread = self.scales.iter().zip(&self.spreads).map(|(scale, spread)| scale * spread);
        coordinates.iter().zip(over_spread).map(|(entry, unit)| entry * unit).collect()
    }

    /// The scaled vector of raw parameters.
    pub(crate) fn scaled(&self, raw: &[f64]) -> Vec<f64> {
        let (intercept, coefficients) = raw.split_last().expect("the intercept is always there");
        let moved = coefficients.iter().zip(&self.centres).fold(*intercept, |sum, (w, centre)| sum + w * centre);
        coefficients.iter().zip(&self.scales).map(|(w, scale)| w / scale).chain([moved]).collect()
    }

    /// The derivative of the raw intercept by the centred parameters.
    pub(crate) fn raw_intercept(&self) -> Vec<f64> {
        self.centres.iter().map(|centre| -centre).chain([1.0]).collect()
    }

    /// The gradient by raw parameters, of one by centred ones.
    pub(crate) fn raw_gradient(&self, centred: &[f64]) -> Vec<f64> {
        let (of_intercept, of_features) = centred.split_last().expect("the intercept is always there");
        let of_features = of_features.iter().zip(&self.centres).map(|(g, centre)| g + centre * of_intercept);
        of_features.chain([*of_intercept]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design() -> Design {
        let numbers = [101.0, 103.0, 105.0, 103.0];
        let columns =
            Design::builder().number("a", &numbers).number("one", &[7.0; 4]).category("d", &["x", "y"].repeat(2));
        columns.labels(&[true, false, true, false]).build().expect("usable")
    }

    #[test]
    fn numbers_are_centred_and_everything_is_scaled() {
        let design = design();
        let (units, centred) = Units::of(&design, &design.code_counts(), Intercept::Free, false).expect("finite");
        assert_eq!(units.centres, [103.0, 7.0, 0.0]);
        assert_eq!(units.spreads, [2.0_f64.sqrt(), 1.0, 0.5]);
        let raw = [0.5, 2.0, -1.0, 3.0];
        let scaled = units.scaled(&raw);
        let of_centred: Vec<f64> = scaled.iter().zip(units.scales()).map(|(entry, scale)| entry * scale).collect();
        for (found, expected) in centred.matvec(&of_centred).into_iter().zip(design.matvec(&raw)) {
            assert!((found - expected).abs() < 1e-13, "{found} is not {expected}");
        }
        let intercept: f64 = units.raw_intercept().iter().zip(&of_centred).map(|(d, entry)| d * entry).sum();
        assert!((intercept - 3.0).abs() < 1e-13);
    }

    #[test]
    fn without_an_intercept_nothing_is_centred() {
        let design = design();
        let (units, centred) = Units::of(&design, &design.code_counts(), Intercept::None, false).expect("finite");
        assert_eq!(units.centres, [0.0; 3]);
        assert_eq!(units.spreads, [2.0_f64.sqrt(), 1.0, 0.5], "the spread is about the mean all the same");
        assert_eq!(centred, design);
    }
}

//! The unpenalised fit as a whole, by the evidence that a model keeps of it: its likelihood, and the observations that move it
//! most. No fit is made for it; the likelihood costs one pass over the rows.

use std::fmt;

use assist_features::Design;
use assist_score::{EvidenceMethod, Model, Term, sigmoid};
use ndarray::{Array2, s};

use crate::likelihood::SINGULAR;
use crate::linalg::{Cholesky, quadratic_form_rows};

/// Rows of a design, its cells, and parameters up to which influence is looked for: the same as for everything else that takes
/// products of all rows with a square of the parameters.
const MOST_ROWS: usize = 1 << 17;
const MOST_CELLS: usize = 1 << 22;
const MOST_PARAMETERS: usize = 64;
/// Rows that are dense at a time.
const CHUNK: usize = 4096;
/// An observation that the fit passes through whatever its label is moves nothing that can be measured.
const FREE: f64 = 1e-10;

/// Why a model has no unpenalised fit to speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoUnpenalisedFit {
    /// There is no evidence, for a reason.
    NoEvidence(String),
    /// The classes are separated, and the evidence is that of Firth's likelihood.
    Separated,
    /// Rows have weights, so that what is maximised is no likelihood.
    Weighted,
    /// Some coefficient follows from others, and only one of many fits has been kept.
    Undetermined,
    /// The rows are of another shape than those that were fitted.
    OtherColumns,
}

impl fmt::Display for NoUnpenalisedFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEvidence(reason) => write!(f, "there is no unpenalised fit: {reason}"),
            Self::Separated => f.write_str("the classes are separated, so the unpenalised fit has no optimum"),
            Self::Weighted => f.write_str("rows have weights, so what is maximised is no likelihood"),
            Self::Undetermined => f.write_str("a feature is constant or follows from others"),
            Self::OtherColumns => f.write_str("the rows have other columns than those that were fitted"),
        }
    }
}

/// The unpenalised fit without class weights to the rows that a model was fitted to.
#[derive(Debug)]
pub struct UnpenalisedFit {
    /// The rows, centred as those of the model.
    design: Design,
    /// One entry a feature, and the intercept of the centred columns.
    parameters: Vec<f64>,
    has_intercept: bool,
}

/// Observations with the same values and label, and what one of them does to the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct InfluentialObservation {
    /// Its row in the design.
    pub row: usize,
    /// Its label, true for class 1.
    pub label: bool,
    /// How many there are.
    pub count: u64,
    /// The probability of class 1 by the unpenalised fit.
    pub probability: f64,
    /// Its leverage, `h = p (1 - p) x' (X' W X)^-1 x`.
    pub leverage: f64,
    /// Cook's distance of one of them, to one step (Pregibon 1981, Annals of Statistics 9): `r^2 h / (k (1 - h)^2)` with Pearson's
    /// residual `r` and `k` parameters.
    pub distance: f64,
}

impl UnpenalisedFit {
    /// That of a model, by its evidence, with the design that it was fitted to.
    ///
    /// # Errors
    ///
    /// Where there is none that is the maximum of a likelihood.
    pub fn of(model: &Model, design: &Design) -> Result<Self, NoUnpenalisedFit> {
        let inference = &model.parameters().inference;
        let Some(evidence) = &inference.evidence else {
            let reason = inference.undefined.get("evidence").cloned();
            return Err(NoUnpenalisedFit::NoEvidence(reason.unwrap_or_else(|| "it was not asked for".to_owned())));
        };
        if design.is_weighted() {
            return Err(NoUnpenalisedFit::Weighted);
        }
        match evidence.method {
            EvidenceMethod::InverseHessian | EvidenceMethod::Cluster => {}
            EvidenceMethod::FirthProfile => return Err(NoUnpenalisedFit::Separated),
            _ => return Err(NoUnpenalisedFit::Weighted),
        }
        let has_intercept = model.parameters().training.objective.intercept != assist_score::Intercept::None;
        let Some((intercept, features)) = evidence.coefficients.split_last() else {
            return Err(NoUnpenalisedFit::OtherColumns);
        };
        let coefficients: Option<Vec<f64>> = features.iter().map(|of| of.map(|of| of.value)).collect();
        let mut parameters = coefficients.ok_or(NoUnpenalisedFit::Undetermined)?;
        let centre = |term: Term| if let Term::Slope { centre, .. } = term { centre } else { 0.0 };
        let centres: Vec<f64> = model.space().terms().into_iter().map(centre).collect();
        if design.n_features() != parameters.len() || centres.len() != parameters.len() {
            return Err(NoUnpenalisedFit::OtherColumns);
        }
        let intercept = match (has_intercept, intercept) {
            (false, _) => 0.0,
            (true, None) => return Err(NoUnpenalisedFit::Undetermined),
            // That of the columns as they are, moved to where they are centred.
            (true, Some(of)) => parameters.iter().zip(&centres).fold(of.value, |sum, (w, centre)| sum + w * centre),
        };
        parameters.push(intercept);
        Ok(Self { design: design.centred(&centres), parameters, has_intercept })
    }

    /// How many parameters were estimated.
    pub fn n_parameters(&self) -> usize {
        self.parameters.len() - usize::from(!self.has_intercept)
    }

    /// The log-likelihood at the optimum, in one pass.
    pub fn log_likelihood(&self) -> f64 {
        let z = self.design.matvec(&self.parameters);
        let loss = |(z, [n0, n1]): (&f64, [u64; 2])| {
            let tail = (-z.abs()).exp().ln_1p();
            n0 as f64 * (z.max(0.0) + tail) + n1 as f64 * ((-z).max(0.0) + tail)
        };
        -z.iter().zip(self.design.counts()).map(loss).sum::<f64>()
    }

    /// The observations that move the fit most, the first ones most, at most `n` of them, those alike once. `None` where there are
    /// so many rows or parameters that it would take long, or where rounding leaves no digit of the leverage.
    pub fn most_influential(&self, n: usize) -> Option<Vec<InfluentialObservation>> {
        let (n_rows, n_features, k) = (self.design.n_rows(), self.design.n_features(), self.n_parameters());
        if n_rows > MOST_ROWS || n_rows * k > MOST_CELLS || k > MOST_PARAMETERS {
            return None;
        }
        let probabilities: Vec<f64> = self.design.matvec(&self.parameters).into_iter().map(sigmoid).collect();
        let counts: Vec<[u64; 2]> = self.design.counts().collect();
        let weight = |(p, [n0, n1]): (&f64, &[u64; 2])| (n0 + n1) as f64 * p * (1.0 - p);
        let weights: Vec<f64> = probabilities.iter().zip(&counts).map(weight).collect();
        let hessian = self.design.sandwich(&weights);
        let inverse = Cholesky::new(&hessian.slice(s![..k, ..k]).to_owned(), SINGULAR).ok()?.inverse();
        let mut found: Vec<InfluentialObservation> = Vec::new();
        let rows: Vec<usize> = (0..n_rows).collect();
        for rows in rows.chunks(CHUNK) {
            let mut x = Array2::ones((rows.len(), k));
            x.slice_mut(s![.., ..n_features]).assign(&self.design.dense_rows(rows));
            for (row, form) in rows.iter().zip(quadratic_form_rows(&x, &inverse)) {
                let (Some(p), Some(counts)) = (probabilities.get(*row), counts.get(*row)) else { continue };
                let (leverage, spread) = (p * (1.0 - p) * form, p * (1.0 - p));
                for (label, count) in [false, true].into_iter().zip(*counts) {
                    let residual = f64::from(u8::from(label)) - p;
                    let free = 1.0 - leverage;
                    if count > 0 && free > FREE && spread > 0.0 {
                        let distance = residual * residual / spread * leverage / (k as f64 * free * free);
                        let (row, probability) = (*row, *p);
                        found.push(InfluentialObservation { row, label, count, probability, leverage, distance });
                    }
                }
            }
            found.sort_by(|a, b| b.distance.total_cmp(&a.distance));
            found.truncate(n);
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LogisticRegression;

    /// statsmodels 0.15, `GLM(y, add_constant(x), Binomial()).fit().get_influence().cooks_distance[0]` and `llf`.
    #[test]
    fn likelihood_and_distances_are_those_of_statsmodels() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 30.0, 3.0, 3.0];
        let y = [false, false, true, false, true, false, true, true, true, false, true, false];
        let design = Design::builder().number("x", &x).labels(&y).build().expect("usable");
        let model = LogisticRegression::default().fit(&design).expect("fitted").model;
        let fit = UnpenalisedFit::of(&model, &design).expect("an unpenalised fit");
        assert!((fit.log_likelihood() + 8.223_531_265_554_083).abs() < 1e-8, "{}", fit.log_likelihood());
        assert_eq!(fit.n_parameters(), 2);
        let found = fit.most_influential(3).expect("few rows");
        let expected = [
            (17.094_924_389_228_083, 0.892_679_107_483_428_4),
            (0.110_413_302_077_798_13, 0.135_405_611_282_468_2),
            (0.089_876_671_478_274_26, 0.118_626_231_993_315_37),
        ];
        for (found, (distance, leverage)) in found.iter().zip(expected) {
            assert!((found.distance - distance).abs() < 1e-8 && (found.leverage - leverage).abs() < 1e-8, "{found:?}");
        }
        assert!(found.len() == 3 && found.iter().all(|of| of.count > 0));
    }

    #[test]
    fn what_is_no_likelihood_has_no_fit() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 2.5, 1.5], [false, false, true, true, true, false]);
        let separated = Design::builder().number("x", &x).labels(&y).build().expect("usable");
        let model = LogisticRegression::default().fit(&separated).expect("fitted").model;
        assert_eq!(UnpenalisedFit::of(&model, &separated).err(), Some(NoUnpenalisedFit::Separated));
        let weighted = Design::builder().number("x", &x).labels(&y).weights("w", &[1.0; 6]).build().expect("usable");
        assert_eq!(UnpenalisedFit::of(&model, &weighted).err(), Some(NoUnpenalisedFit::Weighted));
    }
}

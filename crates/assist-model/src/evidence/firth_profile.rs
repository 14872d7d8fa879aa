//! Evidence where the classes are separated: Firth's penalised likelihood, whose maximum is finite, with intervals from its
//! profile and tests by ratios of it (Heinze and Schemper 2002). Wald's are wrong there, because the likelihood is far from a
//! parabola. Restricted maxima keep the penalty of all features, as in R's logistf.

use std::collections::BTreeMap;

use assist_features::Design;
use assist_score::{CoefficientEvidence, EvidenceMethod, FactorTests};
use ndarray::{Array2, ArrayView1, Axis, concatenate};
use rayon::prelude::*;

use super::gathered::Gathered;
use super::unpenalised::{dependent, follows, is_determined, no_intercept};
use crate::factor_tests::{FOLLOWS, chi_squared_tail, of_columns};
use crate::firth::{LARGEST_STEP, MAX_HALVINGS, Point, point};
use crate::likelihood::Likelihood;
use crate::linalg::Cholesky;

/// Parameters up to which there is evidence by profiles.
const MOST_PARAMETERS: usize = 64;
/// Distinct rows times the cube of the parameters up to which there is: a profile of each parameter takes tens of passes, each
/// with the rows' leverages.
const MOST_WORK: usize = 2_000_000;
/// The root of what twice the penalised log-likelihood falls by at the ends of an interval: the 97.5 % point of the normal
/// distribution.
const FALL: f64 = 1.959_963_984_540_054;
/// Twice what a maximum may be lower than the true one.
const DECREMENT: f64 = 1e-12;
/// Steps before a maximum, and an end of an interval, are given up.
const MOST_STEPS: usize = 200;
const MOST_POINTS: usize = 50;

/// Evidence and tests of columns by Firth's penalised likelihood; `undefined` gets why a column is not tested.
///
/// # Errors
///
/// Why there is none.
pub(crate) fn by_firth(
    likelihood: &Likelihood<'_>,
    raw_intercept: &[f64],
    undefined: &mut BTreeMap<String, String>,
) -> Result<(Gathered, FactorTests), String> {
    let design = likelihood.design();
    if design.is_weighted() {
        return Err("rows have weights, and Firth's penalised likelihood is one of counts".to_owned());
    }
    let n = design.n_features() + 1;
    let free = likelihood.independent(0..n);
    let work = free.len().pow(3).saturating_mul(design.n_rows());
    if free.len() > MOST_PARAMETERS || work > MOST_WORK {
        return Err(too_large());
    }
    let profile = Profile::new(design, &free, raw_intercept)
        .ok_or_else(|| "Firth's penalised fit did not converge".to_owned())?;
    let takes_part = dependent(likelihood.hessian_at_zero(), &free);
    let mut coefficients: Vec<Result<(CoefficientEvidence, f64), String>> = (0..n).map(|_| Err(follows())).collect();
    let found: Vec<_> =
        (0..free.len()).into_par_iter().filter(|at| !takes_part[*at]).map(|at| (at, profile.of(at))).collect();
    for (at, of) in found {
        coefficients[free[at]] = of
            .ok_or_else(|| "the profile of the penalised likelihood does not fall far enough within reach".to_owned());
    }
    let last = n - 1;
    if !free.contains(&last) {
        coefficients[last] = Err(no_intercept());
    } else if !is_determined(raw_intercept, &free, &takes_part) {
        coefficients[last] = Err(follows());
    }
    let tests = profile.tests(likelihood, &free, &takes_part, undefined);
    let units = design.class_counts().iter().sum::<u64>() as f64;
    Ok((Gathered { method: EvidenceMethod::FirthProfile, coefficients, n_estimated: free.len(), units }, tests))
}

/// Why there is no evidence of a design that is too large for profiles.
pub(crate) fn too_large() -> String {
    format!(
        "where the classes are separated it needs profiles of Firth's penalised likelihood, which are computed up to {MOST_PARAMETERS} parameters and {} million distinct rows times cubed parameters",
        MOST_WORK / 1_000_000
    )
}

/// The penalised likelihood around its maximum. Its coordinates are features that are centred and scaled, and the intercept last.
struct Profile {
    x: Array2<f64>,
    counts: Vec<[f64; 2]>,
    /// For each coordinate the combination of them that is the user's coefficient.
    of_user: Vec<Vec<f64>>,
    best: Vec<f64>,
    at_best: Point,
}

/// A maximum where some combinations of coordinates are held.
struct Restricted {
    parameters: Vec<f64>,
    log_likelihood: f64,
    /// By how much it rises where a combination is held at more, for each of them.
    slopes: Vec<f64>,
}

impl Profile {
    /// `None` where the maximum is not found.
    fn new(design: &Design, free: &[usize], raw_intercept: &[f64]) -> Option<Self> {
        let dense =
            concatenate(Axis(1), &[design.to_dense().view(), Array2::ones((design.n_rows(), 1)).view()]).ok()?;
        let mut x = dense.select(Axis(1), free);
        let counts: Vec<[f64; 2]> = design.counts().map(|counts| counts.map(|n| n as f64)).collect();
        let total: f64 = counts.iter().flatten().sum();
        let p = free.len();
        let has_intercept = free.last() == Some(&design.n_features());
        let n_features = if has_intercept { p - 1 } else { p };
        let mut of_user: Vec<Vec<f64>> = (0..p).map(|_| vec![0.0; p]).collect();
        // The user's intercept is that of numbers that are not centred.
        let mut intercept = vec![0.0; p];
        for (j, own) in of_user.iter_mut().enumerate().take(n_features) {
            let mean = |of: &dyn Fn(f64) -> f64| {
                x.column(j).iter().zip(&counts).map(|(x, [n0, n1])| (n0 + n1) * of(*x)).sum::<f64>() / total
            };
            let centre = if has_intercept { mean(&|x| x) } else { 0.0 };
            let spread = mean(&|x| (x - centre) * (x - centre)).sqrt();
            x.column_mut(j).mapv_inplace(|x| (x - centre) / spread);
            own[j] = 1.0 / spread;
            intercept[j] = (raw_intercept[free[j]] - centre) / spread;
        }
        if has_intercept {
            intercept[p - 1] = 1.0;
            of_user[p - 1] = intercept;
        }
        let at_zero = point(&x, &counts, [1.0, 1.0], &vec![0.0; p]).ok()?;
        let mut profile = Self { x, counts, of_user, best: vec![0.0; p], at_best: at_zero };
        let best = profile.restricted(&[], &[], &profile.best)?.parameters;
        profile.at_best = profile.at(&best)?;
        profile.best = best;
        Some(profile)
    }

    fn at(&self, parameters: &[f64]) -> Option<Point> {
        point(&self.x, &self.counts, [1.0, 1.0], parameters).ok()
    }

    /// The maximum where each of some combinations has its value, by Fisher scoring from a start.
    fn restricted(&self, held: &[&[f64]], values: &[f64], start: &[f64]) -> Option<Restricted> {
        let mut parameters = start.to_vec();
        let missing: Vec<f64> = held.iter().zip(values).map(|(a, value)| value - dot(a, &parameters)).collect();
        let constraints = Constraints::new(held, &self.at_best.factor)?;
        add(&mut parameters, 1.0, &constraints.shift(&missing));
        let mut here = self.at(&parameters);
        // A start that is too far away has no curvature left: nearer to zero there is some.
        for _ in 0..MAX_HALVINGS {
            if here.is_some() {
                break;
            }
            parameters.iter_mut().for_each(|b| *b /= 2.0);
            let missing: Vec<f64> = held.iter().zip(values).map(|(a, value)| value - dot(a, &parameters)).collect();
            add(&mut parameters, 1.0, &constraints.shift(&missing));
            here = self.at(&parameters);
        }
        let mut here = here?;
        for _ in 0..MOST_STEPS {
            let constraints = Constraints::new(held, &here.factor)?;
            let (step, slopes) = constraints.step(&here.factor, &here.score);
            let decrement = dot(&step, &here.score);
            let found = Restricted { parameters: parameters.clone(), log_likelihood: here.log_likelihood, slopes };
            if decrement <= DECREMENT {
                return Some(found);
            }
            let reach = self.x.dot(&ArrayView1::from(&step)).iter().fold(0.0_f64, |most, z| most.max(z.abs()));
            let mut length = (LARGEST_STEP / reach).min(1.0);
            let mut next = None;
            for _ in 0..MAX_HALVINGS {
                let mut there = parameters.clone();
                add(&mut there, length, &step);
                if let Some(at) = self.at(&there)
                    && at.log_likelihood > here.log_likelihood
                {
                    next = Some((there, at));
                    break;
                }
                length /= 2.0;
            }
            // Rounding hides what is left to gain.
            let Some(next) = next else { return (decrement <= DECREMENT.sqrt()).then_some(found) };
            (parameters, here) = next;
        }
        None
    }

    /// The evidence of a coordinate, and its statistic.
    fn of(&self, at: usize) -> Option<(CoefficientEvidence, f64)> {
        let user = self.of_user[at].as_slice();
        let value = dot(user, &self.best);
        let std_error = dot(user, &self.at_best.factor.solve(user)).sqrt();
        let without = self.restricted(&[user], &[0.0], &self.best)?;
        let statistic = self.ratio(without.log_likelihood);
        let [ci_low, ci_high] = [-1.0, 1.0].map(|side| self.end(user, value, side * std_error));
        let p_value = chi_squared_tail(statistic, 1);
        let figures = CoefficientEvidence { value, std_error, ci_low: ci_low?, ci_high: ci_high?, p_value };
        Some((figures, statistic))
    }

    /// The end of the interval on the side of `error`, where the signed root of the ratio, which is nearly a straight line, is
    /// [`FALL`].
    fn end(&self, user: &[f64], value: f64, error: f64) -> Option<f64> {
        let mut parameters = self.best.clone();
        // In standard errors from the estimate: the root is too small at `inside` and too large at `outside`.
        let (mut inside, mut outside) = (0.0, f64::INFINITY);
        let mut at = FALL;
        for _ in 0..MOST_POINTS {
            let restricted = self.restricted(&[user], &[value + at * error], &parameters)?;
            let root = self.ratio(restricted.log_likelihood).sqrt();
            if (root - FALL).abs() <= 1e-9 {
                return Some(value + at * error);
            }
            if root < FALL {
                inside = at;
            } else {
                outside = at;
            }
            // The derivative of the root is that of the log-likelihood over the root.
            let steepness = -restricted.slopes.first()? * error / root;
            let newton = at + (FALL - root) / steepness;
            let is_within = newton > inside && newton < outside;
            at = match (is_within, outside.is_finite()) {
                (true, true) => newton,
                (true, false) => newton.min(4.0 * at),
                (false, true) => f64::midpoint(inside, outside),
                (false, false) => 2.0 * at,
            };
            if outside - inside <= 1e-13 * at {
                return Some(value + at * error);
            }
            parameters = restricted.parameters;
        }
        None
    }

    /// Twice what a log-likelihood is below the maximum.
    fn ratio(&self, log_likelihood: f64) -> f64 {
        (2.0 * (self.at_best.log_likelihood - log_likelihood)).max(0.0)
    }

    /// Tests of the columns, none of whose features takes part in a dependency.
    fn tests(
        &self,
        likelihood: &Likelihood<'_>,
        free: &[usize],
        takes_part: &[bool],
        undefined: &mut BTreeMap<String, String>,
    ) -> FactorTests {
        let p = free.len();
        let unit = |at: usize| -> Vec<f64> { (0..p).map(|j| f64::from(u8::from(j == at))).collect() };
        let ratio = |names: &[String], features: &[usize]| {
            let places: Option<Vec<usize>> =
                features.iter().map(|j| free.binary_search(j).ok().filter(|at| !takes_part[*at])).collect();
            let units: Vec<Vec<f64>> = places.ok_or(FOLLOWS)?.into_iter().map(unit).collect();
            let held: Vec<&[f64]> = units.iter().map(Vec::as_slice).collect();
            let restricted = self
                .restricted(&held, &vec![0.0; held.len()], &self.best)
                .ok_or_else(|| format!("the penalised fit without `{}` did not converge", names.join("`, `")))?;
            Ok((self.ratio(restricted.log_likelihood), held.len()))
        };
        of_columns(likelihood, self.at_best.plain, ratio, undefined)
    }
}

/// Combinations of coordinates that are held, seen with the curvature somewhere.
struct Constraints {
    /// The inverse curvature times each combination.
    directions: Vec<Vec<f64>>,
    held: Vec<Vec<f64>>,
    /// The factor of the combinations' covariance; `None` where nothing is held.
    covariance: Option<Cholesky>,
}

impl Constraints {
    fn new(held: &[&[f64]], factor: &Cholesky) -> Option<Self> {
        let directions: Vec<Vec<f64>> = held.iter().map(|a| factor.solve(a)).collect();
        let covariance = Array2::from_shape_fn((held.len(), held.len()), |(i, j)| dot(held[i], &directions[j]));
        let covariance = if held.is_empty() { None } else { Some(Cholesky::new(&covariance, 0.0).ok()?) };
        Some(Self { directions, held: held.iter().map(|a| a.to_vec()).collect(), covariance })
    }

    /// The shortest way, as the curvature measures it, by which the combinations change so much.
    fn shift(&self, by: &[f64]) -> Vec<f64> {
        let Some(covariance) = &self.covariance else { return vec![] };
        let mut shift = vec![0.0; self.held.first().map_or(0, Vec::len)];
        covariance
            .solve(by)
            .iter()
            .zip(&self.directions)
            .for_each(|(share, direction)| add(&mut shift, *share, direction));
        shift
    }

    /// The step of Fisher scoring that changes no combination, and the slopes that it leaves along them.
    fn step(&self, factor: &Cholesky, score: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut step = factor.solve(score);
        let Some(covariance) = &self.covariance else { return (step, vec![]) };
        let changes: Vec<f64> = self.held.iter().map(|a| dot(a, &step)).collect();
        let slopes = covariance.solve(&changes);
        slopes.iter().zip(&self.directions).for_each(|(slope, direction)| add(&mut step, -slope, direction));
        (step, slopes)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(entry, value)| *entry += times * value);
}

//! What a fit found, and on what and how it was fitted.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::calibration::Calibration;
use crate::error::{Error, Inconsistency};
use crate::inference::Inference;
use crate::recipe::{Intercept, ObjectiveForm, PenaltyUnits};

/// Which penalty the coefficients were fitted under. Another one would change what a fit is, so the enum is exhaustive: whatever
/// matches on it has to answer for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Penalty {
    /// No penalty: maximum likelihood.
    None,
    /// Half the squared length of the coefficients.
    #[default]
    L2,
    /// The sum of the absolute coefficients, which sets many of them to zero.
    L1,
    /// A mixture of both: `l1_ratio` of L1 and the rest of L2.
    ElasticNet {
        /// The share of L1, between 0 and 1.
        l1_ratio: f64,
    },
    /// Jeffreys' prior: half the logarithm of the information's determinant (Firth 1993). Its optimum is finite even where the
    /// classes are separated.
    Firth,
}

/// The name, as settings and reports have it: `l2`, `l1`, `elastic-net`, `firth`, `none`.
impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::L2 => "l2",
            Self::L1 => "l1",
            Self::ElasticNet { .. } => "elastic-net",
            Self::Firth => "firth",
        })
    }
}

/// How the two classes were weighted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum ClassWeight {
    /// `n / (2 n_class)`, counted on the fitted rows.
    #[default]
    Balanced,
    /// Every row counts the same.
    None,
    /// Stated weights of class 0 and class 1.
    Stated(f64, f64),
}

/// As settings and reports have it: `balanced`, `none`, or the weights of class 0 and class 1 with a comma between them.
impl fmt::Display for ClassWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balanced => f.pad("balanced"),
            Self::None => f.pad("none"),
            Self::Stated(w0, w1) => write!(f, "{w0},{w1}"),
        }
    }
}

/// Standard errors of the coefficients and, last, the intercept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StandardErrors {
    /// How they were computed, such as `sandwich_hc0`.
    pub method: String,
    /// One for each coefficient in order, then one for the intercept of the columns as they are.
    pub values: Vec<f64>,
}

/// How the fit ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Convergence {
    /// Name of the solver.
    pub solver: String,
    /// Whether the optimum was reached: the [decrement](Self::newton_decrement) is small enough, or where none is known the
    /// gradient.
    pub converged: bool,
    /// Why the solver stopped, in its own words.
    pub termination: String,
    /// Iterations of the solver, polishing steps included.
    pub iterations: u64,
    /// Passes over the rows in which loss and gradient were computed.
    pub evaluations: u64,
    /// The objective in sum form, as scikit-learn's liblinear has it.
    pub objective: f64,
    /// Largest entry of the mean objective's gradient at the solution, recomputed after the fit: each by what its feature adds
    /// over one spread of it.
    pub gradient_max_norm: f64,
    /// The tolerance that was asked for.
    pub tolerance: f64,
    /// The Newton decrement `g' H^-1 g / 2` of the mean objective at the solution: about how much of it is left to gain. Absent
    /// where no Hessian was made, and in models of older programs.
    pub newton_decrement: Option<f64>,
    /// No coefficient is further than this from the optimum. Absent where no such bound is known, as without a penalty on every coordinate.
    pub coefficient_error_bound: Option<f64>,
}

/// What the training rows weighed, where they had weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weighting {
    /// What the weights are called: the column that they were in. No prediction needs it.
    pub column: String,
    /// What the fitted rows of class 0 and of class 1 weigh together.
    pub class_totals: [f64; 2],
}

/// On what and how a model was fitted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Training {
    /// Rows of class 0 and class 1 that were fitted.
    pub class_counts: [u64; 2],
    /// How classes were weighted.
    pub class_weight: ClassWeight,
    /// The weight that came of it, for class 0 and class 1; zeros where none is stated.
    pub class_weights: [f64; 2],
    /// The penalty.
    pub penalty: Penalty,
    /// Inverse strength of the penalty, as in scikit-learn.
    pub c: f64,
    /// In which units the penalty measures coefficients, and what became of the intercept.
    pub objective: ObjectiveForm,
    /// The share of class 1 that `probability` is corrected to, where one was stated; else that of the training rows.
    pub base_rate: Option<f64>,
    /// How the fit ended.
    pub fit: Convergence,
    /// Standard errors, where they are valid.
    pub standard_errors: Option<StandardErrors>,
    /// The weights of the rows, where they had some. Shares of classes are shares of them then.
    pub weighting: Option<Weighting>,
}

/// What `logistic_model.postcard` holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    /// One for each feature, in the order of [`FeatureSpace::terms`](crate::FeatureSpace::terms).
    pub coefficients: Vec<f64>,
    /// The score of a row whose terms are all 0: the intercept of centred columns. [`Model::intercept`](crate::Model::intercept)
    /// is that of the columns as they are.
    pub intercept: f64,
    /// On what and how they were fitted.
    pub training: Training,
    /// What is known of their uncertainty beyond standard errors.
    pub inference: Inference,
    /// How scores become probabilities, where that was learnt; else the prior correction does it.
    pub calibration: Option<Calibration>,
    /// A score above this is a decision for class 1: 0 unless a threshold was chosen.
    pub threshold: f64,
    /// Of a card or a rule the scores that training rows have, ascending; empty for a logistic regression, whose scores are too many.
    pub totals: Vec<ScoreTotal>,
}

/// A score, and how many training rows of each class have it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScoreTotal {
    /// The score.
    pub score: f64,
    /// Training rows of class 0 and of class 1.
    pub counts: [u64; 2],
}

/// Counts go into logarithms and shares as floats, which have all whole numbers up to here.
const MOST_ROWS: u64 = 1 << f64::MANTISSA_DIGITS;

impl Training {
    /// What was fitted, in words: `L2 penalty in raw units, C = 1, intercept free`.
    pub fn objective_in_words(&self) -> String {
        let ObjectiveForm { recipe, penalty_units, intercept } = self.objective;
        let penalty = match self.penalty {
            Penalty::None => "no penalty".into(),
            Penalty::Firth => "Firth's penalty".into(),
            Penalty::L1 | Penalty::L2 | Penalty::ElasticNet { .. } => {
                let kind = match self.penalty {
                    Penalty::L1 => "L1 penalty".into(),
                    Penalty::ElasticNet { l1_ratio } => format!("elastic net with {l1_ratio} L1"),
                    _ => String::from("L2 penalty"),
                };
                let units = match penalty_units {
                    PenaltyUnits::Spread => "in units of each feature's spread",
                    PenaltyUnits::Raw => "in raw units",
                };
                format!("{kind} {units}, C = {}", self.c)
            }
        };
        let intercept = match intercept {
            Intercept::Free => "intercept free",
            Intercept::Penalised => "intercept penalised",
            Intercept::None => "no intercept",
        };
        let recipe = recipe.map_or_else(String::new, |recipe| format!(" (recipe `{recipe}`)"));
        format!("{penalty}, {intercept}{recipe}")
    }

    /// Whether the intercept is part of the penalty, as in liblinear.
    pub fn intercept_penalised(&self) -> bool {
        self.objective.intercept == Intercept::Penalised
    }

    /// What is added to a score to get the logit of the corrected probability: `ln(w0 / w1)`, plus the shift to a stated
    /// base rate. (King and Zeng 2001, "prior correction".)
    pub fn logit_shift(&self) -> f64 {
        let [w0, w1] = self.class_weights;
        let weights = if w0 > 0.0 && w1 > 0.0 { libm::log(w0 / w1) } else { 0.0 };
        weights + self.base_rate_shift()
    }

    /// From the base rate of the training rows to the stated one.
    pub(crate) fn base_rate_shift(&self) -> f64 {
        let [n0, n1] = self.class_totals();
        match self.base_rate {
            Some(rate) if n0 > 0.0 && n1 > 0.0 => libm::log(rate / (1.0 - rate)) - libm::log(n1 / n0),
            _ => 0.0,
        }
    }

    /// What the fitted rows of class 0 and of class 1 weigh together: as much as they are many, where they had no weights.
    pub fn class_totals(&self) -> [f64; 2] {
        self.weighting.as_ref().map_or(self.class_counts.map(|n| n as f64), |weighting| weighting.class_totals)
    }

    fn check(&self, n_features: usize) -> Result<(), Inconsistency> {
        let is_weight = |weight: f64| weight > 0.0 && weight.is_finite();
        let none_stated = self.class_weights == [0.0; 2];
        let stated_weights_are_sound = match self.class_weight {
            ClassWeight::Stated(w0, w1) => is_weight(w0) && is_weight(w1),
            ClassWeight::Balanced | ClassWeight::None => true,
        };
        if !stated_weights_are_sound || !(none_stated || self.class_weights.into_iter().all(is_weight)) {
            return Err(Inconsistency::ClassWeights);
        }
        if !self.weighting.iter().flat_map(|weighting| weighting.class_totals).all(is_weight) {
            return Err(Inconsistency::RowWeights);
        }
        if self.base_rate.is_some_and(|rate| !(rate > 0.0 && rate < 1.0)) {
            return Err(Inconsistency::BaseRate);
        }
        // 0 is a strength that nobody stated.
        if !(self.c >= 0.0 && self.c.is_finite()) {
            return Err(Inconsistency::InverseStrength);
        }
        if let Penalty::ElasticNet { l1_ratio } = self.penalty
            && !(0.0..=1.0).contains(&l1_ratio)
        {
            return Err(Inconsistency::L1Ratio);
        }
        let [n0, n1] = self.class_counts;
        if n0.checked_add(n1).is_none_or(|n| n > MOST_ROWS) {
            return Err(Inconsistency::ClassCounts);
        }
        let Convergence { gradient_max_norm, tolerance, coefficient_error_bound, newton_decrement, .. } = self.fit;
        let lengths = [Some(gradient_max_norm), Some(tolerance), coefficient_error_bound, newton_decrement];
        if !lengths.into_iter().flatten().all(|length| length >= 0.0) {
            return Err(Inconsistency::Figure("the convergence of the fit"));
        }
        let Some(StandardErrors { values, .. }) = &self.standard_errors else {
            return Ok(());
        };
        if values.len() != n_features + 1 {
            return Err(Inconsistency::StandardErrorCount { errors: values.len(), coefficients: n_features });
        }
        // NaN stands for an error that is not known.
        if values.iter().any(|error| *error < 0.0 || error.is_infinite()) {
            return Err(Inconsistency::StandardErrors);
        }
        Ok(())
    }
}

impl Parameters {
    /// Whether these can be the parameters of a model with so many features.
    pub(crate) fn check(&self, n_features: usize) -> Result<(), Error> {
        self.check_figures(n_features).map_err(Error::Inconsistent)
    }

    fn check_figures(&self, n_features: usize) -> Result<(), Inconsistency> {
        let coefficients = self.coefficients.len();
        if coefficients != n_features {
            return Err(Inconsistency::CoefficientCount { coefficients, features: n_features });
        }
        if !self.calibration.as_ref().is_none_or(Calibration::is_sound) {
            return Err(Inconsistency::Calibration);
        }
        let are_finite = self.coefficients.iter().all(|coefficient| coefficient.is_finite());
        if !are_finite || !self.intercept.is_finite() {
            return Err(Inconsistency::NotFinite);
        }
        // It may be infinite: then every decision is the same.
        if self.threshold.is_nan() {
            return Err(Inconsistency::Threshold);
        }
        let is_ascending = self.totals.windows(2).all(|pair| pair[0].score < pair[1].score);
        if !is_ascending || !self.totals.iter().all(|total| total.score.is_finite()) {
            return Err(Inconsistency::Figure("the totals of the training rows"));
        }
        self.training.check(n_features)?;
        self.inference.check(n_features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{FactorTest, FactorTests, MarginalEffect};
    use alloc::vec;

    fn check(change: impl FnOnce(&mut Parameters)) -> Option<Inconsistency> {
        let mut parameters = Parameters { coefficients: vec![1.0, 2.0], ..Parameters::default() };
        change(&mut parameters);
        match parameters.check(2) {
            Err(Error::Inconsistent(what)) => Some(what),
            _ => None,
        }
    }

    #[test]
    fn an_objective_is_told_in_words() {
        let words =
            |objective, penalty| Training { objective, penalty, c: 0.5, ..Training::default() }.objective_in_words();
        assert_eq!(
            words(crate::recipe::Recipe::Standard.objective(), Penalty::L2),
            "L2 penalty in units of each feature's spread, C = 0.5, intercept free (recipe `standard`)"
        );
        let raw = ObjectiveForm { intercept: Intercept::None, ..ObjectiveForm::default() };
        assert_eq!(words(raw, Penalty::L1), "L1 penalty in raw units, C = 0.5, no intercept");
        assert_eq!(words(raw, Penalty::None), "no penalty, no intercept");
    }

    #[test]
    fn what_cannot_be_true_is_refused() {
        assert_eq!(check(|_| ()), None);
        for rate in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(check(|p| p.training.base_rate = Some(rate)), Some(Inconsistency::BaseRate));
        }
        for weights in [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [1.0, f64::INFINITY], [f64::NAN, 1.0]] {
            assert_eq!(check(|p| p.training.class_weights = weights), Some(Inconsistency::ClassWeights));
            let stated = ClassWeight::Stated(weights[0], weights[1]);
            assert_eq!(check(|p| p.training.class_weight = stated), Some(Inconsistency::ClassWeights));
        }
        for class_totals in [[0.0, 1.0], [1.0, f64::NAN], [-1.0, 2.0], [f64::INFINITY, 1.0]] {
            let weighting = Weighting { column: "w".into(), class_totals };
            assert_eq!(check(|p| p.training.weighting = Some(weighting)), Some(Inconsistency::RowWeights));
        }
        let weighting = Weighting { column: "w".into(), class_totals: [0.5, 2.5] };
        assert_eq!(check(|p| p.training.weighting = Some(weighting)), None);
        for (values, sound) in
            [(vec![0.5, f64::NAN, 0.0], true), (vec![0.5, 0.5, -0.5], false), (vec![0.5, 0.5, f64::INFINITY], false)]
        {
            let errors = StandardErrors { method: "sandwich_hc0".into(), values };
            let expected = (!sound).then_some(Inconsistency::StandardErrors);
            assert_eq!(check(|p| p.training.standard_errors = Some(errors)), expected);
        }
        for probabilities in [vec![-0.25, 0.5], vec![0.5, 1.5], vec![0.75, 0.5], vec![0.5]] {
            let curve = Calibration::Isotonic { scores: vec![0.0, 1.0], probabilities };
            assert_eq!(check(|p| p.calibration = Some(curve)), Some(Inconsistency::Calibration));
        }
        for scores in [vec![], vec![1.0, 0.0], vec![0.0, 0.0], vec![0.0, f64::NAN], vec![f64::NEG_INFINITY, 0.0]] {
            let curve = Calibration::Isotonic { probabilities: vec![0.5; scores.len()], scores };
            assert_eq!(check(|p| p.calibration = Some(curve)), Some(Inconsistency::Calibration));
        }
        for (slope, intercept) in [(0.0, 0.0), (-1.0, 0.0), (f64::INFINITY, 0.0), (1.0, f64::NAN)] {
            let sigmoid = Calibration::Sigmoid { slope, intercept };
            assert_eq!(check(|p| p.calibration = Some(sigmoid)), Some(Inconsistency::Calibration));
        }
        for counts in [[u64::MAX, 1], [1 << 53, 1]] {
            assert_eq!(check(|p| p.training.class_counts = counts), Some(Inconsistency::ClassCounts));
        }
        assert_eq!(check(|p| p.training.class_counts = [1 << 52, 1 << 52]), None);
        let convergence = Some(Inconsistency::Figure("the convergence of the fit"));
        for length in [-1.0, f64::NAN] {
            assert_eq!(check(|p| p.training.fit.gradient_max_norm = length), convergence);
            assert_eq!(check(|p| p.training.fit.tolerance = length), convergence);
            assert_eq!(check(|p| p.training.fit.coefficient_error_bound = Some(length)), convergence);
            assert_eq!(check(|p| p.training.fit.newton_decrement = Some(length)), convergence);
        }
        let curve = Calibration::Isotonic { scores: vec![0.0, 1.0], probabilities: vec![0.0, 1.0] };
        assert_eq!(check(|p| p.calibration = Some(curve)), None);
        assert_eq!(check(|p| p.threshold = f64::INFINITY), None);
        assert_eq!(check(|p| p.threshold = f64::NAN), Some(Inconsistency::Threshold));
        assert_eq!(check(|p| p.coefficients[1] = f64::NAN), Some(Inconsistency::NotFinite));
        let count = Inconsistency::CoefficientCount { coefficients: 1, features: 2 };
        assert_eq!(check(|p| p.coefficients.truncate(1)), Some(count));
        for c in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(check(|p| p.training.c = c), Some(Inconsistency::InverseStrength));
        }
        for (l1_ratio, sound) in [(0.0, true), (1.0, true), (-0.25, false), (1.25, false), (f64::NAN, false)] {
            let expected = (!sound).then_some(Inconsistency::L1Ratio);
            assert_eq!(check(|p| p.training.penalty = Penalty::ElasticNet { l1_ratio }), expected);
        }
    }

    #[test]
    fn figures_that_no_fit_has_are_refused() {
        let test = FactorTest { columns: vec!["a".into()], statistic: 3.5, df: 1, p_value: 0.5, p_holm: Some(1.0) };
        let tests = |factor: FactorTest, log_likelihood| FactorTests {
            log_likelihood,
            null_log_likelihood: -20.0,
            factors: vec![test.clone(), factor],
            without_evidence: None,
        };
        let checked = |tests: FactorTests| check(|p| p.inference.factor_tests = Some(tests));
        let refused = Some(Inconsistency::Figure("a test of columns"));
        assert_eq!(checked(tests(test.clone(), -10.5)), None);
        for p in [9.0, -0.5, f64::NAN] {
            assert_eq!(checked(tests(FactorTest { p_value: p, ..test.clone() }, -10.5)), refused);
            assert_eq!(checked(tests(FactorTest { p_holm: Some(p), ..test.clone() }, -10.5)), refused);
            let last = FactorTest { p_value: p, ..test.clone() };
            assert_eq!(checked(FactorTests { without_evidence: Some(last), ..tests(test.clone(), -10.5) }), refused);
        }
        assert_eq!(checked(tests(FactorTest { statistic: -1.0, ..test.clone() }, -10.5)), refused);
        assert_eq!(checked(tests(test.clone(), 10.5)), refused);
        for factor in [0.5, f64::NAN] {
            let expected = Some(Inconsistency::Figure("a factor of variance inflation"));
            assert_eq!(check(|p| p.inference.variance_inflation = Some(vec![None, Some(factor)])), expected);
        }
        let effect = MarginalEffect { value: -0.25, std_error: Some(0.5) };
        for wrong in [
            MarginalEffect { value: f64::NAN, ..effect },
            MarginalEffect { value: f64::INFINITY, ..effect },
            MarginalEffect { std_error: Some(-0.5), ..effect },
            MarginalEffect { std_error: Some(f64::NAN), ..effect },
        ] {
            let expected = Some(Inconsistency::Figure("a marginal effect"));
            assert_eq!(check(|p| p.inference.marginal_effects = Some(vec![effect, wrong])), expected);
        }
    }

    #[test]
    fn figures_are_one_for_each_feature() {
        for n in [0, 1, 2, 3, 4] {
            let errors = StandardErrors { method: "sandwich_hc0".into(), values: vec![0.5; n] };
            let expected = (n != 3).then_some(Inconsistency::StandardErrorCount { errors: n, coefficients: 2 });
            assert_eq!(check(|p| p.training.standard_errors = Some(errors)), expected);
            let expected = (n != 2).then_some(Inconsistency::VarianceInflationCount { factors: n, features: 2 });
            assert_eq!(check(|p| p.inference.variance_inflation = Some(vec![None; n])), expected);
            let effects = vec![MarginalEffect { value: 0.25, std_error: None }; n];
            let expected = (n != 2).then_some(Inconsistency::MarginalEffectCount { effects: n, features: 2 });
            assert_eq!(check(|p| p.inference.marginal_effects = Some(effects)), expected);
        }
    }
}

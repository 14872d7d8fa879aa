//! What is known of a fit's uncertainty: standard errors by the method that fits the fit, and everything else, each figure
//! absent with its reason where it would not be valid.

use assist_features::{ClusterMoments, Design};
use assist_score::{FactorTests, Inference, Intercept, Separation, StandardErrors};
use ndarray::Array2;

use crate::choices::{Covariance, InferenceLevel};
use crate::effects;
use crate::evidence::{self, Estimate, Gathered};
use crate::factor_tests::likelihood_ratios;
use crate::interrupt::Interrupt;
use crate::large::{is_large, reason_of_absence};
use crate::likelihood::{Likelihood, Maximum, SINGULAR};
use crate::linalg::{Cholesky, quadratic_forms};
use crate::penalty::{Method, PenaltyFacts};
use crate::separation::{Certificate, certify, may_be_certified};
use crate::units::Units;

/// Rows of a design up to which [`InferenceLevel::Auto`] means everything.
const AUTO_ROWS: usize = 1 << 17;
/// Cells of its dense matrix up to which it does.
const AUTO_CELLS: usize = 1 << 22;
/// Parameters up to which it does.
const AUTO_PARAMETERS: usize = 64;
/// From here on the digits of standard errors are those of rounding.
const LARGEST_CONDITION: f64 = 1e13;

/// A fit at its end, by the coefficients of its centred design: what inference starts from.
pub(crate) struct AtOptimum<'a> {
    pub(crate) design: &'a Design,
    pub(crate) parameters: &'a [f64],
    pub(crate) penalty: PenaltyFacts,
    pub(crate) units: &'a Units,
    pub(crate) intercept: Intercept,
    pub(crate) is_weighted: bool,
    pub(crate) converged: bool,
    /// Whether all rows lie on their own side of the fit.
    pub(crate) is_separated: bool,
    /// A level whose rows all have one class.
    pub(crate) one_class_level: Option<String>,
    /// The mean Hessian, penalty included, where it was made.
    pub(crate) hessian: Option<&'a Array2<f64>>,
    /// The middle of the sandwich estimator.
    pub(crate) outer: Option<&'a Array2<f64>>,
    /// That of clusters, where rows are grouped.
    pub(crate) clusters: Option<&'a ClusterMoments>,
    pub(crate) total_weight: f64,
    /// What is added to a score for the logit of the corrected probability.
    pub(crate) logit_shift: f64,
    /// What is added to a score for its logit without class weights.
    pub(crate) weights_shift: f64,
    /// Ends what lasts.
    pub(crate) interrupt: &'a Interrupt,
}

impl AtOptimum<'_> {
    /// Standard errors, and everything else that is known.
    pub(crate) fn infer(&self, covariance: Covariance, level: InferenceLevel) -> (Option<StandardErrors>, Inference) {
        let mut inference = Inference::default();
        let n_parameters = self.parameters.len();
        let n_rows = self.design.n_rows();
        let is_small = n_rows <= AUTO_ROWS && n_rows * n_parameters <= AUTO_CELLS && n_parameters <= AUTO_PARAMETERS;
        let likelihood = (level == InferenceLevel::Full || level == InferenceLevel::Auto && is_small)
            .then(|| Likelihood::new(self.design, self.has_intercept()).ended_by(self.interrupt));
        match &likelihood {
            Some(likelihood) => self.test(likelihood, &mut inference),
            None => self.gather_evidence(level, &mut inference),
        }
        let (mut errors, factor) = match self.standard_errors(covariance, likelihood.is_some(), &inference) {
            Ok((errors, factor)) => (Some(errors), Some(factor)),
            Err(reason) => {
                inference.undefined.insert("standard_errors".to_owned(), reason);
                (None, None)
            }
        };
        if let Some(likelihood) = &likelihood {
            let factors =
                if self.has_intercept() { effects::variance_inflation(self.design, likelihood) } else { Vec::new() };
            for (index, _) in factors.iter().enumerate().filter(|(_, factor)| factor.is_none()) {
                let name = self.design.space().features()[index].name.clone();
                let reason = "it is constant or follows from other features, and only the penalty divides their effect";
                inference.undefined.insert(format!("variance_inflation.{name}"), reason.to_owned());
                if let Some(errors) = &mut errors {
                    inference.undefined.insert(format!("standard_errors.{name}"), reason.to_owned());
                    errors.values[index] = f64::NAN;
                }
            }
            if self.has_intercept() {
                inference.variance_inflation = Some(factors);
            } else {
                let reason = "it is that of a fit with an intercept";
                inference.undefined.insert("variance_inflation".to_owned(), reason.to_owned());
            }
            if !self.design.space().additional.is_empty() {
                let reason =
                    "the model has curves or interactions: what a unit of their columns does depends on where it is";
                inference.undefined.insert("marginal_effects".to_owned(), reason.to_owned());
            } else if self.converged {
                let scale = errors.as_ref().map_or(1.0, |errors| self.correction(&errors.method));
                let outer = errors.as_ref().and_then(|errors| self.middle(&errors.method));
                let mut covariance =
                    factor.map(|factor| effects::covariance(&factor, outer, self.total_weight) * (scale * scale));
                if let Some(covariance) = covariance.as_mut().filter(|_| !self.has_intercept()) {
                    covariance[[n_parameters - 1, n_parameters - 1]] = 0.0;
                }
                let effects =
                    effects::marginal_effects(self.design, self.parameters, self.logit_shift, covariance.as_ref());
                inference.marginal_effects = Some(effects);
            } else {
                inference.undefined.insert("marginal_effects".to_owned(), NOT_CONVERGED.to_owned());
            }
        } else {
            let reason = format!(
                "not computed for {n_rows} distinct rows and {n_parameters} parameters unless everything is asked for"
            );
            for figure in ["factor_tests", "variance_inflation", "marginal_effects"] {
                inference.undefined.insert(figure.to_owned(), reason.clone());
            }
        }
        (errors, inference)
    }

    fn has_intercept(&self) -> bool {
        self.intercept != Intercept::None
    }

    /// How many parameters were fitted.
    fn n_fitted(&self) -> usize {
        self.parameters.len() - usize::from(!self.has_intercept())
    }

    fn n(&self) -> f64 {
        self.design.class_counts().iter().sum::<u64>() as f64
    }

    /// Tests of columns, or why there are none: foremost separation.
    fn test(&self, likelihood: &Likelihood<'_>, inference: &mut Inference) {
        let free = likelihood.independent(0..self.parameters.len());
        let is_finite = self.parameters.iter().all(|value| value.is_finite());
        let zero = vec![0.0; self.parameters.len()];
        let start = if self.converged && is_finite { self.parameters } else { &zero };
        let maximum = if self.is_separated { None } else { likelihood.maximum(&free, start, None) };
        let certificate = match &maximum {
            Some(full) if !full.is_doubtful => Certificate::Overlap,
            _ if may_be_certified(self.design) => certify(self.design, &self.design.to_dense(), self.has_intercept()),
            _ => Certificate::Unknown,
        };
        let reason = match (certificate, maximum) {
            (Certificate::Overlap, Some(full)) => return self.by_wald(likelihood, &full, &free, inference),
            (Certificate::Separated(separation), _) => {
                let reason = separated(&separation);
                inference.separation = Some(separation);
                reason
            }
            _ => "the unpenalised fit that they rest on did not converge".to_owned(),
        };
        if inference.separation.is_none() {
            inference.undefined.insert("factor_tests".to_owned(), reason.clone());
            self.keep_evidence(Err(reason), None, inference);
            return;
        }
        if self.clusters.is_some() || self.design.clusters().is_some() {
            inference.undefined.insert("factor_tests".to_owned(), reason.clone());
            self.keep_evidence(
                Err(format!(
                    "{reason}; Firth's penalised likelihood takes rows for independent, and the rows of a group are not"
                )),
                None,
                inference,
            );
            return;
        }
        match evidence::by_firth(likelihood, &self.units.raw_intercept(), &mut inference.undefined) {
            Ok((gathered, tests)) => {
                self.keep_evidence(Ok(gathered), Some(&tests), inference);
                inference.factor_tests = Some(tests);
            }
            Err(beyond) => {
                inference.undefined.insert("factor_tests".to_owned(), reason.clone());
                self.keep_evidence(Err(format!("{reason}; {beyond}")), None, inference);
            }
        }
    }

    /// Evidence and tests of columns where the classes overlap: by ratios of the likelihood, where it is one.
    fn by_wald(&self, likelihood: &Likelihood<'_>, full: &Maximum, free: &[usize], inference: &mut Inference) {
        let estimate = Estimate::new(self.design, full, free);
        let are_alike_and_independent = !self.design.is_weighted() && self.design.clusters().is_none();
        let tests = match &estimate {
            _ if are_alike_and_independent => Some(likelihood_ratios(likelihood, full, &mut inference.undefined)),
            Ok(estimate) => Some(estimate.tests(likelihood, &mut inference.undefined)),
            Err(reason) => {
                inference.undefined.insert("factor_tests".to_owned(), reason.clone());
                None
            }
        };
        let gathered = estimate.map(|estimate| estimate.gathered(&self.units.raw_intercept()));
        self.keep_evidence(gathered, tests.as_ref(), inference);
        inference.factor_tests = tests;
    }

    /// Evidence without tests of columns, where the design is not small.
    fn gather_evidence(&self, level: InferenceLevel, inference: &mut Inference) {
        let gathered = if level == InferenceLevel::Basic {
            Err("only standard errors were asked for".to_owned())
        } else if is_large(self.design) {
            Err(reason_of_absence(self.parameters.len(), self.design.n_rows()))
        } else if self.parameters.len() > self.design.n_rows() {
            Err("there are fewer distinct rows than parameters, so that without a penalty there is no single fit"
                .to_owned())
        } else if let Some(level) = &self.one_class_level {
            Err(format!(
                "all rows with {level} have the same class, which separates the classes; {}",
                evidence::too_large()
            ))
        } else if self.is_separated {
            Err(format!("the classes are completely separated; {}", evidence::too_large()))
        } else {
            self.near_maximum().and_then(|(full, free)| {
                Ok(Estimate::new(self.design, &full, &free)?.gathered(&self.units.raw_intercept()))
            })
        };
        self.keep_evidence(gathered, None, inference);
    }

    /// The maximum of the unpenalised likelihood without class weights from these parameters, which is near.
    fn near_maximum(&self) -> Result<(Maximum, Vec<usize>), String> {
        let all = (0..self.n_fitted()).collect();
        let is_maximum = !self.is_weighted && !self.penalty.is_always_finite();
        if let Some(hessian) = self.hessian.filter(|_| is_maximum && self.converged) {
            let (parameters, hessian) = (self.parameters.to_vec(), hessian.clone());
            // Nothing is compared with its likelihood where columns are not tested.
            return Ok((Maximum { parameters, hessian, log_likelihood: f64::NAN, is_doubtful: false }, all));
        }
        let mut start = self.parameters.to_vec();
        if let Some(intercept) = start.last_mut() {
            *intercept += self.weights_shift;
        }
        evidence::near(self.design, self.has_intercept(), &start)
    }

    fn keep_evidence(
        &self,
        gathered: Result<Gathered, String>,
        tests: Option<&FactorTests>,
        inference: &mut Inference,
    ) {
        match gathered {
            Ok(gathered) => gathered.conclude(self.design, tests, inference),
            Err(reason) => {
                inference.undefined.insert("evidence".to_owned(), reason);
            }
        }
    }

    fn standard_errors(
        &self,
        covariance: Covariance,
        is_thorough: bool,
        inference: &Inference,
    ) -> Result<(StandardErrors, Cholesky), String> {
        let withstands_separation = self.penalty.withstands_separation();
        if self.penalty.selects() {
            return Err("an L1 penalty selects features, and standard errors after a selection are not valid".into());
        }
        if !self.converged {
            return Err(NOT_CONVERGED.into());
        }
        let hessian = self.hessian.ok_or_else(|| reason_of_absence(self.parameters.len(), self.design.n_rows()))?;
        if !withstands_separation && let Some(separation) = &inference.separation {
            return Err(separated(separation));
        }
        // Residuals that vanish make a sandwich of nothing.
        if withstands_separation && self.is_weighted && (self.is_separated || inference.separation.is_some()) {
            return Err("the classes are separated, and under class weights nothing valid is known then".into());
        }
        if !withstands_separation && let Some(level) = &self.one_class_level {
            return Err(format!(
                "all rows with {level} have the same class, which separates the classes: without a penalty there is no finite optimum"
            ));
        }
        if !withstands_separation && self.is_separated {
            return Err("the classes are completely separated; the coefficients are the penalty's work".into());
        }
        if is_thorough {
            let condition = effects::condition_number(hessian);
            if condition > LARGEST_CONDITION || condition.is_nan() {
                return Err(format!(
                    "the Hessian's condition number of {condition:.0e} leaves no digit of them to stand behind"
                ));
            }
        }
        let factor = Cholesky::new(hessian, SINGULAR)
            .map_err(|_| "the Hessian is singular: features follow from each other".to_owned())?;
        let is_plain = !self.is_weighted && self.penalty.has_likelihood_covariance();
        if self.clusters.is_some() && self.penalty.method == Method::FisherScoring {
            return Err("Firth's penalty takes rows for independent, and the rows of a group are not".into());
        }
        let method = match covariance {
            Covariance::InverseHessian => INVERSE_HESSIAN,
            Covariance::Auto if self.clusters.is_some() => CR1,
            Covariance::Auto if is_plain => INVERSE_HESSIAN,
            Covariance::Auto | Covariance::Hc0 => "sandwich_hc0",
            Covariance::Hc1 => HC1,
        };
        let inverse = factor.inverse() / self.total_weight;
        let outer = self.middle(method);
        let mut variances = match outer {
            Some(outer) => quadratic_forms(&inverse, outer),
            None => inverse.diag().to_vec(),
        };
        if let Some(last) = variances.last_mut() {
            *last = self.intercept_variance(&inverse, outer);
        }
        self.check_enough(method)?;
        let scale = self.correction(method);
        let mut values: Vec<f64> = variances.iter().map(|variance: &f64| variance.sqrt() * scale).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err("rounding makes a variance negative".into());
        }
        if let Some(last) = values.last_mut().filter(|_| !self.has_intercept()) {
            *last = f64::NAN;
        }
        Ok((StandardErrors { method: method.to_owned(), values }, factor))
    }
}

impl AtOptimum<'_> {
    /// The variance of the intercept of the columns as they are, which is a sum of all centred parameters.
    fn intercept_variance(&self, inverse: &Array2<f64>, outer: Option<&Array2<f64>>) -> f64 {
        let derivative = ndarray::Array1::from(self.units.raw_intercept());
        let half = inverse.dot(&derivative);
        outer.map_or_else(|| half.dot(&derivative), |outer| half.dot(&outer.dot(&half)))
    }
}

const INVERSE_HESSIAN: &str = "inverse_hessian";
const HC1: &str = "sandwich_hc1";
/// The cluster-robust sandwich, as statsmodels' `cov_type='cluster'`.
const CR1: &str = "cluster_cr1";
const NOT_CONVERGED: &str = "the fit did not converge";

impl AtOptimum<'_> {
    /// The middle of a method's sandwich, where it is one.
    fn middle(&self, method: &str) -> Option<&Array2<f64>> {
        match method {
            INVERSE_HESSIAN => None,
            CR1 => self.clusters.map(|clusters| &clusters.matrix),
            _ => self.outer,
        }
    }

    /// Whether there are as many rows and groups as a method needs.
    fn check_enough(&self, method: &str) -> Result<(), String> {
        if [HC1, CR1].contains(&method) && self.n() <= self.n_fitted() as f64 {
            return Err(format!("{} needs more rows than parameters", if method == HC1 { "HC1" } else { "CR1" }));
        }
        if method == CR1 && self.clusters.is_some_and(|clusters| clusters.n_clusters < 2) {
            return Err("all rows are of one group, which says nothing of how groups differ".into());
        }
        Ok(())
    }

    /// What a method multiplies standard errors with for the number of parameters, and of clusters.
    fn correction(&self, method: &str) -> f64 {
        let (n, k) = (self.n(), self.n_fitted() as f64);
        match (method, self.clusters) {
            (HC1, _) => (n / (n - k)).sqrt(),
            (CR1, Some(clusters)) => {
                let g = clusters.n_clusters as f64;
                (g / (g - 1.0) * (n - 1.0) / (n - k)).sqrt()
            }
            _ => 1.0,
        }
    }
}

fn separated(separation: &Separation) -> String {
    let kind = if separation.is_complete { "completely" } else { "quasi-completely" };
    format!(
        "the classes are {kind} separated by `{}`: without a penalty the coefficients have no finite optimum",
        separation.features.join("`, `")
    )
}

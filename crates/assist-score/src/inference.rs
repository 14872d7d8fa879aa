//! What is known of the uncertainty of a fit. It is computed in training and kept with the model, because it needs the rows.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::error::Inconsistency;
use crate::evidence::{ColumnTest, Evidence};

/// Figures about a fit, each absent where it would not be valid; [`undefined`](Self::undefined) says why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inference {
    /// A direction in which coefficients run away, certified by a linear program.
    pub separation: Option<Separation>,
    /// Whether each column as a whole says anything about the label.
    pub factor_tests: Option<FactorTests>,
    /// For each feature the factor by which the others inflate its variance; `None` where it follows from them.
    pub variance_inflation: Option<Vec<Option<f64>>>,
    /// For each feature its average marginal effect.
    pub marginal_effects: Option<Vec<MarginalEffect>>,
    /// What the rows say of each coefficient, apart from the model that predicts.
    pub evidence: Option<Evidence>,
    /// Which figures are absent, and why. The keys are the names of the figures in reports.
    pub undefined: BTreeMap<String, String>,
}

impl Inference {
    /// How whole columns were tested, where they were.
    pub fn column_test(&self) -> ColumnTest {
        self.evidence.as_ref().map_or_else(ColumnTest::default, |evidence| evidence.method.column_test())
    }

    /// Whether there is a figure for each of so many features, where there are any, and each can be one.
    pub(crate) fn check(&self, n_features: usize) -> Result<(), Inconsistency> {
        let other_than = |n: usize| (n != n_features).then_some(n);
        let features = n_features;
        if let Some(factors) = self.variance_inflation.as_ref().and_then(|factors| other_than(factors.len())) {
            return Err(Inconsistency::VarianceInflationCount { factors, features });
        }
        if let Some(effects) = self.marginal_effects.as_ref().and_then(|effects| other_than(effects.len())) {
            return Err(Inconsistency::MarginalEffectCount { effects, features });
        }
        let sound = |are_sound: bool, figure| if are_sound { Ok(()) } else { Err(Inconsistency::Figure(figure)) };
        sound(self.factor_tests.as_ref().is_none_or(FactorTests::are_sound), "a test of columns")?;
        let mut factors = self.variance_inflation.iter().flatten().flatten();
        sound(factors.all(|factor| *factor >= 1.0), "a factor of variance inflation")?;
        let mut effects = self.marginal_effects.iter().flatten();
        sound(effects.all(MarginalEffect::is_sound), "a marginal effect")?;
        self.evidence.as_ref().map_or(Ok(()), |evidence| evidence.check(n_features))
    }
}

/// A combination of features that separates the classes: without a penalty there is no finite optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separation {
    /// Whether all rows lie on their own side (complete) or some on the border (quasi-complete).
    pub is_complete: bool,
    /// The features of the combination; `intercept` may be among them.
    pub features: Vec<String>,
}

/// Tests of whole columns, by likelihood ratios or by Wald's method, as [`EvidenceMethod`](crate::EvidenceMethod) says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorTests {
    /// Log-likelihood of the unpenalised fit without class weights with all columns.
    pub log_likelihood: f64,
    /// Log-likelihood with the intercept alone.
    pub null_log_likelihood: f64,
    /// One for each column, in their order.
    pub factors: Vec<FactorTest>,
    /// All columns that Holm's correction leaves without evidence, tested together.
    pub without_evidence: Option<FactorTest>,
}

impl FactorTests {
    fn are_sound(&self) -> bool {
        let are_logarithms = [self.log_likelihood, self.null_log_likelihood].iter().all(|logarithm| *logarithm <= 0.0);
        are_logarithms && self.factors.iter().chain(&self.without_evidence).all(FactorTest::is_sound)
    }
}

/// A test of the features of some columns: by twice the log-likelihood that is lost without them, or by Wald's chi-squared of their
/// coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactorTest {
    /// The columns.
    pub columns: Vec<String>,
    /// The statistic, chi-squared where the columns say nothing.
    pub statistic: f64,
    /// Degrees of freedom: how many features were left out.
    pub df: u32,
    /// Probability of a statistic as large if the columns say nothing.
    pub p_value: f64,
    /// The same after Holm's correction over all columns.
    pub p_holm: Option<f64>,
}

impl FactorTest {
    fn is_sound(&self) -> bool {
        let is_probability = |p: f64| (0.0..=1.0).contains(&p);
        self.statistic >= 0.0 && is_probability(self.p_value) && self.p_holm.is_none_or(is_probability)
    }
}

/// How much the probability of class 1 changes on average over the training rows: by a unit more of a number, or by a level
/// instead of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MarginalEffect {
    /// The change, of the probability after prior correction; a calibration has no part in it.
    pub value: f64,
    /// Its standard error by the delta method, with the method of the coefficients.
    pub std_error: Option<f64>,
}

impl MarginalEffect {
    fn is_sound(&self) -> bool {
        self.value.is_finite() && self.std_error.is_none_or(|error| error >= 0.0)
    }
}

//! How it is stored what is known of a fit's uncertainty, since version 2. These forms are frozen: what is new needs a section
//! of another tag, and the live types may grow as they like.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::inference::{FactorTest, FactorTests, MarginalEffect, Separation};

/// A direction in which coefficients run away.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredSeparation {
    is_complete: bool,
    features: Vec<String>,
}

/// Tests of whole columns.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredFactorTests {
    log_likelihood: f64,
    null_log_likelihood: f64,
    factors: Vec<StoredFactorTest>,
    without_evidence: Option<StoredFactorTest>,
}

/// One of them.
#[derive(Serialize, Deserialize)]
struct StoredFactorTest {
    columns: Vec<String>,
    statistic: f64,
    df: u32,
    p_value: f64,
    p_holm: Option<f64>,
}

/// An average marginal effect.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredMarginalEffect {
    value: f64,
    std_error: Option<f64>,
}

impl From<Separation> for StoredSeparation {
    fn from(separation: Separation) -> Self {
        let Separation { is_complete, features } = separation;
        Self { is_complete, features }
    }
}

impl From<StoredSeparation> for Separation {
    fn from(stored: StoredSeparation) -> Self {
        let StoredSeparation { is_complete, features } = stored;
        Self { is_complete, features }
    }
}

impl From<FactorTests> for StoredFactorTests {
    fn from(tests: FactorTests) -> Self {
        let FactorTests { log_likelihood, null_log_likelihood, factors, without_evidence } = tests;
        Self {
            log_likelihood,
            null_log_likelihood,
            factors: factors.into_iter().map(StoredFactorTest::from).collect(),
            without_evidence: without_evidence.map(StoredFactorTest::from),
        }
    }
}

impl From<StoredFactorTests> for FactorTests {
    fn from(stored: StoredFactorTests) -> Self {
        let StoredFactorTests { log_likelihood, null_log_likelihood, factors, without_evidence } = stored;
        Self {
            log_likelihood,
            null_log_likelihood,
            factors: factors.into_iter().map(FactorTest::from).collect(),
            without_evidence: without_evidence.map(FactorTest::from),
        }
    }
}

impl From<FactorTest> for StoredFactorTest {
    fn from(test: FactorTest) -> Self {
        let FactorTest { columns, statistic, df, p_value, p_holm } = test;
        Self { columns, statistic, df, p_value, p_holm }
    }
}

impl From<StoredFactorTest> for FactorTest {
    fn from(stored: StoredFactorTest) -> Self {
        let StoredFactorTest { columns, statistic, df, p_value, p_holm } = stored;
        Self { columns, statistic, df, p_value, p_holm }
    }
}

impl From<MarginalEffect> for StoredMarginalEffect {
    fn from(effect: MarginalEffect) -> Self {
        let MarginalEffect { value, std_error } = effect;
        Self { value, std_error }
    }
}

impl From<StoredMarginalEffect> for MarginalEffect {
    fn from(stored: StoredMarginalEffect) -> Self {
        let StoredMarginalEffect { value, std_error } = stored;
        Self { value, std_error }
    }
}

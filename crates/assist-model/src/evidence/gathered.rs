//! Evidence on its way into a model: figures of each coefficient, and what of them is clear.

use assist_features::Design;
use assist_score::{CoefficientEvidence, Evidence, EvidenceMethod, FactorTests, FeatureSpace, Inference, Term};

use super::clear;

/// Evidence before it is decided what of it is clear.
pub(crate) struct Gathered {
    pub(crate) method: EvidenceMethod,
    /// One for each feature, then one for the intercept: figures with their statistic, which is chi-squared on one degree of
    /// freedom where a feature says nothing; or why there are none.
    pub(crate) coefficients: Vec<Result<(CoefficientEvidence, f64), String>>,
    /// How many of the parameters were estimated.
    pub(crate) n_estimated: usize,
    /// On how many independent units its errors rest.
    pub(crate) units: f64,
}

impl Gathered {
    /// Decides what is clear, and puts the evidence where it belongs. `tests` are those of the columns, if there are any.
    pub(crate) fn conclude(self, design: &Design, tests: Option<&FactorTests>, inference: &mut Inference) {
        self.conclude_of(design.space(), design.class_counts(), tests, inference);
    }

    /// As [`conclude`](Self::conclude), of rows that are no design.
    pub(crate) fn conclude_of(
        self,
        space: &FeatureSpace,
        [n0, n1]: [u64; 2],
        tests: Option<&FactorTests>,
        inference: &mut Inference,
    ) {
        let Self { method, coefficients, n_estimated, units } = self;
        let features = space.features();
        let mut evidence = Evidence {
            method,
            coefficients: Vec::new(),
            clear_features: vec![false; features.len()],
            clear_columns: Vec::new(),
            clear_together: false,
            smaller_class: n0.min(n1),
            n_parameters: n_estimated as u64,
        };
        if !evidence.is_scarce() {
            let reference = clear::Reference::new(n_estimated, units, method.column_test());
            if let Some(tests) = tests {
                evidence.clear_columns = clear::columns(tests, &reference);
                evidence.clear_together = clear::together(tests, &reference);
            }
            let statistics: Vec<Option<f64>> =
                coefficients.iter().take(features.len()).map(|of| of.as_ref().ok().map(|(_, s)| *s)).collect();
            evidence.clear_features = clear::features(&statistics, &reference);
            // Nor is a single bend, whose size says nothing by itself.
            for (feature, is_clear) in features.iter().zip(&mut evidence.clear_features) {
                *is_clear &= !feature.term.factors().iter().any(|factor| matches!(factor, Term::Basis { .. }));
            }
            // A single level is no finding where its column as a whole says nothing.
            if let Some(tests) = tests {
                for (feature, is_clear) in features.iter().zip(&mut evidence.clear_features) {
                    let was_tested = tests.factors.iter().any(|test| test.columns.first() == Some(&feature.column));
                    *is_clear &= !was_tested || evidence.clear_columns.contains(&feature.column);
                }
            }
        }
        let names = features.into_iter().map(|feature| feature.name).chain(["intercept".to_owned()]);
        for (name, of) in names.zip(coefficients) {
            match of {
                Ok((figures, _)) => evidence.coefficients.push(Some(figures)),
                Err(reason) => {
                    inference.undefined.insert(format!("evidence.{name}"), reason);
                    evidence.coefficients.push(None);
                }
            }
        }
        inference.evidence = Some(evidence);
    }
}

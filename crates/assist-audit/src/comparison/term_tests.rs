//! Bends and interactions that a model of main effects lacks: what was tried, and what the training rows say of it.

use std::fmt;

use assist_metrics::holm;
use assist_metrics::words::plural;
use serde::{Deserialize, Serialize};

/// Tests of bends and interactions that a model does not have, on its training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermTests {
    /// How many terms were tried, over all of which p-values are corrected.
    pub tried: usize,
    /// What was found, the smallest p-value first.
    pub tests: Vec<TermTest>,
    /// Why nothing was tried, where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_tested: Option<TermsNotTested>,
}

/// The test of one term: whether the model with it fits the training rows better than chance explains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermTest {
    /// What was tried.
    pub term: ProposedTerm,
    /// The test's statistic: under no effect its law is chi-squared with `degrees_of_freedom`, or that times an F where
    /// `denominator_degrees_of_freedom` is there.
    pub statistic: f64,
    /// Coefficients that the term has.
    pub degrees_of_freedom: usize,
    /// Those of the denominator of an F test, which rows of groups are tested by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator_degrees_of_freedom: Option<usize>,
    /// How often chance alone gives as much.
    pub p_value: f64,
    /// The same, corrected for all terms that were tried (Holm 1979).
    pub p_holm: f64,
    /// For an interaction of two numbers: steps beside the product, on rows that neither fit had seen. Absent where that was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<StepsBesideProduct>,
}

/// Two shapes of an interaction of two numbers, on rows that neither fit had seen: steps, where either number is above a cut, and
/// the product of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepsBesideProduct {
    /// The mean log-loss with the product.
    pub product_log_loss: f64,
    /// The mean log-loss with the steps.
    pub steps_log_loss: f64,
    /// The standard error of the mean difference of an observation.
    pub standard_error: f64,
}

impl StepsBesideProduct {
    /// Of these losses.
    pub fn new(product_log_loss: f64, steps_log_loss: f64, standard_error: f64) -> Self {
        Self { product_log_loss, steps_log_loss, standard_error }
    }

    /// Whether steps are the better shape, by more than one standard error: the product has no cuts to be searched for.
    pub fn are_steps_better(&self) -> bool {
        self.steps_log_loss + self.standard_error < self.product_log_loss
    }
}

/// A term that a model could be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposedTerm {
    /// A number acts along a curve instead of a line: a natural cubic spline.
    Bend {
        /// The column.
        column: String,
    },
    /// The effect of each of two columns depends on the other.
    Interaction {
        /// The columns, in the order in which the table has them.
        columns: [String; 2],
    },
}

/// Why no term was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TermsNotTested {
    /// No column may bend, and no two may interact, that the model does not have already.
    NoCandidate,
    /// Fewer observations of the rarer class than ten for each parameter of any model that would have been tried.
    FewRows {
        /// Observations of the rarer class among the training rows.
        observations: u64,
        /// As many as the smallest model would have needed.
        needed: u64,
    },
    /// Without a penalty the model has no optimum: a combination of its features separates the classes.
    Separated,
    /// More features than such tests are made with.
    ManyFeatures {
        /// Features of the model.
        features: usize,
        /// As many as may be.
        most: usize,
    },
}

impl TermTests {
    /// Nothing was tried.
    pub fn none(reason: TermsNotTested) -> Self {
        Self { tried: 0, tests: Vec::new(), not_tested: Some(reason) }
    }

    /// What was tried, each with its p-value corrected by Holm's method over all of it, the smallest first.
    pub fn of(tests: Vec<TermTest>) -> Self {
        let mut tests = tests;
        tests.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
        let tried = tests.len();
        let corrected = holm(&tests.iter().map(|test| test.p_value).collect::<Vec<_>>());
        tests.iter_mut().zip(corrected).for_each(|(test, p)| test.p_holm = p);
        Self { tried, tests, not_tested: None }
    }

    /// The terms that are beyond chance at a level over all that were tried.
    pub fn clear(&self, level: f64) -> impl Iterator<Item = &TermTest> {
        self.tests.iter().filter(move |test| test.p_holm < level)
    }
}

impl TermTest {
    /// A test whose p-value is not yet corrected for others.
    pub fn new(term: ProposedTerm, statistic: f64, degrees_of_freedom: usize, p_value: f64) -> Self {
        let denominator_degrees_of_freedom = None;
        Self {
            term,
            statistic,
            degrees_of_freedom,
            denominator_degrees_of_freedom,
            p_value,
            p_holm: p_value,
            steps: None,
        }
    }

    /// The same, as an F test with so many degrees of freedom of the denominator.
    #[must_use]
    pub fn with_denominator(self, degrees_of_freedom: usize) -> Self {
        Self { denominator_degrees_of_freedom: Some(degrees_of_freedom), ..self }
    }
}

/// The reason in words that follow "bends and interactions were not tried: ".
impl fmt::Display for TermsNotTested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoCandidate => {
                f.write_str("no column has enough values to bend, and there are no two columns that could interact")
            }
            Self::FewRows { observations, needed } => write!(
                f,
                "the training rows have {observations} observations of the rarer class, and the smallest such model needs {needed}"
            ),
            Self::Separated => f.write_str("without a penalty the model has no optimum"),
            Self::ManyFeatures { features, most } => {
                let features = plural(features, "feature");
                write!(f, "the model has {features}, and such tests are made with at most {most}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(column: &str, p_value: f64) -> TermTest {
        TermTest::new(ProposedTerm::Bend { column: column.to_owned() }, 1.0, 3, p_value)
    }

    #[test]
    fn p_values_are_corrected_over_all_that_was_tried() {
        let tests = TermTests::of(vec![test("c", 0.5), test("a", 0.01), test("b", 0.02), test("d", 0.9)]);
        let found: Vec<(f64, f64)> = tests.tests.iter().map(|test| (test.p_value, test.p_holm)).collect();
        assert_eq!(found, [(0.01, 0.04), (0.02, 0.06), (0.5, 1.0), (0.9, 1.0)]);
        assert_eq!(tests.clear(0.05).count(), 1);
        assert_eq!(tests.tried, 4);
    }

    #[test]
    fn tests_are_read_as_they_are_written() -> Result<(), serde_json::Error> {
        let interaction = ProposedTerm::Interaction { columns: ["a".to_owned(), "b".to_owned()] };
        let tests =
            TermTests::of(vec![test("a", 0.25), TermTest::new(interaction, 8.0, 1, 0.125).with_denominator(39)]);
        let text = serde_json::to_string(&tests)?;
        assert_eq!(
            text,
            r#"{"tried":2,"tests":[{"term":{"kind":"interaction","columns":["a","b"]},"statistic":8.0,"degrees_of_freedom":1,"denominator_degrees_of_freedom":39,"p_value":0.125,"p_holm":0.25},{"term":{"kind":"bend","column":"a"},"statistic":1.0,"degrees_of_freedom":3,"p_value":0.25,"p_holm":0.25}]}"#
        );
        assert_eq!(serde_json::from_str::<TermTests>(&text)?, tests);
        let none = TermTests::none(TermsNotTested::FewRows { observations: 7, needed: 60 });
        let text = serde_json::to_string(&none)?;
        assert_eq!(text, r#"{"tried":0,"tests":[],"not_tested":{"reason":"few_rows","observations":7,"needed":60}}"#);
        assert_eq!(serde_json::from_str::<TermTests>(&text)?, none);
        Ok(())
    }
}

//! Columns with and without evidence of an effect.

use assist_metrics::words::{code, count, few, p_value};
use assist_score::{ColumnTest, Evidence, FactorTest, Inference};
use serde::{Deserialize, Serialize};

use super::contest::LEVEL;
use super::deciding::equals;
use super::finding_figure::FindingFigure;

/// Which columns say something about the label that the others do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnVerdict {
    /// Training observations of the smaller class and parameters, where these are so many that p-values are too small and no
    /// column is called out.
    pub scarce: Option<[u64; 2]>,
    /// Columns that clearly say something.
    pub clear: Vec<String>,
    /// The others.
    pub unclear: Vec<String>,
    /// The test of the others all together.
    pub together: Option<ColumnsTogether>,
    /// The name of the tests.
    pub test: String,
    /// Whether some column has a bend or an interaction in the model, so that it is no plain weighted sum.
    pub has_terms: bool,
}

/// A test of several columns at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnsTogether {
    /// Its p-value.
    pub p_value: f64,
    /// Whether they clearly say something together, though none does alone.
    pub is_clear: bool,
}

impl ColumnVerdict {
    pub(super) fn of(inference: &Inference, has_terms: bool) -> Option<Self> {
        let (tests, evidence) = (inference.factor_tests.as_ref()?, inference.evidence.as_ref());
        // Models of older versions have tests and nothing that says what of them is clear.
        let is_clear = |test: &FactorTest| match evidence {
            Some(evidence) => test.columns.iter().all(|column| evidence.is_clear_column(column)),
            None => test.p_holm.is_some_and(|p| p < LEVEL),
        };
        let (with, without): (Vec<_>, Vec<_>) = tests.factors.iter().partition(|test| is_clear(test));
        // Columns may be left without evidence by few rows alone; then no test is of just these.
        let joint = tests.without_evidence.as_ref().filter(|joint| joint.columns.len() == without.len());
        let is_clear_together =
            |joint: &FactorTest| evidence.map_or(joint.p_value < LEVEL, |evidence| evidence.clear_together);
        let names = |tests: &[&FactorTest]| tests.iter().flat_map(|test| test.columns.clone()).collect();
        Some(Self {
            scarce: evidence.filter(|of| of.is_scarce()).map(|of| [of.smaller_class, of.n_parameters]),
            clear: names(&with),
            unclear: names(&without),
            together: joint.map(|joint| ColumnsTogether {
                p_value: joint.p_value,
                is_clear: is_clear_together(joint) && without.len() > 1,
            }),
            test: evidence.map_or_else(ColumnTest::default, |evidence| evidence.method.column_test()).name().to_owned(),
            has_terms,
        })
    }

    pub(super) fn text(&self) -> String {
        if let Some([smaller_class, parameters]) = self.scarce {
            return format!(
                "No column is called out: there are {} training rows of the smaller class for {} parameters, and with fewer than {} each p-values are too small by chance.",
                count(smaller_class),
                count(parameters),
                Evidence::FEWEST_A_PARAMETER
            );
        }
        let named = |columns: &[String]| few(&columns.iter().map(|column| code(column)).collect::<Vec<_>>());
        let sum = if self.has_terms { "the model" } else { "a weighted sum" };
        let clear = match self.clear.as_slice() {
            [] => String::new(),
            [_] if self.unclear.is_empty() => return format!("{} says something about the label.", named(&self.clear)),
            all if self.unclear.is_empty() => {
                return format!("Each column says something that the others do not: {}.", named(all));
            }
            [_] => format!("{} says something about the label that the other columns do not. ", named(&self.clear)),
            some => format!("{} each say something about the label that the other columns do not. ", named(some)),
        };
        let unclear = named(&self.unclear);
        if let Some(together) = self.together.filter(|together| together.is_clear) {
            return format!(
                "{clear}None of {unclear} is shown to matter by itself, but together they say something that the other columns do not ({} of all together, p {}).",
                self.test,
                equals(together.p_value)
            );
        }
        let p = self.together.map_or(String::new(), |joint| {
            let together = if self.unclear.len() == 1 { "" } else { " of all together" };
            let unclear = if joint.p_value < LEVEL { ", which beside the other tests is not clear" } else { "" };
            format!(" ({}{together}, p {}{unclear})", self.test, equals(joint.p_value))
        });
        let (adds, their) = if self.unclear.len() == 1 { ("adds", "its") } else { ("add", "their") };
        let of_others = if self.clear.is_empty() { "" } else { " of the other columns" };
        format!(
            "{clear}There is no evidence that {unclear} {adds} anything to {sum}{of_others}: do not act on the signs of {their} coefficients{p}."
        )
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let listed = |columns: &[String]| if columns.is_empty() { "none".to_owned() } else { columns.join(", ") };
        let mut figures = match self.scarce {
            Some([smaller_class, parameters]) => vec![
                FindingFigure::new("training rows of the smaller class", count(smaller_class)),
                FindingFigure::new("parameters", count(parameters)),
            ],
            None => vec![
                FindingFigure::new("columns with evidence of an effect (Holm)", listed(&self.clear)),
                FindingFigure::new("columns without", listed(&self.unclear)),
            ],
        };
        let p = self.together.map(|together| p_value(together.p_value));
        figures.extend(p.map(|p| FindingFigure::new(format!("{} of those without, all together: p", self.test), p)));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(clear: &[&str], unclear: &[&str], together: Option<(f64, bool)>) -> ColumnVerdict {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ColumnVerdict {
            scarce: None,
            clear: owned(clear),
            unclear: owned(unclear),
            together: together.map(|(p_value, is_clear)| ColumnsTogether { p_value, is_clear }),
            test: "likelihood-ratio test".into(),
            has_terms: false,
        }
    }

    #[test]
    fn columns_with_and_without_evidence_are_told() {
        assert_eq!(
            columns(&["a", "b"], &[], None).text(),
            "Each column says something that the others do not: `a` and `b`."
        );
        assert_eq!(columns(&["a"], &[], None).text(), "`a` says something about the label.");
        assert_eq!(
            columns(&["a"], &["b", "c"], Some((0.4, false))).text(),
            "`a` says something about the label that the other columns do not. There is no evidence that `b` and `c` add anything to a weighted sum of the other columns: do not act on the signs of their coefficients (likelihood-ratio test of all together, p = 0.4000)."
        );
        let together = columns(&[], &["b", "c"], Some((0.000_01, true))).text();
        assert!(together.starts_with("None of `b` and `c` is shown to matter by itself, but together"), "{together}");
        let many = columns(&[], &["a", "b", "c", "d", "e", "f"], None).text();
        assert!(many.contains("that `a`, `b`, `c`, `d` and 2 others add anything to a weighted sum: do not"), "{many}");
        let terms = ColumnVerdict { has_terms: true, ..columns(&[], &["b"], None) };
        assert!(
            terms.text().contains("`b` adds anything to the model: do not act on the signs of its"),
            "{}",
            terms.text()
        );
        let scarce = ColumnVerdict { scarce: Some([50, 9]), ..columns(&["a"], &[], None) };
        assert!(
            scarce.text().starts_with(
                "No column is called out: there are 50 training rows of the smaller class for 9 parameters"
            )
        );
    }
}

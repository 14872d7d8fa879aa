//! Columns with and without evidence of an effect.

use assist_metrics::words::{code, count, few, p_value};
use assist_score::{ColumnTest, Evidence, FactorTest, FeatureSpace, Inference};
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
    /// Curves and interactions of the model that are shown to be more than chance: `bend of a`, `a:b`.
    #[serde(default)]
    pub clear_terms: Vec<String>,
    /// The other ones.
    #[serde(default)]
    pub unclear_terms: Vec<String>,
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
    pub(super) fn of(inference: &Inference, space: &FeatureSpace) -> Option<Self> {
        let (tests, evidence) = (inference.factor_tests.as_ref()?, inference.evidence.as_ref());
        // Models of older versions have tests and nothing that says what of them is clear.
        let is_clear = |test: &FactorTest| match evidence {
            Some(evidence) => test.columns.iter().all(|column| evidence.is_clear_column(column)),
            None => test.p_holm.is_some_and(|p| p < LEVEL),
        };
        // Behind the columns stand curves and interactions, which are parts of them.
        let is_of_column =
            |test: &&FactorTest| test.columns.iter().all(|of| space.column_names().any(|name| name == of));
        let (of_columns, of_terms): (Vec<_>, Vec<_>) = tests.factors.iter().partition(is_of_column);
        let (with, without): (Vec<_>, Vec<_>) = of_columns.into_iter().partition(|test| is_clear(test));
        let (clear_terms, unclear_terms): (Vec<_>, Vec<_>) = of_terms.into_iter().partition(|test| is_clear(test));
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
            has_terms: !space.additional.is_empty(),
            clear_terms: names(&clear_terms),
            unclear_terms: names(&unclear_terms),
        })
    }

    pub(super) fn text(&self) -> String {
        let terms = if self.scarce.is_some() { String::new() } else { self.terms_in_words() };
        self.columns_in_words() + &terms
    }

    /// Curves and interactions.
    fn terms_in_words(&self) -> String {
        let name = |term: &String| match term.strip_prefix("bend of ") {
            Some(column) => format!("the bend of {}", code(column)),
            None => format!("the interaction {}", code(term)),
        };
        let named = |terms: &[String]| few(&terms.iter().map(name).collect::<Vec<_>>());
        let is = |terms: &[String]| if terms.len() == 1 { "is" } else { "are" };
        let mut text = String::new();
        if !self.clear_terms.is_empty() {
            text +=
                &format!(" Within the model {} {} more than chance.", named(&self.clear_terms), is(&self.clear_terms));
        }
        if !self.unclear_terms.is_empty() {
            let (terms, is) = (named(&self.unclear_terms), is(&self.unclear_terms));
            text += &format!(" There is no evidence that {terms} {is} more than chance.");
        }
        text
    }

    fn columns_in_words(&self) -> String {
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
            "{clear}There is no evidence that {unclear} {adds} anything to {sum}{of_others}{p}; whether {their} coefficients are above or below 0 may be chance."
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
        if !self.clear_terms.is_empty() || !self.unclear_terms.is_empty() {
            figures.push(FindingFigure::new("curves and interactions with evidence (Holm)", listed(&self.clear_terms)));
            figures.push(FindingFigure::new("curves and interactions without", listed(&self.unclear_terms)));
        }
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
            clear_terms: vec![],
            unclear_terms: vec![],
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
            "`a` says something about the label that the other columns do not. There is no evidence that `b` and `c` add anything to a weighted sum of the other columns (likelihood-ratio test of all together, p = 0.4000); whether their coefficients are above or below 0 may be chance."
        );
        let together = columns(&[], &["b", "c"], Some((0.000_01, true))).text();
        assert!(together.starts_with("None of `b` and `c` is shown to matter by itself, but together"), "{together}");
        let many = columns(&[], &["a", "b", "c", "d", "e", "f"], None).text();
        assert!(
            many.contains("that `a`, `b`, `c`, `d` and 2 others add anything to a weighted sum; whether"),
            "{many}"
        );
        let terms = ColumnVerdict { has_terms: true, ..columns(&[], &["b"], None) };
        assert!(
            terms.text().contains("`b` adds anything to the model; whether its coefficients are"),
            "{}",
            terms.text()
        );
        let bend = ColumnVerdict {
            clear_terms: vec!["bend of a".into()],
            unclear_terms: vec!["a:b".into(), "bend of b".into()],
            ..columns(&["a"], &[], None)
        };
        assert_eq!(
            bend.text(),
            "`a` says something about the label. Within the model the bend of `a` is more than chance. There is no evidence that the interaction `a:b` and the bend of `b` are more than chance."
        );
        let scarce = ColumnVerdict { scarce: Some([50, 9]), ..columns(&["a"], &[], None) };
        assert!(
            scarce.text().starts_with(
                "No column is called out: there are 50 training rows of the smaller class for 9 parameters"
            )
        );
    }
}

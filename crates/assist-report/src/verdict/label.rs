//! Whether the label is a formula of the columns. Who or what made it so a table does not tell.

use assist_audit::{Audit, Candidate, CandidateKind, Comparison};
use assist_metrics::words::{code, count, few, leaves, number};
use serde::{Deserialize, Serialize};

use super::contest::FEW_ROWS;
use super::finding_figure::FindingFigure;

/// A tree with more leaves is no formula that anybody would write down.
const FEW_LEAVES: usize = 64;

/// What is known of a rule behind the label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelFormula {
    /// The rule that reproduces the label, or the best that was tried.
    pub rule: Option<String>,
    /// Whether it reproduces the label.
    pub is_found: bool,
    /// The columns that it looks at.
    pub columns: Vec<String>,
    /// How many conditions it has.
    pub conditions: usize,
    /// For each cut its column and the interval that it lies in.
    pub cuts: Vec<(String, [f64; 2])>,
    /// Rules of other columns that do as well.
    pub other_rules: Vec<String>,
    /// All rows.
    pub rows: u64,
    /// Those whose label the rule gets wrong.
    pub exceptions: u64,
    /// Why rules with so few exceptions prove nothing here, where that is so.
    pub too_few_rows: Option<String>,
    /// Whether all rules of three conditions were tried.
    pub is_searched_in_full: bool,
    /// Leaves of a decision tree that makes no error, and on how many test rows: a longer formula.
    pub longer: Option<(usize, u64)>,
}

impl LabelFormula {
    pub(super) fn of(audit: &Audit, comparison: &Comparison) -> Self {
        let is_found = audit.rule.is_some();
        let cuts = audit.literals.iter().filter_map(|literal| Some((literal.column.clone(), literal.cut()?)));
        let is_open = !is_found && audit.best_rule.is_some() && audit.exceptions <= 1;
        // An error among the rows that a whole tree was grown on means that equal rows have different labels.
        let is_formula = |tree: &&Candidate| {
            tree.test.errors() == 0
                && tree.train.accuracy == Some(1.0)
                && tree.test.rows >= FEW_ROWS
                && tree.parameters <= FEW_LEAVES
        };
        let tree = comparison.model(CandidateKind::DecisionTree).filter(is_formula).filter(|_| !is_found && !is_open);
        Self {
            rule: audit.rule.clone().or_else(|| audit.best_rule.clone()),
            is_found,
            columns: audit.columns().into_iter().map(str::to_owned).collect(),
            conditions: audit.literals.len(),
            cuts: cuts.collect(),
            other_rules: audit.other_rules.clone(),
            rows: audit.rows,
            exceptions: audit.exceptions,
            too_few_rows: is_open.then(|| audit.chance_in_words()),
            is_searched_in_full: audit.not_searched.is_empty(),
            longer: tree.map(|tree| (tree.parameters, tree.test.rows)),
        }
    }

    /// Whether it reproduces every label.
    pub fn is_exact(&self) -> bool {
        self.is_found && self.exceptions == 0
    }

    pub(super) fn text(&self) -> String {
        let (Some(rule), rows) = (self.rule.as_deref().map(code), count(self.rows)) else { return self.no_rule() };
        if let Some(why) = &self.too_few_rows {
            return format!(
                "Whether the label is a formula cannot be told: {rule} agrees with {} of {rows} rows, but so few prove nothing: {why}.",
                count(self.rows - self.exceptions),
            );
        }
        if !self.is_found {
            return self.no_rule();
        }
        let columns: Vec<String> = self.columns.iter().map(|column| code(column)).collect();
        let columns = few(&columns);
        let first = if self.exceptions == 0 {
            format!(
                "The label follows from {columns}: {rule} agrees with all {rows} rows. Whether it was defined so or came about so the table does not tell: ask how the label is set, for one that is set by these columns tells nothing beyond them."
            )
        } else {
            format!(
                "The label nearly follows from {columns}: {rule} agrees with {} of all {rows} rows, those of training among them; {} against it.",
                count(self.rows - self.exceptions),
                if self.exceptions == 1 { "1 is".to_owned() } else { format!("{} are", count(self.exceptions)) },
            )
        };
        first + &self.cuts_in_words() + &self.others_in_words()
    }

    fn cuts_in_words(&self) -> String {
        let cut = |(column, [low, high]): &(String, [f64; 2])| {
            format!("that of {} in ({}, {}]", code(column), number(*low), number(*high))
        };
        let cuts: Vec<String> = self.cuts.iter().map(cut).collect();
        if cuts.is_empty() {
            String::new()
        } else {
            format!(" Of its cuts only the interval is known: {}.", few(&cuts))
        }
    }

    fn others_in_words(&self) -> String {
        let others: Vec<String> = self.other_rules.iter().map(|rule| code(rule)).collect();
        if others.is_empty() {
            return String::new();
        }
        format!(" Other columns say the same: {} would do as well.", few(&others))
    }

    fn no_rule(&self) -> String {
        let among = if self.is_searched_in_full { "" } else { " among those that were searched" };
        let longer = self.longer.map_or(String::new(), |(n, rows)| {
            let rows = count(rows);
            format!(" It may be a longer one: a decision tree of {} makes no error on {rows} test rows.", leaves(n))
        });
        format!("No rule of at most three conditions{among} reproduces the label.{longer}")
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let name = if self.is_found { "rule" } else { "best rule that was tried" };
        let mut figures: Vec<FindingFigure> =
            self.rule.iter().map(|rule| FindingFigure::new(name, rule.as_str())).collect();
        figures.push(FindingFigure::new(
            "rows that it gets wrong",
            format!("{} of {}", count(self.exceptions), count(self.rows)),
        ));
        figures
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::verdict) fn formula(exceptions: u64) -> LabelFormula {
        LabelFormula {
            rule: Some("a > 3 OR b > 60".into()),
            is_found: true,
            columns: vec!["a".into(), "b".into()],
            conditions: 2,
            cuts: vec![("a".into(), [3.0, 4.0])],
            other_rules: vec![],
            rows: 1000,
            exceptions,
            too_few_rows: None,
            is_searched_in_full: true,
            longer: None,
        }
    }

    #[test]
    fn a_formula_has_no_author() {
        assert_eq!(
            formula(0).text(),
            "The label follows from `a` and `b`: `a > 3 OR b > 60` agrees with all 1,000 rows. Whether it was defined so or came about so the table does not tell: ask how the label is set, for one that is set by these columns tells nothing beyond them. Of its cuts only the interval is known: that of `a` in (3, 4]."
        );
        assert!(formula(1).text().starts_with("The label nearly follows from `a` and `b`: `a > 3 OR b > 60` agrees with 999 of all 1,000 rows, those of training among them; 1 is against it."));
        let mut others = formula(0);
        others.other_rules = (0..8).map(|i| format!("c{i} > 1")).collect();
        assert!(others.text().ends_with("`c3 > 1` and 4 others would do as well."), "{}", others.text());
        assert!(formula(0).is_exact() && !formula(1).is_exact());
    }

    #[test]
    fn no_formula_is_told_from_too_few_rows() {
        let mut of = LabelFormula { is_found: false, ..formula(3) };
        assert_eq!(of.text(), "No rule of at most three conditions reproduces the label.");
        (of.is_searched_in_full, of.longer) = (false, Some((7, 400)));
        assert_eq!(
            of.text(),
            "No rule of at most three conditions among those that were searched reproduces the label. It may be a longer one: a decision tree of 7 leaves makes no error on 400 test rows."
        );
        of.too_few_rows = Some("random labels have one as good".into());
        assert!(of.text().starts_with("Whether the label is a formula cannot be told"), "{}", of.text());
        assert_eq!(of.figures()[0].name, "best rule that was tried");
    }
}

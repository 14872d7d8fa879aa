//! What the features are called. A feature is a term with its name.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::columns::NumericColumn;
use crate::space::FeatureSpace;
use crate::terms::Term;

/// What one coefficient belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Name, as `pandas.get_dummies(drop_first=True)` gives it: `column` or `column_level`; that of a bin is
    /// [`NumericColumn::bin_name`](crate::NumericColumn::bin_name). A curve is `basis 1 of column`, an interaction `a:b`. Where the
    /// level `b` of `a` and a column `a_b` would have one name, the later of them is `a_b (2)`.
    pub name: String,
    /// The column's name; of an interaction those of its columns, `a:b`.
    pub column: String,
    /// What the feature measures.
    pub term: Term,
}

impl FeatureSpace {
    /// The features in the order of the coefficients: those of [`terms`](Self::terms), with their names.
    pub fn features(&self) -> Vec<Feature> {
        let mut features = self.features_by_plain_names();
        let mut taken = BTreeSet::new();
        for feature in &mut features {
            let mut number = 2;
            let plain = feature.name.clone();
            while !taken.insert(feature.name.clone()) {
                feature.name = format!("{plain} ({number})");
                number += 1;
            }
        }
        features
    }

    /// The same, with names that two of them may have.
    pub(crate) fn features_by_plain_names(&self) -> Vec<Feature> {
        let mut namer = Namer { space: self, bases: Vec::new() };
        let named = self.terms().into_iter().map(|term| {
            let columns: Vec<&str> = term.columns().into_iter().filter_map(|column| self.column_name(column)).collect();
            Feature { name: namer.name(&term), column: columns.join(":"), term }
        });
        named.collect()
    }
}

/// Names terms, and counts the bases of each column for it.
struct Namer<'a> {
    space: &'a FeatureSpace,
    /// Each basis that was met, once.
    bases: Vec<Term>,
}

impl Namer<'_> {
    fn name(&mut self, term: &Term) -> String {
        let space = self.space;
        let name_of = |column: usize| space.column_name(column).unwrap_or("").to_owned();
        let numeric = |column: usize| space.numeric.get(column);
        match term {
            Term::Slope { column, .. } => name_of(*column),
            Term::Cut { column, low, high } => {
                numeric(*column).map_or_else(String::new, |column| column.interval_name(*low, *high))
            }
            Term::Level { column, code } => {
                let place = column.checked_sub(space.numeric.len());
                let categorical = place.and_then(|place| space.categorical.get(place));
                categorical.map_or_else(String::new, |column| column.level_name(*code))
            }
            Term::Missing { column } => numeric(*column).map_or_else(String::new, NumericColumn::missing_name),
            Term::Basis { column, .. } => format!("basis {} of {}", self.number_of(term, *column), name_of(*column)),
            Term::Product { factors } => {
                let names: Vec<String> = factors.iter().map(|factor| self.name(factor)).collect();
                names.join(":")
            }
        }
    }

    /// Which basis of its column this is, counted from 1. The same basis in a product has the same number.
    fn number_of(&mut self, basis: &Term, column: usize) -> usize {
        let of_column = |known: &&Term| matches!(known, Term::Basis { column: other, .. } if *other == column);
        let known = self.bases.iter().filter(of_column).position(|known| known == basis);
        known.unwrap_or_else(|| {
            self.bases.push(basis.clone());
            self.bases.iter().filter(of_column).count() - 1
        }) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{CategoricalColumn, Target};
    use alloc::vec;

    fn space() -> FeatureSpace {
        let mut wait = NumericColumn::new("wait", 0.0, 9.0);
        wait.fill_value = Some(4.5);
        let device = CategoricalColumn {
            reference: 1,
            ..CategoricalColumn::new("device", vec!["a".into(), "b".into(), "c".into()])
        };
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        FeatureSpace::new(target, vec![], vec![NumericColumn::new("errors", 0.0, 4.0), wait], vec![device])
    }

    fn names(space: &FeatureSpace) -> Vec<String> {
        space.features().into_iter().map(|feature| feature.name).collect()
    }

    #[test]
    fn features_are_named_and_ordered_as_get_dummies_does() {
        assert_eq!(names(&space()), ["errors", "wait", "wait_missing", "device_a", "device_c"]);
        assert_eq!(space().n_features(), 5);
    }

    #[test]
    fn names_that_two_features_would_have_are_told_apart() {
        let mut space = space();
        space.numeric.push(NumericColumn::new("wait_missing", 0.0, 1.0));
        space.numeric.push(NumericColumn::new("device_a", 0.0, 1.0));
        space.numeric.push(NumericColumn::new("device_a (2)", 0.0, 1.0));
        let expected = ["errors", "wait", "wait_missing", "wait_missing (2)", "device_a", "device_a (2)"];
        assert_eq!(names(&space), [&expected[..], &["device_a (3)", "device_c"]].concat());
        assert!(space.check().is_ok());
    }

    #[test]
    fn bins_are_named_by_their_ends_and_come_behind_plain_numbers() {
        let mut binned = space();
        binned.numeric[0].cuts = vec![2.0];
        assert_eq!(names(&binned), ["wait", "wait_missing", "errors > 2", "device_a", "device_c"]);
        binned.numeric[1].cuts = vec![-1.0, 2.5, 60.0];
        let wait = ["wait (-1, 2.5]", "wait (2.5, 60]", "wait > 60", "wait_missing"];
        assert_eq!(names(&binned)[..5], [&["errors > 2"], &wait[..]].concat());
        assert_eq!(binned.features()[2].term, Term::Cut { column: 1, low: Some(2.5), high: Some(60.0) });
        assert_eq!(binned.features()[4].term, Term::Missing { column: 1 });
        assert_eq!(binned.numeric[1].bin_name(0), "wait <= -1");
    }

    #[test]
    fn curves_and_interactions_come_last_and_have_names() {
        let mut space = space();
        let basis = |column, height| Term::Basis { column, knots: vec![1.0], pieces: vec![[height, 0.0, 0.0, 0.0]; 2] };
        let level = Term::Level { column: 2, code: 2 };
        let with_basis = Term::Product { factors: vec![basis(0, 2.0), level.clone()] };
        let with_slope = Term::Product { factors: vec![Term::Slope { column: 1, centre: 3.0 }, level] };
        space.additional = vec![basis(0, 1.0), basis(1, 2.0), basis(0, 2.0), with_basis, with_slope];
        let features = space.features();
        let additional: Vec<(&str, &str)> =
            features[5..].iter().map(|feature| (feature.name.as_str(), feature.column.as_str())).collect();
        let expected = [
            ("basis 1 of errors", "errors"),
            ("basis 1 of wait", "wait"),
            ("basis 2 of errors", "errors"),
            ("basis 2 of errors:device_c", "errors:device"),
            ("wait:device_c", "wait:device"),
        ];
        assert_eq!(additional, expected);
    }
}

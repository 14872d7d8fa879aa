//! The columns that a model needs: a card or a rule asks for those of its terms, and for nothing else.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::space::FeatureSpace;
use crate::terms::Term;

impl FeatureSpace {
    /// The same terms over the columns that they depend on; the others are among the [dropped](Self::dropped) ones. A logistic
    /// regression needs all of its columns.
    #[must_use]
    pub fn with_needed_columns(&self) -> Self {
        let terms = self.terms();
        let mut needed: Vec<usize> = terms.iter().flat_map(Term::columns).collect();
        needed.sort_unstable();
        needed.dedup();
        let places: BTreeMap<usize, usize> =
            needed.iter().enumerate().map(|(place, column)| (*column, place)).collect();
        let n_numeric = self.numeric.len();
        let is_needed = |column: usize| places.contains_key(&column);
        let numeric = self.numeric.iter().enumerate().filter(|(place, _)| is_needed(*place));
        let categorical = self.categorical.iter().enumerate().filter(|(place, _)| is_needed(n_numeric + place));
        let unneeded = self.column_names().enumerate().filter(|(column, _)| !is_needed(*column));
        let dropped = self.dropped.iter().cloned().chain(unneeded.map(|(_, name)| name.into()));
        let moved = |column: usize| places.get(&column).copied().unwrap_or(column);
        Self {
            target: self.target.clone(),
            dropped: dropped.collect(),
            numeric: numeric.map(|(_, column)| column.clone()).collect(),
            categorical: categorical.map(|(_, column)| column.clone()).collect(),
            additional: self.additional.iter().map(|term| term.with_columns(&moved)).collect(),
            form: self.form,
        }
    }
}

impl Term {
    /// The same term, its columns at other places.
    fn with_columns(&self, moved: &dyn Fn(usize) -> usize) -> Self {
        match self {
            Self::Slope { column, centre } => Self::Slope { column: moved(*column), centre: *centre },
            Self::Cut { column, low, high } => Self::Cut { column: moved(*column), low: *low, high: *high },
            Self::Level { column, code } => Self::Level { column: moved(*column), code: *code },
            Self::Missing { column } => Self::Missing { column: moved(*column) },
            Self::Basis { column, knots, pieces } => {
                Self::Basis { column: moved(*column), knots: knots.clone(), pieces: pieces.clone() }
            }
            Self::Product { factors } => {
                Self::Product { factors: factors.iter().map(|factor| factor.with_columns(moved)).collect() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{CategoricalColumn, NumericColumn, Target};
    use crate::form::Form;
    use alloc::vec;

    #[test]
    fn a_card_asks_for_the_columns_of_its_terms() {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let numbers = ["a", "b", "c"].map(|name| NumericColumn::new(name, 0.0, 9.0)).to_vec();
        let levels = ["d", "e"].map(|name| CategoricalColumn::new(name, vec!["x".into(), "y".into()])).to_vec();
        let mut space = FeatureSpace::new(target, vec!["id".into()], numbers, levels);
        assert_eq!(space.with_needed_columns(), space, "every column of a logistic regression has a term");
        space.form = Form::Card;
        let cut = |column| Term::Cut { column, low: Some(2.0), high: None };
        let product = Term::Product { factors: vec![cut(1), Term::Level { column: 4, code: 1 }] };
        space.additional = vec![product, cut(2)];
        let needed = space.with_needed_columns();
        assert_eq!(needed.column_names().collect::<Vec<_>>(), ["b", "c", "e"]);
        assert_eq!(needed.dropped, ["id", "a", "d"]);
        let product = Term::Product { factors: vec![cut(0), Term::Level { column: 2, code: 1 }] };
        assert_eq!(needed.terms(), [product, cut(1)]);
        let names = |space: &FeatureSpace| -> Vec<_> { space.features().into_iter().map(|of| of.name).collect() };
        assert_eq!(names(&needed), names(&space));
    }
}

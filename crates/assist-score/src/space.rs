//! The space of features: which columns a row has, and the list of the terms that come of them. Scoring, naming, explaining
//! and the layout of a design take the order of the coefficients from this one list.

use alloc::string::String;
use alloc::vec::Vec;

use crate::columns::{CategoricalColumn, NumericColumn, Target};
use crate::form::Form;
use crate::terms::Term;

/// Columns, levels and ranges: all that is needed to turn a row into features. Learnt on the training rows and kept in
/// `model_features.postcard`.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureSpace {
    /// What is predicted.
    pub target: Target,
    /// Columns of the training table that are no features.
    pub dropped: Vec<String>,
    /// Columns of numbers, in the file's order. They come first in a row.
    pub numeric: Vec<NumericColumn>,
    /// Columns of categories, in the file's order.
    pub categorical: Vec<CategoricalColumn>,
    /// Terms beyond those that the columns have of themselves, such as curves and interactions. They come last.
    pub additional: Vec<Term>,
    /// What kind of model the space is of. Only a logistic regression has terms for each column of itself; cards and rules have
    /// the [additional](Self::additional) ones alone.
    pub form: Form,
}

impl FeatureSpace {
    /// A space of these columns, without additional terms.
    pub fn new(
        target: Target,
        dropped: Vec<String>,
        numeric: Vec<NumericColumn>,
        categorical: Vec<CategoricalColumn>,
    ) -> Self {
        Self { target, dropped, numeric, categorical, additional: Vec::new(), form: Form::Logistic }
    }

    /// The terms in the order of the coefficients: numeric columns without cuts first (each followed by its missing
    /// indicator, if it has one), then each other numeric column's bins without the first, then each categorical column's
    /// levels in sorted order without the reference, then the additional ones.
    pub fn terms(&self) -> Vec<Term> {
        let mut terms = Vec::new();
        if self.form == Form::Logistic {
            for column in self.columns_of_terms() {
                self.add_terms_of(column, &mut terms);
            }
        }
        terms.extend(self.additional.iter().cloned());
        terms
    }

    /// The columns in the order in which their own terms come.
    pub(crate) fn columns_of_terms(&self) -> impl Iterator<Item = usize> {
        let binned_or_not = |is_binned| {
            let numeric = self.numeric.iter().enumerate();
            numeric.filter(move |(_, column)| column.is_binned() == is_binned).map(|(place, _)| place)
        };
        binned_or_not(false).chain(binned_or_not(true)).chain(self.numeric.len()..self.n_columns())
    }

    /// The terms that a column has of itself.
    fn add_terms_of(&self, column: usize, terms: &mut Vec<Term>) {
        let Some(of_numbers) = self.numeric.get(column) else {
            let of_levels = &self.categorical[column - self.numeric.len()];
            let codes = (0..).zip(&of_levels.levels).map(|(code, _)| code).filter(|code| *code != of_levels.reference);
            terms.extend(codes.map(|code| Term::Level { column, code }));
            return;
        };
        if of_numbers.is_binned() {
            let cuts = of_numbers.cuts.iter();
            let highs = cuts.clone().skip(1).map(|high| Some(*high)).chain([None]);
            terms.extend(cuts.zip(highs).map(|(low, high)| Term::Cut { column, low: Some(*low), high }));
        } else {
            terms.push(Term::Slope { column, centre: of_numbers.centre });
        }
        if of_numbers.fill_value.is_some() {
            terms.push(Term::Missing { column });
        }
    }

    /// How many features there are, the intercept not counted.
    pub fn n_features(&self) -> usize {
        self.terms().len()
    }

    /// The same columns with every number as it is, neither cut nor centred, and nothing beyond them.
    #[must_use]
    pub fn without_cuts(&self) -> Self {
        let plain = |column: &NumericColumn| NumericColumn { cuts: Vec::new(), centre: 0.0, ..column.clone() };
        Self { numeric: self.numeric.iter().map(plain).collect(), additional: Vec::new(), ..self.clone() }
    }

    /// The names of a row's columns, in the order in which [`Model::score`](crate::Model::score) takes their values.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        let numeric = self.numeric.iter().map(|c| c.name.as_str());
        numeric.chain(self.categorical.iter().map(|c| c.name.as_str()))
    }

    /// The name of the column at a place among [`column_names`](Self::column_names).
    #[inline]
    pub fn column_name(&self, column: usize) -> Option<&str> {
        match column.checked_sub(self.numeric.len()) {
            None => self.numeric.get(column).map(|column| column.name.as_str()),
            Some(place) => self.categorical.get(place).map(|column| column.name.as_str()),
        }
    }

    /// How many values a row has.
    pub fn n_columns(&self) -> usize {
        self.numeric.len() + self.categorical.len()
    }
}

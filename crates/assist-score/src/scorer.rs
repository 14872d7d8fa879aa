//! The one scorer: the terms of a model, compiled for speed. Nothing else in the project computes a score.
//!
//! Terms are added in the order of [`FeatureSpace::terms`], so that the same row has the same score, bit for bit, wherever it
//! is computed. Plain numbers are one multiplication each, bins and levels one look-up each; terms beyond those of the
//! columns are evaluated one by one, out of line, so that models without them do not pay for them.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::columns::{NumericColumn, bin_among};
use crate::form::Form;
use crate::outcome::Contribution;
use crate::rejection::Rejection;
use crate::row::EncodedRow;
use crate::space::FeatureSpace;
use crate::terms::{Term, TermCell};

/// The terms with their coefficients, laid out for the loops.
#[derive(Debug, Clone)]
pub(crate) struct Scorer {
    intercept: f64,
    /// Of each numeric column what scoring needs.
    numbers: Vec<NumberTerm>,
    /// Of each numeric column with cuts what its bins add.
    bins: Vec<Bins>,
    /// For each categorical column what each level adds; 0 for the reference.
    levels: Vec<Vec<f64>>,
    /// The terms beyond those of the columns.
    additional: Vec<Additional>,
    /// What a missing number of each numeric column counts as for these; NaN where none is allowed.
    fill_values: Vec<f64>,
}

/// What the number of a column adds.
#[derive(Debug, Clone, Copy)]
struct NumberTerm {
    slope: f64,
    centre: f64,
    /// What a missing number adds; NaN where none is allowed.
    missing: f64,
    /// What the missing number's indicator adds.
    indicator: f64,
    training_range: (f64, f64),
}

/// What the bins of a numeric column add. They stand apart from the slopes, which are 0 there, so that columns without cuts pay
/// nothing for them.
#[derive(Debug, Clone)]
struct Bins {
    /// The column's place among the numeric ones.
    place: usize,
    cuts: Vec<f64>,
    /// 0 for the first; that of missing numbers is the last, where they are allowed.
    added: Vec<f64>,
}

impl Bins {
    fn of(&self, number: f64) -> f64 {
        self.added.get(bin_among(&self.cuts, number)).copied().unwrap_or(f64::NAN)
    }
}

/// A term that no column has of itself.
#[derive(Debug, Clone)]
struct Additional {
    term: Term,
    coefficient: f64,
    name: String,
}

impl NumberTerm {
    fn new(column: &NumericColumn, form: Form) -> Self {
        let missing = if column.is_binned() || form.has_points() { 0.0 } else { f64::NAN };
        Self { slope: 0.0, centre: 0.0, missing, indicator: 0.0, training_range: column.training_range }
    }

    /// What a number adds to a score; NaN stands for a missing one.
    #[inline]
    fn of(&self, number: f64) -> f64 {
        if number.is_nan() { self.missing } else { self.slope * (number - self.centre) }
    }
}

impl Scorer {
    /// `coefficients` has one for each of the space's terms, in their order.
    pub(crate) fn new(space: &FeatureSpace, intercept: f64, coefficients: &[f64]) -> Self {
        let n_numeric = space.numeric.len();
        let mut numbers: Vec<NumberTerm> =
            space.numeric.iter().map(|column| NumberTerm::new(column, space.form)).collect();
        let mut bins: Vec<Bins> = Vec::new();
        let mut levels: Vec<Vec<f64>> = space.categorical.iter().map(|column| vec![0.0; column.levels.len()]).collect();
        let mut additional = Vec::new();
        let terms = space.terms();
        let n_of_columns = terms.len() - space.additional.len();
        let mut names = additional_names(space).into_iter();
        for (place, (term, coefficient)) in terms.into_iter().zip(coefficients).enumerate() {
            let coefficient = *coefficient;
            match term {
                term if place >= n_of_columns => {
                    let name = names.next().expect("one for each additional term");
                    additional.push(Additional { term, coefficient, name });
                }
                Term::Slope { column, centre } => {
                    let fill_value = space.numeric[column].fill_value;
                    let missing = fill_value.map_or(f64::NAN, |fill| coefficient * (fill - centre));
                    numbers[column] = NumberTerm { slope: coefficient, centre, missing, ..numbers[column] };
                }
                Term::Missing { column } if space.numeric[column].is_binned() => {
                    // The bin of missing numbers comes behind the others of its column.
                    bins.last_mut().expect("cuts of this column").added.push(coefficient);
                }
                Term::Missing { column } => {
                    numbers[column].indicator = coefficient;
                    numbers[column].missing += coefficient;
                }
                Term::Cut { column, .. } => {
                    if bins.last().is_none_or(|last| last.place != column) {
                        let cuts = space.numeric[column].cuts.clone();
                        bins.push(Bins { place: column, cuts, added: vec![0.0] });
                    }
                    bins.last_mut().expect("pushed above").added.push(coefficient);
                }
                Term::Level { column, code } => levels[column - n_numeric][code as usize] = coefficient,
                Term::Basis { .. } | Term::Product { .. } => {
                    // No column has one of itself, so it was taken above.
                }
            }
        }
        let fill_values = space.numeric.iter().map(|column| column.fill_value.unwrap_or(f64::NAN)).collect();
        Self { intercept, numbers, bins, levels, additional, fill_values }
    }

    /// The score of encoded cells, asked for in the order of the columns: each once, and numbers of columns with cuts and cells
    /// of additional terms again. With it whether a number lies outside the range of the training rows.
    #[inline]
    pub(crate) fn sum(
        &self,
        mut number_of: impl FnMut(usize) -> Result<f64, Box<Rejection>>,
        mut code_of: impl FnMut(usize) -> Result<u32, Box<Rejection>>,
    ) -> Result<(f64, bool), Box<Rejection>> {
        let mut score = self.intercept;
        let mut is_outside = false;
        for (index, term) in self.numbers.iter().enumerate() {
            let number = number_of(index)?;
            score += term.of(number);
            is_outside |= number < term.training_range.0 || number > term.training_range.1;
        }
        if !self.bins.is_empty() {
            score = self.with_bins(score, &mut number_of)?;
        }
        for (index, of_levels) in self.levels.iter().enumerate() {
            score += of_levels.get(code_of(index)? as usize).copied().unwrap_or(0.0);
        }
        if !self.additional.is_empty() {
            score = self.with_additional(score, &mut number_of, &mut code_of)?;
        }
        Ok((score, is_outside))
    }

    /// The score of an encoded row.
    #[inline]
    pub(crate) fn raw_score(&self, numbers: &[f64], codes: &[u32]) -> f64 {
        let mut score = self.intercept;
        for (number, term) in numbers.iter().zip(&self.numbers) {
            score += term.of(*number);
        }
        for bins in &self.bins {
            score += numbers.get(bins.place).map_or(0.0, |number| bins.of(*number));
        }
        for (code, of_levels) in codes.iter().zip(&self.levels) {
            score += of_levels.get(*code as usize).copied().unwrap_or(0.0);
        }
        if !self.additional.is_empty() {
            let mut number_of = |column: usize| Ok(numbers.get(column).copied().unwrap_or(f64::NAN));
            let mut code_of = |column: usize| Ok(codes.get(column).copied().unwrap_or(u32::MAX));
            let Ok::<f64, Infallible>(with) = self.with_additional(score, &mut number_of, &mut code_of);
            score = with;
        }
        score
    }

    /// What each term adds to the score of a row, in the order in which they are added. References are among them with 0;
    /// indicators that are 0 are not. Of points only those that the row has are told.
    pub(crate) fn contributions(&self, row: &EncodedRow, space: &FeatureSpace) -> Vec<Contribution> {
        let mut all = Vec::with_capacity(space.n_columns() + 1);
        let mut push = |feature: String, value: f64| all.push(Contribution { feature, value });
        if self.intercept != 0.0 || !space.form.has_points() {
            push("intercept".to_owned(), self.intercept);
        }
        let n_numeric = space.numeric.len();
        for column in space.columns_of_terms().take_while(|_| !space.form.has_points()) {
            let Some(of_numbers) = space.numeric.get(column) else {
                let (place, code) = (column - n_numeric, row.codes[column - n_numeric]);
                push(space.categorical[place].level_name(code), self.levels[place][code as usize]);
                continue;
            };
            let number = row.numbers[column];
            if let Some(bins) = self.bins.iter().find(|bins| bins.place == column) {
                push(of_numbers.bin_name(of_numbers.bin(number)), bins.of(number));
                continue;
            }
            let term = &self.numbers[column];
            let present = if number.is_nan() { self.fill_values[column] } else { number };
            push(of_numbers.name.clone(), term.slope * (present - term.centre));
            if number.is_nan() {
                push(of_numbers.missing_name(), term.indicator);
            }
        }
        let mut number_of = |column: usize| Ok(row.numbers[column]);
        let mut code_of = |column: usize| Ok(row.codes[column]);
        for Additional { term, coefficient, name } in &self.additional {
            let mut cell = |column: usize| self.cell(column, &mut number_of, &mut code_of);
            let Ok::<f64, Infallible>(value) = term.value(&mut cell);
            if value != 0.0 {
                push(name.clone(), coefficient * value);
            }
        }
        all
    }

    /// A score with what the bins of numbers add. Out of line, so that models without cuts do not pay for it.
    #[inline(never)]
    fn with_bins(
        &self,
        mut score: f64,
        number_of: &mut dyn FnMut(usize) -> Result<f64, Box<Rejection>>,
    ) -> Result<f64, Box<Rejection>> {
        for bins in &self.bins {
            score += bins.of(number_of(bins.place)?);
        }
        Ok(score)
    }

    /// A score with what curves and interactions add.
    #[inline(never)]
    fn with_additional<E>(
        &self,
        mut score: f64,
        number_of: &mut dyn FnMut(usize) -> Result<f64, E>,
        code_of: &mut dyn FnMut(usize) -> Result<u32, E>,
    ) -> Result<f64, E> {
        for Additional { term, coefficient, .. } in &self.additional {
            score += coefficient * term.value(&mut |column| self.cell(column, number_of, code_of))?;
        }
        Ok(score)
    }

    /// The cell of a column, as terms see it.
    fn cell<E>(
        &self,
        column: usize,
        number_of: &mut dyn FnMut(usize) -> Result<f64, E>,
        code_of: &mut dyn FnMut(usize) -> Result<u32, E>,
    ) -> Result<TermCell, E> {
        if let Some(place) = column.checked_sub(self.numbers.len()) {
            return Ok(TermCell::Code(code_of(place)?));
        }
        let number = number_of(column)?;
        Ok(if number.is_nan() { TermCell::Missing(self.fill_values[column]) } else { TermCell::Number(number) })
    }
}

/// What the additional terms are called. Naming takes a while, so models that have none do without.
fn additional_names(space: &FeatureSpace) -> Vec<String> {
    if space.additional.is_empty() {
        return Vec::new();
    }
    let features = space.features();
    features.into_iter().skip(space.n_features() - space.additional.len()).map(|feature| feature.name).collect()
}

//! The columns of a row, and the target: what is known of each.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{borrow::ToOwned, format};
use core::cmp::Ordering;

use crate::number_style::NumberStyle;
use crate::rejection::Reason;
use crate::text::truth_value;

/// The name of the level that stands for a missing text, where a model has one.
pub const MISSING_LEVEL: &str = "(missing)";

/// The name of the level that stands for every text that is rare or unknown, where a model has one.
pub const RARE_LEVEL: &str = "(rare)";

/// What is predicted, and what its two labels are called in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Name of the label's column.
    pub name: String,
    /// The label that is class 0.
    pub negative: String,
    /// The label that is class 1.
    pub positive: String,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericColumn {
    /// Name in the data.
    pub name: String,
    /// Unit, for people.
    pub unit: Option<String>,
    /// Whether only whole numbers are allowed.
    pub integer: bool,
    /// Smallest value that is allowed; smaller ones are rejected.
    pub min: Option<f64>,
    /// Largest value that is allowed; larger ones are rejected.
    pub max: Option<f64>,
    /// Smallest and largest value of the training rows. Values outside are scored, and the outcome says so.
    pub training_range: (f64, f64),
    /// What a missing number counts as (the training mean). With it comes a second feature, `NAME_missing`, that is 1
    /// where the number is missing. Without it a missing number is rejected.
    pub fill_value: Option<f64>,
    /// Where one bin ends and the next begins, ascending. With cuts the number has no slope: each bin but the first, the
    /// reference, has a feature that is 1 for its numbers, and a missing number is a bin of its own, for which
    /// [`fill_value`](Self::fill_value) plays no role but to allow it. Without cuts the number itself is the feature.
    pub cuts: Vec<f64>,
    /// What is taken from a number before it is multiplied with its slope: 0 unless the fit centred the column. With cuts it
    /// plays no role.
    pub centre: f64,
}

impl NumericColumn {
    /// A column without declared bounds whose training rows lie in `[low, high]`.
    pub fn new(name: &str, low: f64, high: f64) -> Self {
        Self {
            name: name.to_owned(),
            unit: None,
            integer: false,
            min: None,
            max: None,
            training_range: (low, high),
            fill_value: None,
            cuts: Vec::new(),
            centre: 0.0,
        }
    }

    /// Whether the features are bins, and not the number itself.
    pub fn is_binned(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// How many bins there are, the last one that of missing numbers where these are allowed; 0 without cuts.
    pub fn n_bins(&self) -> usize {
        if self.is_binned() { self.cuts.len() + 1 + usize::from(self.fill_value.is_some()) } else { 0 }
    }

    /// The bin of a number: how many cuts are below it, so that a cut still belongs to the bin that it ends. NaN, a missing
    /// number, has the bin behind all others.
    #[inline]
    pub fn bin(&self, number: f64) -> usize {
        bin_among(&self.cuts, number)
    }

    /// A number that lies in a bin, NaN for the bin of missing ones: what scores as every number of the bin does.
    pub fn number_of_bin(&self, bin: usize) -> f64 {
        match bin.cmp(&self.cuts.len()) {
            Ordering::Less => self.cuts[bin],
            Ordering::Equal => f64::MAX,
            Ordering::Greater => f64::NAN,
        }
    }

    /// What a bin is called: `time <= 60` (the reference), `time (60, 75]`, `time > 75`, `time_missing`. But for the first
    /// these are the names of features.
    pub fn bin_name(&self, bin: usize) -> String {
        let low = bin.checked_sub(1).and_then(|before| self.cuts.get(before).copied());
        match (low, self.cuts.get(bin).copied()) {
            (None, None) => self.missing_name(),
            (low, high) => self.interval_name(low, high),
        }
    }

    /// What the numbers above `low` and up to `high` are called.
    pub(crate) fn interval_name(&self, low: Option<f64>, high: Option<f64>) -> String {
        let name = &self.name;
        match (low, high) {
            (None, None) => name.clone(),
            (None, Some(high)) => format!("{name} <= {high}"),
            (Some(low), Some(high)) => format!("{name} ({low}, {high}]"),
            (Some(low), None) => format!("{name} > {low}"),
        }
    }

    /// The name of the feature that is 1 where the number is missing.
    pub(crate) fn missing_name(&self) -> String {
        format!("{}_missing", self.name)
    }

    /// Whether a number would be scored: finite and in the declared range, or missing (NaN) where that has been learnt.
    pub fn accepts(&self, number: f64) -> bool {
        if number.is_nan() {
            return self.fill_value.is_some();
        }
        self.check(number).is_ok()
    }

    /// Checks a number that is not missing.
    ///
    /// # Errors
    ///
    /// Not finite, not whole, or out of the declared range.
    pub fn check(&self, number: f64) -> Result<(), Reason> {
        if !number.is_finite() {
            return Err(Reason::NotFinite(number.to_string()));
        }
        if self.integer && libm::trunc(number) != number {
            return Err(Reason::NotWhole(number));
        }
        match (self.min, self.max) {
            (Some(minimum), _) if number < minimum => Err(Reason::BelowMinimum(number, minimum)),
            (_, Some(maximum)) if number > maximum => Err(Reason::AboveMaximum(number, maximum)),
            _ => Ok(()),
        }
    }

    /// The number of a text in some style of writing, checked. The spellings of a truth value are 1 and 0 where all training
    /// rows lie between these: another program wrote them as numbers.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and a text that is no number.
    pub fn read(&self, text: &str, style: NumberStyle) -> Result<f64, Reason> {
        let number = style.read(text).or_else(|reason| self.number_of_truth(text).ok_or(reason))?;
        self.check(number).map(|()| number)
    }

    fn number_of_truth(&self, text: &str) -> Option<f64> {
        let (low, high) = self.training_range;
        let truth = truth_value(text).filter(|_| low >= 0.0 && high <= 1.0)?;
        Some(f64::from(u8::from(truth)))
    }

    /// What a value must be, in words: `a whole number from 0`.
    pub fn expected(&self) -> String {
        let kind = if self.integer { "a whole number" } else { "a number" };
        match (self.min, self.max) {
            (None, None) => kind.to_owned(),
            (Some(low), None) => format!("{kind} from {low}"),
            (None, Some(high)) => format!("{kind} up to {high}"),
            (Some(low), Some(high)) => format!("{kind} from {low} to {high}"),
        }
    }
}

/// How many of the ascending cuts are below a number; one more than there are for NaN.
#[inline]
pub(crate) fn bin_among(cuts: &[f64], number: f64) -> usize {
    if number.is_nan() {
        return cuts.len() + 1;
    }
    // There are few cuts: counting them all is quicker than a search.
    cuts.iter().map(|cut| usize::from(*cut < number)).sum()
}

/// A column of categories.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoricalColumn {
    /// Name in the data.
    pub name: String,
    /// The levels of the training rows, sorted by code point.
    pub levels: Vec<String>,
    /// Index of the reference level, which has no feature of its own.
    pub reference: u32,
    /// Index of the level that stands for a missing text ([`MISSING_LEVEL`]). Without it a missing text is rejected.
    pub missing: Option<u32>,
    /// Index of the level that stands for every text that is not among the levels ([`RARE_LEVEL`]): one that few training rows
    /// had, or none. Without it such a text is rejected.
    pub rare: Option<u32>,
}

impl CategoricalColumn {
    /// A column whose reference is its first level. `levels` must be sorted by code point and distinct.
    pub fn new(name: &str, levels: Vec<String>) -> Self {
        Self { name: name.to_owned(), levels, reference: 0, missing: None, rare: None }
    }

    /// The code of the level that a text counts as: the index in [`levels`](Self::levels) of the level that it is, in whatever
    /// spelling of a truth value or a whole number, or of the one for rare texts.
    ///
    /// ```
    /// use assist_score::CategoricalColumn;
    ///
    /// let column = CategoricalColumn::new("premium", vec!["False".into(), "True".into()]);
    /// assert_eq!(["True", "true", "t", "1", "no"].map(|text| column.code(text)), [Some(1), Some(1), Some(1), Some(1), None]);
    /// ```
    pub fn code(&self, text: &str) -> Option<u32> {
        // What is missing is not rare.
        let may_be_rare = || self.rare.filter(|_| !text.is_empty() && text != MISSING_LEVEL);
        self.known_code(text).or_else(may_be_rare)
    }

    /// As [`code`](Self::code), for a text that is among the levels: `None` for one that would count as rare.
    pub fn known_code(&self, text: &str) -> Option<u32> {
        self.code_as_it_stands(text).or_else(|| self.code_in_another_spelling(text))
    }

    /// The code of a level that is spelt just so.
    pub(crate) fn code_as_it_stands(&self, level: &str) -> Option<u32> {
        /// So many levels are compared one by one sooner than they are searched.
        const FEW: usize = 8;
        let found = if self.levels.len() <= FEW {
            self.levels.iter().position(|known| known == level)?
        } else {
            self.levels.binary_search_by(|known| known.as_str().cmp(level)).ok()?
        };
        u32::try_from(found).ok()
    }

    /// The name of the feature that is 1 where the column has the level of this code.
    pub(crate) fn level_name(&self, code: u32) -> String {
        let level = self.levels.get(code as usize).map_or("", String::as_str);
        format!("{}_{level}", self.name)
    }

    /// The code of a cell that may be missing, which is written [`MISSING_LEVEL`].
    pub fn code_of_cell(&self, level: &str) -> Option<u32> {
        if level == MISSING_LEVEL { self.missing } else { self.code(level) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_cut_belongs_to_the_bin_that_it_ends() {
        let mut column = NumericColumn::new("wait", 0.0, 99.0);
        column.cuts = vec![60.0, 75.0];
        column.fill_value = Some(50.0);
        let bins = [-1e300, 60.0, 60.0_f64.next_up(), 75.0, 76.0, f64::MAX, f64::NAN].map(|number| column.bin(number));
        assert_eq!(bins, [0, 0, 1, 1, 2, 2, 3]);
        assert!((0..column.n_bins()).all(|bin| column.bin(column.number_of_bin(bin)) == bin));
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        let mut column = NumericColumn::new("errors", 0.0, 4.0);
        assert_eq!(column.expected(), "a number");
        column.integer = true;
        column.min = Some(0.0);
        assert_eq!(column.expected(), "a whole number from 0");
        column.max = Some(9.5);
        assert_eq!(column.expected(), "a whole number from 0 to 9.5");
    }
}

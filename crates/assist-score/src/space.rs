//! The space of features: which columns a row has, what is known of each, and what the features are called.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{borrow::ToOwned, format};
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Inconsistency};
use crate::outcome::Reason;

/// The name of the level that stands for a missing text, where a model has one.
pub const MISSING_LEVEL: &str = "(missing)";

/// What is predicted, and what its two labels are called in the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Name of the label's column.
    pub name: String,
    /// The label that is class 0.
    pub negative: String,
    /// The label that is class 1.
    pub positive: String,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let (name, cuts) = (&self.name, &self.cuts);
        match (bin.checked_sub(1).and_then(|before| cuts.get(before)), cuts.get(bin)) {
            (None, Some(high)) => format!("{name} <= {high}"),
            (Some(low), Some(high)) => format!("{name} ({low}, {high}]"),
            (Some(low), None) => format!("{name} > {low}"),
            (None, None) => self.missing_name(),
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoricalColumn {
    /// Name in the data.
    pub name: String,
    /// The levels of the training rows, sorted by code point.
    pub levels: Vec<String>,
    /// Index of the reference level, which has no feature of its own.
    pub reference: u32,
    /// Index of the level that stands for a missing text ([`MISSING_LEVEL`]). Without it a missing text is rejected.
    pub missing: Option<u32>,
}

impl CategoricalColumn {
    /// A column whose reference is its first level. `levels` must be sorted by code point and distinct.
    pub fn new(name: &str, levels: Vec<String>) -> Self {
        Self { name: name.to_owned(), levels, reference: 0, missing: None }
    }

    /// The code of a level: its index in [`levels`](Self::levels).
    pub fn code(&self, level: &str) -> Option<u32> {
        /// So many levels are compared one by one sooner than they are searched.
        const FEW: usize = 8;
        let found = if self.levels.len() <= FEW {
            self.levels.iter().position(|known| known == level)?
        } else {
            self.levels.binary_search_by(|known| known.as_str().cmp(level)).ok()?
        };
        u32::try_from(found).ok()
    }

    /// The code of a cell that may be missing, which is written [`MISSING_LEVEL`].
    pub fn code_of_cell(&self, level: &str) -> Option<u32> {
        if level == MISSING_LEVEL { self.missing } else { self.code(level) }
    }
}

/// What one coefficient belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Name, as `pandas.get_dummies(drop_first=True)` gives it: `column` or `column_level`; that of a bin is
    /// [`NumericColumn::bin_name`].
    pub name: String,
    /// The column's name.
    pub column: String,
    /// What the feature measures.
    pub kind: FeatureKind,
}

/// What a feature measures.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FeatureKind {
    /// The number itself.
    Number,
    /// 1 where the number is missing, else 0.
    MissingNumber,
    /// 1 where the number lies in this bin, else 0.
    Bin(u32),
    /// 1 where the column has this level, else 0.
    Level(u32),
}

/// Columns, levels and ranges: all that is needed to turn a row into features. Learnt on the training rows and kept in
/// `model_features.postcard`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureSpace {
    /// What is predicted.
    pub target: Target,
    /// Columns of the training table that are no features.
    pub dropped: Vec<String>,
    /// Columns of numbers, in the file's order. They come first in a row.
    pub numeric: Vec<NumericColumn>,
    /// Columns of categories, in the file's order.
    pub categorical: Vec<CategoricalColumn>,
}

impl FeatureSpace {
    /// The features in the order of the coefficients: numeric columns without cuts first (each followed by its missing
    /// indicator, if it has one), then each other numeric column's bins without the first, then each categorical column's
    /// levels in sorted order without the reference.
    pub fn features(&self) -> Vec<Feature> {
        let mut features = Vec::with_capacity(self.n_features());
        let feature = |column: &NumericColumn, name, kind| Feature { name, column: column.name.clone(), kind };
        for column in self.numeric.iter().filter(|column| !column.is_binned()) {
            features.push(feature(column, column.name.clone(), FeatureKind::Number));
            if column.fill_value.is_some() {
                features.push(feature(column, column.missing_name(), FeatureKind::MissingNumber));
            }
        }
        for column in self.numeric.iter().filter(|column| column.is_binned()) {
            for (bin, code) in (0..column.n_bins()).zip(0..).skip(1) {
                let kind = if bin > column.cuts.len() { FeatureKind::MissingNumber } else { FeatureKind::Bin(code) };
                features.push(feature(column, column.bin_name(bin), kind));
            }
        }
        for column in &self.categorical {
            for (code, level) in (0..).zip(&column.levels) {
                if code != column.reference {
                    features.push(Feature {
                        name: format!("{}_{level}", column.name),
                        column: column.name.clone(),
                        kind: FeatureKind::Level(code),
                    });
                }
            }
        }
        features
    }

    /// How many features there are, the intercept not counted.
    pub fn n_features(&self) -> usize {
        let of_numbers =
            |c: &NumericColumn| if c.is_binned() { c.n_bins() - 1 } else { 1 + usize::from(c.fill_value.is_some()) };
        let numbers: usize = self.numeric.iter().map(of_numbers).sum();
        let levels: usize = self.categorical.iter().map(|c| c.levels.len().saturating_sub(1)).sum();
        numbers + levels
    }

    /// The same columns with every number as it is.
    #[must_use]
    pub fn without_cuts(&self) -> Self {
        let plain = |column: &NumericColumn| NumericColumn { cuts: Vec::new(), ..column.clone() };
        Self { numeric: self.numeric.iter().map(plain).collect(), ..self.clone() }
    }

    /// The names of a row's columns, in the order in which [`Model::score`](crate::Model::score) takes their values.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        let numeric = self.numeric.iter().map(|c| c.name.as_str());
        numeric.chain(self.categorical.iter().map(|c| c.name.as_str()))
    }

    /// How many values a row has.
    pub fn n_columns(&self) -> usize {
        self.numeric.len() + self.categorical.len()
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for column in &self.categorical {
            let sorted = column.levels.windows(2).all(|pair| pair[0] < pair[1]);
            let n_levels = u32::try_from(column.levels.len()).unwrap_or(0);
            let known = |code: u32| code < n_levels;
            if !sorted || !known(column.reference) || !column.missing.is_none_or(known) {
                return Err(Error::Inconsistent(Inconsistency::Levels(column.name.clone())));
            }
        }
        for column in &self.numeric {
            let numbers = [
                Some(column.training_range.0),
                Some(column.training_range.1),
                column.min,
                column.max,
                column.fill_value,
            ];
            let mut all = numbers.into_iter().flatten().chain(column.cuts.iter().copied());
            let are_ascending = column.cuts.windows(2).all(|pair| pair[0] < pair[1]);
            if all.any(|number| !number.is_finite()) || !are_ascending {
                return Err(Error::Inconsistent(Inconsistency::Range(column.name.clone())));
            }
        }
        let doubled = |mut names: Vec<String>| {
            names.sort_unstable();
            names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
        };
        if let Some(name) = doubled(self.column_names().map(ToString::to_string).collect()) {
            return Err(Error::Inconsistent(Inconsistency::DuplicateColumn(name)));
        }
        match doubled(self.features().into_iter().map(|feature| feature.name).collect()) {
            Some(name) => Err(Error::Inconsistent(Inconsistency::DuplicateFeature(name))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn space() -> FeatureSpace {
        let mut wait = NumericColumn::new("wait", 0.0, 9.0);
        wait.fill_value = Some(4.5);
        FeatureSpace {
            target: Target { name: "y".into(), negative: "0".into(), positive: "1".into() },
            dropped: vec![],
            numeric: vec![NumericColumn::new("errors", 0.0, 4.0), wait],
            categorical: vec![CategoricalColumn {
                reference: 1,
                ..CategoricalColumn::new("device", vec!["a".into(), "b".into(), "c".into()])
            }],
        }
    }

    #[test]
    fn features_are_named_and_ordered_as_get_dummies_does() {
        let names: Vec<String> = space().features().into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["errors", "wait", "wait_missing", "device_a", "device_c"]);
        assert_eq!(space().n_features(), 5);
    }

    #[test]
    fn bins_are_named_by_their_ends_and_come_behind_plain_numbers() {
        let mut binned = space();
        binned.numeric[0].cuts = vec![2.0];
        let names = |space: &FeatureSpace| space.features().into_iter().map(|f| f.name).collect::<Vec<_>>();
        assert_eq!(names(&binned), ["wait", "wait_missing", "errors > 2", "device_a", "device_c"]);
        binned.numeric[1].cuts = vec![-1.0, 2.5, 60.0];
        let wait = ["wait (-1, 2.5]", "wait (2.5, 60]", "wait > 60", "wait_missing"];
        assert_eq!(names(&binned)[..5], [&["errors > 2"], &wait[..]].concat());
        assert_eq!(binned.n_features(), binned.features().len());
        assert_eq!(binned.features()[2].kind, FeatureKind::Bin(2));
        assert_eq!(binned.features()[4].kind, FeatureKind::MissingNumber);
        assert_eq!(binned.numeric[1].bin_name(0), "wait <= -1");
        assert_eq!(binned.check(), Ok(()));
        for cuts in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN], vec![0.0, f64::INFINITY]] {
            binned.numeric[0].cuts = cuts;
            assert_eq!(binned.check(), Err(Error::Inconsistent(Inconsistency::Range("errors".into()))));
        }
    }

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
    fn unsorted_levels_and_doubled_names_are_refused() {
        let mut unsorted = space();
        unsorted.categorical[0].levels.swap(0, 1);
        assert_eq!(unsorted.check(), Err(Error::Inconsistent(Inconsistency::Levels("device".into()))));
        let mut doubled = space();
        doubled.categorical[0].name = "wait".into();
        assert_eq!(doubled.check(), Err(Error::Inconsistent(Inconsistency::DuplicateColumn("wait".into()))));
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

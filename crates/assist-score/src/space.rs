//! The space of features: which columns a row has, what is known of each, and what the features are called.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{borrow::ToOwned, format};
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
    pub observed: (f64, f64),
    /// What a missing number counts as (the training mean). With it comes a second feature, `NAME_missing`, that is 1
    /// where the number is missing. Without it a missing number is rejected.
    pub fill: Option<f64>,
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
            observed: (low, high),
            fill: None,
        }
    }

    /// Whether a number would be scored: finite and in the declared range, or missing (NaN) where that has been learnt.
    pub fn takes(&self, number: f64) -> bool {
        if number.is_nan() {
            return self.fill.is_some();
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
    /// Name, as `pandas.get_dummies(drop_first=True)` gives it: `column` or `column_level`.
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
    /// The features in the order of the coefficients: numeric columns first (each followed by its missing indicator, if
    /// it has one), then each categorical column's levels in sorted order without the reference.
    pub fn features(&self) -> Vec<Feature> {
        let mut features = Vec::with_capacity(self.n_features());
        for column in &self.numeric {
            let feature = |name, kind| Feature { name, column: column.name.clone(), kind };
            features.push(feature(column.name.clone(), FeatureKind::Number));
            if column.fill.is_some() {
                features.push(feature(format!("{}_missing", column.name), FeatureKind::MissingNumber));
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
        let numbers: usize = self.numeric.iter().map(|c| 1 + usize::from(c.fill.is_some())).sum();
        let levels: usize = self.categorical.iter().map(|c| c.levels.len().saturating_sub(1)).sum();
        numbers + levels
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
            let numbers = [Some(column.observed.0), Some(column.observed.1), column.min, column.max, column.fill];
            if numbers.into_iter().flatten().any(|number| !number.is_finite()) {
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
        wait.fill = Some(4.5);
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

//! The design: the columns of the features, coded, with how often each row was seen with label 0 and with label 1.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{FeatureSpace, Model};
use ndarray::Array2;

use crate::column::{Codes, NumericValues, as_index, with_codes, with_numbers};

/// A numeric column of a design.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericDesign {
    /// The values; the fill value where one is missing.
    pub values: NumericValues,
    /// 1 where the value is missing, if the column has such a feature.
    pub missing: Option<Vec<u8>>,
}

/// A categorical column of a design.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoricalDesign {
    /// The code of each row's level.
    pub codes: Codes,
    /// For each level the index of its feature; `None` for the reference.
    pub feature_of_level: Vec<Option<usize>>,
}

/// Distinct rows of features with their counts: `n_rows` rows, `n_features` features. Products treat the intercept as a
/// last column of ones, so vectors over columns have `n_features + 1` entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    pub(crate) numeric: Vec<NumericDesign>,
    pub(crate) categorical: Vec<CategoricalDesign>,
    pub(crate) counts: Vec<[u64; 2]>,
    pub(crate) n_features: usize,
    pub(crate) is_merged: bool,
}

impl Design {
    /// An empty design for the columns of `space`.
    pub(crate) fn empty(space: &FeatureSpace) -> Self {
        let numeric = space
            .numeric
            .iter()
            .map(|column| NumericDesign { values: NumericValues::default(), missing: column.fill.map(|_| Vec::new()) });
        let mut next_feature = space.numeric.iter().map(|c| 1 + usize::from(c.fill.is_some())).sum::<usize>();
        let mut feature_of_level = |code: u32, reference: u32| {
            (code != reference).then(|| {
                next_feature += 1;
                next_feature - 1
            })
        };
        let categorical = space.categorical.iter().map(|column| CategoricalDesign {
            codes: Codes::default(),
            feature_of_level: (0..)
                .zip(&column.levels)
                .map(|(code, _)| feature_of_level(code, column.reference))
                .collect(),
        });
        Self {
            numeric: numeric.collect(),
            categorical: categorical.collect(),
            counts: Vec::new(),
            n_features: space.n_features(),
            is_merged: true,
        }
    }

    /// How many rows are stored: distinct ones, if the design is merged.
    pub fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// How many features there are, the intercept not counted.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// For each row how often it was seen with label 0 and with label 1.
    pub fn counts(&self) -> &[[u64; 2]] {
        &self.counts
    }

    /// How many observations of each class the rows stand for.
    pub fn class_counts(&self) -> [u64; 2] {
        self.counts.iter().fold([0, 0], |[n0, n1], [of_0, of_1]| [n0 + of_0, n1 + of_1])
    }

    /// Whether identical rows were merged throughout. Where rows hardly ever repeat, merging is given up.
    pub fn is_merged(&self) -> bool {
        self.is_merged
    }

    /// The numeric columns.
    pub fn numeric(&self) -> &[NumericDesign] {
        &self.numeric
    }

    /// The categorical columns.
    pub fn categorical(&self) -> &[CategoricalDesign] {
        &self.categorical
    }

    /// The features as a dense matrix of `n_rows` by `n_features`, for code that wants one. The product never makes it.
    pub fn to_dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros((self.n_rows(), self.n_features));
        let mut feature = 0;
        for column in &self.numeric {
            with_numbers!(&column.values, values => {
                for (cell, value) in dense.column_mut(feature).iter_mut().zip(values) {
                    *cell = f64::from(*value);
                }
            });
            feature += 1;
            if let Some(missing) = &column.missing {
                for (cell, value) in dense.column_mut(feature).iter_mut().zip(missing) {
                    *cell = f64::from(*value);
                }
                feature += 1;
            }
        }
        for column in &self.categorical {
            with_codes!(&column.codes, codes => {
                for (row, code) in codes.iter().enumerate() {
                    if let Some(feature) = column.feature_of_level[as_index(*code)] {
                        dense[[row, feature]] = 1.0;
                    }
                }
            });
        }
        dense
    }

    /// The score of each row by the model's own scorer, so that an evaluation sees what a prediction will see.
    pub fn scores(&self, model: &Model) -> Vec<f64> {
        let (mut numbers, mut codes) = (Vec::new(), Vec::new());
        let mut score = |row| {
            numbers.clear();
            codes.clear();
            for column in &self.numeric {
                let is_missing = column.missing.as_ref().is_some_and(|missing| missing[row] == 1);
                numbers.push(if is_missing { f64::NAN } else { column.values.get(row) });
            }
            codes.extend(self.categorical.iter().map(|column| column.codes.get(row)));
            model.raw_score(&numbers, &codes)
        };
        (0..self.n_rows()).map(&mut score).collect()
    }
}

//! The design: the columns of the features, coded, with how often each row was seen with label 0 and with label 1.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::sync::Arc;

use assist_score::FeatureSpace;
use ndarray::{Array2, ArrayViewMut1};

use crate::column::with_numbers;
use crate::layout::Layout;
use crate::segment::{NumericDesign, Segment};

/// Rows of features with their counts: `n_rows` rows, `n_features` features, in segments that came from different partitions
/// of the table. Products treat the intercept as a last column of ones, so vectors over columns have `n_features + 1`
/// entries.
///
/// A design owns the space of its features, which samples, folds and joined designs share with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    pub(crate) space: Arc<FeatureSpace>,
    pub(crate) layout: Layout,
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) is_merged: bool,
    /// What the weights of the rows are called, where they have some.
    pub(crate) weight_column: Option<String>,
}

impl Design {
    /// Some rows in a space, in segments that lie as its layout says.
    pub(crate) fn new(space: Arc<FeatureSpace>, layout: Layout, segments: Vec<Segment>, is_merged: bool) -> Self {
        let segments = segments.into_iter().map(Arc::new).collect();
        Self { space, layout, segments, is_merged, weight_column: None }
    }

    /// The space of the features: columns, levels, ranges, names.
    pub fn space(&self) -> &FeatureSpace {
        &self.space
    }

    /// How many rows are stored: distinct ones, if the design is merged.
    pub fn n_rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.n_rows()).sum()
    }

    /// How many features there are, the intercept not counted.
    pub fn n_features(&self) -> usize {
        self.layout.n_features
    }

    /// For each row how often it was seen with label 0 and with label 1.
    pub fn counts(&self) -> impl Iterator<Item = [u64; 2]> {
        self.segments.iter().flat_map(|segment| (0..segment.n_rows()).map(|row| segment.counts.get(row)))
    }

    /// The cluster of each row: a number that rows of one group have in common, such as those of one user, in every design of
    /// the table. `None` where rows are not grouped.
    pub fn clusters(&self) -> Option<Vec<u32>> {
        let mut clusters = Vec::with_capacity(self.n_rows());
        for segment in self.segments.iter().filter(|segment| segment.n_rows() > 0) {
            clusters.extend_from_slice(segment.clusters.as_deref()?);
        }
        let is_grouped = self.segments.iter().any(|segment| segment.clusters.is_some());
        is_grouped.then_some(clusters)
    }

    /// How many observations of each class the rows stand for.
    pub fn class_counts(&self) -> [u64; 2] {
        let totals = self.segments.iter().map(|segment| segment.counts.totals());
        totals.fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b])
    }

    /// Whether identical rows were merged throughout. Where rows hardly ever repeat, merging is given up.
    pub fn is_merged(&self) -> bool {
        self.is_merged
    }

    /// How often each level of each categorical column was seen with label 0 and with label 1, with its feature's index
    /// (`None` for the reference).
    pub fn level_counts(&self) -> Vec<Vec<(Option<usize>, [u64; 2])>> {
        self.code_counts().split_off(self.layout.binned.len())
    }

    /// How often each bin of each numeric column with cuts, then each level of each categorical column was seen with label 0
    /// and with label 1, with its feature's index (`None` for the reference).
    pub fn code_counts(&self) -> Vec<Vec<(Option<usize>, [u64; 2])>> {
        let layout = &self.layout;
        let mut counts: Vec<Vec<(Option<usize>, [u64; 2])>> = layout
            .feature_of_level
            .iter()
            .map(|levels| levels.iter().map(|feature| (*feature, [0, 0])).collect())
            .collect();
        for (index, group) in layout.groups.iter().enumerate() {
            let mut by_code = vec![[0_u64; 2]; group.n_codes];
            for segment in &self.segments {
                for row in 0..segment.n_rows() {
                    let [n0, n1] = segment.counts.get(row);
                    let of_code = &mut by_code[segment.groups[index].get(row) as usize];
                    of_code[0] += n0;
                    of_code[1] += n1;
                }
            }
            for (code, [n0, n1]) in by_code.into_iter().enumerate() {
                layout.ungrouped(group, code, |column, level| {
                    let (_, of_level) = &mut counts[column][level];
                    of_level[0] += n0;
                    of_level[1] += n1;
                });
            }
        }
        counts
    }

    /// The rows of several designs of one feature space, as those of one table.
    ///
    /// # Panics
    ///
    /// Without a design, or with designs of different spaces.
    #[must_use]
    pub fn joined(designs: &[&Self]) -> Self {
        let first = designs.first().expect("at least one design");
        let is_of_first = |design: &&Self| Arc::ptr_eq(&design.space, &first.space) || design.space == first.space;
        assert!(designs.iter().all(is_of_first), "designs of one feature space");
        let segments = designs.iter().flat_map(|design| design.segments.iter().cloned()).collect();
        // Rows of different designs may be equal.
        let is_merged = designs.len() == 1 && first.is_merged;
        let weight_column = first.weight_column.clone();
        Self { space: Arc::clone(&first.space), layout: first.layout.clone(), segments, is_merged, weight_column }
    }

    /// The level of each row in a categorical column, as its place among the column's levels.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn level_codes(&self, column: usize) -> Vec<u32> {
        self.codes(self.layout.binned.len() + column)
    }

    /// The code of each row in a column of codes: those with cuts come first, then the categorical ones.
    pub(crate) fn codes(&self, column: usize) -> Vec<u32> {
        let group = self.layout.groups.iter().position(|group| group.columns.contains(&column));
        let index = group.expect("a categorical column");
        let group = &self.layout.groups[index];
        let of_code: Vec<u32> = (0..group.n_codes)
            .map(|code| {
                let mut of_column = 0;
                self.layout.ungrouped(group, code, |other, level| {
                    if other == column {
                        of_column = u32::try_from(level).unwrap_or(u32::MAX);
                    }
                });
                of_column
            })
            .collect();
        // A segment without rows has no columns either.
        let rows = self.segments.iter().filter(|segment| segment.n_rows() > 0).flat_map(|segment| {
            let codes = &segment.groups[index];
            (0..segment.n_rows()).map(|row| of_code[codes.get(row) as usize])
        });
        rows.collect()
    }

    /// The numbers of each row in a numeric column; NaN where one is missing.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn numbers(&self, column: usize) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(self.n_rows());
        // A segment without rows has no columns either.
        for segment in self.segments.iter().filter(|segment| segment.n_rows() > 0) {
            let NumericDesign { values, missing } = &segment.numeric[column];
            let from = numbers.len();
            with_numbers!(values, values => numbers.extend(values.iter().map(|value| f64::from(*value))));
            let flags = missing.iter().flatten();
            numbers[from..].iter_mut().zip(flags).filter(|(_, flag)| **flag == 1).for_each(|(n, _)| *n = f64::NAN);
        }
        numbers
    }

    /// The features of some rows, in the order in which they are asked for, as a dense matrix of `rows.len()` by `n_features`.
    ///
    /// # Panics
    ///
    /// Where there is no such row.
    pub fn dense_rows(&self, rows: &[usize]) -> Array2<f64> {
        let mut dense = Array2::zeros((rows.len(), self.n_features()));
        let ends: Vec<usize> = self
            .segments
            .iter()
            .scan(0, |end, segment| {
                *end += segment.n_rows();
                Some(*end)
            })
            .collect();
        for (row, cells) in rows.iter().zip(dense.rows_mut()) {
            let at = ends.partition_point(|end| end <= row);
            let segment = &self.segments[at];
            self.fill_dense(segment, row + segment.n_rows() - ends[at], cells);
        }
        dense
    }

    /// About `n` of the rows, picked by a rule that has nothing to do with their order: what a fit may start from.
    #[must_use]
    pub fn sample(&self, n: usize) -> Self {
        let share = n as f64 / self.n_rows().max(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^32")]
        let bound = (share.min(1.0) * f64::from(u32::MAX)) as u64;
        let mut before = 0_u64;
        let segments = self.segments.iter().map(|segment| {
            // The upper half of a multiplicative hash (Knuth, The Art of Computer Programming 3, section 6.4).
            let picked = |row: &u32| (before + u64::from(*row)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 <= bound;
            let n_rows = u32::try_from(segment.n_rows()).unwrap_or(u32::MAX);
            let rows: Vec<u32> = (0..n_rows).filter(picked).collect();
            before += u64::from(n_rows);
            segment.select(&rows)
        });
        let weight_column = self.weight_column.clone();
        let (space, layout) = (Arc::clone(&self.space), self.layout.clone());
        Self { weight_column, ..Self::new(space, layout, segments.collect(), self.is_merged) }
    }

    /// The features as a dense matrix of `n_rows` by `n_features`, for code that wants one. The product never makes it.
    pub fn to_dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros((self.n_rows(), self.n_features()));
        let mut rows = dense.rows_mut().into_iter();
        for segment in &self.segments {
            for (row, cells) in (0..segment.n_rows()).zip(&mut rows) {
                self.fill_dense(segment, row, cells);
            }
        }
        dense
    }

    fn fill_dense(&self, segment: &Segment, row: usize, mut cells: ArrayViewMut1<'_, f64>) {
        let first = self.n_features() - self.layout.additional.len();
        for (feature, term) in (first..).zip(&self.layout.additional) {
            cells[feature] = term.of_row(segment, row, &self.layout);
        }
        let mut feature = 0;
        for ((column, fill), centre) in segment.numeric.iter().zip(&self.layout.fills).zip(&self.layout.centres) {
            cells[feature] = column.values.get(row) - centre;
            feature += 1;
            if let Some((fill, missing)) = fill.zip(column.missing.as_ref()) {
                if missing[row] == 1 {
                    cells[feature - 1] = fill - centre;
                    cells[feature] = 1.0;
                }
                feature += 1;
            }
        }
        for (codes, group) in segment.groups.iter().zip(&self.layout.groups) {
            self.layout.ungrouped(group, codes.get(row) as usize, |column, level| {
                if let Some(feature) = self.layout.feature_of_level[column][level] {
                    cells[feature] = 1.0;
                }
            });
        }
    }
}

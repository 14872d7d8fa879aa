//! The design: the columns of the features, coded, with how often each row was seen with label 0 and with label 1.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{FeatureSpace, Model, NumericColumn, Term};
use ndarray::{Array2, ArrayViewMut1};
use rayon::prelude::*;

use crate::column::{Codes, NumericValues, with_codes, with_numbers};

/// Categorical columns are coded together as long as that many combinations of levels suffice: one look-up for all of them.
const MOST_COMBINATIONS: usize = 256;

/// Rows of features with their counts: `n_rows` rows, `n_features` features, in segments that came from different parts of
/// the table. Products treat the intercept as a last column of ones, so vectors over columns have `n_features + 1` entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    pub(crate) layout: Layout,
    pub(crate) segments: Vec<Segment>,
    pub(crate) is_merged: bool,
}

/// What the columns of all segments mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    /// The places of the numeric columns without cuts among those of the space.
    pub(crate) plain: Vec<usize>,
    /// The fill value of each of them whose missing cells have an indicator.
    pub(crate) fills: Vec<Option<f64>>,
    /// The numeric columns with cuts. They are coded as if their bins were levels of a categorical column.
    pub(crate) binned: Vec<Binned>,
    /// For each bin of each of these, then for each level of each categorical column the index of its feature; `None` for the
    /// reference.
    pub(crate) feature_of_level: Vec<Vec<Option<usize>>>,
    /// Columns of codes that are coded together.
    pub(crate) groups: Vec<Group>,
    pub(crate) n_features: usize,
}

/// A numeric column with cuts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binned {
    /// Its place among the numeric columns of the space.
    pub(crate) place: usize,
    pub(crate) column: NumericColumn,
}

/// Neighbouring columns of codes with one code for all of them: that of the first column varies slowest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    /// Which of the columns of codes: those with cuts first, then the categorical ones.
    pub(crate) columns: std::ops::Range<usize>,
    pub(crate) n_codes: usize,
}

/// Some rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub(crate) numeric: Vec<NumericDesign>,
    /// One column of codes a group.
    pub(crate) groups: Vec<Codes>,
    pub(crate) counts: Counts,
}

/// A numeric column without cuts in a segment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumericDesign {
    /// The values; 0 where one is missing.
    pub(crate) values: NumericValues,
    /// 1 where the value is missing, if the column has such a feature.
    pub(crate) missing: Option<Vec<u8>>,
}

/// How often each row was seen with label 0 and with label 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Counts {
    /// Once, with this label.
    Once(Vec<u8>),
    /// So many times.
    Many(Vec<[u32; 2]>),
}

impl Layout {
    /// Features are numbered as the space lists its terms.
    ///
    /// # Panics
    ///
    /// Where the space has terms beyond those that its columns have of themselves.
    pub(crate) fn new(space: &FeatureSpace) -> Self {
        assert!(space.additional.is_empty(), "curves and interactions cannot be fitted yet");
        let (binned, plain): (Vec<_>, Vec<_>) =
            space.numeric.iter().enumerate().partition(|(_, column)| column.is_binned());
        let (plain, fills): (Vec<usize>, Vec<Option<f64>>) =
            plain.into_iter().map(|(place, column)| (place, column.fill_value)).unzip();
        let binned: Vec<Binned> =
            binned.into_iter().map(|(place, column)| Binned { place, column: column.clone() }).collect();
        let bins = binned.iter().map(|Binned { column, .. }| column.n_bins());
        let levels = space.categorical.iter().map(|column| column.levels.len());
        let mut feature_of_level: Vec<Vec<Option<usize>>> = bins.chain(levels).map(|n| vec![None; n]).collect();
        let n_numeric = space.numeric.len();
        let terms = space.terms();
        for (feature, term) in terms.iter().enumerate() {
            let of_bins = |place: usize| binned.iter().position(|binned| binned.place == place);
            let (column, code) = match term {
                Term::Cut { column, low, .. } => {
                    let at = of_bins(*column).expect("a column with bins has cuts");
                    // A bin begins behind its lower cut, which belongs to the bin before.
                    (at, low.map_or(0, |low| binned[at].column.bin(low) + 1))
                }
                Term::Missing { column } => match of_bins(*column) {
                    Some(at) => (at, binned[at].column.bin(f64::NAN)),
                    None => continue,
                },
                Term::Level { column, code } => (binned.len() + column - n_numeric, *code as usize),
                // Numbers come first and are no columns of codes.
                _ => continue,
            };
            feature_of_level[column][code] = Some(feature);
        }
        let mut groups: Vec<Group> = Vec::new();
        for (column, levels) in feature_of_level.iter().enumerate() {
            match groups.last_mut() {
                Some(group) if group.n_codes * levels.len() <= MOST_COMBINATIONS => {
                    group.n_codes *= levels.len();
                    group.columns.end += 1;
                }
                _ => groups.push(Group { columns: column..column + 1, n_codes: levels.len() }),
            }
        }
        Self { plain, fills, binned, feature_of_level, groups, n_features: terms.len() }
    }

    /// How many features are neither bins nor levels: numbers and indicators of missing ones, which come first.
    pub(crate) fn n_dense(&self) -> usize {
        self.fills.len() + self.fills.iter().flatten().count()
    }

    /// The codes of a group's columns that its code stands for.
    pub(crate) fn ungrouped(&self, group: &Group, code: usize, mut take: impl FnMut(usize, usize)) {
        let mut rest = code;
        for column in group.columns.clone().rev() {
            let n_levels = self.feature_of_level[column].len().max(1);
            take(column, rest % n_levels);
            rest /= n_levels;
        }
    }

    /// One code for several columns' codes of a row.
    pub(crate) fn grouped(&self, columns: &[Codes], n_rows: usize) -> Vec<Codes> {
        let of_group = |group: &Group| {
            if group.columns.len() == 1 {
                return columns[group.columns.start].clone();
            }
            // A group of several columns has so few codes that they fit.
            let mut grouped = vec![0_u32; n_rows];
            for column in group.columns.clone() {
                let n_levels = u32::try_from(self.feature_of_level[column].len()).unwrap_or(u32::MAX);
                with_codes!(&columns[column], codes => {
                    for (grouped, code) in grouped.iter_mut().zip(codes) {
                        *grouped = *grouped * n_levels + u32::from(*code);
                    }
                });
            }
            Codes::collect(group.n_codes, grouped.into_iter())
        };
        self.groups.iter().map(of_group).collect()
    }
}

impl Counts {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Once(labels) => labels.len(),
            Self::Many(counts) => counts.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> [u64; 2] {
        match self {
            Self::Once(labels) => [u64::from(labels[row] == 0), u64::from(labels[row] == 1)],
            Self::Many(counts) => counts[row].map(u64::from),
        }
    }

    #[inline]
    pub(crate) fn get_narrow(&self, row: usize) -> [u32; 2] {
        match self {
            Self::Once(labels) => [u32::from(labels[row] == 0), u32::from(labels[row] == 1)],
            Self::Many(counts) => counts[row],
        }
    }

    pub(crate) fn totals(&self) -> [u64; 2] {
        match self {
            Self::Once(labels) => {
                let ones = labels.iter().map(|label| u64::from(*label)).sum();
                [labels.len() as u64 - ones, ones]
            }
            Self::Many(counts) => {
                counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + u64::from(*a), n1 + u64::from(*b)])
            }
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Once(labels) => Self::Once(rows.iter().map(|row| labels[*row as usize]).collect()),
            Self::Many(counts) => Self::Many(rows.iter().map(|row| counts[*row as usize]).collect()),
        }
    }
}

impl Segment {
    pub(crate) fn n_rows(&self) -> usize {
        self.counts.len()
    }

    fn select(&self, rows: &[u32]) -> Self {
        let numeric = self.numeric.iter().map(|column| NumericDesign {
            values: column.values.select(rows),
            missing: column.missing.as_ref().map(|all| rows.iter().map(|row| all[*row as usize]).collect()),
        });
        Self {
            numeric: numeric.collect(),
            groups: self.groups.iter().map(|codes| codes.select(rows)).collect(),
            counts: self.counts.select(rows),
        }
    }
}

impl Design {
    /// How many rows are stored: distinct ones, if the design is merged.
    pub fn n_rows(&self) -> usize {
        self.segments.iter().map(Segment::n_rows).sum()
    }

    /// How many features there are, the intercept not counted.
    pub fn n_features(&self) -> usize {
        self.layout.n_features
    }

    /// For each row how often it was seen with label 0 and with label 1.
    pub fn counts(&self) -> impl Iterator<Item = [u64; 2]> {
        self.segments.iter().flat_map(|segment| (0..segment.n_rows()).map(|row| segment.counts.get(row)))
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
        assert!(designs.iter().all(|design| design.layout == first.layout), "designs of one feature space");
        let segments = designs.iter().flat_map(|design| design.segments.iter().cloned()).collect();
        // Rows of different designs may be equal.
        let is_merged = designs.len() == 1 && first.is_merged;
        Self { layout: first.layout.clone(), segments, is_merged }
    }

    /// The level of each row in a categorical column, as its place among the column's levels.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    pub fn level_codes(&self, column: usize) -> Vec<u32> {
        let column = self.layout.binned.len() + column;
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
        // A part without rows has no columns either.
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
        // A part without rows has no columns either.
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
        Self { layout: self.layout.clone(), segments: segments.collect(), is_merged: self.is_merged }
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
        let mut feature = 0;
        for (column, fill) in segment.numeric.iter().zip(&self.layout.fills) {
            cells[feature] = column.values.get(row);
            feature += 1;
            if let Some((fill, missing)) = fill.zip(column.missing.as_ref()) {
                if missing[row] == 1 {
                    cells[feature - 1] = fill;
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

    /// The score of each row by the model's own scorer, so that an evaluation sees what a prediction will see, with how often
    /// the row was seen with label 0 and with label 1.
    ///
    /// # Panics
    ///
    /// Where the model has terms beyond those of its columns: a row keeps the bin of a number, which is not enough for a curve.
    pub fn scores(&self, model: &Model) -> Vec<(f64, [u32; 2])> {
        /// Rows that one thread scores at a time.
        const ROWS: usize = 1 << 14;
        assert!(model.space().additional.is_empty(), "a design has no curves and interactions yet");
        let mut scores = vec![(0.0, [0; 2]); self.n_rows()];
        let mut rest = scores.as_mut_slice();
        for segment in &self.segments {
            let (of_segment, others) = rest.split_at_mut(segment.n_rows());
            rest = others;
            of_segment.par_chunks_mut(ROWS).enumerate().for_each(|(chunk, scores)| {
                self.score_rows(segment, chunk * ROWS, model, scores);
            });
        }
        scores
    }

    fn score_rows(&self, segment: &Segment, first: usize, model: &Model, scores: &mut [(f64, [u32; 2])]) {
        let layout = &self.layout;
        let n_binned = layout.binned.len();
        // A bin scores as any number that lies in it.
        let number_of_bin = |Binned { column, .. }: &Binned| -> Vec<f64> {
            (0..column.n_bins()).map(|bin| column.number_of_bin(bin)).collect()
        };
        let numbers_of_bins: Vec<Vec<f64>> = layout.binned.iter().map(number_of_bin).collect();
        // The codes of each column for each code of a group, so that no row is divided up.
        let codes_of: Vec<Vec<u32>> = layout
            .groups
            .iter()
            .map(|group| {
                let width = group.columns.len();
                let mut codes = vec![0; group.n_codes * width];
                for code in 0..group.n_codes {
                    layout.ungrouped(group, code, |column, level| {
                        codes[code * width + column - group.columns.start] = u32::try_from(level).unwrap_or(u32::MAX);
                    });
                }
                codes
            })
            .collect();
        let mut numbers = vec![0.0; layout.plain.len() + n_binned];
        let mut codes = vec![0; layout.feature_of_level.len()];
        for (row, score) in (first..).zip(scores) {
            for (place, column) in layout.plain.iter().zip(&segment.numeric) {
                let is_missing = column.missing.as_ref().is_some_and(|missing| missing[row] == 1);
                numbers[*place] =
                    if is_missing { f64::NAN } else { with_numbers!(&column.values, values => values[row].into()) };
            }
            for ((group, grouped), codes_of) in layout.groups.iter().zip(&segment.groups).zip(&codes_of) {
                let width = group.columns.len();
                let code = grouped.get(row) as usize * width;
                codes[group.columns.clone()].copy_from_slice(&codes_of[code..code + width]);
            }
            for ((binned, of_bins), code) in layout.binned.iter().zip(&numbers_of_bins).zip(&codes) {
                numbers[binned.place] = of_bins[*code as usize];
            }
            *score = (model.raw_score(&numbers, &codes[n_binned..]), segment.counts.get_narrow(row));
        }
    }
}

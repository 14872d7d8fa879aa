//! What the columns of a design mean: which feature each number, bin and level belongs to, and which columns of codes are
//! coded together.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{FeatureSpace, NumericColumn, Term};

use crate::column::{Codes, with_codes};

/// Categorical columns are coded together as long as that many combinations of levels suffice: one look-up for all of them.
const MOST_COMBINATIONS: usize = 256;

/// What the columns of all segments mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    /// The places of the numeric columns without cuts among those of the space.
    pub(crate) unbinned: Vec<usize>,
    /// The fill value of each of them whose missing cells have an indicator.
    pub(crate) fills: Vec<Option<f64>>,
    /// What is taken from the numbers of each of them.
    pub(crate) centres: Vec<f64>,
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

impl Layout {
    /// Features are numbered as the space lists its terms.
    ///
    /// # Panics
    ///
    /// Where the space has terms beyond those that its columns have of themselves.
    pub(crate) fn new(space: &FeatureSpace) -> Self {
        assert!(space.additional.is_empty(), "curves and interactions cannot be fitted yet");
        let (binned, unbinned): (Vec<_>, Vec<_>) =
            space.numeric.iter().enumerate().partition(|(_, column)| column.is_binned());
        let centres = unbinned.iter().map(|(_, column)| column.centre).collect();
        let (unbinned, fills): (Vec<usize>, Vec<Option<f64>>) =
            unbinned.into_iter().map(|(place, column)| (place, column.fill_value)).unzip();
        let binned: Vec<Binned> =
            binned.into_iter().map(|(place, column)| Binned { place, column: column.clone() }).collect();
        let bins = binned.iter().map(|Binned { column, .. }| column.n_bins());
        let levels = space.categorical.iter().map(|column| column.levels.len());
        let mut feature_of_level: Vec<Vec<Option<usize>>> = bins.chain(levels).map(|n| vec![None; n]).collect();
        let n_numeric = space.numeric.len();
        let terms = space.terms();
        let mut place_of_bins = vec![None; n_numeric];
        binned.iter().enumerate().for_each(|(at, binned)| place_of_bins[binned.place] = Some(at));
        for (feature, term) in terms.iter().enumerate() {
            let (column, code) = match term {
                Term::Cut { column, low, .. } => {
                    let at = place_of_bins[*column].expect("a column with bins has cuts");
                    // A bin begins behind its lower cut, which belongs to the bin before.
                    (at, low.map_or(0, |low| binned[at].column.bin(low) + 1))
                }
                Term::Missing { column } => match place_of_bins[*column] {
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
        Self { unbinned, fills, centres, binned, feature_of_level, groups, n_features: terms.len() }
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

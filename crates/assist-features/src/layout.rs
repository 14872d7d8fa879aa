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
    /// The terms beyond those of the columns, which are dense and the last features.
    pub(crate) additional: Vec<AdditionalTerm>,
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

/// A term beyond those of the columns, as the product of factors that a row knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AdditionalTerm {
    pub(crate) factors: Vec<Factor>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Factor {
    /// A function of a number, by its column's place among those without cuts.
    Number { column: usize, term: Term },
    /// For each code of a group the value.
    Code { group: usize, values: Vec<f64> },
}

impl Factor {
    fn new(factor: &Term, space: &FeatureSpace, layout: &Layout) -> Self {
        let place = factor.columns().first().copied().unwrap_or_default();
        if let Some(column) = layout.unbinned.iter().position(|unbinned| *unbinned == place) {
            return Self::Number { column, term: factor.clone() };
        }
        let (of_codes, values): (usize, Vec<f64>) = if let Some(categorical) = place.checked_sub(space.numeric.len()) {
            let is_level = |code| matches!(factor, Term::Level { code: of, .. } if *of as usize == code);
            let levels = 0..space.categorical[categorical].levels.len();
            (layout.binned.len() + categorical, levels.map(|code| f64::from(u8::from(is_level(code)))).collect())
        } else {
            let is_step = matches!(factor, Term::Cut { .. } | Term::Missing { .. });
            assert!(is_step, "of a number with cuts a design has the bins alone");
            let at = layout.binned.iter().position(|binned| binned.place == place);
            let at = at.expect("a number has cuts or has none");
            let column = &layout.binned[at].column;
            let missing = column.cuts.len() + 1;
            let of_bin = |bin: usize| factor.of_number(column.number_of_bin(bin.min(missing - 1)), bin == missing);
            (at, (0..column.n_bins()).map(|bin| of_bin(bin).unwrap_or_default()).collect())
        };
        let group = layout.groups.iter().position(|group| group.columns.contains(&of_codes));
        let group = group.expect("every column of codes is in a group");
        let mut by_code = vec![0.0; layout.groups[group].n_codes];
        for (code, value) in by_code.iter_mut().enumerate() {
            layout.ungrouped(&layout.groups[group], code, |column, level| {
                if column == of_codes {
                    *value = values[level];
                }
            });
        }
        Self::Code { group, values: by_code }
    }
}

impl Layout {
    /// Features are numbered as the space lists its terms.
    ///
    /// # Panics
    ///
    /// Where the space has an additional slope or basis of a column with cuts, of which rows keep the bin alone.
    pub(crate) fn new(space: &FeatureSpace) -> Self {
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
        let n_of_columns = terms.len() - space.additional.len();
        for (feature, term) in terms.iter().enumerate().take(n_of_columns) {
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
        let n_features = terms.len();
        let additional = Vec::new();
        let mut layout = Self { unbinned, fills, centres, binned, feature_of_level, groups, additional, n_features };
        let of_term = |term: &Term| AdditionalTerm {
            factors: term.factors().iter().map(|factor| Factor::new(factor, space, &layout)).collect(),
        };
        layout.additional = space.additional.iter().map(of_term).collect();
        layout
    }

    /// How many features are numbers and indicators of missing ones, which come first.
    pub(crate) fn n_numbers(&self) -> usize {
        self.fills.len() + self.fills.iter().flatten().count()
    }

    /// How many features are neither bins nor levels of a column: numbers and indicators, and the additional terms.
    pub(crate) fn n_dense(&self) -> usize {
        self.n_numbers() + self.additional.len()
    }

    /// How many features are bins and levels, which come behind numbers and before the additional terms.
    pub(crate) fn n_coded(&self) -> usize {
        self.n_features - self.n_dense()
    }

    /// Which feature a dense column is.
    pub(crate) fn feature_of_dense(&self, dense: usize) -> usize {
        if dense < self.n_numbers() { dense } else { dense + self.n_coded() }
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

//! The scores of a design's rows, by the model's own scorer.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{FeatureSpace, Model, Term};
use rayon::prelude::*;

use crate::column::with_numbers;
use crate::design::Design;
use crate::layout::Binned;
use crate::segment::{Count, Counts, Segment};

/// The score of each row, with how often the row was seen with label 0 and with label 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Scores {
    /// No row more often than 32 bits hold.
    Narrow(Vec<(f64, [u32; 2])>),
    /// Some row more often.
    Wide(Vec<(f64, [u64; 2])>),
}

impl Scores {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(scores) => scores.len(),
            Self::Wide(scores) => scores.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The score and the counts of a row.
    ///
    /// # Panics
    ///
    /// Where there is no such row.
    pub fn get(&self, row: usize) -> (f64, [u64; 2]) {
        match self {
            Self::Narrow(scores) => (scores[row].0, scores[row].1.map(u64::from)),
            Self::Wide(scores) => scores[row],
        }
    }

    /// Row by row.
    pub fn iter(&self) -> impl Iterator<Item = (f64, [u64; 2])> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Appends the rows of another design.
    pub fn extend(&mut self, others: Self) {
        match (&mut *self, others) {
            (Self::Narrow(scores), Self::Narrow(others)) => scores.extend(others),
            (Self::Wide(scores), others) => scores.extend(others.iter()),
            (Self::Narrow(_), Self::Wide(others)) => {
                let mut wide: Vec<(f64, [u64; 2])> = self.iter().collect();
                wide.extend(others);
                *self = Self::Wide(wide);
            }
        }
    }
}

impl IntoIterator for Scores {
    type Item = (f64, [u64; 2]);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::Narrow(_) => self.iter().collect::<Vec<_>>().into_iter(),
            Self::Wide(scores) => scores.into_iter(),
        }
    }
}

impl Default for Scores {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl Design {
    /// The score of each row by the model's own scorer, so that an evaluation sees what a prediction will see, with how often
    /// the row was seen with label 0 and with label 1.
    ///
    /// # Panics
    ///
    /// Where the model has a curve of a number of which the design keeps the bin alone, and more or fewer numeric or categorical columns than the design's space.
    pub fn scores(&self, model: &Model) -> Scores {
        if self.segments.iter().any(|segment| matches!(segment.counts, Counts::Wide(_))) {
            Scores::Wide(self.scores_with(model, Counts::get))
        } else {
            Scores::Narrow(self.scores_with(model, Counts::get_narrow))
        }
    }

    fn scores_with<N: Count>(
        &self,
        model: &Model,
        counts_of: impl Fn(&Counts, usize) -> [N; 2] + Sync,
    ) -> Vec<(f64, [N; 2])> {
        /// Rows that one thread scores at a time.
        const ROWS: usize = 1 << 14;
        let n_columns = |space: &FeatureSpace| [space.numeric.len(), space.categorical.len()];
        let (of_model, of_design) = (n_columns(model.space()), n_columns(self.space()));
        assert_eq!(of_model, of_design, "the model has as many numeric and categorical columns as the design");
        assert!(
            !self.layout.binned.iter().any(|binned| bends(model.space(), binned.place)),
            "the design has the numbers of which the model has curves"
        );
        let mut scores = vec![(0.0, [N::default(); 2]); self.n_rows()];
        let mut rest = scores.as_mut_slice();
        for segment in &self.segments {
            let (of_segment, others) = rest.split_at_mut(segment.n_rows());
            rest = others;
            of_segment.par_chunks_mut(ROWS).enumerate().for_each(|(chunk, scores)| {
                self.score_rows(segment, chunk * ROWS, model, scores, &counts_of);
            });
        }
        scores
    }

    fn score_rows<N: Count>(
        &self,
        segment: &Segment,
        first: usize,
        model: &Model,
        scores: &mut [(f64, [N; 2])],
        counts_of: &impl Fn(&Counts, usize) -> [N; 2],
    ) {
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
        let mut numbers = vec![0.0; layout.unbinned.len() + n_binned];
        let mut codes = vec![0; layout.feature_of_level.len()];
        for (row, score) in (first..).zip(scores) {
            for (place, column) in layout.unbinned.iter().zip(&segment.numeric) {
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
            *score = (model.raw_score(&numbers, &codes[n_binned..]), counts_of(&segment.counts, row));
        }
    }
}

/// Whether a space has a term beyond those of a numeric column that needs the number itself.
fn bends(space: &FeatureSpace, place: usize) -> bool {
    let factors = space.additional.iter().flat_map(Term::factors);
    factors.into_iter().any(|factor| match factor {
        Term::Slope { column, .. } | Term::Basis { column, .. } => *column == place,
        _ => false,
    })
}

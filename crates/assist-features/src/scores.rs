//! The scores of a design's rows, by the model's own scorer.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{FeatureSpace, Model};
use rayon::prelude::*;

use crate::column::with_numbers;
use crate::design::Design;
use crate::layout::Binned;
use crate::segment::Segment;

impl Design {
    /// The score of each row by the model's own scorer, so that an evaluation sees what a prediction will see, with how often
    /// the row was seen with label 0 and with label 1.
    ///
    /// # Panics
    ///
    /// Where the model has terms beyond those of its columns: a row keeps the bin of a number, which is not enough for a curve.
    /// Where it has more or fewer numeric or categorical columns than the design's space.
    pub fn scores(&self, model: &Model) -> Vec<(f64, [u32; 2])> {
        /// Rows that one thread scores at a time.
        const ROWS: usize = 1 << 14;
        let n_columns = |space: &FeatureSpace| [space.numeric.len(), space.categorical.len()];
        let (of_model, of_design) = (n_columns(model.space()), n_columns(self.space()));
        assert_eq!(of_model, of_design, "the model has as many numeric and categorical columns as the design");
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
            *score = (model.raw_score(&numbers, &codes[n_binned..]), segment.counts.get_narrow(row));
        }
    }
}

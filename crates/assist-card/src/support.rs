//! Up to five features as a problem of its own: 32 cells with counts, the margins of class 1, and the additive fit.

use crate::candidates::{Row, Table};
use crate::dual_bound::{Fit, cells_of_intersections, fit};
use crate::intersections::Intersections;

/// A set of at most five features.
#[derive(Debug, Clone)]
pub(crate) struct Support {
    /// Ascending.
    pub(crate) features: Vec<usize>,
    /// So many of the first ones are padding, and take no points.
    pub(crate) padding: usize,
    /// Observations in each cell; bit `f` of the cell stands for the feature at place `f`.
    pub(crate) n: [f64; 32],
    /// Mass of class 1 in all, and where each feature holds.
    pub(crate) ones: [f64; 6],
    pub(crate) fit: Fit<32, 6>,
}

impl Support {
    /// Fits features of which it is known in how many observations all hold, if they are five.
    pub(crate) fn new(
        counts: &Intersections,
        table: &Table,
        features: &[usize],
        all_five: f64,
        start: &[f64; 6],
        enough: f64,
    ) -> Self {
        let mut n = [0.0; 32];
        for (set, n) in n.iter_mut().enumerate().take(1 << features.len()) {
            let mut held = [0; 5];
            let mut n_held = 0;
            for (place, &feature) in features.iter().enumerate() {
                if set >> place & 1 == 1 {
                    held[n_held] = feature;
                    n_held += 1;
                }
            }
            *n = if n_held == 5 { all_five } else { counts.of(&held[..n_held]) };
        }
        cells_of_intersections(&mut n);
        Self::of_cells(table, features, n, start, enough)
    }

    /// Fits features whose cells are counted.
    pub(crate) fn of_cells(table: &Table, features: &[usize], n: [f64; 32], start: &[f64; 6], enough: f64) -> Self {
        let mut ones = [0.0; 6];
        ones[0] = table.all_ones;
        for (ones, &feature) in ones[1..].iter_mut().zip(features) {
            *ones = table.ones[feature];
        }
        let fit = fit(&n, &ones, start, enough, 1e-7);
        let padding = features.partition_point(|&feature| feature < table.padding);
        Self { features: features.to_vec(), padding, n, ones, fit }
    }
}

/// The features as bits.
pub(crate) fn mask(features: &[usize]) -> u128 {
    features.iter().fold(0, |mask, &feature| mask | 1 << feature)
}

/// The rows in which all features of a mask hold.
pub(crate) fn rows_with(rows: &[Row], mask: u128) -> impl Iterator<Item = &Row> {
    rows.iter().filter(move |row| row.features & mask == mask)
}

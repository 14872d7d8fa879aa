//! The best card so far.

use crate::candidates::Table;

/// A card in terms of features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Features, ascending, with points that are not 0.
    pub(crate) points: Vec<(usize, i32)>,
    /// Intercept and slope; the slope may have either sign.
    pub(crate) scale: [f64; 2],
    /// In nats over all observations.
    pub(crate) loss: f64,
}

impl Found {
    pub(crate) fn new(mut points: Vec<(usize, i32)>, scale: [f64; 2], loss: f64) -> Self {
        points.retain(|&(_, points)| points != 0);
        Self { points, scale, loss }
    }

    /// Of cards that are equally good, the least by this is taken: fewest lines, smallest points, strongest features.
    fn rank(&self) -> (usize, i32, &[(usize, i32)]) {
        (self.points.len(), self.points.iter().map(|(_, points)| points.abs()).sum(), &self.points)
    }
}

/// The best card so far. Cards within half of the tolerance are equally good, and the search leaves out what is better
/// by less than the other half.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    found: Found,
    /// The least loss that was found, be it of another card.
    least: f64,
    half: f64,
}

impl Best {
    /// A card without lines.
    pub(crate) fn new(table: &Table, tolerance: f64) -> Self {
        let share = table.all_ones / table.n;
        let loss = -table.n * (share * share.ln() + (1.0 - share) * (1.0 - share).ln());
        let found = Found::new(Vec::new(), [(share / (1.0 - share)).ln(), 0.0], loss);
        Self { found, least: loss, half: tolerance / 2.0 }
    }

    pub(crate) fn found(&self) -> &Found {
        &self.found
    }

    /// Cards whose loss reaches this are of no interest.
    pub(crate) fn enough(&self) -> f64 {
        self.least * (1.0 + self.half)
    }

    /// What is proven not to go below this need not be searched.
    pub(crate) fn cut(&self) -> f64 {
        self.least * (1.0 - self.half)
    }

    pub(crate) fn offer(&mut self, found: Found) {
        let better = found.loss < self.least * (1.0 - self.half);
        let as_good = found.loss <= self.enough();
        self.least = self.least.min(found.loss);
        if better || self.found.loss > self.enough() || (as_good && found.rank() < self.found.rank()) {
            self.found = found;
        }
    }
}

//! What rows weigh: as much as their observations are many, or what a column of weights says of each of them.

/// What the observations of a row weigh, by class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct RowWeights {
    /// The sum of the weights of the observations of class 0, and of those of class 1.
    pub sums: [f64; 2],
    /// The sums of their squares.
    pub squares: [f64; 2],
}

impl RowWeights {
    /// So many observations of each class, all of one weight.
    pub(crate) fn of([n0, n1]: [u64; 2], weight: f64) -> Self {
        let counts = [n0 as f64, n1 as f64];
        Self { sums: counts.map(|n| n * weight), squares: counts.map(|n| n * weight * weight) }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for class in [0, 1] {
            self.sums[class] += other.sums[class];
            self.squares[class] += other.squares[class];
        }
    }

    /// Whether the row is without effect on a fit.
    pub(crate) fn is_nothing(&self) -> bool {
        self.sums == [0.0, 0.0]
    }
}

/// The weights of the rows of a segment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Weights {
    /// Every observation of a row has this weight.
    Each(Vec<f64>),
    /// Identical rows were put together.
    Sums(Vec<RowWeights>),
}

impl Weights {
    /// Those of a row with so many observations of each class.
    pub(crate) fn of_row(&self, row: usize, counts: [u64; 2]) -> RowWeights {
        match self {
            Self::Each(weights) => RowWeights::of(counts, weights[row]),
            Self::Sums(weights) => weights[row],
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Each(weights) => Self::Each(rows.iter().map(|row| weights[*row as usize]).collect()),
            Self::Sums(weights) => Self::Sums(rows.iter().map(|row| weights[*row as usize]).collect()),
        }
    }
}

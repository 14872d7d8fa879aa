//! Where the features of a design lie and how far they spread, and the same design with its numbers centred.

use std::sync::Arc;

use assist_score::logistic::BlockVector;

use crate::block::Block;
use crate::design::Design;
use crate::kernels::{sum, sums_about};
use crate::segment::{NumericDesign, Segment};

/// The mean and the standard deviation of each feature over the observations of a design, in the order of the features.
#[derive(Debug, Clone, PartialEq)]
pub struct Spreads {
    /// The means.
    pub means: Vec<f64>,
    /// The standard deviations, in the population form; exactly 0 where all observations have one value.
    pub spreads: Vec<f64>,
    /// Where most observations lie: the mean, or for a number whose mean a few of them have drawn beyond nearly all others, the
    /// median of some.
    pub centres: Vec<f64>,
}

/// Rows of which the middle of a number is learnt.
const LOOKED_AT: usize = 512;
/// The share of these beyond which a mean lies away from nearly all observations.
const TAIL: usize = LOOKED_AT / 10;

/// Count, mean and sum of squared distances from the mean of some observations.
#[derive(Debug, Clone, Copy, Default)]
struct Gathered {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Gathered {
    /// Of a block's column, whose rows count as often as `t` says. The first row stands for zero, so that a column of one value
    /// has that very mean, and no distance from it.
    fn of(t: &BlockVector, n: f64, column: &BlockVector) -> Self {
        if n <= 0.0 {
            return Self::default();
        }
        let first = column[0];
        let mean = first + sums_about(t, column, first)[0] / n;
        let [rest, squares] = sums_about(t, column, mean);
        // What rounding left of the mean (Chan, Golub and `LeVeque` 1983).
        Self { n, mean, squares: (squares - rest * rest / n).max(0.0) }
    }

    /// Both together (Chan, Golub and `LeVeque` 1979).
    fn join(&mut self, other: &Self) {
        let n = self.n + other.n;
        if other.n <= 0.0 {
            return;
        }
        let distance = other.mean - self.mean;
        if self.n > 0.0 {
            self.mean += distance * (other.n / n);
            self.squares += other.squares + distance * distance * (self.n * other.n / n);
        } else {
            *self = *other;
        }
        self.n = n;
    }

    fn spread(&self) -> f64 {
        if self.n > 0.0 { (self.squares / self.n).sqrt() } else { 0.0 }
    }
}

impl Design {
    /// Means and spreads of the features, by the weights of the observations where they have some, in one pass over numbers and indicators. Those of bins and levels follow from
    /// `code_counts`, which are the design's [`code_counts`](Self::code_counts).
    pub fn spreads(&self, code_counts: &[Vec<(Option<usize>, [u64; 2])>]) -> Spreads {
        let n_dense = self.layout.n_dense();
        let mut dense = vec![Gathered::default(); n_dense];
        if n_dense > 0 {
            let start = || vec![Gathered::default(); n_dense];
            let shards = self.fold(4 * n_dense, start, |gathered: &mut Vec<Gathered>, block, _| {
                let t = totals(block);
                let n = sum(&t);
                for (gathered, column) in gathered.iter_mut().zip(&block.dense) {
                    gathered.join(&Gathered::of(&t, n, column));
                }
            });
            for shard in shards {
                dense.iter_mut().zip(&shard).for_each(|(all, of_shard)| all.join(of_shard));
            }
        }
        let none = || vec![0.0; self.n_features()];
        let mut found = Spreads { means: none(), spreads: none(), centres: none() };
        for (place, gathered) in dense.iter().enumerate() {
            let feature = self.layout.feature_of_dense(place);
            (found.means[feature], found.spreads[feature]) = (gathered.mean, gathered.spread());
        }
        // Slopes are counted from their centre here, and from zero by those who ask.
        for (feature, centre) in self.slopes().zip(&self.layout.centres) {
            found.means[feature] += centre;
        }
        let counted = |of_column: &Vec<(Option<usize>, [u64; 2])>| {
            of_column.iter().map(|(feature, [n0, n1])| (*feature, (n0 + n1) as f64)).collect()
        };
        let of_codes: Vec<Vec<(Option<usize>, f64)>> =
            if self.is_weighted() { self.code_totals() } else { code_counts.iter().map(counted).collect() };
        for of_column in of_codes {
            let n: f64 = of_column.iter().map(|(_, of_code)| of_code).sum();
            let all = if n > 0.0 { n } else { 1.0 };
            for (feature, of_code) in of_column {
                let Some(feature) = feature else { continue };
                let (share, others) = (of_code / all, (n - of_code).max(0.0) / all);
                (found.means[feature], found.spreads[feature]) = (share, (share * others).sqrt());
            }
        }
        found.centres.clone_from(&found.means);
        for (column, feature) in self.slopes().enumerate() {
            let some = self.some_numbers(column);
            let ends =
                some.get(some.len() * TAIL / LOOKED_AT).zip(some.get(some.len() * (LOOKED_AT - TAIL) / LOOKED_AT));
            let mean = found.means[feature];
            if ends.is_some_and(|(low, high)| mean < *low || mean > *high) {
                found.centres[feature] = some[some.len() / 2];
            }
        }
        found
    }

    /// Some numbers of a numeric column without cuts, ascending.
    fn some_numbers(&self, column: usize) -> Vec<f64> {
        let step = self.n_rows().div_ceil(LOOKED_AT).max(1);
        let of_segment = |segment: &Arc<Segment>| -> Vec<f64> {
            let Some(NumericDesign { values, missing }) = segment.numeric.get(column) else { return Vec::new() };
            let is_present = |row: &usize| missing.as_ref().is_none_or(|missing| missing[*row] == 0);
            (0..segment.n_rows()).step_by(step).filter(is_present).map(|row| values.get(row)).collect()
        };
        let mut numbers: Vec<f64> = self.segments.iter().flat_map(of_segment).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    }

    /// The same rows with their numbers counted from other centres: one for each feature, of which those of slopes are taken. The
    /// rows are shared, not copied.
    ///
    /// # Panics
    ///
    /// With another number of centres than features.
    #[must_use]
    pub fn centred(&self, centres: &[f64]) -> Self {
        assert_eq!(centres.len(), self.n_features(), "one centre a feature");
        let (mut space, mut layout) = ((*self.space).clone(), self.layout.clone());
        layout.centres = self.slopes().map(|feature| centres[feature]).collect();
        for (place, centre) in layout.unbinned.iter().zip(&layout.centres) {
            space.numeric[*place].centre = *centre;
        }
        Self { space: Arc::new(space), layout, segments: self.segments.clone(), ..self.clone() }
    }

    /// The features that are numbers. Each that may be missing has its indicator behind it.
    fn slopes(&self) -> impl Iterator<Item = usize> {
        self.layout.fills.iter().scan(0, |next, fill| {
            let feature = *next;
            *next += 1 + usize::from(fill.is_some());
            Some(feature)
        })
    }
}

/// How many observations each row of a block stands for.
fn totals(block: &Block<'_>) -> BlockVector {
    let mut totals = block.n0;
    totals.iter_mut().zip(&block.n1).for_each(|(total, n1)| *total += n1);
    totals
}

//! Tables that are generated, the same at every run.

use assist_card::Candidates;

/// A generator with no claim but to be the same everywhere (Knuth's MMIX constants).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    pub(crate) fn share(&mut self) -> f64 {
        self.below(1 << 30) as f64 / f64::from(1 << 30)
    }
}

/// Columns, and labels that a few of them make likely.
pub(crate) fn random(seed: u64, candidates: usize, rows: usize, count: u64) -> (Vec<Vec<bool>>, Vec<[u64; 2]>) {
    let mut draws = Draws(seed);
    draws.below(2);
    let columns: Vec<Vec<bool>> = (0..candidates)
        .map(|_| {
            let share = 0.05 + 0.5 * draws.share();
            (0..rows).map(|_| draws.share() < share).collect()
        })
        .collect();
    let effects: Vec<f64> = (0..candidates).map(|_| 3.0 * (draws.share() - 0.5)).collect();
    let counts = (0..rows)
        .map(|row| {
            let eta: f64 =
                columns.iter().zip(&effects).map(|(column, effect)| if column[row] { *effect } else { 0.0 }).sum();
            let p = 1.0 / (1.0 + (0.5 - eta).exp());
            let n = 1 + draws.below(count);
            let ones = (0..n).filter(|_| draws.share() < p).count() as u64;
            [n - ones, ones]
        })
        .collect();
    (columns, counts)
}

pub(crate) fn table(seed: u64, candidates: usize, rows: usize, count: u64) -> Candidates {
    let (columns, counts) = random(seed, candidates, rows, count);
    Candidates::new(columns, counts).expect("both classes are there")
}

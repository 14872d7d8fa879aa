//! Whether a table holds the rows that a model was trained on: told from a sample of these that the model keeps.

use assist_score::RowSketch;
use serde::{Deserialize, Serialize};

use crate::warning::Warning;

/// Rows that occur more often than this, in the training rows and in the table together, are not compared: how often each table
/// has them says which law it follows rather than whether its rows are the same.
const MOST_OCCURRENCES: u64 = 16;
/// Fewer sampled rows than this, of either table, are too few to compare.
const FEWEST_ROWS: u64 = 30;
/// From this share of a table's rows on it is worth a warning.
const WORTH_SAYING: f64 = 0.1;
/// How many times its standard deviation under chance an overlap must be.
const SURELY: f64 = 4.0;
/// An overlap of so large a share of a table must be told from chance, else nothing is told.
const MUST_SHOW: f64 = 0.5;

/// How many of the rows of a table are rows that the model was trained on. Equal rows that independent tables would have as well
/// are taken off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingRows {
    /// Which share of the model's training rows is in the table; absent where it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_of_training: Option<f64>,
    /// Which share of the table's rows are training rows of the model; absent where it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_of_table: Option<f64>,
    /// How that was found out.
    pub method: SketchMethod,
    /// Observations that were compared: of the training rows, of the table.
    pub compared: [u64; 2],
    /// Why it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NotTold>,
}

/// How the rows of two tables are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SketchMethod {
    /// By the rows with the smallest hashes of either.
    BottomK,
}

/// Why it cannot be told whether a table holds the training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NotTold {
    /// The sample has too few rows.
    #[serde(rename = "too few rows to compare")]
    TooFew,
    /// Equal rows are as many by chance.
    #[serde(rename = "rows are equal by nature, so that training rows look like others")]
    EqualByNature,
}

impl TrainingRows {
    /// Compares the rows that a model keeps with those of a table, of each those up to the smaller of their reaches: the same
    /// random sample of distinct rows.
    ///
    /// Let a distinct row be seen `m` times in training and `t` times in the table, and let `r` be the sum of `t` over that of
    /// `m`. Then `sum m t - (r sum m (m - 1) + sum t (t - 1) / r) / 2` counts the pairs of equal rows between the two beyond those
    /// that two independent draws of one law have by the pairs within each: it is the number of rows that they share, exactly so
    /// where no row repeats, and zero on average for independent draws. Its standard deviation is then the root of the number
    /// of all pairs of equal rows, since these are uncorrelated.
    pub(crate) fn new(training: &RowSketch, table: &RowSketch) -> Self {
        let reach = training.reach().min(table.reach());
        let mut seen = [0, 0];
        let [mut across, mut within_training, mut within_table] = [0.0; 3];
        for (m, t) in paired(training, table, reach) {
            if m.saturating_add(t) > MOST_OCCURRENCES {
                continue;
            }
            seen = [seen[0] + m, seen[1] + t];
            let [m, t] = [m as f64, t as f64];
            across += m * t;
            within_training += m * (m - 1.0);
            within_table += t * (t - 1.0);
        }
        let [of_training, of_table] = seen.map(|n| n as f64);
        let ratio = of_table / of_training;
        let shared = across - f64::midpoint(ratio * within_training, within_table / ratio);
        let deviation = (across + f64::midpoint(within_training, within_table)).sqrt();
        let shares = [of_training, of_table].map(|of| (shared / of).clamp(0.0, 1.0));
        let none = Self {
            share_of_training: None,
            share_of_table: None,
            method: SketchMethod::BottomK,
            compared: seen,
            reason: None,
        };
        let is_sure = shared >= SURELY * deviation && shares[1] >= WORTH_SAYING;
        if seen.into_iter().any(|n| n < FEWEST_ROWS) {
            // Where no row is rare enough to be compared, it is not that they are few.
            let is_any = |sketch: &RowSketch| sketch.rows().iter().map(|(_, n)| n).sum::<u64>() >= FEWEST_ROWS;
            let are_common = seen == [0, 0] && is_any(training) && is_any(table);
            return Self { reason: Some(if are_common { NotTold::EqualByNature } else { NotTold::TooFew }), ..none };
        }
        if !is_sure && SURELY * deviation > MUST_SHOW * of_table {
            return Self { reason: Some(NotTold::EqualByNature), ..none };
        }
        let [share_of_training, share_of_table] = shares.map(Some);
        // What chance gives as well is none.
        if shared < SURELY * deviation {
            return Self { share_of_training: Some(0.0), share_of_table: Some(0.0), ..none };
        }
        Self { share_of_training, share_of_table, ..none }
    }

    /// A warning where the rows of the table are to a good part those of the training.
    pub(crate) fn warning(&self) -> Option<Warning> {
        let share_of_table = self.share_of_table.filter(|share| *share >= WORTH_SAYING)?;
        Some(Warning::TrainingRows { share_of_table })
    }
}

/// How often each row with a hash up to `reach` was seen in either.
fn paired(training: &RowSketch, table: &RowSketch, reach: u64) -> Vec<(u64, u64)> {
    let [first, second] = [training, table].map(|sketch| sketch.rows().iter().filter(|(hash, _)| *hash <= reach));
    let (mut first, mut second) = (first.peekable(), second.peekable());
    let mut pairs = Vec::new();
    loop {
        pairs.push(match (first.peek(), second.peek()) {
            (Some((a, m)), Some((b, t))) if a == b => {
                first.next();
                second.next();
                (*m, *t)
            }
            (Some((a, m)), other) if other.is_none_or(|(b, _)| a < b) => {
                first.next();
                (*m, 0)
            }
            (_, Some((_, t))) => {
                second.next();
                (0, *t)
            }
            _ => return pairs,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_data::mixed_word;

    /// Numbers as good as random.
    fn draws(seed: u64) -> impl Iterator<Item = u64> {
        (1..).map(move |n| mixed_word(mixed_word(n ^ (seed << 40)) ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// `n` rows of a law over `distinct` rows, the first of which are more frequent.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to the number of distinct rows"
    )]
    fn rows(seed: u64, n: usize, distinct: u64) -> Vec<u64> {
        let uniform = |word: u64| (word >> 11) as f64 / (1_u64 << 53) as f64;
        draws(seed).take(n).map(|word| (uniform(word).powf(1.5) * distinct as f64) as u64).collect()
    }

    fn compared(training: &[u64], table: &[u64]) -> TrainingRows {
        let sketch = |rows: &[u64]| {
            RowSketch::new(
                rows.iter().map(|row| (mixed_word(mixed_word(row + 1) ^ 0x0051_7cc1_b727_220a), 1)).collect(),
            )
        };
        TrainingRows::new(&sketch(training), &sketch(table))
    }

    #[track_caller]
    fn has_shares(found: TrainingRows, [of_training, of_table]: [f64; 2]) {
        let is_near = |share: Option<f64>, expected: f64| share.is_some_and(|share| (share - expected).abs() < 0.08);
        assert!(is_near(found.share_of_training, of_training) && is_near(found.share_of_table, of_table), "{found:?}");
        assert_eq!(found.warning().is_some(), of_table >= WORTH_SAYING, "{found:?}");
    }

    #[test]
    fn training_rows_are_recognised_whether_rows_repeat_or_not() {
        for distinct in [1 << 40, 100_000, 20_000, 5000] {
            let all = rows(1, 25_000, distinct);
            let (train, test) = all.split_at(20_000);
            has_shares(compared(train, train), [1.0, 1.0]);
            has_shares(compared(train, &all), [1.0, 0.8]);
            has_shares(compared(train, &train[..10_000]), [0.5, 1.0]);
            has_shares(compared(train, test), [0.0, 0.0]);
            has_shares(compared(train, &rows(2, 20_000, distinct)), [0.0, 0.0]);
        }
    }

    /// Whatever chance does, a fresh draw is not taken for the training rows.
    #[test]
    fn fresh_rows_are_never_warned_of() {
        for seed in 3..203_usize {
            let distinct = [50, 300, 2000, 10_000][seed % 4];
            let n = [400, 2000, 9000][seed % 3];
            let fresh = rows(seed as u64 + 1000, n / (1 + seed % 5), distinct);
            let found = compared(&rows(seed as u64, n, distinct), &fresh);
            assert_eq!(found.warning(), None, "{distinct} {n} {found:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let few = compared(&rows(1, 20, 1 << 40), &rows(1, 20, 1 << 40));
        assert_eq!((few.share_of_table, few.reason), (None, Some(NotTold::TooFew)));
        let common = compared(&rows(1, 20_000, 12), &rows(2, 5000, 12));
        assert_eq!((common.share_of_table, common.reason), (None, Some(NotTold::EqualByNature)));
    }
}

//! A sample of a table of counts, in the time of its rows.

use assist_draw::{Random, WithoutReplacement};

/// Runs the example.
pub(crate) fn main() {
    let rows = [900_000_000_000_u64, 99_000_000_000, 1_000_000_000];
    let mut sample = WithoutReplacement::new(rows.iter().sum(), 200_000_000_000);
    let mut random = Random::new(42);
    let drawn = rows.map(|count| sample.next(count, &mut random));
    assert_eq!(drawn.iter().sum::<u64>(), 200_000_000_000);
    // A fifth of each, give or take a few standard deviations.
    assert!(drawn[0].abs_diff(180_000_000_000) < 1_000_000);
}

//! What the lines of a card may be: numbers above a cut, levels, and missing numbers.

use assist_features::{Design, shortest_between, supervised_cuts};
use assist_score::{NumericColumn, Term};

/// Cuts of a column of numbers, at most and at least.
const CUTS: std::ops::RangeInclusive<usize> = 3..=12;

/// A term with its value, 0 or 1, for each row of a design.
pub(super) struct Candidate {
    pub(super) term: Term,
    pub(super) holds: Vec<bool>,
}

/// The candidates of a design's rows: each level, each missing indicator, and cuts of each number where labels ask for one or
/// where as many rows lie on either side; fewer of these where there would be more than `most` candidates.
pub(super) fn candidates(design: &Design, most: usize) -> Vec<Candidate> {
    let space = design.space();
    let n_numeric = space.numeric.len();
    let mut all = Vec::new();
    let n_levels: usize = space.categorical.iter().map(|column| column.levels.len()).sum();
    let per_column = (most.saturating_sub(n_levels) / n_numeric.max(1)).clamp(*CUTS.start(), *CUTS.end());
    let counts: Vec<[u64; 2]> = design.counts().collect();
    for (column, of_numbers) in space.numeric.iter().enumerate() {
        add_cuts(&mut all, column, of_numbers, &design.numbers(column), &counts, per_column);
    }
    for (place, of_levels) in space.categorical.iter().enumerate() {
        let codes = design.level_codes(place);
        for code in (0..).take(of_levels.levels.len()) {
            let holds = codes.iter().map(|of_row| *of_row == code).collect();
            all.push(Candidate { term: Term::Level { column: n_numeric + place, code }, holds });
        }
    }
    all
}

fn add_cuts(
    all: &mut Vec<Candidate>,
    column: usize,
    of_numbers: &NumericColumn,
    numbers: &[f64],
    counts: &[[u64; 2]],
    most: usize,
) {
    for cut in cuts(numbers, counts, most) {
        let holds = numbers.iter().map(|number| *number > cut).collect();
        all.push(Candidate { term: Term::Cut { column, low: Some(cut), high: None }, holds });
    }
    if of_numbers.fill_value.is_some() {
        let holds = numbers.iter().map(|number| number.is_nan()).collect();
        all.push(Candidate { term: Term::Missing { column }, holds });
    }
}

/// Cuts of numbers, NaN being a missing one: those that the labels ask for, then quantiles, `most` at most. Each is the shortest
/// number between two neighbouring values.
fn cuts(numbers: &[f64], counts: &[[u64; 2]], most: usize) -> Vec<f64> {
    let mut seen: Vec<(f64, [u64; 2])> =
        numbers.iter().copied().zip(counts.iter().copied()).filter(|(number, _)| !number.is_nan()).collect();
    seen.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    seen.dedup_by(|(number, counts), (kept, sum)| {
        let is_equal = number == kept;
        if is_equal {
            *sum = [sum[0] + counts[0], sum[1] + counts[1]];
        }
        is_equal
    });
    // The places of the values that lie below a cut.
    let place_of = |value: f64| seen.partition_point(|(number, _)| *number <= value).checked_sub(1);
    let mut places: Vec<usize> = supervised_cuts(&seen).into_iter().filter_map(place_of).collect();
    let total: u64 = seen.iter().map(|(_, [n0, n1])| n0 + n1).sum();
    let n_values = seen.len().saturating_sub(1);
    if n_values <= most {
        places = (0..n_values).collect();
    }
    // Finer quantiles as long as there is room: the half, the quarters, the eighths.
    let mut parts = 2_u64;
    while places.len() < most.min(n_values) && parts <= 16 {
        for part in (1..parts).step_by(2) {
            let reached = u128::from(total) * u128::from(part) / u128::from(parts);
            let mut below = 0_u128;
            let place = seen.iter().position(|(_, [n0, n1])| {
                below += u128::from(n0 + n1);
                below >= reached.max(1)
            });
            let is_new = |place: &usize| *place < n_values && !places.contains(place);
            if let Some(place) = place.filter(is_new).filter(|_| places.len() < most) {
                places.push(place);
            }
        }
        parts *= 2;
    }
    places.sort_unstable();
    places.truncate(most.max(1));
    places.into_iter().filter_map(|place| Some(shortest_between(seen[place].0, seen.get(place + 1)?.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_quantiles_ask_for_cuts() {
        let numbers: Vec<f64> = (0..200).map(f64::from).collect();
        let counts: Vec<[u64; 2]> = (0..200).map(|i| if i > 60 { [0, 3] } else { [3, 0] }).collect();
        let found = cuts(&numbers, &counts, 6);
        assert!(found.contains(&60.0) && found.len() == 6, "{found:?}");
        assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        // Few values are all told apart, and a missing number takes no part.
        assert_eq!(cuts(&[0.0, 1.0, 2.0, f64::NAN], &[[1, 1]; 4], 6), [0.0, 1.0]);
        assert!(cuts(&[5.0, 5.0], &[[1, 1]; 2], 6).is_empty());
    }
}

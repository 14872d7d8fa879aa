//! Where a model is most wrong: segments of one or two columns with the greatest share of errors that chance does not explain.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::region::{LEAST_ERRORS, Region, best_region};
use crate::coded::CodedRows;

/// The probability that chance alone gives a segment, at most.
const CHANCE: f64 = 0.01;
/// So many bins, about as many observations in each.
const BINS: usize = 24;
/// Columns whose pairs are tried.
const MOST_COLUMNS: usize = 24;

/// A segment and how wrong a model is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrongSlice {
    /// The segment in words: `error_count = 0 and task_completion_time_sec from 61 to 75`.
    #[serde(rename = "where")]
    pub region: String,
    /// Observations in it.
    pub rows: u64,
    /// Observations of these that the model gets wrong.
    pub errors: u64,
}

impl WrongSlice {
    /// Whether every decision is wrong.
    pub fn is_always_wrong(&self) -> bool {
        self.rows == self.errors
    }
}

/// The place of a pair of columns, and its segment.
type Found = (usize, Region);

/// The `most` segments in which a model is most wrong, those where it is always wrong first, one after the other. Each is sought
/// without the observations of those before it, and reported with all that lie in it.
/// `observations` are indices of rows, `wrong` says which of them the model gets wrong. A segment is reported only where a lower
/// bound of its share of errors is above the share of all, and where errors strewn at random would hardly concentrate so in any
/// of the segments that are tried: by Chernoff's bound for one, times their number.
pub fn wrong_slices(rows: &CodedRows, observations: &[usize], wrong: &[bool], most: usize) -> Vec<WrongSlice> {
    let mut left: Vec<bool> = vec![true; observations.len()];
    let mut found = Vec::new();
    let all_errors = wrong.iter().filter(|wrong| **wrong).count() as f64;
    if all_errors < LEAST_ERRORS as f64 {
        return found;
    }
    let share = all_errors / observations.len() as f64;
    let mut columns: Vec<usize> = (0..rows.columns.len()).collect();
    // Columns that are left out for their errors were tried as well.
    let intervals: Vec<f64> = columns
        .par_iter()
        .map(|column| Axis::new(&rows.columns[*column], *column, observations, BINS).intervals())
        .collect();
    let (sum, sum_of_squares) = intervals.iter().fold((0.0, 0.0), |(sum, squares), n| (sum + n, squares + n * n));
    let n_regions: f64 = sum + (sum * sum - sum_of_squares) / 2.0;
    let needed = (n_regions.max(1.0) / CHANCE).ln();
    if columns.len() > MOST_COLUMNS {
        // The columns whose single values part errors best.
        let mut ranked: Vec<(f64, usize)> = columns
            .par_iter()
            .map(|column| {
                let axis = Axis::new(&rows.columns[*column], *column, observations, BINS);
                (best_region(&axis, None, wrong, &left, [share, 0.0]).map_or(0.0, |region| region.bound), *column)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        columns = ranked.into_iter().take(MOST_COLUMNS).map(|(_, column)| column).collect();
        columns.sort_unstable();
    }
    let axes: Vec<Axis> =
        columns.iter().map(|column| Axis::new(&rows.columns[*column], *column, observations, BINS)).collect();
    let mut pairs: Vec<(&Axis, Option<&Axis>)> = axes.iter().map(|axis| (axis, None)).collect();
    for (at, a) in axes.iter().enumerate() {
        pairs.extend(axes[at + 1..].iter().map(|b| (a, Some(b))));
    }
    while found.len() < most {
        let better = |one: Found, other: Found| if other.1.is_worse_than(&one.1) { other } else { one };
        // In the order of the pairs, so that ties are decided the same way each time.
        let regions: Vec<Found> = pairs
            .par_iter()
            .enumerate()
            .filter_map(|(pair, (a, b))| Some((pair, best_region(a, *b, wrong, &left, [share, needed])?)))
            .collect();
        let best = regions.into_iter().reduce(better).filter(|(_, region)| region.bound > share);
        let Some((pair, region)) = best else { break };
        let (a, b) = pairs[pair];
        let mut words: Vec<String> = Vec::new();
        words.extend(a.words(rows, region.a));
        if let Some(b) = b {
            words.extend(b.words(rows, region.b));
        }
        let mut slice = WrongSlice { region: words.join(" and "), rows: 0, errors: 0 };
        for (at, left) in left.iter_mut().enumerate() {
            let inside = |axis: &Axis, [first, last]: [usize; 2]| (first..=last).contains(&usize::from(axis.bins[at]));
            if inside(a, region.a) && b.is_none_or(|b| inside(b, region.b)) {
                *left = false;
                slice.rows += 1;
                slice.errors += u64::from(wrong[at]);
            }
        }
        found.push(slice);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::{CodedColumn, CodedValues};

    fn table(n: usize) -> CodedRows {
        let number = |name: &str, of: &dyn Fn(usize) -> u32, n_values: u32| CodedColumn {
            name: name.into(),
            values: CodedValues::Numbers((0..n_values).map(f64::from).collect()),
            codes: (0..n).map(of).collect(),
        };
        let level = CodedColumn {
            name: "device".into(),
            values: CodedValues::Levels(vec!["Phone".into(), "Watch".into()]),
            codes: (0..n).map(|row| u32::from(row % 7 > 3)).collect(),
        };
        let at = |row: usize, period: usize| u32::try_from(row % period).unwrap_or(0);
        CodedRows {
            columns: vec![number("errors", &|row| at(row, 5), 5), number("time", &|row| at(row / 5, 97), 97), level],
            counts: vec![[1, 0]; n],
            n_train: 0,
            clusters: None,
        }
    }

    #[test]
    fn a_segment_of_errors_is_named_and_the_rest_is_left_alone() {
        let rows = table(5000);
        let all: Vec<usize> = (0..5000).collect();
        let wrong: Vec<bool> = all
            .iter()
            .map(|row| {
                rows.columns[0].codes[*row] == 0 && (61..=75).contains(&rows.columns[1].codes[*row]) || row % 211 == 0
            })
            .collect();
        let found = wrong_slices(&rows, &all, &wrong, 3);
        assert_eq!(found[0].region, "errors = 0 and time from 61 to 75");
        assert!(found[0].is_always_wrong() && found[0].rows > 100);
        assert_eq!(found.len(), 1, "scattered errors are no segment: {found:?}");
    }

    /// Two strips that cross: the rows of the crossing belong to both.
    #[test]
    fn a_segment_is_reported_with_all_its_rows() {
        let rows = table(5000);
        let all: Vec<usize> = (0..5000).collect();
        let [errors, time, _] = [0, 1, 2].map(|column| &rows.columns[column].codes);
        let wrong: Vec<bool> =
            all.iter().map(|row| row % 3 > 0 && (errors[*row] == 0 || (20..=50).contains(&time[*row]))).collect();
        let found = wrong_slices(&rows, &all, &wrong, 3);
        assert!(found.len() > 1, "{found:?}");
        for slice in found {
            let lies_in = |row: &usize| {
                slice.region.split(" and ").all(|condition| {
                    let (column, values) = condition.split_once(" from ").or(condition.split_once(" = ")).expect("two");
                    let (low, high) = values.split_once(" to ").unwrap_or((values, values));
                    let code = if column == "errors" { errors[*row] } else { time[*row] };
                    (low.parse().expect("a number")..=high.parse().expect("a number")).contains(&code)
                })
            };
            let inside: Vec<usize> = all.iter().copied().filter(lies_in).collect();
            let of_these = inside.iter().filter(|row| wrong[**row]).count();
            assert_eq!([slice.rows, slice.errors], [inside.len() as u64, of_these as u64], "{}", slice.region);
        }
    }

    #[test]
    fn errors_at_random_are_no_segment() {
        let rows = table(6000);
        let all: Vec<usize> = (0..6000).collect();
        for seed in 1..20 {
            let mut random = assist_draw::Random::new(seed);
            let wrong: Vec<bool> = all.iter().map(|_| random.next_u64().is_multiple_of(20)).collect();
            let found = wrong_slices(&rows, &all, &wrong, 3);
            assert!(found.is_empty(), "seed {seed}: {found:?}");
        }
    }

    #[test]
    fn a_level_alone_is_a_segment_and_no_errors_are_none() {
        let rows = table(3000);
        let all: Vec<usize> = (0..3000).collect();
        let wrong: Vec<bool> = all.iter().map(|row| rows.columns[2].codes[*row] == 1 && row % 3 > 0).collect();
        let found = wrong_slices(&rows, &all, &wrong, 1);
        assert!(found[0].region.contains("device = \"Watch\""), "{found:?}");
        assert!(wrong_slices(&rows, &all, &vec![false; 3000], 3).is_empty());
    }
}

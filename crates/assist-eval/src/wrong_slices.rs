//! Where a model is most wrong: regions of one or two columns with the greatest share of errors that luck does not explain.

use rayon::prelude::*;
use serde::Serialize;

use crate::coded::{CodedColumn, CodedRows, CodedValues};
use crate::words::number;

/// How many standard deviations a share is lowered by where regions are ranked.
const Z: f64 = 4.0;
/// The probability that luck alone gives a region, at most.
const LUCK: f64 = 0.01;
/// Numbers with more distinct values than this are put into bins with round bounds.
const MOST_VALUES: usize = 32;
/// So many bins, about as many observations in each.
const BINS: usize = 24;
/// Levels that are tried, the most frequent ones.
const MOST_LEVELS: usize = 128;
/// Fewer errors are no slice.
const LEAST_ERRORS: u64 = 5;
/// Fewer rows that are all wrong are no region where a model is always wrong.
const LEAST_PURE: u64 = 20;
/// Columns whose pairs are tried.
const MOST_COLUMNS: usize = 24;

/// A region and how wrong a model is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrongSlice {
    /// The region in words: `error_count = 0 and task_completion_time_sec from 61 to 75`.
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

/// Errors by the bins of two columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatMap {
    /// The column whose bins are the rows, and the one whose bins are the columns.
    pub columns: [String; 2],
    /// What the bins of each stand for.
    pub bins: [Vec<String>; 2],
    /// Observations and errors of each pair of bins, row by row.
    pub cells: Vec<Vec<[u64; 2]>>,
}

/// Bins of a column of a heat map.
const HEAT_BINS: usize = 9;

/// Counts observations and errors by the bins of two columns of `rows`.
///
/// # Panics
///
/// Where there is no such column.
pub fn heat_map(rows: &CodedRows, observations: &[usize], wrong: &[bool], columns: [usize; 2]) -> HeatMap {
    let axes = columns.map(|column| Axis::new(&rows.columns[column], column, observations, HEAT_BINS));
    let n = axes.each_ref().map(|axis| axis.codes.len());
    let mut cells = vec![vec![[0_u64; 2]; n[1]]; n[0]];
    for (at, wrong) in wrong.iter().enumerate() {
        let [row, column] = axes.each_ref().map(|axis| usize::from(axis.bins[at]));
        // Levels beyond those that are told have no bin.
        if let Some(cell) = cells.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *cell = [cell[0] + 1, cell[1] + u64::from(*wrong)];
        }
    }
    HeatMap {
        columns: columns.map(|column| rows.columns[column].name.clone()),
        bins: axes.each_ref().map(|axis| (0..axis.codes.len()).map(|bin| axis.bin_in_words(rows, bin)).collect()),
        cells,
    }
}

/// A column in bins.
struct Axis {
    column: usize,
    /// For each observation its bin.
    bins: Vec<u16>,
    n_bins: usize,
    /// The first and the last code of each bin.
    codes: Vec<[u32; 2]>,
    /// How many first bins are in order and may be joined.
    n_ordered: usize,
}

#[derive(Debug, Clone, Copy)]
struct Region {
    /// Whether every decision is wrong, on enough rows to say so: that comes before any greater region.
    is_pure: bool,
    bound: f64,
    /// The first and the last bin of each column.
    a: [usize; 2],
    b: [usize; 2],
}

impl Region {
    fn is_worse_than(&self, other: &Self) -> bool {
        (self.is_pure, self.bound) > (other.is_pure, other.bound)
    }
}

/// The place of a pair of columns, and its region.
type Found = (usize, Region);

/// The `most` regions in which a model is most wrong, those where it is always wrong first, one after the other. Each is sought
/// without the observations of those before it, and told with all that lie in it.
/// `observations` are indices of rows, `wrong` says which of them the model gets wrong. A region is told only where a lower
/// bound of its share of errors is above the share of all, and where errors strewn at random would hardly gather so in any
/// of the regions that are tried: by Chernoff's bound for one, times their number.
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
    let needed = (n_regions.max(1.0) / LUCK).ln();
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

impl Axis {
    fn new(column: &CodedColumn, index: usize, observations: &[usize], n_bins: usize) -> Self {
        let n_codes = column.values.len();
        let mut seen = vec![0_usize; n_codes];
        observations.iter().for_each(|row| seen[column.codes[*row] as usize] += 1);
        let n_numbers = column.values.n_numbers().unwrap_or(0);
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let numbers = if let CodedValues::Numbers(values) = &column.values { &values[..n_numbers] } else { &[] };
        let bounds = round_bounds(numbers, &seen[..n_numbers], n_bins);
        let mut codes: Vec<[u32; 2]> = Vec::new();
        let mut bin_of_last = None;
        for (code, value) in numbers.iter().enumerate().filter(|(code, _)| seen[*code] > 0) {
            let bin = bounds.as_ref().map_or(code, |bounds| bounds.partition_point(|bound| bound < value));
            match codes.last_mut() {
                Some(last) if bin_of_last == Some(bin) => last[1] = narrow(code),
                _ => codes.push([narrow(code); 2]),
            }
            bin_of_last = Some(bin);
        }
        let n_ordered = codes.len();
        // Levels and missing numbers stand alone; the most frequent ones, where there are too many.
        let mut single: Vec<usize> = (n_numbers..n_codes).filter(|code| seen[*code] > 0).collect();
        single.sort_by_key(|code| (std::cmp::Reverse(seen[*code]), *code));
        single.truncate(MOST_LEVELS);
        codes.extend(single.iter().map(|code| [narrow(*code); 2]));
        let n_bins = codes.len() + 1;
        let other = u16::try_from(codes.len()).unwrap_or(u16::MAX);
        let mut bin_of_code = vec![other; n_codes];
        for (bin, [first, last]) in (0..).zip(&codes) {
            bin_of_code[*first as usize..=*last as usize].fill(bin);
        }
        let bins = observations.iter().map(|row| bin_of_code[column.codes[*row] as usize]).collect();
        Self { column: index, bins, n_bins, codes, n_ordered }
    }

    /// How many intervals and single bins there are.
    fn intervals(&self) -> f64 {
        let ordered = self.n_ordered as f64;
        ordered * (ordered + 1.0) / 2.0 + (self.codes.len() - self.n_ordered) as f64
    }

    /// All bins that are told of one by one, and all intervals of ordered ones.
    fn each_interval(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let ordered = (0..self.n_ordered).flat_map(|first| (first..self.n_ordered).map(move |last| [first, last]));
        ordered.chain((self.n_ordered..self.codes.len()).map(|bin| [bin, bin]))
    }

    /// What a bin stands for, without the column's name.
    fn bin_in_words(&self, rows: &CodedRows, bin: usize) -> String {
        let [first, last] = self.codes[bin].map(|code| code as usize);
        match &rows.columns[self.column].values {
            CodedValues::Levels(levels) => levels[first].clone(),
            CodedValues::Numbers(values) if values[first].is_nan() => "missing".to_owned(),
            CodedValues::Numbers(values) if first == last => short(values[first]),
            CodedValues::Numbers(values) => format!("{}–{}", short(values[first]), short(values[last])),
        }
    }

    /// What bins stand for; `None` where they are all.
    fn words(&self, rows: &CodedRows, [first, last]: [usize; 2]) -> Option<String> {
        let column = &rows.columns[self.column];
        let name = &column.name;
        match &column.values {
            CodedValues::Levels(levels) => Some(format!("{name} = \"{}\"", levels[self.codes[first][0] as usize])),
            CodedValues::Numbers(values) => {
                let (low, high) = (values[self.codes[first][0] as usize], values[self.codes[last][1] as usize]);
                if first == 0 && last + 1 == self.codes.len() {
                    None
                } else if low.is_nan() {
                    Some(format!("{name} is missing"))
                } else if low == high {
                    Some(format!("{name} = {}", number(low)))
                } else {
                    Some(format!("{name} from {} to {}", number(low), number(high)))
                }
            }
        }
    }
}

/// A number in few letters: whole ones as they are, others with two significant digits.
fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e5 {
        return value.to_string();
    }
    number(format!("{value:.1e}").parse().unwrap_or(value))
}

/// Upper bounds of bins, round numbers near those that part the observations evenly; `None` where every value is a bin.
fn round_bounds(values: &[f64], seen: &[usize], n_bins: usize) -> Option<Vec<f64>> {
    let present: Vec<(f64, usize)> = values.iter().copied().zip(seen.iter().copied()).filter(|(_, n)| *n > 0).collect();
    if present.len() <= MOST_VALUES.min(n_bins + n_bins / 2) {
        return None;
    }
    let total: usize = present.iter().map(|(_, n)| n).sum();
    // The values at the odd places of twice as many quantiles are the ends of what a bound may be.
    let mut ends = Vec::new();
    let mut before = 0;
    for (value, n) in &present {
        before += n;
        while before * 2 * n_bins >= (2 * ends.len() + 1) * total && ends.len() < n_bins {
            ends.push(*value);
        }
    }
    let mut bounds: Vec<f64> = ends.windows(2).map(|pair| roundest(pair[0], pair[1])).collect();
    bounds.dedup();
    Some(bounds)
}

/// The roundest number above `low` and at most `high`: the greatest multiple of the largest 1, 5 or 2 times a power of ten.
fn roundest(low: f64, high: f64) -> f64 {
    if high <= low {
        return high;
    }
    let largest = low.abs().max(high.abs()).log10().ceil();
    let mut power = 10_f64.powf(largest);
    // Beyond the digits of a float there is nothing rounder to be found.
    for _ in 0..17 {
        for step in [power, power / 2.0, power / 5.0] {
            let multiple = (high / step).floor() * step;
            if multiple > low && multiple <= high {
                return multiple;
            }
        }
        power /= 10.0;
    }
    high
}

/// The region of one or two columns with the greatest lower bound of its share of errors.
fn best_region(a: &Axis, b: Option<&Axis>, wrong: &[bool], left: &[bool], [share, needed]: [f64; 2]) -> Option<Region> {
    let width = b.map_or(1, |b| b.n_bins) + 1;
    // Sums over all bins before a place, of observations and of errors.
    let mut sums = vec![[0_u32; 2]; (a.n_bins + 1) * width];
    for (at, (wrong, _)) in wrong.iter().zip(left).enumerate().filter(|(_, (_, left))| **left) {
        let column = b.map_or(0, |b| usize::from(b.bins[at]));
        let sum = &mut sums[(usize::from(a.bins[at]) + 1) * width + column + 1];
        *sum = [sum[0] + 1, sum[1] + u32::from(*wrong)];
    }
    for row in 1..=a.n_bins {
        for column in 1..width {
            let [above, before, corner] = [
                sums[(row - 1) * width + column],
                sums[row * width + column - 1],
                sums[(row - 1) * width + column - 1],
            ];
            let sum = &mut sums[row * width + column];
            for part in 0..2 {
                sum[part] = sum[part] + above[part] + before[part] - corner[part];
            }
        }
    }
    let mut best: Option<Region> = None;
    let whole = [[0, 0]];
    let of_b: Vec<[usize; 2]> = b.map_or(whole.to_vec(), |b| b.each_interval().collect());
    for [first, last] in a.each_interval() {
        for [left_bin, right_bin] in &of_b {
            let (low, high) = (first * width, (last + 1) * width);
            let part = |part: usize| {
                sums[high + right_bin + 1][part] + sums[low + left_bin][part]
                    - sums[high + left_bin][part]
                    - sums[low + right_bin + 1][part]
            };
            let errors = u64::from(part(1));
            if errors < LEAST_ERRORS {
                continue;
            }
            let rows = u64::from(part(0));
            let bound = lower_bound(errors, rows);
            let is_pure = errors == rows && rows >= LEAST_PURE;
            let region = Region { is_pure, bound, a: [first, last], b: [*left_bin, *right_bin] };
            if best.is_none_or(|best| region.is_worse_than(&best)) && surprise(errors, rows, share) > needed {
                best = Some(region);
            }
        }
    }
    best
}

/// How unlikely it is that at least so many of so many rows are wrong if each is with this probability: minus the logarithm of
/// Chernoff's bound; 0 where there are fewer than expected.
fn surprise(errors: u64, rows: u64, share: f64) -> f64 {
    let (n, q) = (rows as f64, errors as f64 / rows as f64);
    if q <= share {
        return 0.0;
    }
    let right = if errors == rows { 0.0 } else { (1.0 - q) * ((1.0 - q) / (1.0 - share)).ln() };
    n * (q * (q / share).ln() + right)
}

/// Wilson's lower bound of a share, `Z` standard deviations down.
fn lower_bound(errors: u64, rows: u64) -> f64 {
    let (n, p) = (rows as f64, errors as f64 / rows as f64);
    let z2 = Z * Z;
    (p + z2 / (2.0 * n) - Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt()) / (1.0 + z2 / n)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        }
    }

    #[test]
    fn a_region_of_errors_is_named_and_the_rest_is_left_alone() {
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
        let rounded = [(16.9, 21.6), (12.1, 16.9), (-0.3, 0.2), (12.0, 13.1)].map(|(low, high)| roundest(low, high));
        assert_eq!(rounded, [20.0, 15.0, 0.0, 13.0]);
        assert_eq!([12.0, 0.501, -0.748, 123_456.0].map(short), ["12", "0.5", "-0.75", "120000"]);
        assert_eq!(found.len(), 1, "scattered errors are no slice: {found:?}");
    }

    /// Two strips that cross: the rows of the crossing belong to both.
    #[test]
    fn a_region_is_told_with_all_its_rows() {
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
    fn errors_at_random_are_no_slice() {
        let rows = table(6000);
        let all: Vec<usize> = (0..6000).collect();
        for seed in 1..20 {
            let mut random = rand_mt::Mt64::new(seed);
            let wrong: Vec<bool> = all.iter().map(|_| random.next_u64().is_multiple_of(20)).collect();
            let found = wrong_slices(&rows, &all, &wrong, 3);
            assert!(found.is_empty(), "seed {seed}: {found:?}");
        }
    }

    #[test]
    fn a_level_alone_is_a_region_and_no_errors_are_none() {
        let rows = table(3000);
        let all: Vec<usize> = (0..3000).collect();
        let wrong: Vec<bool> = all.iter().map(|row| rows.columns[2].codes[*row] == 1 && row % 3 > 0).collect();
        let found = wrong_slices(&rows, &all, &wrong, 1);
        assert!(found[0].region.contains("device = \"Watch\""), "{found:?}");
        assert!(wrong_slices(&rows, &all, &vec![false; 3000], 3).is_empty());
    }
}

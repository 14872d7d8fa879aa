//! A column in bins: values, or ranges of values with round bounds, and levels.

use assist_metrics::words::number;

use crate::coded::{CodedColumn, CodedRows, CodedValues};

/// Numbers with more distinct values than this are put into bins with round bounds.
const MOST_VALUES: usize = 32;
/// Levels that are tried, the most frequent ones.
const MOST_LEVELS: usize = 128;

/// A column in bins.
pub(crate) struct Axis {
    pub(crate) column: usize,
    /// For each observation its bin.
    pub(crate) bins: Vec<u16>,
    pub(crate) n_bins: usize,
    /// The first and the last code of each bin.
    pub(crate) codes: Vec<[u32; 2]>,
    /// How many first bins are in order and may be joined.
    pub(crate) n_ordered: usize,
}

impl Axis {
    pub(crate) fn new(column: &CodedColumn, index: usize, observations: &[usize], n_bins: usize) -> Self {
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
    pub(crate) fn intervals(&self) -> f64 {
        let ordered = self.n_ordered as f64;
        ordered * (ordered + 1.0) / 2.0 + (self.codes.len() - self.n_ordered) as f64
    }

    /// All bins that are judged one by one, and all intervals of ordered ones.
    pub(crate) fn each_interval(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let ordered = (0..self.n_ordered).flat_map(|first| (first..self.n_ordered).map(move |last| [first, last]));
        ordered.chain((self.n_ordered..self.codes.len()).map(|bin| [bin, bin]))
    }

    /// What a bin stands for, without the column's name.
    pub(crate) fn bin_in_words(&self, rows: &CodedRows, bin: usize) -> String {
        let [first, last] = self.codes[bin].map(|code| code as usize);
        match &rows.columns[self.column].values {
            CodedValues::Levels(levels) => levels[first].clone(),
            CodedValues::Numbers(values) if values[first].is_nan() => "missing".to_owned(),
            CodedValues::Numbers(values) if first == last => short(values[first]),
            CodedValues::Numbers(values) => format!("{}–{}", short(values[first]), short(values[last])),
        }
    }

    /// What bins stand for; `None` where they are all.
    pub(crate) fn words(&self, rows: &CodedRows, [first, last]: [usize; 2]) -> Option<String> {
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
                    let [first, last] = [self.codes[first][0], self.codes[last][1]].map(|code| code as usize);
                    let [low, high] = round_ends(&values[..column.values.n_numbers().unwrap_or(0)], first, last);
                    Some(format!("{name} from {} to {}", number(low), number(high)))
                }
            }
        }
    }
}

/// The roundest numbers between which just the values from one place to another lie.
fn round_ends(values: &[f64], first: usize, last: usize) -> [f64; 2] {
    let (low, high) = (values[first], values[last]);
    // Beyond the outermost values there is as much room as between them and the next ones.
    let before = first.checked_sub(1).map_or(2.0 * low - values.get(first + 1).unwrap_or(&low), |at| values[at]);
    let behind = values.get(last + 1).copied().unwrap_or(2.0 * high - values[last.saturating_sub(1)]);
    let shown = |value: f64| if value == 0.0 { 0.0 } else { value };
    [shown(roundest(before, low)), shown(-roundest(-behind, -high))]
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
            // Products of steps below 1 have digits that nobody asked for.
            let multiple = (high / step).floor() * step;
            let multiple = format!("{multiple:.12e}").parse().unwrap_or(multiple);
            if multiple > low && multiple <= high {
                return multiple;
            }
        }
        power /= 10.0;
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_numbers_are_short() {
        let rounded = [(16.9, 21.6), (12.1, 16.9), (-0.3, 0.2), (12.0, 13.1)].map(|(low, high)| roundest(low, high));
        assert_eq!(rounded, [20.0, 15.0, 0.0, 13.0]);
        let values = [18_002.325_1, 19_000.7, 19_995.856_3, 20_100.2];
        assert_eq!(round_ends(&values, 1, 2), [19_000.0, 20_000.0]);
        assert_eq!(round_ends(&values, 0, 0), [18_000.0, 19_000.0], "and no other value lies there");
        assert_eq!(round_ends(&[0.0, 1.0, 2.0, 3.0], 1, 2), [1.0, 2.0]);
        assert_eq!(round_ends(&[-0.31, -0.1, 0.123, 0.29], 1, 2), [-0.2, 0.2]);
        assert_eq!(round_ends(&values, 3, 3), [20_000.0, 20_200.0]);
        assert_eq!([12.0, 0.501, -0.748, 123_456.0].map(short), ["12", "0.5", "-0.75", "120000"]);
    }
}

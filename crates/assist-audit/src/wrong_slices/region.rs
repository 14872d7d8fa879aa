//! The worst segment of one or two columns: from a table of sums every rectangle of bins is judged in constant time.

use super::axis::Axis;

/// How many standard deviations a share is lowered by where segments are ranked.
const Z: f64 = 4.0;
/// Fewer errors are no segment.
pub(crate) const LEAST_ERRORS: u64 = 5;
/// Fewer rows that are all wrong are no segment where a model is always wrong.
const LEAST_PURE: u64 = 20;

/// A rectangle of bins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    /// Whether every decision is wrong, on enough rows to say so: that comes before any greater segment.
    pub(crate) is_pure: bool,
    pub(crate) bound: f64,
    /// The first and the last bin of each column.
    pub(crate) a: [usize; 2],
    pub(crate) b: [usize; 2],
}

impl Region {
    pub(crate) fn is_worse_than(&self, other: &Self) -> bool {
        (self.is_pure, self.bound) > (other.is_pure, other.bound)
    }
}

/// The segment of one or two columns with the greatest lower bound of its share of errors.
pub(crate) fn best_region(
    a: &Axis,
    b: Option<&Axis>,
    wrong: &[bool],
    left: &[bool],
    [share, needed]: [f64; 2],
) -> Option<Region> {
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

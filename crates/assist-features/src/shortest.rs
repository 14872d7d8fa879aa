//! The shortest number of an interval: where a cut may be anywhere between two values, people should have to remember few digits.

/// The number in `[low, high)` with the fewest significant decimals; of several the one nearest to the middle. `low` itself where
/// nothing shorter lies between.
pub fn shortest_between(low: f64, high: f64) -> f64 {
    if low >= high || !low.is_finite() || !high.is_finite() {
        return low;
    }
    let middle = f64::midpoint(low, high);
    // Zero has no digits at all.
    if low <= 0.0 && 0.0 < high {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent of ten")]
    let largest = low.abs().max(high.abs()).log10().ceil() as i32;
    for exponent in (largest - 17..=largest).rev() {
        // Written and read, so that the number is the nearest one to its decimals.
        let step = 10_f64.powi(exponent);
        let around = (middle / step).round();
        let candidates = [around, around - 1.0, around + 1.0].map(|digits| format!("{digits:.0}e{exponent}"));
        let numbers = candidates.iter().filter_map(|text| text.parse::<f64>().ok());
        let inside = numbers.filter(|number| low <= *number && *number < high);
        if let Some(nearest) = inside.min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs())) {
            return nearest;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_have_few_digits() {
        for (low, high, expected) in [
            (60.0, 61.0, 60.0),
            (2.0, 3.0, 2.0),
            (0.123, 0.5, 0.3),
            (0.123, 0.124, 0.123),
            (17.31, 17.94, 17.6),
            (998.0, 1003.0, 1000.0),
            (-3.7, -3.2, -3.5),
            (-1.0, 2.0, 0.0),
            (1e-9, 2e-9, 1e-9),
            (1e300, 2e300, 1e300),
            (5.0, 5.0, 5.0),
        ] {
            assert_eq!(shortest_between(low, high), expected, "[{low}, {high})");
        }
    }

    proptest! {
        #[test]
        fn the_cut_divides_what_it_should(a in -1e6..1e6_f64, b in -1e6..1e6_f64) {
            let (low, high) = (a.min(b), a.max(b));
            let cut = shortest_between(low, high);
            prop_assert!(low <= cut && (cut < high || low == high), "{cut} in [{low}, {high})");
            let digits = |number: f64| format!("{number:e}").len();
            prop_assert!(digits(cut) <= digits(low).max(17));
        }
    }
}

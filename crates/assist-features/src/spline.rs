//! Natural cubic splines: where a number acts along a curve.
//!
//! A natural cubic spline with knots `t_1 < .. < t_k` is a cubic polynomial between neighbouring knots, twice continuously
//! differentiable, and linear beyond the outer ones. Such functions are a space of `k` dimensions: constants, the number
//! itself, and `k - 2` bends (Harrell, Regression Modeling Strategies, section 2.4.5: `(x - t_j)+^3` and what makes it linear
//! at the ends). It is the space of `ns` of R and of `cr` of patsy with the same knots. The bends are turned so that over the
//! training observations they have mean 0, spread 1, and no correlation with the number or each other: the slope stays what
//! the number does on the whole, and the fit loses no digit to bends that resemble each other.

use assist_score::Term;

/// Where the knots are: shares of the observations (Harrell, table 2.3, for 5 knots).
const QUANTILES: [f64; 5] = [0.05, 0.275, 0.5, 0.725, 0.95];
/// Fewer knots give a line.
pub(crate) const FEWEST_KNOTS: usize = 3;
/// A bend of which a smaller share is left beside the number and earlier bends is rounding.
const ROUNDING: f64 = 1e-7;

/// A distinct value of a column, and what its observations weigh together.
pub(crate) type Weighed = (f64, f64);

/// The knots for some distinct values, ascending: the smallest values up to which at least such shares of the observations lie,
/// each once. Where these are too few, because most observations have one value, shares of the distinct values are taken.
pub(crate) fn knots(values: &[Weighed]) -> Vec<f64> {
    let of_observations = quantiles(values);
    if of_observations.len() >= FEWEST_KNOTS {
        return of_observations;
    }
    let alike: Vec<Weighed> = values.iter().map(|(value, _)| (*value, 1.0)).collect();
    quantiles(&alike)
}

fn quantiles(values: &[Weighed]) -> Vec<f64> {
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut knots = Vec::new();
    let mut reached = 0.0;
    let mut shares = QUANTILES.iter().peekable();
    for (value, weight) in values {
        reached += weight;
        while shares.next_if(|share| reached >= **share * total).is_some() {
            if knots.last() != Some(value) {
                knots.push(*value);
            }
        }
    }
    knots
}

/// The bends of a natural cubic spline of a numeric column with these knots, at least three, ascending.
pub(crate) fn bends(column: usize, knots: &[f64], values: &[Weighed]) -> Vec<Term> {
    let line = Polynomials::line(knots);
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    // Constants, the number, then the bends: each has length 1 over the observations, and no part of those before it.
    let mut basis: Vec<(Polynomials, Vec<f64>)> = Vec::new();
    let candidates = [Polynomials::constant(knots), line].into_iter();
    let candidates = candidates.chain((0..knots.len().saturating_sub(2)).map(|j| Polynomials::bend(knots, j)));
    for mut pieces in candidates {
        let mut at_values: Vec<f64> = values.iter().map(|(value, _)| pieces.at(knots, *value)).collect();
        let dot = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).zip(values).map(|((a, b), (_, weight))| a * b * weight).sum::<f64>() / total
        };
        let before = dot(&at_values, &at_values).sqrt();
        // Once more takes away what rounding left.
        for _ in 0..2 {
            for (known, at_known) in &basis {
                let share = dot(&at_values, at_known);
                pieces.add(-share, known);
                at_values.iter_mut().zip(at_known).for_each(|(value, known)| *value -= share * known);
            }
        }
        let left = dot(&at_values, &at_values).sqrt();
        if left > ROUNDING * before {
            pieces.scale(1.0 / left);
            at_values.iter_mut().for_each(|value| *value /= left);
            basis.push((pieces, at_values));
        }
    }
    let bends = basis.into_iter().skip(2);
    bends.map(|(pieces, _)| Term::Basis { column, knots: knots.to_vec(), pieces: pieces.0 }).collect()
}

/// A function by its pieces, as those of [`Term::Basis`].
#[derive(Debug, Clone)]
struct Polynomials(Vec<[f64; 4]>);

impl Polynomials {
    fn constant(knots: &[f64]) -> Self {
        Self(vec![[1.0, 0.0, 0.0, 0.0]; knots.len() + 1])
    }

    /// The number itself, counted from the first knot in units of the distance between the outer ones.
    fn line(knots: &[f64]) -> Self {
        let (first, unit) = (knots[0], length(knots));
        let piece = |origin: &f64| [(origin - first) / unit, 1.0 / unit, 0.0, 0.0];
        Self(knots[..1].iter().chain(knots).map(piece).collect())
    }

    /// What bends at knot `j`: `(x - t_j)+^3 - (x - t_{k-1})+^3 (t_k - t_j) / (t_k - t_{k-1}) + (x - t_k)+^3 (t_{k-1} - t_j) /
    /// (t_k - t_{k-1})`, where `x` and `t` are counted in units of the distance between the outer knots.
    fn bend(knots: &[f64], j: usize) -> Self {
        let unit = length(knots);
        let n = knots.len();
        let (before, last) = (knots[n - 2], knots[n - 1]);
        let gap = last - before;
        let cubes = [(knots[j], 1.0), (before, -(last - knots[j]) / gap)];
        let mut pieces = vec![[0.0; 4]];
        for origin in &knots[..n - 1] {
            let mut piece = [0.0; 4];
            for (knot, factor) in cubes.iter().filter(|(knot, _)| knot <= origin) {
                let h = (origin - knot) / unit;
                let expanded = [h * h * h, 3.0 * h * h, 3.0 * h, 1.0];
                let mut power = 1.0;
                for (coefficient, expanded) in piece.iter_mut().zip(expanded) {
                    *coefficient += factor * expanded / power;
                    power *= unit;
                }
            }
            pieces.push(piece);
        }
        // Behind the last knot it goes on as it arrives there: a line.
        let [a, b, c, e] = pieces[n - 1];
        pieces.push([a + gap * (b + gap * (c + gap * e)), b + gap * (2.0 * c + 3.0 * gap * e), 0.0, 0.0]);
        Self(pieces)
    }

    fn at(&self, knots: &[f64], number: f64) -> f64 {
        let piece = knots.partition_point(|knot| *knot < number);
        let [a, b, c, e] = self.0[piece];
        let d = number - knots[piece.saturating_sub(1)];
        a + d * (b + d * (c + d * e))
    }

    fn add(&mut self, share: f64, other: &Self) {
        let coefficients = self.0.iter_mut().flatten().zip(other.0.iter().flatten());
        coefficients.for_each(|(own, other)| *own += share * other);
    }

    fn scale(&mut self, factor: f64) {
        self.0.iter_mut().flatten().for_each(|coefficient| *coefficient *= factor);
    }
}

fn length(knots: &[f64]) -> f64 {
    knots[knots.len() - 1] - knots[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(values: &[f64]) -> Vec<Weighed> {
        values.iter().map(|value| (*value, 1.0)).collect()
    }

    #[test]
    fn knots_are_values_at_shares_of_the_observations() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(knots(&observed(&hundred)), [5.0, 28.0, 50.0, 73.0, 95.0]);
        // A row of weight 3 is three rows: of 40 the first is less than a twentieth.
        assert_eq!(knots(&[(1.0, 1.0), (2.0, 3.0), (3.0, 16.0), (4.0, 20.0)]), [2.0, 3.0, 4.0]);
        assert_eq!(knots(&[(0.0, 97.0), (1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), [0.0, 1.0, 2.0, 3.0], "nearly all are 0");
        assert_eq!(knots(&observed(&[1.0, 7.0, 9.0])), [1.0, 7.0, 9.0]);
    }

    #[test]
    fn bends_are_smooth_and_linear_beyond_the_ends() {
        let knots = [-1.0, 0.5, 2.0, 7.0];
        let values = observed(&[-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 7.0, 9.0]);
        let terms = bends(3, &knots, &values);
        assert_eq!(terms.len(), 2);
        for term in &terms {
            let Term::Basis { column: 3, knots: own, pieces } = term else { panic!("{term:?} is no basis") };
            assert_eq!(own, &knots);
            assert_eq!([pieces[0][2], pieces[0][3], pieces[4][2], pieces[4][3]], [0.0; 4]);
            let origins = [&knots[..1], &knots[..]].concat();
            for (at, knot) in knots.iter().enumerate() {
                let [a, b, c, e] = pieces[at];
                let d = knot - origins[at];
                let arriving = [a + d * (b + d * (c + d * e)), b + d * (2.0 * c + 3.0 * d * e), 2.0 * c + 6.0 * d * e];
                let [a, b, c, _] = pieces[at + 1];
                for (arriving, leaving) in arriving.into_iter().zip([a, b, 2.0 * c]) {
                    assert!((arriving - leaving).abs() < 1e-12, "{arriving} is not {leaving} at {knot}");
                }
            }
        }
    }

    #[test]
    fn bends_have_no_correlation_with_the_number_or_each_other() {
        // Far from zero, where cubes have no digit left.
        let values: Vec<Weighed> = (0..60_u32).map(|i| (1e9 + f64::from(i * i), f64::from(1 + i % 3))).collect();
        let terms = bends(0, &knots(&values), &values);
        assert_eq!(terms.len(), 3);
        let total: f64 = values.iter().map(|(_, w)| w).sum();
        let mean = values.iter().map(|(v, w)| v * w).sum::<f64>() / total;
        let spread = (values.iter().map(|(v, w)| (v - mean) * (v - mean) * w).sum::<f64>() / total).sqrt();
        let mut columns = vec![vec![1.0; values.len()], values.iter().map(|(v, _)| (v - mean) / spread).collect()];
        let of = |term: &Term| values.iter().map(|(v, _)| term.of_number(*v, false).expect("a number")).collect();
        columns.extend(terms.iter().map(of));
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                let dot = a.iter().zip(b).zip(&values).map(|((a, b), (_, w))| a * b * w).sum::<f64>() / total;
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j}: {dot}");
            }
        }
    }
}

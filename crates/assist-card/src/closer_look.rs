//! The first Newton step from three features to five, cell by cell: exact in all counts, and without logarithms.
//!
//! It is the bound of `dual_bound` at the fit of the three, where the projections of `pair_filter` solve the equations.
//! The factor of each cell's quadratic term is the one of `pair_filter`, taken at the cell's own step rather than at the
//! largest. What it leaves is fitted, from where the step ends.

use crate::dual_bound::{Factor, cells_of_intersections, hessian, linear, sum_supersets};
use crate::pair_filter::{Base, NEARLY_SAME, Projected, excess, greatest};

/// Cells that lose more than this share of a probability get less weight.
const MODERATE: f64 = 0.6;

/// What the step comes to.
pub(crate) struct Look {
    /// The least loss is not below this.
    pub(crate) bound: f64,
    /// Coefficients after the step, shortened if it is long.
    pub(crate) start: [f64; 6],
}

/// The 32 cells of the base and two further features, of which `both` are the observations that have at least the
/// features of each cell of the base and these two.
pub(crate) fn cells(base: &Base, l: &Projected, m: &Projected, mut both: [f64; 8]) -> [f64; 32] {
    cells_of_intersections(&mut both);
    let mut n = [0.0; 32];
    for cell in 0..8 {
        let (with_l, with_m, both) = (l.cells[cell], m.cells[cell], both[cell]);
        n[cell] = base.cells[cell] - with_l - with_m + both;
        n[8 + cell] = with_l - both;
        n[16 + cell] = with_m - both;
        n[24 + cell] = both;
    }
    n
}

/// Looks at two further features with `n` observations in the 32 cells.
pub(crate) fn look(base: &Base, l: &Projected, m: &Projected, n: &[f64; 32]) -> Look {
    let p = &base.fit.probabilities;
    let weight: f64 = p.iter().zip(&n[24..]).map(|(p, both)| p * (1.0 - p) * both).sum();
    let on_both: f64 = l.on_base.iter().zip(&m.on_base).map(|(l, m)| l * m).sum();
    let r = weight * l.unit * m.unit - on_both;
    let rest = 1.0 - r * r;
    let [a, b, c, d] = base.fit.coefficients;
    // The other way round, NaN would go on.
    let apart = rest > NEARLY_SAME && l.sure && m.sure;
    if !apart {
        return Look { bound: 0.0, start: [a, b, c, d, 0.0, 0.0] };
    }
    let step_l = (l.score - r * m.score) / rest * l.unit;
    let step_m = (m.score - r * l.score) / rest * m.unit;
    let mut t = [0.0; 32];
    for (half, t) in t.chunks_exact_mut(8).enumerate() {
        let (has_l, has_m) = ((half & 1) as f64, (half >> 1) as f64);
        for ((t, l), m) in t.iter_mut().zip(&l.expected).zip(&m.expected) {
            *t = step_l * (has_l - l) + step_m * (has_m - m);
        }
    }
    let gradient = [0.0, 0.0, 0.0, 0.0, l.score / l.unit, m.score / m.unit];
    let gradient = gradient.map(|g: f64| if g.is_finite() { g } else { 0.0 });
    let bound = step(p, n, &t, &gradient).map_or(0.0, |twice| base.fit.bound - 0.5 * twice);
    let largest =
        n.iter().zip(&t).fold(0.0, |largest, (&n, t)| if n > 0.0 { greatest(largest, t.abs()) } else { largest });
    let share = if largest <= 1.5 { 1.0 } else { largest.ln_1p() / largest };
    let (step_l, step_m) = (share * step_l, share * step_m);
    // The projection is linear in the features of the base.
    let back = |one: usize| {
        let at = |cell: usize| step_l * l.expected[cell] + step_m * m.expected[cell];
        if one == 0 { at(0) } else { at(one) - at(0) }
    };
    Look { bound, start: [a - back(0), b - back(1), c - back(2), d - back(4), step_l, step_m] }
}

/// Twice the loss that probabilities with the margins of the labels cost, as far as they are found.
///
/// The margins can be met in many ways. Where the Newton step `t` takes too much from a probability, the cells concerned
/// get less weight in the equations, so that others take their share.
fn step(p: &[f64; 8], n: &[f64; 32], t: &[f64; 32], gradient: &[f64; 6]) -> Option<f64> {
    let mut shares = [0.0; 32];
    let mut weights = [0.0; 32];
    for cell in 0..32 {
        let (p, q) = (p[cell % 8], 1.0 - p[cell % 8]);
        let taken = t[cell].abs() * if t[cell] > 0.0 { p } else { q };
        shares[cell] = MODERATE / greatest(taken, MODERATE);
        weights[cell] = n[cell] * p * q * shares[cell];
    }
    sum_supersets(&mut weights);
    let matrix = hessian::<32, 6>(&weights);
    let factor = Factor::new(&matrix);
    let solution = factor.solve(gradient);
    let moved = linear::<32, 6>(&solution);
    let (mut twice, mut most) = (0.0, 0.0);
    for cell in 0..32 {
        let t = if n[cell] > 0.0 { moved[cell] * shares[cell] } else { 0.0 };
        let (p, q) = (p[cell % 8], 1.0 - p[cell % 8]);
        // The class that becomes less likely loses the share `down`, the other one gains the share `up`.
        let less = if t > 0.0 { q } else { p };
        let t = t.abs();
        let (down, up) = ((1.0 - less) * t, less * t);
        let factor = less * (1.0 - up * (1.0 / 3.0 - up * (1.0 / 6.0))) + (1.0 - less) * (1.0 + excess(down));
        twice += n[cell] * p * q * t * t * factor;
        most = greatest(most, down);
    }
    // From 1 on, they are no probabilities any more.
    (most < 1.0 && factor.agrees(gradient, &solution, &matrix, n.iter().sum())).then_some(twice)
}

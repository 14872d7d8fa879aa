//! The best integer points on given features.
//!
//! Points are sought depth first around the continuous optimum `beta`. The logistic loss is self-concordant in the
//! generalised sense, so with `m` the largest change of a logit,
//! `L(beta + d) >= L(beta) + kappa(m) d' H d / 2`, `kappa(m) = 2 (exp(-m) + m - 1) / m^2`;
//! where the loss is below the incumbent, `m` is at most the root of `exp(-m) + m - 1 = gap max x' H^-1 x`. So the
//! quadratic form, minimised over the scale `b`, the intercept and the points not yet chosen, bounds what points can
//! reach. What is left is fitted exactly.

use crate::best::{Best, Found};
use crate::control::Control;
use crate::dual_bound::Factor;
use crate::fit::{Scale, Total, scale};
use crate::restricted::exceeds;
use crate::support::Support;

/// Room for rounding in the quadratic bound, as a share of the loss.
const SLACK: f64 = 1e-10;

/// Looks for points on the features of `support` whose loss is as good as the best, and keeps them. It is not complete if
/// the search is over at its end.
pub(crate) fn search(support: &Support, points: u32, best: &mut Best, control: &Control) {
    let n_features = support.features.len();
    let mut walk = Walk::new(support, points, best, control);
    walk.choose(support.padding, n_features, false);
}

struct Walk<'search> {
    support: &'search Support,
    largest: i32,
    best: &'search mut Best,
    control: &'search Control<'search>,
    /// By how many features are chosen: the Hessian without the intercept and without those not yet chosen.
    forms: [[[f64; 5]; 5]; 6],
    /// `beta' S beta` for each.
    squares: [f64; 6],
    kappa: f64,
    chosen: [i32; 5],
    sums: Vec<f64>,
    totals: Vec<Total>,
}

impl<'search> Walk<'search> {
    fn new(
        support: &'search Support,
        points: u32,
        best: &'search mut Best,
        control: &'search Control<'search>,
    ) -> Self {
        let hessian = &support.fit.hessian;
        let mut forms = [[[0.0; 5]; 5]; 6];
        for row in 0..5 {
            for column in 0..5 {
                forms[5][row][column] =
                    hessian[row + 1][column + 1] - hessian[row + 1][0] * hessian[0][column + 1] / hessian[0][0];
            }
        }
        for chosen in (0..5).rev() {
            let form = forms[chosen + 1];
            let pivot = form[chosen][chosen];
            // A pivot that is nil has a row that is nil, so that nothing is lost by leaving it.
            let inverse = if pivot > 1e-11 * hessian[chosen + 1][chosen + 1] { 1.0 / pivot } else { 0.0 };
            for row in 0..chosen {
                for column in 0..chosen {
                    forms[chosen][row][column] = form[row][column] - form[row][chosen] * form[chosen][column] * inverse;
                }
            }
        }
        let beta = &support.fit.coefficients[1..];
        let squares = std::array::from_fn(|chosen| {
            let form = &forms[chosen];
            (0..chosen)
                .flat_map(|row| (0..chosen).map(move |column| beta[row] * form[row][column] * beta[column]))
                .sum()
        });
        let largest = i32::try_from(points).expect("points are checked to be few");
        let span = 2 * largest.unsigned_abs() as usize * support.features.len() + 1;
        let mut walk = Self {
            support,
            largest,
            best,
            control,
            forms,
            squares,
            kappa: 0.0,
            chosen: [0; 5],
            sums: vec![0.0; span],
            totals: Vec::new(),
        };
        walk.kappa = walk.kappa();
        walk
    }

    /// The share of the quadratic form that is certain wherever the loss may be below the incumbent.
    fn kappa(&self) -> f64 {
        let gap = (self.best.enough() - self.support.fit.bound).max(0.0);
        let factor = Factor::new(&self.support.fit.hessian);
        let mut longest = 0.0_f64;
        for (cell, &n) in self.support.n.iter().enumerate() {
            if n > 0.0 {
                let x: [f64; 6] = std::array::from_fn(|p| if p == 0 { 1.0 } else { (cell >> (p - 1) & 1) as f64 });
                let solved = factor.solve(&x);
                longest = longest.max(x.iter().zip(&solved).map(|(x, s)| x * s).sum());
            }
        }
        let target = gap * longest;
        // The left side is convex and increasing, and at the start larger than the target.
        let mut m = target + (2.0 * target).sqrt() + 1e-9;
        for _ in 0..30 {
            let decay = (-m).exp();
            let step = (decay + m - 1.0 - target) / (1.0 - decay);
            m -= step;
            if step.abs() <= 1e-9 * m {
                break;
            }
        }
        m = m * (1.0 + 1e-6) + 1e-6;
        if m < 1e-3 { 1.0 - m / 3.0 } else { 2.0 * ((-m).exp_m1() + m) / (m * m) }
    }

    fn choose(&mut self, depth: usize, n_features: usize, any: bool) {
        if depth == n_features {
            if any {
                self.fit();
            }
            return;
        }
        // The slope may have either sign, so the first points that are not 0 are positive.
        let from = if any { -self.largest } else { 0 };
        for points in from..=self.largest {
            // Not asked at the last ones, of which there are many and each is quick.
            if n_features - depth > 2 && self.control.is_over() {
                break;
            }
            self.chosen[depth] = points;
            if self.bound(depth + 1) < self.best.enough() && self.may_be_good(depth + 1, n_features) {
                self.choose(depth + 1, n_features, any || points != 0);
            }
        }
        self.chosen[depth] = 0;
    }

    /// `p' S beta` and `p' S p` over the features chosen.
    fn products(&self, chosen: usize) -> [f64; 2] {
        let form = &self.forms[chosen];
        let beta = &self.support.fit.coefficients[1..];
        let (mut with_beta, mut with_self) = (0.0, 0.0);
        for (row, &points) in form.iter().zip(&self.chosen[..chosen]) {
            if points != 0 {
                let points = f64::from(points);
                for ((form, beta), &other) in row.iter().zip(beta).zip(&self.chosen[..chosen]) {
                    with_beta += points * form * beta;
                    with_self += points * form * f64::from(other);
                }
            }
        }
        [with_beta, with_self]
    }

    fn bound(&self, chosen: usize) -> f64 {
        let [with_beta, with_self] = self.products(chosen);
        let explained = if with_self > 0.0 { with_beta * with_beta / with_self } else { 0.0 };
        let form = (self.squares[chosen] - explained).max(0.0);
        let bound = self.support.fit.bound;
        bound + 0.5 * self.kappa * form * (1.0 - 1e-6) - SLACK * bound
    }

    /// Whether some points of the features that are not yet chosen may reach the incumbent, by the model in which these have any
    /// coefficients: where few rows all have one label, coefficients are large, and the quadratic bound tells nothing.
    fn may_be_good(&self, chosen: usize, n_features: usize) -> bool {
        let is_worth_it = chosen > self.support.padding + 1 && chosen < n_features;
        if !is_worth_it || self.chosen[..chosen].iter().all(|points| *points == 0) {
            return true;
        }
        let [with_beta, with_self] = self.products(chosen);
        let beta = &self.support.fit.coefficients;
        let mut start = [0.0; 6];
        start[0] = beta[0];
        start[1] = if with_self > 0.0 { with_beta / with_self } else { 0.0 };
        start[2..=6 - chosen].copy_from_slice(&beta[chosen + 1..]);
        let points: [f64; 5] = self.chosen.map(f64::from);
        !exceeds(&self.support.n, &self.support.ones, &points[..chosen], start, self.best.enough())
    }

    fn fit(&mut self) {
        let n_features = self.support.features.len();
        let divisor = self.chosen.iter().fold(0, |divisor, &points| greatest_divisor(divisor, points.unsigned_abs()));
        if divisor != 1 {
            return;
        }
        let lowest: i32 = self.chosen.iter().filter(|&&points| points < 0).sum();
        let mut cell_points = [0_i32; 32];
        for (place, points) in self.chosen.iter().enumerate() {
            let half = 1 << place;
            for cell in 0..half {
                cell_points[cell + half] = cell_points[cell] + points;
            }
        }
        for (points, n) in cell_points.iter().zip(&self.support.n).take(1 << n_features) {
            self.sums[(points - lowest).unsigned_abs() as usize] += n;
        }
        self.totals.clear();
        for (above, sum) in self.sums.iter_mut().enumerate() {
            if *sum > 0.0 {
                self.totals.push(Total { points: f64::from(lowest) + above as f64, n: *sum });
            }
            *sum = 0.0;
        }
        let ones = &self.support.ones;
        let points_of_ones = self.chosen.iter().zip(&ones[1..]).map(|(&points, ones)| f64::from(points) * ones).sum();
        let start = self.start(n_features);
        if let Some(Scale { intercept, slope, loss }) =
            scale(&self.totals, ones[0], points_of_ones, start, self.best.enough())
        {
            let points =
                self.support.features.iter().zip(&self.chosen).map(|(&feature, &points)| (feature, points)).collect();
            self.best.offer(Found::new(points, [intercept, slope], loss));
        }
    }

    /// Intercept and slope that are best for the quadratic form.
    fn start(&self, n_features: usize) -> [f64; 2] {
        let [with_beta, with_self] = self.products(n_features);
        let slope = if with_self > 0.0 { with_beta / with_self } else { 0.0 };
        let beta = &self.support.fit.coefficients;
        let hessian = &self.support.fit.hessian[0];
        let shift: f64 =
            (0..5).map(|f| hessian[f + 1] * (slope * f64::from(self.chosen[f]) - beta[f + 1])).sum::<f64>()
                / hessian[0];
        [beta[0] - shift, slope]
    }
}

pub(crate) fn greatest_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

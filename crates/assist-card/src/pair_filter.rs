//! Which pairs of further features might bring three features below a loss: the bound of `dual_bound` in closed form,
//! many pairs at a time.
//!
//! The base is an additive fit of the three features, whose gradient is nil. What is left of a further feature after a
//! weighted projection on the base has a score `z` and a multiple of its unit vector; two of them have the correlation
//! `r`, and `g' H^-1 g = (z1^2 - 2 r z1 z2 + z2^2) / (1 - r^2)`, convex in `r`. Of the sums in `r` all are at hand but
//! the observations that have all five features, which the intersections of four bound from both sides: so the form is
//! taken at both ends. It costs little, as this count is weighted by a third difference of `pi (1 - pi)`.
//!
//! In a cell with probability `p`, `KL(p + p (1 - p) t || p)` is `p (1 - p) t^2 / 2` times
//! `(1 - p) phi((1 - p) t) + p phi(-p t)`, with `phi(u) = 2 ((1 + u) ln(1 + u) - u) / u^2`, which falls from 2 at -1 to 1 at 0.
//! So for `t > 0` the factor is at most `1 - p + p phi(-p t)`, and there are such probabilities as long as `p t < 1`; for
//! `t < 0` the same holds with `1 - p` in place of `p`.

use crate::candidates::Table;
use crate::dual_bound::{Factor, Fit, cells_of_intersections, fit};
use crate::intersections::Intersections;

/// A further feature may be left out of account if so little of it is left after projection (a share), and of its score.
const NOTHING_LEFT: f64 = 1e-11;
const NO_SCORE: f64 = 1e-10;
/// Stands for a feature of which nothing is known for sure.
const DOUBT: f64 = 1e30;
/// Two features that are so nearly the same after projection are left to a closer look.
pub(crate) const NEARLY_SAME: f64 = 1e-7;
/// Room for rounding.
const SLACK: f64 = 1e-9;

/// Three features `i < j < k`, fitted.
pub(crate) struct Base {
    pub(crate) features: [usize; 3],
    /// Observations that have at least the features of each of the eight cells.
    pub(crate) counts: [f64; 8],
    /// Observations in each of them.
    pub(crate) cells: [f64; 8],
    pub(crate) fit: Fit<8, 4>,
}

impl Base {
    pub(crate) fn new(counts: &Intersections, table: &Table, features: [usize; 3], start: &[f64; 4]) -> Self {
        let [i, j, k] = features;
        let at = |set: &[usize]| counts.of(set);
        let counts = [at(&[]), at(&[i]), at(&[j]), at(&[i, j]), at(&[k]), at(&[i, k]), at(&[j, k]), at(&[i, j, k])];
        let mut cells = counts;
        cells_of_intersections(&mut cells);
        let ones = [table.all_ones, table.ones[i], table.ones[j], table.ones[k]];
        let fit = fit(&cells, &ones, start, f64::INFINITY, 1e-8);
        Self { features, counts, cells, fit }
    }
}

/// A further feature, projected on the base.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projected {
    /// Observations in each cell of the base that have it.
    pub(crate) cells: [f64; 8],
    /// What the base predicts of it in each cell.
    pub(crate) expected: [f64; 8],
    pub(crate) score: f64,
    pub(crate) unit: f64,
    pub(crate) on_base: [f64; 4],
    /// Whether the score is one, rather than a doubt.
    pub(crate) sure: bool,
}

/// What is known of each further feature, by its distance from the last feature of the base.
#[derive(Default)]
pub(crate) struct PairFilter {
    score: Vec<f64>,
    /// One over the length after projection.
    unit: Vec<f64>,
    /// Projection on the base, in these units.
    on_base: [Vec<f64>; 4],
    /// For a coefficient of one in these units and `t` the change of the logit in a cell, the largest over all cells of
    /// `p t`, `-p t`, `(1 - p) t` and `-(1 - p) t`.
    reach: [Vec<f64>; 4],
    verdicts: Vec<f64>,
    /// The same for a closer look.
    pub(crate) projected: Vec<Projected>,
}

impl PairFilter {
    /// All pairs of later features with which the loss might be below `cut`, as distances from the last feature.
    pub(crate) fn survivors(
        &mut self,
        counts: &Intersections,
        table: &Table,
        base: &Base,
        cut: f64,
        seconds: std::ops::Range<usize>,
        found: &mut Vec<(usize, usize)>,
    ) {
        found.clear();
        let later = counts.width() - base.features[2] - 1;
        let needed = 2.0 * (base.fit.bound - cut) * (1.0 - SLACK) - SLACK * cut;
        self.project(counts, table, base, later);
        let pairs = Pairs::new(counts, base, needed);
        self.verdicts.resize(later, 0.0);
        for first in seconds {
            let rest = later - first - 1;
            let verdicts = &mut self.verdicts[..rest];
            pairs.judge(
                counts,
                first,
                &First {
                    score: self.score[first],
                    unit: self.unit[first],
                    reach: std::array::from_fn(|r| self.reach[r][first]),
                    on_base: std::array::from_fn(|r| self.on_base[r][first]),
                },
                &Later {
                    score: &self.score[first + 1..],
                    unit: &self.unit[first + 1..],
                    on_base: std::array::from_fn(|r| &self.on_base[r][first + 1..]),
                    reach: std::array::from_fn(|r| &self.reach[r][first + 1..]),
                },
                verdicts,
            );
            for (distance, &verdict) in verdicts.iter().enumerate() {
                // The other way round, NaN would be dropped.
                let pruned = verdict < 0.0;
                if !pruned {
                    found.push((first, first + 1 + distance));
                }
            }
        }
    }

    /// Projects each later feature on the base.
    fn project(&mut self, counts: &Intersections, table: &Table, base: &Base, later: usize) {
        let [i, j, k] = base.features;
        let factor = Factor::new(&base.fit.hessian);
        let (lower, inverse) = factor.parts();
        let root = inverse.map(f64::sqrt);
        let p = base.fit.probabilities;
        let w = p.map(|p| p * (1.0 - p));
        let corners = corners(lower, &root);
        let n = base.cells;

        let single = &counts.singles()[k + 1..][..later];
        let [in_i, in_j, in_k] = [&counts.pairs(i)[k - i..], &counts.pairs(j)[k - j..], counts.pairs(k)];
        let [in_ij, in_ik, in_jk] = [&counts.triples(i, j)[k - j..], counts.triples(i, k), counts.triples(j, k)];
        let in_all = counts.quads(i, j, k);
        let ones = &table.ones[k + 1..][..later];
        let slices = [in_i, in_j, in_k, in_ij, in_ik, in_jk, in_all].map(|slice| &slice[..later]);
        for vector in self.on_base.iter_mut().chain(&mut self.reach).chain([&mut self.score, &mut self.unit]) {
            vector.resize(later, 0.0);
        }
        let [on_0, on_1, on_2, on_3] = &mut self.on_base;
        let (on_0, on_1, on_2, on_3) = (&mut on_0[..later], &mut on_1[..later], &mut on_2[..later], &mut on_3[..later]);
        let (scores, units) = (&mut self.score[..later], &mut self.unit[..later]);
        let [reach_0, reach_1, reach_2, reach_3] = &mut self.reach;
        let mut reaches = [&mut reach_0[..later], &mut reach_1[..later], &mut reach_2[..later], &mut reach_3[..later]];
        self.projected.clear();
        for f in 0..later {
            let mut c = [
                single[f],
                slices[0][f],
                slices[1][f],
                slices[3][f],
                slices[2][f],
                slices[4][f],
                slices[5][f],
                slices[6][f],
            ];
            cells_of_intersections(&mut c);
            let expected: f64 = p.iter().zip(&c).map(|(p, c)| p * c).sum();
            let m: [f64; 8] = std::array::from_fn(|cell| w[cell] * c[cell]);
            let h1 = m[1] + m[3] + m[5] + m[7];
            let h2 = m[2] + m[3] + m[6] + m[7];
            let h3 = m[4] + m[5] + m[6] + m[7];
            let h0 = m[0] + m[2] + m[4] + m[6] + h1;
            let x1 = h1 - lower[1][0] * h0;
            let x2 = h2 - lower[2][0] * h0 - lower[2][1] * x1;
            let x3 = h3 - lower[3][0] * h0 - lower[3][1] * x1 - lower[3][2] * x2;
            let u = [h0 * root[0], x1 * root[1], x2 * root[2], x3 * root[3]];
            let left = h0 - (u[0] * u[0] + u[1] * u[1] + u[2] * u[2] + u[3] * u[3]);
            let gradient = ones[f] - expected;
            let mut reach = [0.0_f64; 4];
            let mut predicted = [0.0; 8];
            for cell in 0..8 {
                let e = &corners[cell];
                let q = e[0] * u[0] + e[1] * u[1] + e[2] * u[2] + e[3] * u[3];
                predicted[cell] = q;
                // Only cells with observations count, with the feature and without it.
                let with = if c[cell] > 0.0 { 1.0 - q } else { 0.0 };
                let without = if n[cell] > c[cell] { -q } else { 0.0 };
                let (up, down) = (greatest(with, without), -least(with, without));
                reach[0] = greatest(reach[0], p[cell] * up);
                reach[1] = greatest(reach[1], p[cell] * down);
                reach[2] = greatest(reach[2], (1.0 - p[cell]) * up);
                reach[3] = greatest(reach[3], (1.0 - p[cell]) * down);
            }
            let sure = left > NOTHING_LEFT * h0;
            let nothing = gradient.abs() <= NO_SCORE * base.counts[0];
            let unit = if sure { 1.0 / left.sqrt() } else { 0.0 };
            units[f] = unit;
            on_0[f] = u[0] * unit;
            on_1[f] = u[1] * unit;
            on_2[f] = u[2] * unit;
            on_3[f] = u[3] * unit;
            let score = match (sure, nothing) {
                (true, _) => gradient * unit,
                (false, true) => 0.0,
                (false, false) => DOUBT,
            };
            scores[f] = score;
            self.projected.push(Projected {
                cells: c,
                expected: predicted,
                score,
                unit,
                on_base: u.map(|u| u * unit),
                sure: sure || nothing,
            });
            for (reaches, reach) in reaches.iter_mut().zip(reach) {
                reaches[f] = reach * unit;
            }
        }
    }
}

/// Each cell of the base as a vector in which the Hessian is the identity.
fn corners(lower: &[[f64; 4]; 4], root: &[f64; 4]) -> [[f64; 4]; 8] {
    std::array::from_fn(|cell| {
        let mut x = [1.0, (cell & 1) as f64, (cell >> 1 & 1) as f64, (cell >> 2 & 1) as f64];
        for row in 1..4 {
            for column in 0..row {
                x[row] -= lower[row][column] * x[column];
            }
        }
        std::array::from_fn(|row| x[row] * root[row])
    })
}

/// The first feature of a pair.
struct First {
    score: f64,
    unit: f64,
    reach: [f64; 4],
    on_base: [f64; 4],
}

/// The features after the first of a pair.
struct Later<'filter> {
    score: &'filter [f64],
    unit: &'filter [f64],
    on_base: [&'filter [f64]; 4],
    reach: [&'filter [f64]; 4],
}

/// What all pairs on one base have in common.
struct Pairs {
    features: [usize; 3],
    all_three: f64,
    /// Twice the loss that a pair has to save.
    needed: f64,
    /// Differences of `pi (1 - pi)`, by the features they are over.
    differences: [f64; 8],
    /// The largest probability of class 1, and of class 0.
    largest: [f64; 2],
}

impl Pairs {
    fn new(counts: &Intersections, base: &Base, needed: f64) -> Self {
        let p = base.fit.probabilities;
        let mut differences = p.map(|p| p * (1.0 - p));
        for half in [1, 2, 4] {
            for cell in 0..8 {
                if cell & half != 0 {
                    differences[cell] -= differences[cell ^ half];
                }
            }
        }
        let n = base.cells;
        let mut largest = [0.0_f64; 2];
        for cell in 0..8 {
            if n[cell] > 0.0 {
                largest = [greatest(largest[0], p[cell]), greatest(largest[1], 1.0 - p[cell])];
            }
        }
        let [i, j, k] = base.features;
        Self { features: [i, j, k], all_three: counts.of(&[i, j, k]), needed, differences, largest }
    }

    /// For the feature at distance `first` and each later one, a number that is below 0 if the pair saves too little.
    #[inline]
    fn judge(
        &self,
        counts: &Intersections,
        first: usize,
        &First { score: z, unit, reach, on_base: on }: &First,
        others: &Later<'_>,
        verdicts: &mut [f64],
    ) {
        let [i, j, k] = self.features;
        let l = k + 1 + first;
        let rest = verdicts.len();
        let pair = &counts.pairs(l)[..rest];
        let [in_i, in_j, in_k] = [counts.triples(i, l), counts.triples(j, l), counts.triples(k, l)].map(|s| &s[..rest]);
        let [in_ij, in_ik, in_jk] =
            [counts.quads(i, j, l), counts.quads(i, k, l), counts.quads(j, k, l)].map(|s| &s[..rest]);
        let all_three = counts.quads(i, j, k);
        let with_first = all_three[first];
        let with_second = &all_three[first + 1..][..rest];
        let missing = with_first - self.all_three;
        let [zs, units] = [&others.score[..rest], &others.unit[..rest]];
        let reaches = others.reach.map(|s| &s[..rest]);
        let on_base = others.on_base.map(|s| &s[..rest]);
        let d = self.differences;
        let [largest_1, largest_0] = self.largest;
        for m in 0..rest {
            let weight = d[0] * pair[m]
                + d[1] * in_i[m]
                + d[2] * in_j[m]
                + d[4] * in_k[m]
                + d[3] * in_ij[m]
                + d[5] * in_ik[m]
                + d[6] * in_jk[m];
            let most = least(least(in_ij[m], in_ik[m]), least(in_jk[m], least(with_first, with_second[m])));
            let fewest = greatest(missing + with_second[m], 0.0);
            let on_both = on[0] * on_base[0][m] + on[1] * on_base[1][m] + on[2] * on_base[2][m] + on[3] * on_base[3][m];
            let scale = unit * units[m];
            let r1 = (weight + d[7] * fewest) * scale - on_both;
            let r2 = (weight + d[7] * most) * scale - on_both;
            let (e1, e2) = (1.0 - r1 * r1, 1.0 - r2 * r2);
            let zm = zs[m];
            let squares = z * z + zm * zm;
            let product = 2.0 * z * zm;
            let smaller = least(e1, e2);
            let inverse = 1.0 / (e1 * e2);
            let form = greatest((squares - product * r1) * e2, (squares - product * r2) * e1) * inverse;
            // The steps of both, times 1 - r^2, up and down.
            let (l1, l2) = (z - r1 * zm, z - r2 * zm);
            let (m1, m2) = (zm - r1 * z, zm - r2 * z);
            let (l_up, l_down) = (greatest(greatest(l1, l2), 0.0), -least(least(l1, l2), 0.0));
            let (m_up, m_down) = (greatest(greatest(m1, m2), 0.0), -least(least(m1, m2), 0.0));
            // 1 / smaller is larger / (e1 e2).
            let larger = greatest(e1, e2) * inverse;
            let up = (l_up * reach[0] + l_down * reach[1] + m_up * reaches[0][m] + m_down * reaches[1][m]) * larger;
            let down = (l_up * reach[3] + l_down * reach[2] + m_up * reaches[3][m] + m_down * reaches[2][m]) * larger;
            let psi = 1.0 + greatest(largest_1 * excess(up), largest_0 * excess(down));
            let short = form * psi - self.needed;
            let steep = (greatest(up, down) - 1.0) * DOUBT;
            let same = (NEARLY_SAME - smaller) * DOUBT;
            verdicts[m] = greatest(short, greatest(steep, same));
        }
    }
}

/// By how much `2 ((1 - v) ln(1 - v) + v) / v^2` is above 1, or slightly more, for `v` from 0 to 1: the series up to `v^2`,
/// and for the rest what it comes to at 1.
#[inline(always)]
pub(crate) fn excess(v: f64) -> f64 {
    v * (1.0 / 3.0 + v * (1.0 / 6.0 + v * 0.5))
}

/// As one instruction, which `f64::min` is not, for what it does with NaN.
#[inline(always)]
fn least(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
pub(crate) fn greatest(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

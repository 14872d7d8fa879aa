//! Whether probabilities agree with what was observed, said with its uncertainty: the calibration line of Cox.

use serde::{Deserialize, Serialize};

use crate::intervals::Z_975;

/// Newton steps of a line; two parameters need a handful.
const MOST_STEPS: usize = 100;
/// The part of a step below which a line search ends.
const SHORTEST_STEP: f64 = 1e-6;
/// The Newton decrement, in units of the log-likelihood, below which one more step leads to the optimum.
const SMALL: f64 = 1e-10;
/// The share of a loss that its rounding may be: of tables that stand for 10^12 observations it is more than what is left to gain.
const ROUNDING: f64 = 1e-13;
/// The determinant of a Hessian of two columns, as a share of the product of its diagonal, below which they are one.
const SINGULAR: f64 = 1e-12;

/// A parameter of a calibration line with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LineParameter {
    /// Its value at the greatest likelihood.
    pub value: f64,
    /// From the inverse Hessian; of groups or of weights by the sandwich.
    pub std_error: f64,
    /// Its 95 % interval, by Wald.
    pub interval: [f64; 2],
}

/// How the observed labels follow the probabilities, in log-odds (Cox 1958, Biometrika 45). A calibrated model has slope 1,
/// intercept 0, and 0 in the large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CalibrationLine {
    /// `b` of `logit P(label 1) = a + b logit(probability)`: below 1 where probabilities are too extreme.
    pub(crate) slope: LineParameter,
    /// `a` of the same line.
    pub(crate) intercept: LineParameter,
}

/// Observations at a logit of their probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AtLogit {
    pub(crate) logit: f64,
    /// How many there are of class 0 and class 1, or what these weigh.
    pub(crate) sums: [f64; 2],
    /// The squares of the weights.
    pub(crate) squares: [f64; 2],
    /// The cluster of all of them.
    pub(crate) cluster: u32,
}

/// Where observations come from, chunk by chunk: what `of` says of each, in their order.
pub(crate) trait Logits {
    fn map_chunks<T: Send>(&self, of: impl Fn(&mut dyn Iterator<Item = AtLogit>) -> T + Sync) -> Vec<T>;
}

/// What the spread of a parameter is estimated from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spread {
    /// Observations are independent and count the same.
    Hessian,
    /// Observations are independent and have weights.
    Squares,
    /// Clusters are independent. `quantile` is that of Student's law.
    Clusters { n_codes: usize, quantile: f64 },
}

/// Why a line has no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoLine {
    /// A class has no observation.
    MissingClass(usize),
    /// Some threshold parts the classes.
    Separated,
    /// All probabilities are the same.
    Constant,
    /// A probability of 0 or 1 has no logit.
    NoLogit,
    /// All observations are of one cluster.
    OneCluster,
    /// The search for the greatest likelihood did not end at one.
    NotFound,
}

impl NoLine {
    pub(crate) fn reason(self) -> String {
        match self {
            Self::MissingClass(class) => format!("there is no observation of class {class}"),
            Self::Separated => "a threshold separates the classes, so the line has no finite slope".to_owned(),
            Self::Constant => "all probabilities are the same".to_owned(),
            Self::NoLogit => "a probability of 0 or 1 has no log-odds".to_owned(),
            Self::OneCluster => "all rows are of one group, which says nothing of others".to_owned(),
            Self::NotFound => "no greatest likelihood was found".to_owned(),
        }
    }
}

/// The line with both parameters free.
pub(crate) fn line(rows: &impl Logits, spread: Spread) -> Result<CalibrationLine, NoLine> {
    let Extent { ranges: [of_0, of_1], .. } = extent(rows)?;
    let (low, high) = (of_0[0].min(of_1[0]), of_0[1].max(of_1[1]));
    if low == high {
        return Err(NoLine::Constant);
    }
    // In one dimension a greatest likelihood is finite where, and only where, the classes overlap.
    if of_0[1] <= of_1[0] || of_1[1] <= of_0[0] {
        return Err(NoLine::Separated);
    }
    // Logits near 1 in size keep the Hessian well conditioned.
    let scale = low.abs().max(high.abs());
    let line = Line { offset: 0.0, scale };
    let [a, b] = line.minimum(rows, [0.0, scale])?;
    let [of_a, of_b] = line.variances(rows, spread, [a, b])?;
    Ok(CalibrationLine {
        slope: parameter(b / scale, of_b.sqrt() / scale, spread.quantile()),
        intercept: parameter(a, of_a.sqrt(), spread.quantile()),
    })
}

/// Calibration in the large: the intercept where the slope is held at 1, by how much log-odds are too low on the whole.
pub(crate) fn in_the_large(rows: &impl Logits, spread: Spread) -> Result<LineParameter, NoLine> {
    extent(rows)?;
    let line = Line { offset: 1.0, scale: f64::INFINITY };
    let [a, b] = line.minimum(rows, [0.0; 2])?;
    let [of_a, _] = line.variances(rows, spread, [a, b])?;
    Ok(parameter(a, of_a.sqrt(), spread.quantile()))
}

impl Spread {
    fn quantile(self) -> f64 {
        match self {
            Self::Clusters { quantile, .. } => quantile,
            Self::Hessian | Self::Squares => Z_975,
        }
    }
}

/// Where the logits of both classes lie.
struct Extent {
    totals: [f64; 2],
    ranges: [[f64; 2]; 2],
    are_finite: bool,
}

fn extent(rows: &impl Logits) -> Result<Extent, NoLine> {
    const NOTHING: Extent =
        Extent { totals: [0.0; 2], ranges: [[f64::INFINITY, f64::NEG_INFINITY]; 2], are_finite: true };
    let of_chunks = rows.map_chunks(|rows| {
        let mut extent = NOTHING;
        for row in rows {
            extent.are_finite &= row.logit.is_finite();
            for class in [0, 1] {
                if row.sums[class] > 0.0 {
                    extent.totals[class] += row.sums[class];
                    let [low, high] = extent.ranges[class];
                    extent.ranges[class] = [low.min(row.logit), high.max(row.logit)];
                }
            }
        }
        extent
    });
    let mut all = NOTHING;
    for extent in of_chunks {
        all.are_finite &= extent.are_finite;
        for class in [0, 1] {
            all.totals[class] += extent.totals[class];
            let [[low, high], [from, to]] = [all.ranges[class], extent.ranges[class]];
            all.ranges[class] = [low.min(from), high.max(to)];
        }
    }
    if let Some(class) = all.totals.iter().position(|total| *total <= 0.0) {
        return Err(NoLine::MissingClass(class));
    }
    if all.are_finite { Ok(all) } else { Err(NoLine::NoLogit) }
}

fn parameter(value: f64, std_error: f64, quantile: f64) -> LineParameter {
    let half = quantile * std_error;
    LineParameter { value, std_error, interval: [value - half, value + half] }
}

/// The loss of a line with its gradient, and its Hessian as `[aa, ab, bb]`.
#[derive(Clone, Copy)]
struct Sums {
    loss: f64,
    gradient: [f64; 2],
    hessian: [f64; 3],
}

/// `a + b logit / scale + offset logit`: its parameters are `a` and `b`, which is none where the scale is infinite.
#[derive(Clone, Copy)]
struct Line {
    offset: f64,
    scale: f64,
}

impl Line {
    /// What `b` is multiplied with, and the line's value.
    fn at(self, [a, b]: [f64; 2], logit: f64) -> (f64, f64) {
        let x = logit / self.scale;
        (x, a + b * x + self.offset * logit)
    }

    fn sums(self, rows: &impl Logits, parameters: [f64; 2]) -> Sums {
        const NOTHING: Sums = Sums { loss: 0.0, gradient: [0.0; 2], hessian: [0.0; 3] };
        let of_chunks = rows.map_chunks(|rows| {
            let mut sums = NOTHING;
            for AtLogit { logit, sums: [w0, w1], .. } in rows {
                let (x, z) = self.at(parameters, logit);
                // One exponential gives the loss and both probabilities.
                let tail = (-z.abs()).exp();
                let (rare, usual) = (tail / (1.0 + tail), 1.0 / (1.0 + tail));
                let (p, q) = if z < 0.0 { (rare, usual) } else { (usual, rare) };
                sums.loss += (w0 + w1) * (z.max(0.0) + tail.ln_1p()) - w1 * z;
                let (residual, curvature) = (w0 * p - w1 * q, (w0 + w1) * p * q);
                sums.gradient = [sums.gradient[0] + residual, sums.gradient[1] + residual * x];
                let [aa, ab, bb] = sums.hessian;
                sums.hessian = [aa + curvature, ab + curvature * x, bb + curvature * x * x];
            }
            sums
        });
        of_chunks.into_iter().fold(NOTHING, |all, chunk| Sums {
            loss: all.loss + chunk.loss,
            gradient: [0, 1].map(|at| all.gradient[at] + chunk.gradient[at]),
            hessian: [0, 1, 2].map(|at| all.hessian[at] + chunk.hessian[at]),
        })
    }

    /// The parameters of the least loss, by Newton's method with halved steps.
    fn minimum(self, rows: &impl Logits, start: [f64; 2]) -> Result<[f64; 2], NoLine> {
        let mut parameters = start;
        let mut here = self.sums(rows, parameters);
        for _ in 0..MOST_STEPS {
            let [iaa, iab, ibb] = inverse(here.hessian).ok_or(NoLine::NotFound)?;
            let [ga, gb] = here.gradient;
            let step = [iaa * ga + iab * gb, iab * ga + ibb * gb];
            let decrement = ga * step[0] + gb * step[1];
            let stepped = [parameters[0] - step[0], parameters[1] - step[1]];
            // So near a last whole step is exact to rounding, which may allow no lower loss.
            if decrement < SMALL {
                return Ok(stepped);
            }
            let mut length = 1.0;
            let next = loop {
                let next = [parameters[0] - length * step[0], parameters[1] - length * step[1]];
                let there = self.sums(rows, next);
                if there.loss <= here.loss + ROUNDING * here.loss {
                    break Some((next, there));
                }
                length /= 2.0;
                if length < SHORTEST_STEP {
                    break None;
                }
            };
            (parameters, here) = next.ok_or(NoLine::NotFound)?;
        }
        Err(NoLine::NotFound)
    }

    /// The variances of both parameters.
    fn variances(self, rows: &impl Logits, spread: Spread, parameters: [f64; 2]) -> Result<[f64; 2], NoLine> {
        let [aa, ab, bb] = inverse(self.sums(rows, parameters).hessian).ok_or(NoLine::NotFound)?;
        // What an observation of class 0 and one of class 1 add to the gradient by `a`, and what this is times for `b`.
        let residuals = |logit: f64| {
            let (x, z) = self.at(parameters, logit);
            (x, [assist_score::sigmoid(z), -assist_score::sigmoid(-z)])
        };
        let square = |[ga, gb]: [f64; 2], times: f64| [times * ga * ga, times * ga * gb, times * gb * gb];
        let plus = |a: [f64; 3], b: [f64; 3]| [0, 1, 2].map(|at| a[at] + b[at]);
        let meat = match spread {
            Spread::Hessian => return Ok([aa, bb]),
            Spread::Squares => {
                let of_row = |row: AtLogit| {
                    let (x, [of_0, of_1]) = residuals(row.logit);
                    square([1.0, x], row.squares[0] * of_0 * of_0 + row.squares[1] * of_1 * of_1)
                };
                rows.map_chunks(|rows| rows.map(of_row).fold([0.0; 3], plus)).into_iter().fold([0.0; 3], plus)
            }
            Spread::Clusters { n_codes, .. } => {
                let of_row = |row: AtLogit| {
                    let (x, [of_0, of_1]) = residuals(row.logit);
                    let residual = row.sums[0] * of_0 + row.sums[1] * of_1;
                    (row.cluster, [residual, residual * x])
                };
                let mut gradients: Vec<Option<[f64; 2]>> = vec![None; n_codes];
                for (cluster, [a, b]) in rows.map_chunks(|rows| rows.map(of_row).collect::<Vec<_>>()).concat() {
                    if let Some(gradient) = gradients.get_mut(cluster as usize) {
                        let [ga, gb] = gradient.unwrap_or([0.0; 2]);
                        *gradient = Some([ga + a, gb + b]);
                    }
                }
                let g = gradients.iter().flatten().count() as f64;
                if g < 2.0 {
                    return Err(NoLine::OneCluster);
                }
                let squares = gradients.into_iter().flatten().map(|gradient| square(gradient, g / (g - 1.0)));
                squares.fold([0.0; 3], plus)
            }
        };
        let of = |[u, v]: [f64; 2]| u * u * meat[0] + 2.0 * u * v * meat[1] + v * v * meat[2];
        Ok([of([aa, ab]), of([ab, bb])])
    }
}

/// The inverse of a Hessian; of its first column alone where the second is nothing.
fn inverse([aa, ab, bb]: [f64; 3]) -> Option<[f64; 3]> {
    if bb == 0.0 {
        return (aa > 0.0).then(|| [1.0 / aa, 0.0, 0.0]);
    }
    let determinant = aa * bb - ab * ab;
    (determinant > SINGULAR * aa * bb).then(|| [bb / determinant, -ab / determinant, aa / determinant])
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Logits for Vec<AtLogit> {
        fn map_chunks<T: Send>(&self, of: impl Fn(&mut dyn Iterator<Item = AtLogit>) -> T + Sync) -> Vec<T> {
            self.chunks(3).map(|rows| of(&mut rows.iter().copied())).collect()
        }
    }

    /// Seven logits of a model that is too sure of itself, and too low on the whole.
    fn rows() -> Vec<AtLogit> {
        let counts = [[30.0, 3.0], [25.0, 6.0], [20.0, 8.0], [14.0, 9.0], [12.0, 16.0], [7.0, 15.0], [5.0, 21.0]];
        let logits = (0..7_u8).map(|i| f64::from(i) * 1.5 - 5.0);
        let at = |(cluster, (logit, sums))| AtLogit { logit, sums, squares: sums, cluster };
        (0..).zip(logits.zip(counts)).map(at).collect()
    }

    fn near(found: LineParameter, value: f64, std_error: f64) {
        assert!((found.value - value).abs() < 1e-9 && (found.std_error - std_error).abs() < 1e-9, "{found:?}");
        let half = Z_975 * std_error;
        assert!((found.interval[0] - value + half).abs() < 1e-8 && (found.interval[1] - value - half).abs() < 1e-8);
    }

    /// statsmodels 0.15, `GLM(.., Binomial())` of the table above, with the logit as column and as offset; HC0 and clustered
    /// covariance of the same observations one by one.
    #[test]
    fn the_line_is_that_of_statsmodels() {
        let found = line(&rows(), Spread::Hessian).expect("a line");
        let (slope, large) = (0.395_847_985_314_478_35, -0.087_593_620_576_748_7);
        near(found.slope, slope, 0.062_692_155_632_376_61);
        near(found.intercept, -0.162_937_190_638_516_9, 0.171_518_979_480_260_51);
        near(in_the_large(&rows(), Spread::Hessian).expect("a line"), large, 0.243_066_304_041_991_17);
        let robust = line(&rows(), Spread::Squares).expect("a line");
        near(robust.slope, slope, 0.062_206_651_672_170_8);
        let clusters = Spread::Clusters { n_codes: 7, quantile: Z_975 };
        near(line(&rows(), clusters).expect("a line").slope, slope, 0.012_919_810_388_999_795);
        near(in_the_large(&rows(), clusters).expect("a line"), large, 0.705_372_509_582_652_7);
    }

    /// As many observations as a table of counts may stand for: the same line, and errors that shrink with the root of their number.
    #[test]
    fn counts_may_be_large() {
        let times = |by: f64| -> Vec<AtLogit> {
            rows().into_iter().map(|row| AtLogit { sums: row.sums.map(|n| n * by), ..row }).collect()
        };
        let [few, many] = [1.0, 1e10].map(|by| line(&times(by), Spread::Hessian).expect("a line").slope);
        assert!((few.value - many.value).abs() < 1e-9 && (few.std_error / many.std_error / 1e5 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_that_is_none_says_why() {
        let at = |logit: f64, n0: f64, n1: f64| AtLogit { logit, sums: [n0, n1], squares: [n0, n1], cluster: 0 };
        let of = |rows: &[AtLogit]| line(&rows.to_vec(), Spread::Hessian).err();
        assert_eq!(of(&[at(0.0, 3.0, 0.0), at(1.0, 2.0, 0.0)]), Some(NoLine::MissingClass(1)));
        assert_eq!(of(&[at(0.0, 3.0, 0.0), at(1.0, 2.0, 2.0)]), Some(NoLine::Separated));
        assert_eq!(of(&[at(0.5, 3.0, 4.0)]), Some(NoLine::Constant));
        assert_eq!(of(&[at(f64::INFINITY, 3.0, 4.0), at(0.0, 1.0, 1.0)]), Some(NoLine::NoLogit));
        let one = Spread::Clusters { n_codes: 1, quantile: Z_975 };
        assert_eq!(line(&vec![at(0.0, 3.0, 1.0), at(1.0, 2.0, 2.0)], one).err(), Some(NoLine::OneCluster));
    }
}

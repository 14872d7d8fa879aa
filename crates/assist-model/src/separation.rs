//! Whether a combination of features separates the classes, certified by linear programs (Konis 2007, "Linear programming
//! algorithms for detecting separated data in binary logistic regression models", chapter 4).
//!
//! With `x` a row's features and a one for the intercept, and `s` -1 for class 0 and 1 for class 1, a direction `b` separates
//! completely if `s x'b > 0` for all rows, and quasi-completely if `s x'b >= 0` for all and `> 0` for some. The programs get
//! only the rows that matter: those that the last solution violates are added until none is left, and the direction that is
//! found is held against every row.
//!
//! Of the features of a direction only those are named that cannot be left out: a feature that separates alone, else what is
//! left when others are dropped for as long as the rest still separates. (What separates does so beside any other feature, so
//! whatever was once needed stays needed.)

use assist_features::Design;
use assist_score::Separation;
use ndarray::{Array2, ArrayView1};

use crate::linear_program::{NoAnswer, Program};

/// Rows that are added to a program at a time.
const ROWS_A_ROUND: usize = 64;
/// Rounds before the answer is that it is not known.
const MOST_ROUNDS: usize = 200;
/// Margins and coefficients below this are rounding, margins beside the sum of their absolute terms.
const TOLERANCE: f64 = 1e-6;
/// Sums of absolute terms below this are what a solver leaves of zeros.
const SMALL: f64 = 0.2;

/// Cells of a design's dense matrix up to which it is put to linear programs.
const MOST_CELLS: usize = 1 << 24;

/// Whether a design is small enough for linear programs.
pub(crate) fn may_be_certified(design: &Design) -> bool {
    design.n_rows().saturating_mul(design.n_features() + 1) <= MOST_CELLS
}

/// What the linear programs say of a design.
pub(crate) enum Certificate {
    /// No direction separates the classes: the unpenalised optimum is finite.
    Overlap,
    /// A direction does.
    Separated(Separation),
    /// The programs gave no answer.
    Unknown,
}

/// Looks for a smallest set of features that separates the classes. `dense` is the design's matrix without the ones;
/// `has_intercept` says whether these are part of the fit.
pub(crate) fn certify(design: &Design, dense: &Array2<f64>, has_intercept: bool) -> Certificate {
    let rows = Rows::new(design, dense, has_intercept);
    let Ok(found) = rows.smallest() else { return Certificate::Unknown };
    let Some((kind, mut features)) = found else { return Certificate::Overlap };
    features.sort_unstable();
    let names = design.space().features();
    let mut features: Vec<String> = features.into_iter().map(|feature| names[feature].name.clone()).collect();
    // The intercept only says where the border lies, unless it is alone.
    if features.is_empty() {
        features.push("intercept".to_owned());
    }
    Certificate::Separated(Separation { is_complete: kind == Kind::Complete, features })
}

/// How far a direction separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Complete,
    Quasi,
}

/// The rows, each with its sides: `[-1]`, `[1]` or both. Features are divided by their typical size, and each row by its
/// largest entry, so that a few rows far out make no others vanish.
#[derive(Clone)]
struct Rows<'a> {
    dense: &'a Array2<f64>,
    /// The features that a direction may have, and the typical size of each.
    features: Vec<(usize, f64)>,
    has_intercept: bool,
    sides: Vec<(usize, f64)>,
    counts: Vec<[u64; 2]>,
}

impl<'a> Rows<'a> {
    fn new(design: &Design, dense: &'a Array2<f64>, has_intercept: bool) -> Self {
        // The squared mean of the roots hardly notices a few large values.
        let size = |column: ArrayView1<'_, f64>| {
            (column.iter().map(|value| value.abs().sqrt()).sum::<f64>() / column.len().max(1) as f64).powi(2)
        };
        let scales = dense.columns().into_iter().map(|column| Some(size(column)).filter(|size| *size > 0.0));
        let counts: Vec<[u64; 2]> = design.counts().collect();
        let mut sides = Vec::with_capacity(counts.len());
        for (row, [n0, n1]) in counts.iter().enumerate() {
            sides.extend((*n0 > 0).then_some((row, -1.0)));
            sides.extend((*n1 > 0).then_some((row, 1.0)));
        }
        let features = scales.map(|size| size.unwrap_or(1.0)).enumerate().collect();
        Self { dense, features, has_intercept, sides, counts }
    }

    /// The same rows with some of the features.
    fn with(&self, features: &[usize]) -> Self {
        let features = self.features.iter().copied().filter(|(feature, _)| features.contains(feature)).collect();
        Self { features, ..self.clone() }
    }

    fn n_coordinates(&self) -> usize {
        self.features.len() + usize::from(self.has_intercept)
    }

    /// The features of a row, scaled.
    fn cells(&self, row: usize) -> impl Iterator<Item = f64> {
        let cells = self.dense.row(row);
        self.features.iter().map(move |(feature, scale)| cells[*feature] / scale)
    }

    /// The coordinates of a row, scaled and divided, the intercept's last if there is one.
    fn coordinates(&self, row: usize) -> impl Iterator<Item = f64> {
        let one = self.divided_one(row);
        self.cells(row).map(move |x| x * one).chain(self.has_intercept.then_some(one))
    }

    /// What becomes of the intercept's 1 where a row is divided by its largest entry.
    fn divided_one(&self, row: usize) -> f64 {
        self.cells(row).fold(1.0_f64, |most, x| most.max(x.abs())).recip()
    }

    /// A smallest set of features that separates the classes, completely where any does.
    fn smallest(&self) -> Result<Option<(Kind, Vec<usize>)>, NoAnswer> {
        if let Some(alone) = self.alone(Kind::Complete) {
            return Ok(Some((Kind::Complete, vec![alone])));
        }
        // Without an answer whether all rows are told apart, some of them may be.
        if let Ok(Some(features)) = self.support(Kind::Complete) {
            return Ok(Some((Kind::Complete, self.reduced(Kind::Complete, features)?)));
        }
        if let Some(alone) = self.alone(Kind::Quasi) {
            return Ok(Some((Kind::Quasi, vec![alone])));
        }
        let Some(features) = self.support(Kind::Quasi)? else { return Ok(None) };
        Ok(Some((Kind::Quasi, self.reduced(Kind::Quasi, features)?)))
    }

    /// The features of a direction that separates.
    fn support(&self, kind: Kind) -> Result<Option<Vec<usize>>, NoAnswer> {
        let direction = match kind {
            Kind::Complete => self.complete()?,
            Kind::Quasi => self.quasi_complete()?,
        };
        let involved = |((feature, _), b): (&(usize, f64), &f64)| (b.abs() > TOLERANCE).then_some(*feature);
        Ok(direction.map(|direction| self.features.iter().zip(&direction).filter_map(involved).collect()))
    }

    /// What is left of features that separate when as many as possible are dropped, many at a time at first.
    fn reduced(&self, kind: Kind, mut features: Vec<usize>) -> Result<Vec<usize>, NoAnswer> {
        let mut at_a_time = features.len() / 2;
        while at_a_time > 0 {
            let mut start = 0;
            while start < features.len() && features.len() > 1 {
                let end = (start + at_a_time).min(features.len());
                let rest: Vec<usize> = [&features[..start], &features[end..]].concat();
                match self.with(&rest).support(kind)? {
                    // The direction that is found may do without more than was dropped, also of what came before.
                    Some(still) => {
                        start = features[..start].iter().filter(|feature| still.contains(feature)).count();
                        features = still;
                    }
                    None => start = end,
                }
            }
            at_a_time /= 2;
        }
        Ok(features)
    }

    /// The feature that separates by itself, of several the one that tells most observations apart.
    fn alone(&self, kind: Kind) -> Option<usize> {
        let told = self.features.iter().filter_map(|(feature, _)| Some((self.told_apart(*feature, kind)?, *feature)));
        told.max_by_key(|(told, feature)| (*told, std::cmp::Reverse(*feature))).map(|(_, feature)| feature)
    }

    /// How many observations a feature puts on the side of their class, the others on the border; `None` where it puts some on
    /// the wrong side, or too few for the kind.
    fn told_apart(&self, feature: usize, kind: Kind) -> Option<u64> {
        let column = self.dense.column(feature);
        let mut ranges = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for (value, counts) in column.iter().zip(&self.counts) {
            for ([low, high], _) in ranges.iter_mut().zip(counts).filter(|(_, n)| **n > 0) {
                (*low, *high) = (low.min(*value), high.max(*value));
            }
        }
        let [[low_0, high_0], [low_1, high_1]] = ranges;
        let border = if !self.has_intercept {
            (high_0 <= 0.0 && low_1 >= 0.0 || high_1 <= 0.0 && low_0 >= 0.0).then_some([0.0, 0.0])
        } else if high_0 <= low_1 {
            Some([high_0, low_1])
        } else {
            (high_1 <= low_0).then_some([low_0, high_1])
        }?;
        // Where there is a gap the border lies within it, and all are told apart.
        let [of_0, of_1] = border;
        let has_gap = of_0 != of_1;
        let off = |value: f64, n: u64, border: f64| if has_gap || value != border { n } else { 0 };
        let rows = column.iter().zip(&self.counts);
        let told: u64 = rows.map(|(value, [n0, n1])| off(*value, *n0, of_0) + off(*value, *n1, of_1)).sum();
        let all: u64 = self.counts.iter().flatten().sum();
        match kind {
            Kind::Complete => (told == all).then_some(told),
            Kind::Quasi => (told > 0).then_some(told),
        }
    }

    /// `s x'b` of a side, and the sum of the absolute terms.
    fn margin(&self, (row, sign): (usize, f64), direction: &[f64]) -> [f64; 2] {
        let terms = self.coordinates(row).zip(direction).map(|(x, b)| x * b);
        terms.fold([0.0, 0.0], |[sum, size], term| [sum + sign * term, size + term.abs()])
    }

    /// A direction in which every margin is positive, if there is one: that with the fewest and smallest coefficients.
    fn complete(&self) -> Result<Option<Vec<f64>>, NoAnswer> {
        let sparse = self.solve(1.0, |program, n| {
            let mut cost = vec![1.0; n];
            if self.has_intercept {
                cost[n - 1] = 0.0;
            }
            program.minimise_size(&cost, f64::INFINITY)
        });
        // Where rows nearly lie in a plane, the program above may give up; the one beneath is bounded.
        let found = sparse.or_else(|NoAnswer| self.widest())?;
        Ok(found.filter(|direction| self.sides.iter().all(|side| self.is_strict(*side, direction))))
    }

    /// The direction with coefficients between -1 and 1 whose smallest margin is largest, if that is more than rounding.
    fn widest(&self) -> Result<Option<Vec<f64>>, NoAnswer> {
        let mut taken = self.some_sides();
        for _ in 0..MOST_ROUNDS {
            let rows = taken.iter().map(|side| self.program_row(self.sides[*side], 0.0)).collect();
            let program = Program { rows, floor: None };
            let Some((direction, least)) = program.maximise_least(self.n_coordinates())? else { return Err(NoAnswer) };
            // The least margin of all rows is no larger than that of some.
            if least <= 10.0 * TOLERANCE {
                return Ok(None);
            }
            let rest = |side: &(usize, f64)| self.margin(*side, &direction)[0] - least;
            let smaller = self.sides.iter().enumerate().map(|(index, side)| (rest(side), index));
            let violated: Vec<(f64, usize)> = smaller.filter(|(rest, _)| *rest < -TOLERANCE).collect();
            if violated.is_empty() {
                return Ok(Some(direction));
            }
            add_violated(&mut taken, violated)?;
        }
        Err(NoAnswer)
    }

    /// Whether a side's margin is more than rounding.
    fn is_strict(&self, side: (usize, f64), direction: &[f64]) -> bool {
        let [margin, size] = self.margin(side, direction);
        margin > TOLERANCE * size
    }

    /// A direction in which no margin is negative and the sum of all is positive, if there is one: of those with the largest
    /// sum the one with the smallest coefficients.
    fn quasi_complete(&self) -> Result<Option<Vec<f64>>, NoAnswer> {
        let n = self.n_coordinates();
        let mut sum = vec![0.0; n];
        let total: f64 = self.counts.iter().map(|[n0, n1]| (n0 + n1) as f64).sum();
        for (row, [n0, n1]) in self.counts.iter().enumerate() {
            let weight = (*n1 as f64 - *n0 as f64) / total;
            sum.iter_mut().zip(self.coordinates(row)).for_each(|(sum, x)| *sum += weight * x);
        }
        let of = |direction: &[f64]| sum.iter().zip(direction).map(|(c, b)| c * b).sum::<f64>();
        let Some(widest) = self.solve(0.0, |program, _| program.maximise(&sum))? else { return Err(NoAnswer) };
        let most = of(&widest);
        let is_clear = |side: &&(usize, f64)| self.margin(**side, &widest)[0] > 10.0 * TOLERANCE;
        if !self.sides.iter().filter(is_clear).any(|side| self.is_strict(*side, &widest)) {
            return Ok(None);
        }
        let smallest = self.solve(0.0, |program, n| {
            let program = program.at_least(&sum, most * (1.0 - TOLERANCE));
            program.minimise_size(&vec![1.0; n], 1.0)
        })?;
        Ok(Some(smallest.unwrap_or(widest)))
    }

    /// Solves a program over rows whose margins are at least `margin`, adding those that are violated until none is; `None`
    /// where no direction fulfils it.
    fn solve(
        &self,
        margin: f64,
        program: impl Fn(Program, usize) -> Result<Option<Vec<f64>>, NoAnswer>,
    ) -> Result<Option<Vec<f64>>, NoAnswer> {
        let n = self.n_coordinates();
        let mut taken = self.some_sides();
        for _ in 0..MOST_ROUNDS {
            let rows = taken.iter().map(|side| self.program_row(self.sides[*side], margin));
            let Some(direction) = program(Program { rows: rows.collect(), floor: None }, n)? else {
                return Ok(None);
            };
            let violated: Vec<(f64, usize)> = self
                .sides
                .iter()
                .enumerate()
                .map(|(index, side)| {
                    let [own, size] = self.margin(*side, &direction);
                    let asked = margin * self.divided_one(side.0);
                    ((own - asked) / size.max(SMALL), index)
                })
                .filter(|(rest, _)| *rest < -TOLERANCE)
                .collect();
            if violated.is_empty() {
                return Ok(Some(direction));
            }
            add_violated(&mut taken, violated)?;
        }
        Err(NoAnswer)
    }

    /// The sides that a program begins with.
    fn some_sides(&self) -> Vec<usize> {
        (0..self.sides.len()).step_by((self.sides.len() / ROWS_A_ROUND).max(1)).collect()
    }

    /// A side as a row of a program, whose margin before rows are divided is at least `margin`.
    fn program_row(&self, (row, sign): (usize, f64), margin: f64) -> (Vec<f64>, f64) {
        (self.coordinates(row).map(|x| sign * x).collect(), margin * self.divided_one(row))
    }
}

/// Adds the sides that are violated most; there is no answer where nothing is added.
fn add_violated(taken: &mut Vec<usize>, mut violated: Vec<(f64, usize)>) -> Result<(), NoAnswer> {
    violated.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let before = taken.len();
    taken.extend(violated.into_iter().take(ROWS_A_ROUND).map(|(_, index)| index));
    taken.sort_unstable();
    taken.dedup();
    if taken.len() == before { Err(NoAnswer) } else { Ok(()) }
}

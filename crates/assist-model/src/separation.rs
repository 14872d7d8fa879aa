//! Whether a combination of features separates the classes, certified by linear programs (Konis 2007, "Linear programming
//! algorithms for detecting separated data in binary logistic regression models", chapter 4).
//!
//! With `x` a row's features and a one for the intercept, and `s` -1 for class 0 and 1 for class 1, a direction `b` separates
//! completely if `s x'b > 0` for all rows, and quasi-completely if `s x'b >= 0` for all and `> 0` for some. The programs get
//! only the rows that matter: those that the last solution violates are added until none is left, and the direction that is
//! found is held against every row.

use assist_features::Design;
use assist_score::Separation;
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, Variable};
use ndarray::{Array2, ArrayView1};

/// Rows that are added to a program at a time.
const ROWS_A_ROUND: usize = 64;
/// Rounds before the answer is that it is not known.
const MOST_ROUNDS: usize = 200;
/// Margins and coefficients below this are rounding, margins beside the sum of their absolute terms.
const TOLERANCE: f64 = 1e-6;
/// Sums of absolute terms below this are what a solver leaves of zeros.
const SMALL: f64 = 0.2;

/// What the linear programs say of a design.
pub(crate) enum Certificate {
    /// No direction separates the classes: the unpenalised optimum is finite.
    Overlap,
    /// A direction does.
    Separated(Separation),
    /// The programs gave no answer.
    Unknown,
}

/// Looks for a direction that separates the classes. `dense` is the design's matrix without the ones.
pub(crate) fn certify(design: &Design, dense: &Array2<f64>) -> Certificate {
    let rows = Rows::new(design, dense);
    let found = rows.complete().and_then(|complete| match complete {
        Some(direction) => Ok(Some((true, direction))),
        None => Ok(rows.quasi_complete()?.map(|direction| (false, direction))),
    });
    match found {
        Err(NoAnswer) => Certificate::Unknown,
        Ok(None) => Certificate::Overlap,
        Ok(Some((is_complete, direction))) => {
            let names = design.space().features().into_iter().map(|feature| feature.name);
            let features = names.chain(["intercept".to_owned()]);
            let involved = |(name, b): (String, &f64)| (b.abs() > TOLERANCE).then_some(name);
            let mut features: Vec<String> = features.zip(&direction).filter_map(involved).collect();
            // The intercept only says where the border lies, unless it is alone.
            if features.len() > 1 {
                features.retain(|name| name != "intercept");
            }
            Certificate::Separated(Separation { is_complete, features })
        }
    }
}

struct NoAnswer;

/// The rows, each with its sides: `[-1]`, `[1]` or both. Features are divided by their typical size, and each row by its
/// largest entry, so that a few rows far out make no others vanish.
struct Rows<'a> {
    dense: &'a Array2<f64>,
    scales: Vec<f64>,
    sides: Vec<(usize, f64)>,
    counts: Vec<[u64; 2]>,
}

impl<'a> Rows<'a> {
    fn new(design: &Design, dense: &'a Array2<f64>) -> Self {
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
        Self { dense, scales: scales.map(|size| size.unwrap_or(1.0)).collect(), sides, counts }
    }

    fn n_coordinates(&self) -> usize {
        self.scales.len() + 1
    }

    /// The coordinates of a row, scaled and divided, the intercept's last.
    fn coordinates(&self, row: usize) -> impl Iterator<Item = f64> {
        let one = self.divided_one(row);
        let cells = self.dense.row(row).into_iter().zip(&self.scales);
        cells.map(move |(x, scale)| x / scale * one).chain([one])
    }

    /// What becomes of the intercept's 1 where a row is divided by its largest entry.
    fn divided_one(&self, row: usize) -> f64 {
        let cells = self.dense.row(row).into_iter().zip(&self.scales);
        cells.fold(1.0_f64, |most, (x, scale)| most.max((x / scale).abs())).recip()
    }

    /// `s x'b` of a side, and the sum of the absolute terms.
    fn margin(&self, (row, sign): (usize, f64), direction: &[f64]) -> [f64; 2] {
        let terms = self.coordinates(row).zip(direction).map(|(x, b)| x * b);
        terms.fold([0.0, 0.0], |[sum, size], term| [sum + sign * term, size + term.abs()])
    }

    /// The direction with the fewest and smallest coefficients in which every margin is at least 1 before rows are divided, if
    /// there is one.
    fn complete(&self) -> Result<Option<Vec<f64>>, NoAnswer> {
        let found = self.solve(1.0, |program, n| {
            let mut cost = vec![1.0; n];
            cost[n - 1] = 0.0;
            program.minimise_size(&cost, f64::INFINITY)
        })?;
        Ok(found.filter(|direction| self.sides.iter().all(|side| self.is_strict(*side, direction))))
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
        let step = (self.sides.len() / ROWS_A_ROUND).max(1);
        let mut taken: Vec<usize> = (0..self.sides.len()).step_by(step).collect();
        for _ in 0..MOST_ROUNDS {
            let rows = taken.iter().map(|side| {
                let (row, sign) = self.sides[*side];
                (self.coordinates(row).map(|x| sign * x).collect(), margin * self.divided_one(row))
            });
            let Some(direction) = program(Program { rows: rows.collect(), floor: None }, n)? else {
                return Ok(None);
            };
            let mut violated: Vec<(f64, usize)> = self
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
            violated.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let before = taken.len();
            taken.extend(violated.into_iter().take(ROWS_A_ROUND).map(|(_, index)| index));
            taken.sort_unstable();
            taken.dedup();
            if taken.len() == before {
                return Err(NoAnswer);
            }
        }
        Err(NoAnswer)
    }
}

/// A linear program over some rows.
struct Program {
    /// Of each row its coordinates times its sign, and the margin that is asked of it.
    rows: Vec<(Vec<f64>, f64)>,
    floor: Option<(Vec<f64>, f64)>,
}

impl Program {
    fn at_least(self, coefficients: &[f64], value: f64) -> Self {
        Self { floor: Some((coefficients.to_vec(), value)), ..self }
    }

    /// Maximises `gain'b` with every coefficient between -1 and 1.
    fn maximise(&self, gain: &[f64]) -> Result<Option<Vec<f64>>, NoAnswer> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let variables: Vec<Variable> = gain.iter().map(|gain| problem.add_var(*gain, (-1.0, 1.0))).collect();
        for (row, margin) in &self.rows {
            let terms: Vec<(Variable, f64)> = variables.iter().copied().zip(row.iter().copied()).collect();
            problem.add_constraint(terms, ComparisonOp::Ge, *margin);
        }
        solved(&problem, |value| variables.iter().map(|variable| value(*variable)).collect())
    }

    /// Minimises `sum cost |b|`, each coefficient at most `bound` in size.
    fn minimise_size(&self, cost: &[f64], bound: f64) -> Result<Option<Vec<f64>>, NoAnswer> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let signed: Vec<[Variable; 2]> =
            cost.iter().map(|cost| [(); 2].map(|()| problem.add_var(*cost, (0.0, bound)))).collect();
        let terms = |row: &[f64]| -> Vec<(Variable, f64)> {
            signed.iter().zip(row).flat_map(|([plus, minus], x)| [(*plus, *x), (*minus, -x)]).collect()
        };
        for (row, margin) in &self.rows {
            problem.add_constraint(terms(row), ComparisonOp::Ge, *margin);
        }
        if let Some((coefficients, value)) = &self.floor {
            problem.add_constraint(terms(coefficients), ComparisonOp::Ge, *value);
        }
        solved(&problem, |value| signed.iter().map(|[plus, minus]| value(*plus) - value(*minus)).collect())
    }
}

fn solved(
    problem: &Problem,
    read: impl Fn(&dyn Fn(Variable) -> f64) -> Vec<f64>,
) -> Result<Option<Vec<f64>>, NoAnswer> {
    match problem.solve() {
        Ok(outcome) => {
            let solution = outcome.into_solution().map_err(|_| NoAnswer)?;
            Ok(Some(read(&|variable| solution.var_value(variable))))
        }
        Err(Error::Infeasible) => Ok(None),
        Err(_) => Err(NoAnswer),
    }
}

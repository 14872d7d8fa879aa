//! The linear programs that certify a separation: over directions whose margins on some rows are bounded from below.

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, Variable};

/// The solver gave up.
pub(crate) struct NoAnswer;

/// A linear program over some rows.
pub(crate) struct Program {
    /// Of each row its coordinates times its sign, and the margin that is asked of it.
    pub(crate) rows: Vec<(Vec<f64>, f64)>,
    /// A sum of coefficients times coordinates, and its least value.
    pub(crate) floor: Option<(Vec<f64>, f64)>,
}

impl Program {
    /// The same program with a floor under a sum.
    pub(crate) fn at_least(self, coefficients: &[f64], value: f64) -> Self {
        Self { floor: Some((coefficients.to_vec(), value)), ..self }
    }

    /// Maximises `gain'b` with every coefficient between -1 and 1.
    pub(crate) fn maximise(&self, gain: &[f64]) -> Result<Option<Vec<f64>>, NoAnswer> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let variables: Vec<Variable> = gain.iter().map(|gain| problem.add_var(*gain, (-1.0, 1.0))).collect();
        for (row, margin) in &self.rows {
            let terms: Vec<(Variable, f64)> = variables.iter().copied().zip(row.iter().copied()).collect();
            problem.add_constraint(terms, ComparisonOp::Ge, *margin);
        }
        solved(&problem, |value| variables.iter().map(|variable| value(*variable)).collect())
    }

    /// Maximises the least margin, with every coefficient between -1 and 1; gives it beside the direction.
    pub(crate) fn maximise_least(&self, n: usize) -> Result<Option<(Vec<f64>, f64)>, NoAnswer> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let variables: Vec<Variable> = (0..n).map(|_| problem.add_var(0.0, (-1.0, 1.0))).collect();
        let least = problem.add_var(1.0, (0.0, 1.0));
        for (row, _) in &self.rows {
            let terms = variables.iter().copied().zip(row.iter().copied()).chain([(least, -1.0)]);
            problem.add_constraint(terms.collect::<Vec<_>>(), ComparisonOp::Ge, 0.0);
        }
        let read = |value: &dyn Fn(Variable) -> f64| variables.iter().chain([&least]).map(|v| value(*v)).collect();
        let found = solved(&problem, read)?;
        Ok(found.and_then(|mut direction| direction.pop().map(|least| (direction, least))))
    }

    /// Minimises `sum cost |b|`, each coefficient at most `bound` in size.
    pub(crate) fn minimise_size(&self, cost: &[f64], bound: f64) -> Result<Option<Vec<f64>>, NoAnswer> {
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

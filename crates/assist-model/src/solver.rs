//! argmin's L-BFGS on the objective, preconditioned with the Cholesky factor of a Hessian: that at zero, or that at the
//! optimum of a sample. The only place that names argmin.
//!
//! Of the line searches that argmin has, backtracking is the one that does not fail late in the fit; it has no bound of its
//! own, so [`CappedBacktracking`] gives it one. argmin asks for value and gradient apart, and for the gradient again after
//! the search: [`Preconditioned`] computes both in one pass and remembers the last points.

use std::cell::RefCell;

use argmin::core::{
    CostFunction, Error as ArgminError, Executor, Gradient, IterState, KV, LineSearch, OptimizationResult, Problem,
    Solver, State, TerminationReason, TerminationStatus,
};
use argmin::solver::linesearch::BacktrackingLineSearch;
use argmin::solver::linesearch::condition::ArmijoCondition;
use argmin::solver::quasinewton::LBFGS;

use crate::error::Error;
use crate::interrupt::INTERRUPTED;
use crate::linalg::Cholesky;
use crate::objective::{Objective, ObjectiveValue};

/// Pairs of steps and gradient differences that L-BFGS remembers.
const HISTORY: usize = 10;
/// Sufficient decrease that the line search asks for.
const ARMIJO: f64 = 1e-4;
/// By how much a step that is too long is shortened.
const CONTRACTION: f64 = 0.5;
/// Shortenings of a step before the line search is given up: 2^-30 of a step is lost in rounding.
const MAX_SHORTENINGS: u32 = 30;

pub(crate) struct LbfgsResult {
    pub(crate) parameters: Vec<f64>,
    /// Value and gradient at the parameters, where they were the last that was looked at.
    pub(crate) evaluation: Option<ObjectiveValue>,
    pub(crate) iterations: u64,
    pub(crate) termination: String,
    pub(crate) reached_max_iter: bool,
}

/// Minimises from `start` until the preconditioned gradient's length is below `tolerance`.
pub(crate) fn lbfgs(
    objective: &Objective<'_>,
    start: &[f64],
    factor: &Cholesky,
    tolerance: f64,
    max_iter: u64,
) -> Result<LbfgsResult, Error> {
    let fail = |error: ArgminError| Error::Solver(error.to_string());
    let last = RefCell::new(None);
    let problem = Preconditioned { objective, factor, last: &last };
    let armijo = ArmijoCondition::new(ARMIJO).map_err(fail)?;
    let backtracking = BacktrackingLineSearch::new(armijo).rho(CONTRACTION).map_err(fail)?;
    let solver = LBFGS::new(CappedBacktracking { inner: backtracking, shortenings: 0 }, HISTORY)
        .with_tolerance_grad(tolerance)
        .and_then(|solver| solver.with_tolerance_cost(0.0))
        .map_err(fail)?;
    let start = factor.multiply_upper(start);
    let executor = Executor::new(problem, solver).configure(|state| state.param(start.clone()).max_iters(max_iter));
    let OptimizationResult { state, .. } = executor.run().map_err(fail)?;
    let (termination, reached_max_iter) = match state.get_termination_status() {
        TerminationStatus::Terminated(reason) => {
            (reason.text().to_owned(), *reason == TerminationReason::MaxItersReached)
        }
        TerminationStatus::NotTerminated => ("still running".to_owned(), false),
    };
    // After a failed line search the state has no parameters, but it still has the best ones.
    let mut parameters = state.get_best_param().cloned().unwrap_or(start);
    let evaluation = last.take().filter(|last| last.at == parameters).map(|last| last.evaluation);
    factor.solve_upper(&mut parameters);
    Ok(LbfgsResult {
        parameters,
        evaluation,
        iterations: state.get_iter(),
        termination: format!("L-BFGS: {termination}"),
        reached_max_iter,
    })
}

/// The objective as a function of `u = L' w`, where `L L'` is a Hessian: there it is nearly as round as a ball.
struct Preconditioned<'a> {
    objective: &'a Objective<'a>,
    factor: &'a Cholesky,
    last: &'a RefCell<Option<Point>>,
}

/// What is known of a point.
struct Point {
    at: Vec<f64>,
    evaluation: ObjectiveValue,
    /// `L^-1 g`, the gradient with respect to `u`.
    gradient: Vec<f64>,
}

impl Preconditioned<'_> {
    fn at<T>(&self, u: &[f64], pick: impl Fn(&Point) -> T) -> T {
        let mut last = self.last.borrow_mut();
        if let Some(point) = last.as_ref()
            && point.at == u
        {
            return pick(point);
        }
        let mut parameters = u.to_vec();
        self.factor.solve_upper(&mut parameters);
        let evaluation = self.objective.evaluate(&parameters);
        let mut gradient = evaluation.gradient.clone();
        self.factor.solve_lower(&mut gradient);
        pick(last.insert(Point { at: u.to_vec(), evaluation, gradient }))
    }
}

impl CostFunction for Preconditioned<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, u: &Vec<f64>) -> Result<f64, ArgminError> {
        if self.objective.is_interrupted() {
            return Err(ArgminError::msg(INTERRUPTED));
        }
        Ok(self.at(u, |point| point.evaluation.value))
    }
}

impl Gradient for Preconditioned<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, u: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.at(u, |point| point.gradient.clone()))
    }
}

type Backtracking = BacktrackingLineSearch<Vec<f64>, Vec<f64>, ArmijoCondition<f64>, f64>;
type Iteration = IterState<Vec<f64>, Vec<f64>, (), (), (), f64>;

/// argmin's backtracking with a bound: without it, it shortens the step for ever once rounding hides the decrease.
#[derive(Clone)]
struct CappedBacktracking {
    inner: Backtracking,
    shortenings: u32,
}

impl LineSearch<Vec<f64>, f64> for CappedBacktracking {
    fn search_direction(&mut self, direction: Vec<f64>) {
        self.inner.search_direction(direction);
    }

    fn initial_step_length(&mut self, step_length: f64) -> Result<(), ArgminError> {
        self.inner.initial_step_length(step_length)
    }
}

impl<O> Solver<O, Iteration> for CappedBacktracking
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
{
    fn name(&self) -> &'static str {
        "Capped backtracking line search"
    }

    fn init(&mut self, problem: &mut Problem<O>, state: Iteration) -> Result<(Iteration, Option<KV>), ArgminError> {
        self.inner.init(problem, state)
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        state: Iteration,
    ) -> Result<(Iteration, Option<KV>), ArgminError> {
        self.shortenings += 1;
        if self.shortenings > MAX_SHORTENINGS {
            // An error makes L-BFGS stop and keep its best point; a plain stop would make it take this one.
            return Err(ArgminError::msg("no step lowers the objective any further"));
        }
        self.inner.next_iter(problem, state)
    }

    fn terminate(&mut self, state: &Iteration) -> TerminationStatus {
        Solver::<O, Iteration>::terminate(&mut self.inner, state)
    }
}

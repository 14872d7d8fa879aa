//! The curvature of an objective at a point without its square of features: one number a row, from which follow products of
//! the Hessian with a vector and the Hessian's diagonal, each in one pass over the coded rows.

use assist_features::{BLOCK_ROWS, Block, BlockVector};
use assist_score::logistic::Points;

use crate::logistic::fill;
use crate::objective::{Objective, ObjectiveValue, curvatures, losses_and_residuals};

/// The second derivatives of an objective at a point, `(X' diag(d) X + diag(penalty)) / sum of weights`, the intercept last.
pub(crate) struct Curvature<'o, 'd> {
    objective: &'o Objective<'d>,
    /// The second derivative of each row's loss with respect to its score, times its weight.
    of_rows: Vec<f64>,
}

impl<'d> Objective<'d> {
    /// Value, gradient and curvature in one pass.
    ///
    /// # Panics
    ///
    /// Where `parameters` has another length.
    pub(crate) fn evaluate_with_curvature(&self, parameters: &[f64]) -> (ObjectiveValue, Curvature<'_, 'd>) {
        struct Gathered {
            loss: f64,
            gradient: assist_features::Sums,
            of_rows: Vec<f64>,
            points: Points,
        }
        self.count_evaluation();
        let design = self.design();
        let (weights, vector) = (self.class_weights(), design.coded_vector(parameters));
        let start =
            || Gathered { loss: 0.0, gradient: design.no_sums(), of_rows: Vec::new(), points: Points::default() };
        let shards = design.fold(design.n_features(), start, |gathered: &mut Gathered, block, _| {
            fill(&block.matvec(&vector), &mut gathered.points);
            let (mut residual, mut curvature) = ([0.0; BLOCK_ROWS], [0.0; BLOCK_ROWS]);
            gathered.loss += losses_and_residuals(block, &gathered.points, weights, &mut residual);
            block.add_transpose_matvec(&residual, &mut gathered.gradient);
            curvatures(block, &gathered.points, weights, &mut curvature);
            gathered.of_rows.extend_from_slice(&curvature[..block.n_rows()]);
        });
        let (mut loss, mut gradients, mut of_rows) = (0.0, Vec::new(), Vec::with_capacity(design.n_rows()));
        for shard in shards {
            loss += shard.loss;
            gradients.push(shard.gradient);
            of_rows.extend(shard.of_rows);
        }
        let value = self.with_penalty(loss, design.column_sums(&gradients), parameters);
        (value, Curvature { objective: self, of_rows })
    }
}

impl Curvature<'_, '_> {
    /// The strength of the penalty on each coordinate, the intercept last.
    pub(crate) fn strengths(&self) -> &[f64] {
        self.objective.strengths()
    }

    /// The sum of the weights of all observations.
    pub(crate) fn total_weight(&self) -> f64 {
        self.objective.total_weight()
    }

    /// One number for each row of the design.
    pub(crate) fn of_rows(&self) -> &[f64] {
        &self.of_rows
    }

    /// The Hessian times a vector.
    ///
    /// # Panics
    ///
    /// Where the vector has another length than the parameters.
    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let design = self.objective.design();
        let coded = design.coded_vector(vector);
        let shards = design.fold(
            design.n_features(),
            || design.no_sums(),
            |sums, block, first| {
                let mut along = block.matvec(&coded);
                self.weight(block, first, &mut along);
                block.add_transpose_matvec(&along, sums);
            },
        );
        let mut product = design.column_sums(&shards);
        let total = self.objective.total_weight();
        for ((entry, strength), value) in product.iter_mut().zip(self.objective.strengths()).zip(vector) {
            *entry = (*entry + strength * value) / total;
        }
        product
    }

    /// The last column of the Hessian, which is that of the intercept, and its diagonal.
    pub(crate) fn last_column_and_diagonal(&self) -> [Vec<f64>; 2] {
        let design = self.objective.design();
        let shards = design.fold(
            2 * design.n_features(),
            || [design.no_sums(), design.no_sums()],
            |sums, block, first| {
                let mut weights = [1.0; BLOCK_ROWS];
                self.weight(block, first, &mut weights);
                let [column, diagonal] = sums;
                block.add_transpose_matvec(&weights, column);
                block.add_squares_transpose_matvec(&weights, diagonal);
            },
        );
        let (columns, diagonals): (Vec<_>, Vec<_>) =
            shards.into_iter().map(|[column, squares]| (column, squares)).unzip();
        let (mut column, mut diagonal) = (design.column_sums(&columns), design.column_sums(&diagonals));
        let total = self.objective.total_weight();
        let intercept = column.len() - 1;
        column[intercept] += self.objective.strengths()[intercept];
        column.iter_mut().for_each(|entry| *entry /= total);
        for (entry, strength) in diagonal.iter_mut().zip(self.objective.strengths()) {
            *entry = (*entry + strength) / total;
        }
        [column, diagonal]
    }

    /// Multiplies a number of each row of a block with its curvature; what is behind the last row becomes 0.
    fn weight(&self, block: &Block<'_>, first: usize, values: &mut BlockVector) {
        let n = block.n_rows();
        values.iter_mut().zip(&self.of_rows[first..first + n]).for_each(|(value, curvature)| *value *= curvature);
        values[n..].fill(0.0);
    }
}

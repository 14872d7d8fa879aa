//! The Cholesky factor of a small symmetric matrix, which is all the linear algebra that a fit needs.

use ndarray::Array2;

/// `L` with `L L' = A`, lower triangular.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factorises a symmetric matrix, of which the lower triangle is read.
    ///
    /// # Errors
    ///
    /// The first column whose pivot is no larger than `tolerance` times its diagonal entry (or is not finite): it follows
    /// from the columns before it.
    pub(crate) fn new(matrix: &Array2<f64>, tolerance: f64) -> Result<Self, usize> {
        let n = matrix.nrows();
        let mut lower = Array2::zeros((n, n));
        for j in 0..n {
            for i in j..n {
                let row_i = lower.row(i);
                let row_j = lower.row(j);
                let known: f64 = row_i.iter().zip(row_j).take(j).map(|(a, b)| a * b).sum();
                let rest = matrix[[i, j]] - known;
                if i == j {
                    let is_positive = rest > tolerance * matrix[[j, j]] && rest > 0.0 && rest.is_finite();
                    if !is_positive {
                        return Err(j);
                    }
                    lower[[j, j]] = rest.sqrt();
                } else {
                    lower[[i, j]] = rest / lower[[j, j]];
                }
            }
        }
        Ok(Self { lower })
    }

    /// `L^-1 b`, in place.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..b.len() {
            let known: f64 = self.lower.row(i).iter().zip(b.iter()).take(i).map(|(l, x)| l * x).sum();
            b[i] = (b[i] - known) / self.lower[[i, i]];
        }
    }

    /// `L'^-1 b`, in place.
    pub(crate) fn solve_upper(&self, b: &mut [f64]) {
        for i in (0..b.len()).rev() {
            b[i] /= self.lower[[i, i]];
            let solved = b[i];
            for (entry, l) in b.iter_mut().zip(self.lower.row(i)).take(i) {
                *entry -= l * solved;
            }
        }
    }

    /// `A^-1 b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_lower(&mut x);
        self.solve_upper(&mut x);
        x
    }

    /// `A^-1`.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.lower.nrows();
        let mut inverse = Array2::zeros((n, n));
        for j in 0..n {
            let mut unit = vec![0.0; n];
            unit[j] = 1.0;
            for (i, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[[i, j]] = value;
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn factor_solves_and_inverts() {
        let matrix = arr2(&[[4.0, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]]);
        let factor = Cholesky::new(&matrix, 0.0).expect("positive definite");
        let identity = factor.inverse().dot(&matrix);
        for ((i, j), value) in identity.indexed_iter() {
            assert!((value - f64::from(u8::from(i == j))).abs() < 1e-14);
        }
    }

    #[test]
    fn the_first_dependent_column_is_named() {
        let matrix = arr2(&[[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(Cholesky::new(&matrix, 1e-12).expect_err("singular"), 1);
        let overflow = arr2(&[[f64::INFINITY]]);
        assert_eq!(Cholesky::new(&overflow, 0.0).expect_err("not finite"), 0);
    }
}

//! The Cholesky factor of a symmetric matrix, which is all the linear algebra that a fit needs.
//!
//! Small matrices are worked on entry by entry. Large ones go block by block, so that nearly all of the work is products of
//! matrices, which `ndarray` does fast.

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};

/// Rows and columns of a block.
const BLOCK: usize = 64;
/// Rows or columns that a thread takes at a time where the factors are wide: few enough for all threads to have work, enough
/// that the products are worth their preparation.
const WIDTH: usize = 4 * BLOCK;

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
        let mut lower = matrix.clone();
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let smallest = |j: usize| tolerance * matrix[[start + j, start + j]];
            factorise(lower.slice_mut(s![start..end, start..end]), smallest).map_err(|j| start + j)?;
            if end == n {
                break;
            }
            let (above, mut below) = lower.view_mut().split_at(Axis(0), end);
            let mut inverse = Array2::zeros((end - start, end - start));
            invert_lower(above.slice(s![start..end, start..end]), inverse.view_mut());
            let panel = product(below.slice(s![.., start..end]), inverse.t());
            below.slice_mut(s![.., start..end]).assign(&panel);
            below.axis_chunks_iter_mut(Axis(0), BLOCK).into_par_iter().enumerate().for_each(|(index, mut rows)| {
                let (first, n_rows) = (index * BLOCK, rows.nrows());
                let columns = end..end + first + n_rows;
                let product = panel.slice(s![..first + n_rows, ..]);
                let own = panel.slice(s![first..first + n_rows, ..]);
                general_mat_mul(-1.0, &own, &product.t(), 1.0, &mut rows.slice_mut(s![.., columns]));
            });
        }
        for j in 0..n {
            lower.slice_mut(s![j, j + 1..]).fill(0.0);
        }
        Ok(Self { lower })
    }

    /// `L^-1 b`, in place.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        for i in 0..b.len() {
            let known = self.lower.slice(s![i, ..i]).dot(&ArrayView1::from(&b[..i]));
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

    /// `L' b`.
    pub(crate) fn multiply_upper(&self, b: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; b.len()];
        for (row, value) in self.lower.rows().into_iter().zip(b) {
            product.iter_mut().zip(row).for_each(|(entry, l)| *entry += l * value);
        }
        product
    }

    /// `A^-1 b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_lower(&mut x);
        self.solve_upper(&mut x);
        x
    }

    /// `ln |A|`.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|pivot| pivot.ln()).sum::<f64>()
    }

    /// Of each coordinate what is left of its diagonal entry beside those before it.
    pub(crate) fn pivots(&self) -> impl Iterator<Item = f64> {
        self.lower.diag().into_iter().map(|pivot| pivot * pivot)
    }

    /// `A^-1`.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.lower.nrows();
        // L^-1, block of rows by block of rows.
        let mut inverse = Array2::zeros((n, n));
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let (above, mut rest) = inverse.view_mut().split_at(Axis(0), start);
            let mut rows = rest.slice_mut(s![..end - start, ..end]);
            let mut diagonal = Array2::zeros((end - start, end - start));
            invert_lower(self.lower.slice(s![start..end, start..end]), diagonal.view_mut());
            let known = product(self.lower.slice(s![start..end, ..start]), above.slice(s![.., ..start]));
            general_mat_mul(-1.0, &diagonal, &known, 0.0, &mut rows.slice_mut(s![.., ..start]));
            rows.slice_mut(s![.., start..]).assign(&diagonal);
        }
        // L'^-1 L^-1. The factors are half zeros, and half of a symmetric matrix says it all.
        let mut whole = Array2::zeros((n, n));
        whole.axis_chunks_iter_mut(Axis(0), WIDTH).into_par_iter().enumerate().for_each(|(index, mut rows)| {
            let (first, end) = (index * WIDTH, index * WIDTH + rows.nrows());
            let left = inverse.slice(s![first.., first..end]);
            let right = inverse.slice(s![first.., ..end]);
            general_mat_mul(1.0, &left.t(), &right, 0.0, &mut rows.slice_mut(s![.., ..end]));
        });
        for i in 0..n {
            for j in 0..i {
                whole[[j, i]] = whole[[i, j]];
            }
        }
        whole
    }
}

/// `A B`, taken apart along its longer side for all threads.
pub(crate) fn product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut product = Array2::zeros((a.nrows(), b.ncols()));
    if a.nrows() >= b.ncols() {
        product.axis_chunks_iter_mut(Axis(0), WIDTH).into_par_iter().enumerate().for_each(|(index, mut rows)| {
            let first = index * WIDTH;
            let a = a.slice(s![first..first + rows.nrows(), ..]);
            general_mat_mul(1.0, &a, &b, 0.0, &mut rows);
        });
    } else {
        product.axis_chunks_iter_mut(Axis(1), WIDTH).into_par_iter().enumerate().for_each(|(index, mut columns)| {
            let first = index * WIDTH;
            let b = b.slice(s![.., first..first + columns.ncols()]);
            general_mat_mul(1.0, &a, &b, 0.0, &mut columns);
        });
    }
    product
}

/// The diagonal of `W B W` for symmetric matrices. With `B = T + T'`, `T` lower triangular, an entry is `2 w' T w` for the row `w`
/// of `W`: half the products that `W B` needs.
pub(crate) fn quadratic_forms(w: &Array2<f64>, b: &Array2<f64>) -> Vec<f64> {
    let n = w.nrows();
    let starts: Vec<usize> = (0..n).step_by(WIDTH).collect();
    let of_block = |start: &usize| {
        let columns = *start..(*start + WIDTH).min(n);
        let mut triangle = b.slice(s![columns.start.., columns.clone()]).to_owned();
        for i in 0..columns.len() {
            triangle[[i, i]] /= 2.0;
            triangle.slice_mut(s![i, i + 1..]).fill(0.0);
        }
        let mut half = Array2::zeros((n, columns.len()));
        general_mat_mul(2.0, &w.slice(s![.., columns.start..]), &triangle, 0.0, &mut half);
        half *= &w.slice(s![.., columns]);
        half.sum_axis(Axis(1)).to_vec()
    };
    let of_blocks: Vec<Vec<f64>> = starts.par_iter().map(of_block).collect();
    let mut forms = vec![0.0; n];
    for of_block in of_blocks {
        forms.iter_mut().zip(of_block).for_each(|(form, of_rows)| *form += of_rows);
    }
    forms
}

/// `x' W x` for each row `x` of a matrix.
pub(crate) fn quadratic_form_rows(x: &Array2<f64>, w: &Array2<f64>) -> Array1<f64> {
    (product(x.view(), w.view()) * x).sum_axis(Axis(1))
}

/// The inverse of a small lower triangular matrix, into zeros.
fn invert_lower(lower: ArrayView2<'_, f64>, mut inverse: ArrayViewMut2<'_, f64>) {
    for i in 0..lower.nrows() {
        for j in 0..=i {
            let known: f64 = (j..i).map(|k| lower[[i, k]] * inverse[[k, j]]).sum();
            inverse[[i, j]] = (f64::from(u8::from(i == j)) - known) / lower[[i, i]];
        }
    }
}

/// Factorises a small matrix in place; fails with the first column whose pivot is not above `smallest`.
fn factorise(mut matrix: ArrayViewMut2<'_, f64>, smallest: impl Fn(usize) -> f64) -> Result<(), usize> {
    for j in 0..matrix.nrows() {
        for i in j..matrix.nrows() {
            let known: f64 = matrix.row(i).iter().zip(matrix.row(j)).take(j).map(|(a, b)| a * b).sum();
            let rest = matrix[[i, j]] - known;
            if i == j {
                if !(rest > smallest(j) && rest > 0.0 && rest.is_finite()) {
                    return Err(j);
                }
                matrix[[j, j]] = rest.sqrt();
            } else {
                matrix[[i, j]] = rest / matrix[[j, j]];
            }
        }
    }
    Ok(())
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

    /// Larger than a block, and not a multiple of it.
    #[test]
    fn blocks_make_no_difference() {
        let n = 3 * BLOCK + 7;
        let half = Array2::from_shape_fn((n, n), |(i, j)| ((i * 31 + j * 17) as f64).sin());
        let matrix = half.dot(&half.t()) + Array2::<f64>::eye(n);
        let factor = Cholesky::new(&matrix, 0.0).expect("positive definite");
        let differences = [
            factor.lower.dot(&factor.lower.t()) - &matrix,
            product(factor.inverse().view(), matrix.view()) - Array2::<f64>::eye(n),
        ];
        for value in differences.iter().flatten() {
            assert!(value.abs() < 1e-10, "{value}");
        }
        let inverse = factor.inverse();
        let forms = product(product(inverse.view(), matrix.view()).view(), inverse.view());
        for (found, expected) in quadratic_forms(&inverse, &matrix).into_iter().zip(forms.diag()) {
            assert!((found - expected).abs() < 1e-10 * expected.abs(), "{found} is not {expected}");
        }
        let b: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
        let mut back = factor.multiply_upper(&b);
        factor.solve_upper(&mut back);
        assert!(back.iter().zip(&b).all(|(found, expected)| (found - expected).abs() < 1e-10));
    }

    #[test]
    fn the_first_dependent_column_is_named() {
        let matrix = arr2(&[[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 1.0]]);
        assert_eq!(Cholesky::new(&matrix, 1e-12).expect_err("singular"), 1);
        let overflow = arr2(&[[f64::INFINITY]]);
        assert_eq!(Cholesky::new(&overflow, 0.0).expect_err("not finite"), 0);
    }
}

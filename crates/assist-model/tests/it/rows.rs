//! Rows that the tests are made of, and fits to them.

use assist_features::{Design, DesignBuilder};
use assist_model::{Fit, LogisticRegression};
use assist_score::Parameters;
use proptest::prelude::*;

/// A number, the code of a level, a small number, a label.
pub(crate) type Row = (f64, u8, u8, bool);

/// Rows as columns `a`, `b` and `d`.
pub(crate) struct Rows {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) d: Vec<String>,
    pub(crate) y: Vec<bool>,
}

impl Rows {
    /// Three rows with both classes and all levels, then these.
    pub(crate) fn new(rows: &[Row]) -> Self {
        let always = [(0.0, 0, 0, false), (1.0, 1, 1, true), (2.0, 2, 2, false)];
        Self::only(&always.iter().chain(rows).copied().collect::<Vec<Row>>())
    }

    fn only(rows: &[Row]) -> Self {
        Self {
            a: rows.iter().map(|row| row.0).collect(),
            b: rows.iter().map(|row| f64::from(row.2)).collect(),
            d: rows.iter().map(|row| format!("d{}", row.1)).collect(),
            y: rows.iter().map(|row| row.3).collect(),
        }
    }

    /// Each row so many times, by its label.
    pub(crate) fn repeated(&self, times: impl Fn(bool) -> usize) -> Self {
        self.selected(self.y.iter().enumerate().flat_map(|(row, y)| std::iter::repeat_n(row, times(*y))))
    }

    /// The rows at some places.
    pub(crate) fn selected(&self, rows: impl Iterator<Item = usize>) -> Self {
        let index: Vec<usize> = rows.collect();
        Self {
            a: index.iter().map(|row| self.a[*row]).collect(),
            b: index.iter().map(|row| self.b[*row]).collect(),
            d: index.iter().map(|row| self.d[*row].clone()).collect(),
            y: index.iter().map(|row| self.y[*row]).collect(),
        }
    }

    /// The columns, without labels.
    pub(crate) fn columns(&self) -> DesignBuilder<'_> {
        Design::builder().number("a", &self.a).number("b", &self.b).category("d", &self.d)
    }

    /// The design with identical rows merged.
    pub(crate) fn design(&self) -> Design {
        self.columns().labels(&self.y).build().expect("usable")
    }

    /// The design with each row as it is.
    pub(crate) fn design_by_row(&self) -> Design {
        let encoded = self.columns().labels(&self.y).encode().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        encoded.design_by_row(&space).design
    }
}

/// Few distinct values, so that rows repeat.
pub(crate) fn any_rows() -> impl Strategy<Value = Rows> {
    let cell = (0..40_i32).prop_map(|value| f64::from(value) / 4.0 - 3.0);
    let rows = prop::collection::vec((cell, 0..3_u8, 0..4_u8, prop::bool::ANY), 20..200);
    rows.prop_map(|rows| Rows::new(&rows))
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = self.a.iter().zip(&self.b).zip(&self.d).zip(&self.y);
        f.debug_list().entries(rows).finish()
    }
}

/// So many rows by a rule that no column determines.
pub(crate) fn regular(n: u32) -> Rows {
    let code = |i: u32, n: u32| u8::try_from(i % n).expect("small");
    Rows::new(&(0..n).map(|i| (f64::from(i % 7), code(i, 3), code(i, 4), i * i % 11 > 4)).collect::<Vec<_>>())
}

/// One number for each of `n` rows.
pub(crate) fn numbers(n: u32, of_row: impl Fn(u32) -> f64) -> Vec<f64> {
    (0..n).map(of_row).collect()
}

/// One label for each of `n` rows.
pub(crate) fn labels(n: u32, of_row: impl Fn(u32) -> bool) -> Vec<bool> {
    (0..n).map(of_row).collect()
}

/// One of a few levels for each of `n` rows, in turn.
pub(crate) fn in_turn<'a>(n: usize, levels: &[&'a str]) -> Vec<&'a str> {
    levels.iter().copied().cycle().take(n).collect()
}

/// Fits so near to the optimum that two of them can be held against each other.
pub(crate) fn exact() -> LogisticRegression {
    LogisticRegression::default().with_tolerance(1e-11)
}

/// The parameters of a fit that converged, with the intercept of the columns as they are.
#[track_caller]
pub(crate) fn fit(design: &Design, settings: &LogisticRegression) -> Parameters {
    let fit = settings.fit(design).expect("fitted");
    assert!(fit.model.parameters().training.fit.converged, "{:?}", fit.model.parameters().training.fit);
    raw(&fit)
}

/// The parameters of a fit, with the intercept of the columns as they are.
pub(crate) fn raw(fit: &Fit) -> Parameters {
    Parameters { intercept: fit.model.intercept(), ..fit.model.parameters().clone() }
}

/// The coefficients and, last, the intercept.
pub(crate) fn all(parameters: &Parameters) -> Vec<f64> {
    parameters.coefficients.iter().copied().chain([parameters.intercept]).collect()
}

/// Holds every coefficient of two fits against each other.
#[track_caller]
pub(crate) fn same(a: &Parameters, b: &Parameters, tolerance: f64) {
    for (a, b) in all(a).into_iter().zip(all(b)) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }
}

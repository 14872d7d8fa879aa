//! What curves and interactions of a model mean, in figures that can be told.

use serde::{Deserialize, Serialize};

/// How the log-odds go along a column that has a curve, all other columns kept where they are: numbers in the middle of their
/// training range, levels at their references.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The column.
    pub column: String,
    /// The value that the others are compared with.
    pub compared_with: f64,
    /// The ends of the training range and the knots between them, ascending.
    pub points: Vec<CurvePoint>,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The value of the column.
    pub value: f64,
    /// The log-odds there less those at the value that is compared with, by the coefficients that predict.
    pub log_odds: f64,
    /// The ratio of the odds.
    pub odds_ratio: f64,
}

/// How the effect of one column depends on another, by the coefficients that predict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InteractionEffects {
    /// The two columns.
    pub columns: [String; 2],
    /// The effects.
    pub effects: Vec<InteractionEffect>,
    /// How many further ones there are.
    pub left_out: usize,
}

/// What a change of one column does at some value of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InteractionEffect {
    /// Where the other column is: `device = Watch`.
    pub at: String,
    /// The change: `errors from 0 to 9`.
    pub change: String,
    /// What it adds to the log-odds.
    pub log_odds: f64,
    /// What it multiplies the odds with.
    pub odds_ratio: f64,
}

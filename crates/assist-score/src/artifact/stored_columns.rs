//! How columns and the target are stored. These forms are frozen: what a column gets besides goes into another section.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::columns::{CategoricalColumn, NumericColumn, Target};

/// The target, in every version.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredTarget {
    name: String,
    negative: String,
    positive: String,
}

/// A categorical column, in every version. Which level stands for rare texts has a section of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredCategorical {
    name: String,
    levels: Vec<String>,
    reference: u32,
    missing: Option<u32>,
}

/// A numeric column, since version 4.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredNumeric {
    name: String,
    unit: Option<String>,
    integer: bool,
    min: Option<f64>,
    max: Option<f64>,
    training_range: (f64, f64),
    fill_value: Option<f64>,
    cuts: Vec<f64>,
    centre: f64,
}

impl From<Target> for StoredTarget {
    fn from(target: Target) -> Self {
        let Target { name, negative, positive } = target;
        Self { name, negative, positive }
    }
}

impl From<StoredTarget> for Target {
    fn from(stored: StoredTarget) -> Self {
        let StoredTarget { name, negative, positive } = stored;
        Self { name, negative, positive }
    }
}

impl From<CategoricalColumn> for StoredCategorical {
    fn from(column: CategoricalColumn) -> Self {
        let CategoricalColumn { name, levels, reference, missing, rare: _ } = column;
        Self { name, levels, reference, missing }
    }
}

impl From<StoredCategorical> for CategoricalColumn {
    fn from(stored: StoredCategorical) -> Self {
        let StoredCategorical { name, levels, reference, missing } = stored;
        Self { name, levels, reference, missing, rare: None }
    }
}

impl From<NumericColumn> for StoredNumeric {
    fn from(column: NumericColumn) -> Self {
        let NumericColumn { name, unit, integer, min, max, training_range, fill_value, cuts, centre } = column;
        Self { name, unit, integer, min, max, training_range, fill_value, cuts, centre }
    }
}

impl From<StoredNumeric> for NumericColumn {
    fn from(stored: StoredNumeric) -> Self {
        let StoredNumeric { name, unit, integer, min, max, training_range, fill_value, cuts, centre } = stored;
        Self { name, unit, integer, min, max, training_range, fill_value, cuts, centre }
    }
}

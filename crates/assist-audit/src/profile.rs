//! What the columns of a table hold.

use std::fmt;

use assist_score::{FeatureSpace, MISSING_LEVEL};
use serde::{Deserialize, Serialize};

use crate::coded::{CodedColumn, CodedRows, CodedValues};

/// A table in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// Observations.
    pub rows: u64,
    /// Observations of class 0 and class 1.
    pub class_counts: [u64; 2],
    /// Observations beyond the first with the same values in all columns that are features.
    pub duplicates: u64,
    /// Numeric columns, then categorical ones, then those that are no features.
    pub columns: Vec<ColumnProfile>,
}

/// A column in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub role: Role,
    /// How many different values it has, a missing one not counted; absent for columns that are not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<usize>,
    /// Observations without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
    /// What its values are.
    #[serde(flatten)]
    pub values: Option<ValuesProfile>,
}

/// What a column is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// A feature of numbers.
    Numeric,
    /// A feature of levels.
    Categorical,
    /// The label.
    Target,
    /// Nothing.
    Dropped,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValuesProfile {
    /// Of numbers. All figures are absent where every value is missing.
    Numbers {
        /// The smallest.
        min: f64,
        /// The quartiles: the smallest values that at least a quarter, a half, three quarters of the observations do not exceed.
        quartiles: [f64; 3],
        /// The largest.
        max: f64,
        /// The mean.
        mean: f64,
    },
    /// Of levels, in the order of code points.
    Levels {
        /// Their names.
        levels: Vec<String>,
        /// Observations of class 0 and class 1 of each.
        class_counts: Vec<[u64; 2]>,
    },
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Target => "target",
            Self::Dropped => "dropped",
        })
    }
}

impl ColumnProfile {
    /// A column that is not read.
    pub fn dropped(name: String) -> Self {
        Self { name, role: Role::Dropped, distinct: None, missing: None, values: None }
    }
}

/// Describes coded rows, all of them.
pub fn profile(space: &FeatureSpace, rows: &CodedRows) -> Profile {
    let [n0, n1] = rows.class_counts(0..rows.n_rows());
    let (_, n_distinct) = rows.row_keys();
    let mut columns: Vec<ColumnProfile> = rows.columns.iter().map(|column| of_column(column, &rows.counts)).collect();
    columns.push(ColumnProfile {
        name: space.target.name.clone(),
        role: Role::Target,
        distinct: Some(usize::from(n0 > 0) + usize::from(n1 > 0)),
        missing: Some(0),
        values: None,
    });
    columns.extend(space.dropped.iter().cloned().map(ColumnProfile::dropped));
    Profile { rows: n0 + n1, class_counts: [n0, n1], duplicates: (n0 + n1).saturating_sub(n_distinct as u64), columns }
}

fn of_column(column: &CodedColumn, counts: &[[u64; 2]]) -> ColumnProfile {
    let mut of_code = vec![[0_u64; 2]; column.values.len()];
    for (code, [n0, n1]) in column.codes.iter().zip(counts) {
        let of_code = &mut of_code[*code as usize];
        *of_code = [of_code[0] + n0, of_code[1] + n1];
    }
    let total = |[n0, n1]: [u64; 2]| n0 + n1;
    match &column.values {
        CodedValues::Numbers(values) => {
            let n = column.values.n_numbers().unwrap_or(0);
            let missing = of_code[n..].iter().copied().map(total).sum();
            let seen: Vec<(f64, u64)> =
                values[..n].iter().copied().zip(of_code.iter().copied().map(total)).filter(|(_, n)| *n > 0).collect();
            ColumnProfile {
                name: column.name.clone(),
                role: Role::Numeric,
                distinct: Some(seen.len()),
                missing: Some(missing),
                values: numbers(&seen),
            }
        }
        CodedValues::Levels(levels) => {
            let seen: Vec<(&String, [u64; 2])> = levels.iter().zip(of_code).filter(|(_, n)| total(*n) > 0).collect();
            let missing = seen.iter().filter(|(level, _)| *level == MISSING_LEVEL).map(|(_, n)| total(*n)).sum();
            let (levels, class_counts): (Vec<String>, Vec<[u64; 2]>) =
                seen.into_iter().map(|(level, n)| (level.clone(), n)).unzip();
            ColumnProfile {
                name: column.name.clone(),
                role: Role::Categorical,
                distinct: Some(levels.iter().filter(|level| *level != MISSING_LEVEL).count()),
                missing: Some(missing),
                values: Some(ValuesProfile::Levels { levels, class_counts }),
            }
        }
    }
}

/// Of distinct values, ascending, with their counts.
fn numbers(seen: &[(f64, u64)]) -> Option<ValuesProfile> {
    let n: u64 = seen.iter().map(|(_, count)| count).sum();
    let sum: f64 = seen.iter().map(|(value, count)| value * *count as f64).sum();
    let quantile = |share: u64| {
        let mut before = 0;
        let reached = seen.iter().find(|(_, count)| {
            before += count;
            before * 4 >= n * share
        });
        reached.map(|(value, _)| *value)
    };
    Some(ValuesProfile::Numbers {
        min: seen.first()?.0,
        quartiles: [quantile(1)?, quantile(2)?, quantile(3)?],
        max: seen.last()?.0,
        mean: sum / n as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_values_of_the_table() {
        let Some(ValuesProfile::Numbers { min, quartiles, max, mean }) = numbers(&[(1.0, 2), (2.0, 1), (10.0, 1)])
        else {
            panic!("numbers")
        };
        assert_eq!((min, quartiles, max, mean), (1.0, [1.0, 1.0, 2.0], 10.0, 3.5));
        assert_eq!(numbers(&[]), None);
    }
}

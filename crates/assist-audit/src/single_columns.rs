//! What each column tells of the label by itself. A column that alone predicts nearly all may be a copy of the label, or be known
//! only afterwards, so this is always looked at.

use assist_metrics::{ClusterScore, ClusteredScores, Metrics, Sample, ScoreCounts, ThresholdRule, best_threshold};
use assist_score::Correction;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::coded::{CodedColumn, CodedRows};

/// Intervals of numbers at most, and how many training observations each has at least.
const MOST_BINS: u64 = 64;
const ROWS_OF_A_BIN: u64 = 20;
/// By so much more of the training rows have to be ranked by intervals than by the number itself.
const BENT: f64 = 0.05;
const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

/// How far one column alone predicts the label of the test rows. Levels, and intervals of numbers, are scored by their share of
/// class 1 among the training rows, and numbers by themselves where that ranks the training rows nearly as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SingleColumn {
    /// The column.
    pub column: String,
    /// Share of the test rows that it predicts rightly, at the threshold that does best on the training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The 95 % interval of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_interval: Option<[f64; 2]>,
    /// The area under its ROC curve on the test rows; absent with one class only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// The 95 % interval of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc_interval: Option<[f64; 2]>,
}

/// Each column by itself, the one that ranks the test rows best first; none without training or test rows of both classes.
pub(crate) fn single_columns(rows: &CodedRows) -> Vec<SingleColumn> {
    let of_subsets = [0..rows.n_train, rows.n_train..rows.n_rows()].map(|range| rows.class_counts(range));
    if of_subsets.iter().flatten().any(|n| *n == 0) {
        return Vec::new();
    }
    let mut columns: Vec<SingleColumn> = rows.columns.par_iter().map(|column| alone(rows, column)).collect();
    let auc = |of: &SingleColumn| of.roc_auc.unwrap_or(0.0);
    columns.sort_by(|a, b| auc(b).total_cmp(&auc(a)));
    columns
}

fn alone(rows: &CodedRows, column: &CodedColumn) -> SingleColumn {
    let mut of_training = vec![[0_u64; 2]; column.values.len()];
    for (counts, code) in rows.counts[..rows.n_train].iter().zip(&column.codes) {
        let of_code = &mut of_training[*code as usize];
        *of_code = [of_code[0] + counts[0], of_code[1] + counts[1]];
    }
    let scores = scores_of_codes(column, &of_training);
    let of_codes = |counts: &[[u64; 2]]| ScoreCounts::new(scores.iter().copied().zip(counts.iter().copied()));
    let rule = ThresholdRule::Cost { false_positive: 1.0, false_negative: 1.0 };
    let threshold = best_threshold(&of_codes(&of_training), PLAIN, rule).map_or(0.0, |point| point.score);
    let of_test = || rows.counts[rows.n_train..].iter().zip(&column.codes[rows.n_train..]);
    let sample = if let Some(clusters) = rows.clusters_of(1) {
        let row = |((counts, code), cluster): ((&[u64; 2], &u32), &u32)| ClusterScore {
            score: scores[*code as usize],
            counts: *counts,
            cluster: *cluster,
        };
        Sample::Clusters(ClusteredScores::new(of_test().zip(clusters).map(row)))
    } else {
        let mut counts = vec![[0_u64; 2]; scores.len()];
        for ([n0, n1], code) in of_test() {
            let of_code = &mut counts[*code as usize];
            *of_code = [of_code[0] + n0, of_code[1] + n1];
        }
        Sample::Observations(of_codes(&counts))
    };
    let Metrics { accuracy, roc_auc, intervals, .. } = sample.evaluate(PLAIN, threshold);
    SingleColumn {
        column: column.name.clone(),
        accuracy,
        accuracy_interval: intervals.accuracy,
        roc_auc,
        roc_auc_interval: intervals.roc_auc,
    }
}

/// The score of each value of a column.
fn scores_of_codes(column: &CodedColumn, of_training: &[[u64; 2]]) -> Vec<f64> {
    let Some(n_numbers) = column.values.n_numbers() else { return shares(of_training) };
    let in_bins = by_bins(&of_training[..n_numbers]);
    let of_bins = shares(&in_bins.counts);
    let mut binned: Vec<f64> = in_bins.of_code.iter().map(|bin| of_bins[*bin]).collect();
    // By rank, or by rank turned round: neither depends on the unit.
    let by_rank = |sign: f64| -> Vec<f64> { (0..n_numbers).map(|code| sign * code as f64).collect() };
    let area = |scores: &[f64]| {
        let counts = ScoreCounts::new(scores.iter().copied().zip(of_training.iter().copied()));
        assist_metrics::roc_auc(&counts).map_or(0.5, |auc| auc.value)
    };
    let [rising, falling] = [by_rank(1.0), by_rank(-1.0)];
    let ranked = if area(&rising) >= area(&falling) { rising } else { falling };
    if of_training.len() == n_numbers {
        return if area(&binned) > area(&ranked) + BENT { binned } else { ranked };
    }
    // A missing number has no rank, but a share as intervals have.
    let all: Vec<[u64; 2]> = in_bins.counts.iter().copied().chain(of_training.last().copied()).collect();
    binned.extend(shares(&all).last());
    binned
}

/// Codes in intervals, each with its observations.
struct Binned {
    of_code: Vec<usize>,
    counts: Vec<[u64; 2]>,
}

/// Neighbouring numbers put together until each interval has enough training observations.
fn by_bins(of_numbers: &[[u64; 2]]) -> Binned {
    let n: u64 = of_numbers.iter().flatten().sum();
    let enough = n.div_ceil(MOST_BINS).max(ROWS_OF_A_BIN);
    let (mut of_code, mut counts) = (Vec::with_capacity(of_numbers.len()), vec![[0_u64; 2]]);
    for of_number in of_numbers {
        let is_full = counts.last().is_some_and(|[n0, n1]| n0 + n1 >= enough);
        if is_full {
            counts.push([0, 0]);
        }
        of_code.push(counts.len() - 1);
        if let Some(last) = counts.last_mut() {
            *last = [last[0] + of_number[0], last[1] + of_number[1]];
        }
    }
    Binned { of_code, counts }
}

/// The share of class 1 in each of some sets of observations, drawn towards that of all as if one more had it.
fn shares(counts: &[[u64; 2]]) -> Vec<f64> {
    let [n0, n1] = counts.iter().fold([0, 0], |[a, b], [n0, n1]| [a + n0, b + n1]);
    let of_all = n1 as f64 / (n0 + n1).max(1) as f64;
    counts.iter().map(|[n0, n1]| (*n1 as f64 + of_all) / ((n0 + n1) as f64 + 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::CodedValues;

    /// 400 training and 400 test rows, one observation each, whose labels are a function of the row.
    fn rows(columns: Vec<CodedColumn>, label: impl Fn(u32) -> bool) -> CodedRows {
        let counts = (0..800).map(|row| if label(row) { [0, 1] } else { [1, 0] }).collect();
        CodedRows { columns, counts, n_train: 400, clusters: None }
    }

    fn numbers(name: &str, of_row: impl Fn(u32) -> u32, n: u32) -> CodedColumn {
        let values = CodedValues::Numbers((0..n).map(f64::from).collect());
        CodedColumn { name: name.into(), values, codes: (0..800).map(of_row).collect() }
    }

    #[test]
    fn a_copy_of_the_label_stands_out_whatever_it_looks_like() {
        let hash = |row: u32| row.wrapping_mul(2_654_435_761) >> 16;
        let label = |row: u32| hash(row) % 2 == 1;
        let copy = |row: u32| u32::from(label(row));
        let level = CodedColumn {
            name: "level".into(),
            values: CodedValues::Levels((0..6).map(|level| format!("l{level}")).collect()),
            // Three levels of each class.
            codes: (0..800).map(|row| 2 * (hash(row) / 2 % 3) + copy(row)).collect(),
        };
        let falling = numbers("falling", |row| 400 * (1 - copy(row)) + hash(row) / 7 % 400, 800);
        let bent = numbers(
            "bent",
            |row| if label(row) { 300 + hash(row) / 7 % 200 } else { hash(row) / 7 % 2 * 500 + hash(row) / 11 % 300 },
            800,
        );
        let noise = numbers("noise", |row| hash(row + 999) / 3 % 50, 50);
        let found = single_columns(&rows(vec![noise, level, falling, bent], label));
        let of = |name: &str| found.iter().find(|of| of.column == name).expect("each column").clone();
        for name in ["level", "falling", "bent"] {
            let SingleColumn { accuracy, roc_auc, .. } = of(name);
            assert!(accuracy > Some(0.93) && roc_auc > Some(0.97), "{name}: {:?}", of(name));
        }
        let [low, high] = of("noise").roc_auc_interval.expect("an interval");
        assert!(low < 0.5 && high > 0.5 && found[3].column == "noise", "{found:?}");
    }

    #[test]
    fn missing_numbers_have_a_share_of_their_own() {
        let label = |row: u32| row.is_multiple_of(5);
        let values = CodedValues::Numbers([(0..30).map(f64::from).collect(), vec![f64::NAN]].concat());
        let codes = (0..800).map(|row| if label(row) { 30 } else { row % 30 }).collect();
        let found = single_columns(&rows(vec![CodedColumn { name: "end".into(), values, codes }], label));
        assert_eq!((found[0].accuracy, found[0].roc_auc), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn one_class_tells_nothing() {
        assert!(single_columns(&rows(vec![numbers("a", |row| row % 3, 3)], |_| true)).is_empty());
    }
}

//! Numeric columns with cuts: the design is that of step indicators, however rows are kept, and scores as the model does.

use std::collections::BTreeMap;

use assist_data::Table;
use assist_features::{Encoded, LabelScan, MissingPolicy};
use assist_score::{FeatureSpace, Model, Parameters, Term, Value};
use ndarray::Array2;
use proptest::prelude::*;

use crate::products::{any_table, check_products, table};

type Totals<K> = BTreeMap<K, [u64; 2]>;

/// The rows counted (or uncounted, if there are many combinations), and each by itself.
fn both_ways(text: &str, policy: MissingPolicy) -> [Encoded; 2] {
    let (table, schema) = table(text);
    let table = table.with_partition_bytes(5_000);
    let fast = LabelScan::read(&table, &schema, policy, None).expect("two classes");
    let strict = LabelScan::read_strictly(&table, &schema, policy, None).expect("two classes");
    [fast, strict].map(|observations| observations.encode_all().expect("usable"))
}

fn cut(space: &mut FeatureSpace, column: &str, cuts: &[f64]) {
    let found = space.numeric.iter_mut().find(|known| known.name == column);
    found.expect("a numeric column").cuts = cuts.to_vec();
}

fn add<K: Ord>(totals: &mut Totals<K>, key: K, [n0, n1]: [u64; 2]) {
    let total = totals.entry(key).or_default();
    *total = [total[0] + n0, total[1] + n1];
}

fn rows_of(dense: &Array2<f64>, counts: impl Iterator<Item = [u64; 2]>) -> Totals<Vec<u64>> {
    let mut totals = Totals::new();
    for (row, counts) in dense.rows().into_iter().zip(counts) {
        add(&mut totals, row.iter().map(|cell| cell.to_bits()).collect(), counts);
    }
    totals
}

/// The features of a space with cuts, worked out from the dense matrix of the same space without.
fn indicators_of(without_cuts: &FeatureSpace, dense: &Array2<f64>, binned: &FeatureSpace) -> Array2<f64> {
    let without_cuts = without_cuts.features();
    let at = |column: &str, is_missing: bool| {
        without_cuts.iter().position(|f| f.column == column && matches!(f.term, Term::Missing { .. }) == is_missing)
    };
    let features = binned.features();
    Array2::from_shape_fn((dense.nrows(), features.len()), |(row, j)| {
        let feature = &features[j];
        let Term::Cut { low, high, .. } = feature.term else {
            let same = without_cuts.iter().position(|f| f.name == feature.name);
            return dense[[row, same.expect("a feature without cuts too")]];
        };
        let is_missing = at(&feature.column, true).is_some_and(|j| dense[[row, j]] == 1.0);
        let number = dense[[row, at(&feature.column, false).expect("a number")]];
        let is_above = low.is_none_or(|low| number > low);
        let is_below = high.is_none_or(|high| number <= high);
        f64::from(u8::from(!is_missing && is_above && is_below))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_design_with_cuts_is_that_of_step_indicators(text in any_table(), seed in 1..1000_u32) {
        let ways = both_ways(&text, MissingPolicy::Level);
        let plain = ways[1].learn_space().expect("learnt");
        let mut some = plain.clone();
        cut(&mut some, "small", &[0.0, 2.0, 3.0]);
        cut(&mut some, "gaps", &[2.0]);
        let mut all = some.clone();
        cut(&mut all, "real", &[-1.0, 0.5]);
        cut(&mut all, "wide", &[-69_999.5, 0.0, 300.0]);
        let built = ways[1].clone().design_by_row(&plain).design;
        let dense = built.to_dense();
        for space in [&some, &all] {
            let expected = rows_of(&indicators_of(&plain, &dense, space), built.counts());
            for encoded in &ways {
                for design in [encoded.clone().design(space).design, encoded.clone().design_by_row(space).design] {
                    prop_assert_eq!(design.n_features(), space.n_features());
                    let found = rows_of(&design.to_dense(), design.counts());
                    prop_assert!(!design.is_merged() || found.len() == design.n_rows());
                    prop_assert_eq!(&found, &expected);
                }
            }
        }
        check_products(&ways[0].clone().design(&some).design, seed);
        check_products(&ways[1].clone().design_by_row(&all).design, seed);
    }

    #[test]
    fn a_design_with_cuts_scores_as_the_model(text in any_table()) {
        let ways = both_ways(&text, MissingPolicy::Level);
        let mut space = ways[1].learn_space().expect("learnt");
        cut(&mut space, "small", &[0.0, 2.0, 3.0]);
        cut(&mut space, "gaps", &[2.0]);
        cut(&mut space, "wide", &[0.0]);
        let coefficients = (0..space.n_features()).map(|j| (j as f64 + 1.0).sin()).collect();
        let parameters = Parameters { coefficients, intercept: -0.3, ..Parameters::default() };
        let model = Model::new(space.clone(), parameters).expect("they fit each other");
        let mut expected = Totals::new();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            let value = |name| match cells[header.iter().position(|known| *known == name).expect("a column")] {
                "" => Value::Missing,
                cell => Value::Text(cell),
            };
            let row: Vec<Value<'_>> = space.column_names().map(value).collect();
            let scored = model.explain(&row).expect("scored");
            let sum: f64 = scored.contributions.iter().map(|part| part.value).sum();
            prop_assert!((sum - scored.score).abs() < 1e-9 * (1.0 + scored.score.abs()));
            let is_one = line.ends_with(",1");
            add(&mut expected, scored.score.to_bits(), [u64::from(!is_one), u64::from(is_one)]);
        }
        for encoded in ways {
            let mut found = Totals::new();
            for (score, counts) in encoded.design(&space).design.scores(&model).iter() {
                add(&mut found, score.to_bits(), counts.map(u64::from));
            }
            prop_assert_eq!(&found, &expected);
        }
    }
}

/// `y` by two thresholds, besides a column of noise; with so many distinct values that rows are listed, or with few.
fn rule(n_rows: u64, distinct: u64) -> String {
    let line = |row: u64| {
        let random = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
        let (errors, time, noise) = (random % 5, random / 5 % 120, random / 600 % distinct);
        let time_cell = if (random / 7).is_multiple_of(50) { String::new() } else { time.to_string() };
        let y = errors >= 3 || time > 60;
        format!("{errors},{time_cell},{},d{},{}\n", noise as f64 / 8.0, random % 3, u8::from(y))
    };
    "errors,time,noise,d,y\n".to_owned() + &(0..n_rows).map(line).collect::<Vec<_>>().concat()
}

#[test]
fn cuts_are_the_same_however_rows_are_kept() {
    for distinct in [4, 1 << 20] {
        let text = rule(3_000, distinct);
        for encoded in both_ways(&text, MissingPolicy::Level) {
            let space = encoded.learn_space_with_bins().expect("learnt");
            let cuts: Vec<&[f64]> = space.numeric.iter().map(|column| column.cuts.as_slice()).collect();
            assert_eq!(cuts, [&[2.0][..], &[60.0], &[]], "{distinct} values of noise");
            let names: Vec<String> = space.features().into_iter().map(|feature| feature.name).collect();
            assert_eq!(names[..4], ["noise", "errors > 2", "time > 60", "time_missing"]);
            let built = encoded.design(&space);
            assert_eq!(built.design.level_counts().len(), 1, "bins are no levels");
            assert_eq!(built.design.code_counts().len(), 3);
            assert!(built.design.code_counts()[1][1].1[0] == 0, "all rows with more than 60 seconds have label 1");
            assert!(distinct > 4 || built.design.n_rows() < 100, "equal rows are put together again");
            let levels = built.design.level_codes(0);
            assert_eq!(levels.len(), built.design.n_rows());
            assert_eq!(levels.iter().max(), Some(&2));
        }
    }
}

/// Bins of a model and a table with numbers that it does not take.
#[test]
fn rows_that_a_model_with_cuts_rejects_are_counted() {
    let open = |lines: &str| Table::from_csv_text("t.csv", &format!("a,y\n{lines}")).expect("readable");
    let (_, schema) = table("a,y\n1,0\n2,1\n");
    let few = open("1,0\n2,1\n,1\n-5,1\n2,1\n");
    for plainly in [false, true] {
        let read = if plainly { LabelScan::read_strictly } else { LabelScan::read };
        let encoded = read(&few, &schema, MissingPolicy::Level, None).expect("two classes").encode_all();
        let encoded = encoded.expect("usable");
        let mut space = encoded.learn_space().expect("learnt");
        cut(&mut space, "a", &[1.0]);
        space.numeric[0].min = Some(0.0);
        assert_eq!(encoded.clone().design(&space).rejected, 1);
        space.numeric[0].fill_value = None;
        let built = encoded.design(&space);
        assert_eq!((built.rejected, built.design.class_counts()), (2, [1, 2]));
        assert_eq!(built.design.to_dense(), ndarray::arr2(&[[0.0], [1.0]]));
    }
}

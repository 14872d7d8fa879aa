//! Means and spreads of features, and designs whose numbers are counted from other centres.

use assist_features::{Design, MissingPolicy};
use ndarray::Array2;
use proptest::prelude::*;

/// The mean and the population's standard deviation of a feature, by the textbook.
fn by_hand(dense: &Array2<f64>, counts: &[[u64; 2]], feature: usize) -> [f64; 2] {
    let n: f64 = counts.iter().map(|[n0, n1]| (n0 + n1) as f64).sum();
    let rows = || dense.column(feature).to_vec().into_iter().zip(counts.iter().map(|[n0, n1]| (n0 + n1) as f64));
    let mean = rows().map(|(x, t)| t * x).sum::<f64>() / n;
    [mean, (rows().map(|(x, t)| t * (x - mean) * (x - mean)).sum::<f64>() / n).sqrt()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn means_and_spreads_are_those_of_the_textbook(
        rows in prop::collection::vec((-40..40_i32, prop::option::of(0..9_u8), 0..4_u8, 0..3_u64, 0..3_u64), 2..1500)
    ) {
        let a: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 8.0).collect();
        let b: Vec<f64> = rows.iter().map(|row| row.1.map_or(f64::NAN, f64::from)).collect();
        let d: Vec<String> = rows.iter().map(|row| format!("d{}", row.2)).collect();
        let mut counts: Vec<[u64; 2]> = rows.iter().map(|row| [row.3, row.4]).collect();
        (counts[0], counts[1]) = ([1, 0], [0, 2]);
        let columns = Design::builder().number("a", &a).number("b", &b).category("d", &d);
        let design = columns.missing(MissingPolicy::Level).counts(&counts).build().expect("usable");
        let found = design.spreads(&design.code_counts());
        let (dense, counts) = (design.to_dense(), design.counts().collect::<Vec<_>>());
        for feature in 0..design.n_features() {
            let [mean, spread] = by_hand(&dense, &counts, feature);
            prop_assert!((found.means[feature] - mean).abs() < 1e-12, "{} is not {}", found.means[feature], mean);
            prop_assert!((found.spreads[feature] - spread).abs() < 1e-12, "{} is not {}", found.spreads[feature], spread);
        }
    }
}

/// Numbers far from zero keep the digits of their spread; a column of one value has none, whatever the value.
#[test]
fn an_offset_costs_no_digits() {
    let cell = |i: usize| ((i * 37) % 101) as f64 / 8.0;
    let near: Vec<f64> = (0..3000).map(cell).collect();
    let far: Vec<f64> = near.iter().map(|x| x + 1e9).collect();
    let labels: Vec<bool> = (0..3000).map(|i| i % 3 == 0).collect();
    let one = vec![0.1; 3000];
    let columns = Design::builder().number("near", &near).number("far", &far).number("one", &one);
    let design = columns.labels(&labels).build().expect("usable");
    let found = design.spreads(&[]);
    assert!((found.spreads[0] - found.spreads[1]).abs() < 1e-13 * found.spreads[0], "{found:?}");
    assert!((found.means[1] - found.means[0] - 1e9).abs() < 1e-6);
    assert_eq!([found.means[2], found.spreads[2]], [0.1, 0.0]);

    let centred = design.centred(&found.means);
    let again = centred.spreads(&[]);
    assert!(again.means.iter().zip(&found.means).all(|(a, b)| (a - b).abs() < 1e-6), "counted from zero all the same");
    let (dense, of_centred) = (design.to_dense(), centred.to_dense());
    for (row, of_row) in dense.rows().into_iter().zip(of_centred.rows()) {
        for feature in 0..3 {
            assert_eq!(row[feature] - found.means[feature], of_row[feature]);
        }
    }
    let v = [0.5, -2.0, 1.0, 3.0];
    for (z, row) in centred.matvec(&v).into_iter().zip(of_centred.rows()) {
        let expected = row.iter().zip(&v).map(|(x, v)| x * v).sum::<f64>() + 3.0;
        assert!((z - expected).abs() < 1e-12);
    }
    assert_eq!(centred.space().numeric.iter().map(|column| column.centre).collect::<Vec<_>>(), found.means);
    assert_eq!(centred.numbers(1), design.numbers(1), "the numbers themselves are what they were");
}

/// A few numbers far out draw the mean to where nobody is; the centre stays with the others.
#[test]
fn a_few_numbers_far_out_do_not_move_the_centre() {
    let a: Vec<f64> = (0..400).map(|i| if i < 3 { 1e8 } else { f64::from(i * 13 % 41) / 10.0 }).collect();
    let skewed: Vec<f64> = (0..400).map(|i| f64::from(i * 7 % 400).exp2().min(1e3)).collect();
    let labels: Vec<bool> = (0..400).map(|i| i % 3 == 0).collect();
    let design = Design::builder().number("a", &a).number("even", &skewed).labels(&labels).build().expect("usable");
    let found = design.spreads(&[]);
    assert!(found.means[0] > 7e5 && (1.0..3.0).contains(&found.centres[0]), "{found:?}");
    assert_eq!(found.means[1], found.centres[1]);
}

/// A missing number counts as its fill value, also from another centre.
#[test]
fn missing_numbers_lie_where_their_fill_value_does() {
    let a = [1e6 + 1.0, f64::NAN, 1e6 + 2.0, 1e6 + 6.0];
    let columns = Design::builder().number("a", &a).missing(MissingPolicy::Level);
    let design = columns.labels(&[true, false, true, false]).build().expect("usable");
    let centred = design.centred(&[1e6, 17.0]);
    let mut cells: Vec<(f64, f64)> = centred.to_dense().rows().into_iter().map(|row| (row[0], row[1])).collect();
    cells.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(cells, [(1.0, 0.0), (2.0, 0.0), (3.0, 1.0), (6.0, 0.0)]);
    let mut z = centred.matvec(&[1.0, 10.0, 0.5]);
    z.sort_by(f64::total_cmp);
    assert_eq!(z, [1.5, 2.5, 6.5, 13.5]);
}

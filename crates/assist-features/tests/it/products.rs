//! Products of the coded columns against the dense matrix.

use assist_data::{Bits, Schema, SchemaFile, Table, TestRows};
use assist_features::{AddedTerms, Design, FeatureCells, LabelScan, MissingPolicy};
use assist_score::{Model, Parameters, Term};
use ndarray::{Array1, Array2, Axis, concatenate, s};
use proptest::prelude::*;

/// The table of CSV text with target `y`, and its roles.
pub(crate) fn table(text: &str) -> (Table, Schema) {
    let table = Table::from_csv_text("t.csv", text).expect("readable");
    let file = SchemaFile { target: Some("y".into()), ..SchemaFile::default() };
    let schema = file.resolve(&table, false).expect("resolved");
    (table, schema)
}

fn design(text: &str) -> Design {
    let (table, schema) = table(text);
    design_of(&table, &schema)
}

fn design_of(table: &Table, schema: &Schema) -> Design {
    let observations = LabelScan::read(table, schema, MissingPolicy::Level, None).expect("two classes");
    let encoded = observations.encode_all().expect("usable");
    let space = encoded.learn_space().expect("learnt");
    encoded.design(&space).design
}

/// The dense matrix with the intercept's ones behind the features.
fn with_ones(design: &Design) -> Array2<f64> {
    concatenate(Axis(1), &[design.to_dense().view(), Array2::ones((design.n_rows(), 1)).view()]).expect("same rows")
}

prop_compose! {
    /// A table whose columns need every width, with missing cells and more than one block of rows.
    pub(crate) fn any_table()(
        rows in prop::collection::vec(
            (0..5_i32, -3.0..3.0_f64, -70_000..70_000_i32, 0..300_u32, 0..3_u8, 0..6_u8, prop::bool::ANY), 30..1400
        )
    ) -> String {
        let mut text = "small,real,wide,many,few,gaps,y\n0,0.5,1,m0,f0,1,0\n0,0.5,1,m0,f0,,1\n".to_owned();
        for (small, real, wide, many, few, gap, y) in rows {
            let few = if gap == 0 { String::new() } else { format!("f{few}") };
            let gaps = if gap == 1 { String::new() } else { gap.to_string() };
            text.push_str(&format!("{small},{real},{wide},m{many},{few},{gaps},{}\n", u8::from(y)));
        }
        text
    }
}

/// Each entry against the dense product, with an error that is small beside the sum of its absolute terms: what any order
/// of adding them up keeps to (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
fn close(found: &[f64], expected: &Array1<f64>, absolute_terms: &Array1<f64>) {
    for ((found, expected), terms) in found.iter().zip(expected).zip(absolute_terms) {
        assert!((found - expected).abs() <= 1e-13 * terms, "{found} is not {expected}, a sum over {terms}");
    }
}

/// Features one by one, means and spreads, and the scores of the model's own scorer, against those of the dense matrix.
fn check_columns(design: &Design) {
    let dense = design.to_dense();
    let cells = design.by_feature();
    let weights: Vec<f64> = design.counts().map(|[n0, n1]| (n0 + n1) as f64).collect();
    let n: f64 = weights.iter().sum();
    let spreads = design.spreads(&design.code_counts());
    for (feature, column) in dense.columns().into_iter().enumerate() {
        let mut found = vec![0.0; design.n_rows()];
        match cells.cells(feature) {
            FeatureCells::Numbers(numbers) => found.copy_from_slice(numbers),
            FeatureCells::Ones(rows) => rows.iter().for_each(|row| found[*row as usize] = 1.0),
        }
        assert_eq!(found, column.to_vec());
        let mean = |of: &dyn Fn(f64) -> f64| column.iter().zip(&weights).map(|(x, w)| of(*x) * w).sum::<f64>() / n;
        let (own, size) = (mean(&|x| x), mean(&f64::abs));
        assert!((spreads.means[feature] - own).abs() <= 1e-12 * size, "{} is not {own}", spreads.means[feature]);
        let spread = mean(&|x| (x - own) * (x - own)).sqrt();
        assert!((spreads.spreads[feature] - spread).abs() <= 1e-9 * (spread + size), "{feature}");
    }
    let coefficients: Vec<f64> = (0..design.n_features()).map(|i| (i as f64 * 0.3).cos()).collect();
    let parameters = Parameters { coefficients: coefficients.clone(), ..Parameters::default() };
    let model = Model::new(design.space().clone(), parameters).expect("a model");
    let scores: Vec<f64> = design.scores(&model).iter().map(|(score, _)| score).collect();
    let v = Array1::from(coefficients);
    close(&scores, &dense.dot(&v), &(dense.mapv(f64::abs).dot(&v.mapv(f64::abs)) + 1e-3));
}

/// All three products against those of the dense matrix.
pub(crate) fn check_products(design: &Design, seed: u32) {
    let dense = with_ones(design);
    // Any fixed numbers that are not round.
    let numbers = |n: usize| -> Vec<f64> { (0..n).map(|i| ((i as f64 + f64::from(seed)) * 0.7).sin()).collect() };
    let vector = |values: &[f64]| Array1::from(values.to_vec());
    let sizes = dense.mapv(f64::abs);
    let v = numbers(design.n_features() + 1);
    close(&design.matvec(&v), &dense.dot(&vector(&v)), &sizes.dot(&vector(&v).mapv(f64::abs)));
    let r = numbers(design.n_rows());
    let absolute_r = vector(&r).mapv(f64::abs);
    close(&design.transpose_matvec(&r), &dense.t().dot(&vector(&r)), &sizes.t().dot(&absolute_r));
    let expected = dense.t().dot(&(&dense * &vector(&r).insert_axis(Axis(1))));
    let terms = sizes.t().dot(&(&sizes * &absolute_r.insert_axis(Axis(1))));
    let flat = |matrix: &Array2<f64>| Array1::from_iter(matrix.iter().copied());
    close(&design.sandwich(&r).iter().copied().collect::<Vec<_>>(), &flat(&expected), &flat(&terms));
}

/// Interactions of every two kinds of columns, curves, and an indicator: numbers, numbers that may be missing, levels, bins.
fn added(splines: &[&str], interactions: &[[&str; 2]]) -> AddedTerms {
    let owned = |names: &[&str; 2]| names.map(str::to_owned);
    AddedTerms::new(splines.iter().map(|name| (*name).to_owned()).collect(), interactions.iter().map(owned).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn products_are_those_of_the_dense_matrix(text in any_table(), seed in 1..1000_u32) {
        check_products(&design(&text), seed);
    }

    /// Doubling every row doubles the counts and leaves the distinct rows as they are.
    #[test]
    fn merged_rows_stand_for_all_rows(text in any_table()) {
        let (header, rows) = text.split_once('\n').expect("a header");
        // What is an identifier in some rows need not be one where these occur twice.
        let (single, schema) = table(&text);
        let once = design_of(&single, &schema);
        let twice = design_of(&table(&format!("{header}\n{rows}{rows}")).0, &schema);
        prop_assert_eq!(once.to_dense(), twice.to_dense());
        let doubled: Vec<[u64; 2]> = once.counts().map(|counts| counts.map(|n| 2 * n)).collect();
        prop_assert_eq!(doubled, twice.counts().collect::<Vec<_>>());
        prop_assert_eq!(once.class_counts().iter().sum::<u64>(), rows.lines().count() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn products_with_curves_and_interactions_are_those_of_the_dense_matrix(text in any_table(), seed in 1..1000_u32) {
        let (table, schema) = table(&text);
        let encoded = LabelScan::read(&table, &schema, MissingPolicy::Level, None).expect("two classes");
        let encoded = encoded.encode_all().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        // Hundreds of levels take their time in a dense matrix.
        let many = if text.lines().count() < 100 { "many" } else { "few" };
        let pairs = [["small", "real"], ["gaps", "wide"], ["few", "real"], ["few", many], [many, "gaps"]];
        // Columns may be left out, and few rows may have too few values.
        let is_possible = |added: &AddedTerms| encoded.with_terms(space.clone(), added).is_ok();
        let splines: Vec<&str> = ["real", "gaps"].into_iter().filter(|name| is_possible(&added(&[name], &[]))).collect();
        let pairs: Vec<[&str; 2]> = pairs.into_iter().filter(|pair| is_possible(&added(&[], &[*pair]))).collect();
        prop_assert!(pairs.contains(&["small", "real"]) && splines.contains(&"real"));
        let mut with = encoded.with_terms(space.clone(), &added(&splines, &pairs)).expect("learnt");
        let gaps = with.numeric.iter().position(|column| column.name == "gaps").expect("a column");
        if with.numeric[gaps].fill_value.is_some() {
            let few = with.column_names().position(|name| name == "few").expect("a column");
            let missing = Term::Missing { column: gaps };
            with.additional.push(Term::Product { factors: vec![missing, Term::Level { column: few, code: 0 }] });
        }
        prop_assert!(with.additional.len() >= 4);
        let design = encoded.clone().design(&with).design;
        check_products(&design, seed);
        check_columns(&design);
        // Counting numbers from elsewhere leaves curves and interactions as they are.
        let centres: Vec<f64> = (0..design.n_features()).map(|feature| feature as f64).collect();
        let centred = design.centred(&centres);
        check_products(&centred, seed);
        let first = design.n_features() - with.additional.len();
        let additional = |design: &Design| design.to_dense().slice(s![.., first..]).to_owned();
        prop_assert_eq!(additional(&centred), additional(&design));
        prop_assert_eq!(encoded.clone().design(&space).design.with_terms(with.additional.clone()), design);
        // Bins in the place of numbers.
        let mut binned = encoded.learn_space_with_bins().expect("learnt");
        binned.numeric[0].cuts = vec![1.0, 2.5];
        let pairs = [["small", "few"], ["small", "wide"]].into_iter().filter(|[_, b]| binned.numeric.iter().any(|column| column.name == *b && !column.is_binned()) || binned.categorical.iter().any(|column| column.name == *b));
        let pairs: Vec<[&str; 2]> = pairs.collect();
        let Ok(with) = encoded.with_terms(binned, &added(&[], &pairs)) else { return Ok(()) };
        let design = encoded.clone().design(&with).design;
        check_products(&design, seed);
        check_columns(&design);
    }
}

/// Columns that are not coded together, so that there are pairs of groups, over several segments, chunks and shards.
#[test]
fn products_of_many_segments_are_those_of_the_dense_matrix() {
    let mut text = "a,d,e,f,y\n".to_owned();
    for row in 0..30_000_u64 {
        let random = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let levels = [random % 40, random / 40 % 30, random / 1200 % 20];
        let [d, e, f] = levels;
        text.push_str(&format!("{},d{d:02},e{e:02},f{f:02},{}\n", row as f64 / 7.0, random / 24_000 % 2));
    }
    for part_bytes in [1 << 24, 200_000, 2_000] {
        let (table, schema) = table(&text);
        let table = table.with_partition_bytes(part_bytes);
        let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
        let encoded = observations.encode_all().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        let design = encoded.design_by_row(&space).design;
        assert!(!design.is_merged() && design.n_rows() == 30_000);
        let dense = with_ones(&design);
        let d: Vec<f64> = (0..design.n_rows()).map(|row| (row as f64 * 0.7).sin()).collect();
        let column = Array1::from(d.clone()).insert_axis(Axis(1));
        let (expected, terms) = (dense.t().dot(&(&dense * &column)), dense.t().dot(&(&dense * &column.mapv(f64::abs))));
        let flat = |matrix: &Array2<f64>| Array1::from_iter(matrix.iter().copied());
        close(&design.sandwich(&d).iter().copied().collect::<Vec<_>>(), &flat(&expected), &flat(&terms));
        let flat_sum = |of: &Array2<f64>| dense.t().dot(of).remove_axis(Axis(1));
        close(&design.transpose_matvec(&d), &flat_sum(&column), &flat_sum(&column.mapv(f64::abs)));
    }
}

#[test]
fn rows_that_hardly_repeat_are_kept_as_they_are() {
    let mut text = "a,y\n".to_owned();
    (0..70_000).for_each(|row| text.push_str(&format!("{},{}\n", f64::from(row) / 7.0, row % 2)));
    let design = design(&text);
    assert!(!design.is_merged());
    assert_eq!((design.n_rows(), design.class_counts()), (70_000, [35_000, 35_000]));
}

#[test]
fn levels_and_ranges_are_those_of_the_training_rows() {
    let (table, schema) = table("a,d,y\n1,p,0\n2,q,1\n9,r,1\n3,p,0\n");
    let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    // The second observation of class 1 is the third row.
    let mut ones = Bits::zeros(2);
    ones.set(1);
    let [train, test] = observations.encode(&TestRows::Observations([Bits::zeros(2), ones])).expect("usable");
    let space = train.learn_space().expect("learnt");
    assert_eq!(space.categorical[0].levels, ["p", "q"]);
    assert_eq!(space.numeric[0].training_range, (1.0, 3.0));
    let test = test.design(&space);
    assert_eq!((test.design.n_rows(), test.rejected), (0, 1), "an unknown level is no reference level");
}

//! Columns in memory make the design that the same table makes as CSV text, and faults name column and row.

use assist_data::{SchemaFile, Table, TestRows, counted_test_rows, sklearn_test_rows};
use assist_features::{Design, DesignBuilder, DesignWithRejects, Encoded, LabelScan, MissingPolicy};
use assist_score::{Model, Parameters};
use proptest::prelude::*;

/// A row: a small number, any number, two categories of which an empty text is missing, and how often it was seen.
type Row = (Option<f64>, f64, String, String, [u64; 2]);

struct Columns {
    small: Vec<f64>,
    real: Vec<f64>,
    device: Vec<String>,
    many: Vec<Option<String>>,
    counts: Vec<[u64; 2]>,
}

impl Columns {
    fn new(rows: &[Row]) -> Self {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            small: rows.iter().map(|row| row.0.unwrap_or(f64::NAN)).collect(),
            real: rows.iter().map(|row| row.1).collect(),
            device: rows.iter().map(|row| row.2.clone()).collect(),
            many: rows.iter().map(|row| some(&row.3)).collect(),
            counts: rows.iter().map(|row| row.4).collect(),
        }
    }

    fn builder(&self) -> DesignBuilder<'_> {
        let numbers = Design::builder().number("small", &self.small).number("real", &self.real);
        numbers.category("device", &self.device).category_optional("many", &self.many)
    }

    fn labels(&self) -> Vec<bool> {
        self.counts.iter().map(|[_, n1]| *n1 > 0).collect()
    }

    /// As CSV text, categories and numbers in turn.
    fn text(&self, counts: bool) -> String {
        let mut text = format!("device,small,many,real,{}\n", if counts { "n0,n1" } else { "help" });
        for (row, [n0, n1]) in self.counts.iter().enumerate() {
            let small = if self.small[row].is_nan() { String::new() } else { self.small[row].to_string() };
            let many = self.many[row].as_deref().unwrap_or_default();
            text.push_str(&format!("{},{small},{many},{},", self.device[row], self.real[row]));
            text.push_str(&if counts { format!("{n0},{n1}\n") } else { format!("{}\n", u8::from(*n1 > 0)) });
        }
        text
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let number = prop_oneof![(-4..300_i32).prop_map(f64::from), -3.0..3.0_f64, any::<f32>().prop_map(f64::from)];
    let number = number.prop_filter("finite", |number| number.is_finite());
    let row = (prop::option::weighted(0.9, 0..4_u8), number, 0..3_u8, 0..40_u8, [0..3_u64, 0..3_u64]);
    prop::collection::vec(row, 8..300).prop_map(|rows| {
        let text = |kind: &str, code: u8| if code == 0 { String::new() } else { format!("{kind}{code}") };
        let row = |(small, real, device, many, counts): (Option<u8>, f64, u8, u8, [u64; 2])| {
            (small.map(f64::from), real, text("d", device), text("m", many), counts)
        };
        // Both classes, a value and a level of every column are always there.
        let first = [[1, 0], [0, 1], [2, 0], [0, 2]];
        let always = first.map(|counts| (Some(1.0), 0.5, "d1".to_owned(), "m1".to_owned(), counts));
        always.into_iter().chain(rows.into_iter().map(row)).collect()
    })
}

/// The same rows without missing cells.
fn complete(rows: &[Row]) -> Vec<Row> {
    let filled = |text: &String| if text.is_empty() { "other".to_owned() } else { text.clone() };
    rows.iter().map(|row| (row.0.or(Some(9.0)), row.1, filled(&row.2), filled(&row.3), row.4)).collect()
}

/// The training and the test rows of a table, split or not.
fn from_table(text: &str, counts: bool, policy: MissingPolicy, split: Option<(f64, u32)>) -> [Encoded; 2] {
    let table = Table::from_csv_text("t.csv", text).expect("readable");
    let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, counts);
    let schema = schema.expect("resolved");
    let scan = LabelScan::read(&table, &schema, policy, None).expect("two classes");
    let test_rows = split.map(|(size, seed)| match scan.row_counts() {
        Some(rows) => counted_test_rows(&rows, size, seed).expect("a split"),
        None => sklearn_test_rows(scan.label_counts(), size, seed).expect("a split"),
    });
    scan.encode(&test_rows.unwrap_or_default()).expect("usable")
}

fn check(rows: &[Row], policy: MissingPolicy) {
    let columns = Columns::new(rows);
    let labels = columns.labels();
    for is_counted in [false, true] {
        let text = columns.text(is_counted);
        let builder = columns.builder().missing(policy).target("help", "0", "1");
        let builder = if is_counted { builder.counts(&columns.counts) } else { builder.labels(&labels) };
        let [all, _] = from_table(&text, is_counted, policy, None);
        let space = all.learn_space().expect("learnt");
        let expected = all.clone().design(&space).design;
        let found = builder.build().expect("built");
        assert_eq!(found, expected);
        assert_eq!(
            builder.encode().expect("coded").design_by_row(&space).design,
            all.clone().design_by_row(&space).design
        );
        let binned = all.learn_space_with_bins().expect("learnt");
        let of_bins = builder.clone().bins().build().expect("built");
        assert_eq!(of_bins, all.design(&binned).design);

        let [train, test] = from_table(&text, is_counted, policy, Some((0.3, 7)));
        let space = train.learn_space().expect("learnt");
        let expected: DesignWithRejects = test.design(&space);
        let (found_train, found_test) = builder.split(0.3, 7).expect("a split");
        assert_eq!(found_train, train.design(&space).design);
        assert_eq!((found_test.design, found_test.rejected), (expected.design, expected.rejected));
        // The rows of the model itself, the columns in another order.
        let again = Design::builder().category_optional("many", &columns.many).category("device", &columns.device);
        let again = again.number("real", &columns.real).number("small", &columns.small).missing(policy);
        let again = if is_counted { again.counts(&columns.counts) } else { again.labels(&labels) };
        let again = again.build_in(found.space()).expect("built");
        assert_eq!((again.design, again.rejected), (found, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_design_in_memory_is_that_of_the_table(rows in any_rows()) {
        check(&rows, MissingPolicy::Level);
        check(&rows, MissingPolicy::Drop);
        check(&complete(&rows), MissingPolicy::Error);
    }
}

/// So many rows that they are counted while they are read.
#[test]
fn counted_rows_in_memory_are_those_of_the_table() {
    let row = |row: u64| -> Row {
        let random = row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let class = random / 120 % 2;
        let text = |kind: &str, code: u64| format!("{kind}{code}");
        let real = (random / 5 % 4) as f64 / 8.0;
        (Some((random % 5) as f64), real, text("d", random / 20 % 3), text("m", random / 60 % 2), [1 - class, class])
    };
    let rows: Vec<Row> = (0..70_000).map(row).collect();
    check(&rows, MissingPolicy::Error);
    let columns = Columns::new(&rows);
    let design = columns.builder().labels(&columns.labels()).build().expect("built");
    assert!(design.is_merged() && design.n_rows() < 300);
}

/// More rows than one thread takes at a time, some left out: each of the others is where the split puts it.
#[test]
fn a_split_of_many_rows_is_that_of_one_row_after_another() {
    const N_ROWS: u32 = (1 << 20) + 50_000;
    let random = |row: u32| row.wrapping_mul(0x9e37_79b9) >> 12;
    let values: Vec<f64> =
        (0..N_ROWS).map(|row| if random(row) % 50 == 0 { f64::NAN } else { f64::from(random(row) % 300) }).collect();
    let labels: Vec<bool> = (0..N_ROWS).map(|row| random(row) / 300 % 3 == 0).collect();
    let builder = Design::builder().number("value", &values).labels(&labels).missing(MissingPolicy::Drop);
    let (train, test) = builder.split(0.25, 3).expect("a split");
    let mut class_counts = [0_u64; 2];
    let kept = || values.iter().zip(&labels).filter(|(value, _)| !value.is_nan());
    kept().for_each(|(_, label)| class_counts[usize::from(*label)] += 1);
    let test_rows = sklearn_test_rows(class_counts, 0.25, 3).expect("a split");
    let mut expected = [vec![[0_u64; 2]; 300], vec![[0_u64; 2]; 300]];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers below 300")]
    let place = |value: f64| value as usize;
    let mut seen = [0_usize; 2];
    for (value, label) in kept() {
        let class = usize::from(*label);
        let TestRows::Observations(of_class) = &test_rows else { panic!("one bit a row") };
        let subset = usize::from(of_class[class].get(seen[class]));
        seen[class] += 1;
        expected[subset][place(*value)][class] += 1;
    }
    for (design, expected) in [train, test.design].iter().zip(expected) {
        let mut found = vec![[0_u64; 2]; 300];
        for (value, [n0, n1]) in design.numbers(0).into_iter().zip(design.counts()) {
            let [sum_0, sum_1] = &mut found[place(value)];
            (*sum_0, *sum_1) = (*sum_0 + n0, *sum_1 + n1);
        }
        assert_eq!(found, expected);
    }
    assert_eq!(test.rejected, 0);
}

/// A builder of four rows and a column of each kind.
fn builder() -> DesignBuilder<'static> {
    Design::builder().number("errors", &[4.0, 0.0, 3.0, 1.0]).category("device", &["p", "w", "w", "p"])
}

const LABELS: [bool; 4] = [true, false, true, false];

#[test]
fn faults_name_the_column_and_the_row() {
    let labelled = || builder().labels(&LABELS);
    for (builder, message) in [
        (Design::builder().labels(&LABELS), "no column was given, neither of numbers nor of categories"),
        (builder(), "neither labels nor counts were given"),
        (labelled().counts(&[[1, 0]]), "both labels and counts were given"),
        (labelled().number("wait", &[1.0, 2.0]), "column `wait` has 2 rows, but there are labels or counts of 4"),
        (
            labelled().number("device", &[1.0; 4]),
            "the name `device` is given twice, to two columns or to a column and the target",
        ),
        (
            labelled().target("errors", "no", "yes"),
            "the name `errors` is given twice, to two columns or to a column and the target",
        ),
        (labelled().number("", &[1.0; 4]), "a column of numbers has no name"),
        (
            Design::builder().number("errors", &[]).labels(&[]),
            "nothing was observed: there are no rows, or all their counts are zero",
        ),
        (
            labelled().number("wait", &[1.0, 2.0, f64::INFINITY, 3.0]),
            "column `wait` in row 3: `inf` is not a finite number",
        ),
        (
            labelled().number("wait", &[1.0, f64::NAN, 3.0, f64::NAN]).missing(MissingPolicy::Error),
            "column `wait` has 2 cells missing, the first in row 2",
        ),
        (
            labelled().category("os", &["a", "", "b", "(missing)"]).missing(MissingPolicy::Error),
            "column `os` has 2 cells missing, the first in row 2",
        ),
        (labelled().category("os", &["a", "b\0", "b", "a"]), "column `os` in row 2: a text with a NUL character"),
        (
            labelled().integer("errors").range("errors", 0.0, 3.5),
            "column `errors` in row 1: 4 is above the maximum 3.5",
        ),
        (labelled().range("errors", 2.0, 1.0), "the range of column `errors` is empty or not finite: 2 to 1"),
        (labelled().levels("device", &["p"]), "column `device` in row 2: unknown level `w`"),
        (labelled().integer("device"), "there is no column of numbers called `device`"),
        (
            labelled().reference("device", "tablet"),
            "the reference level `tablet` of column `device` does not occur in the training rows",
        ),
        (
            builder().labels(&[true; 4]).target("help", "no", "yes"),
            "all 4 observations have the label `yes`; two classes are needed",
        ),
        (
            labelled().number("wait", &[f64::NAN; 4]).missing(MissingPolicy::Drop),
            "no row is left: every one has a missing cell",
        ),
    ] {
        assert_eq!(builder.build().expect_err(message).to_string(), message);
    }
    let unsplit = labelled().split(1.5, 7).expect_err("refused");
    assert_eq!(unsplit.to_string(), "the test size must lie between 0 and 1, not 1.5");
}

#[test]
fn rows_of_a_model_must_have_its_columns() {
    let design = builder().labels(&LABELS).range("errors", 0.0, None).build().expect("built");
    let space = design.space();
    let rows = Design::builder()
        .category("device", &["p", "tablet", "w", "p", ""])
        .number("errors", &[1.0, 1.0, -1.0, 2.0, 3.0])
        .labels(&[true; 5]);
    let built = rows.build_in(space).expect("built");
    assert_eq!((built.design.class_counts(), built.rejected), ([0, 2], 3), "a level, a number, a missing cell");
    assert_eq!(built.design.space(), space);
    for (builder, message) in [
        (
            Design::builder().number("errors", &[1.0; 4]).labels(&LABELS),
            "the model has a column of categories called `device`, which was not given",
        ),
        (builder().number("wait", &[1.0; 4]).labels(&LABELS), "there is no column of numbers called `wait`"),
        (
            builder().labels(&LABELS).target("help", "no", "yes"),
            "the target is `help (no, yes)`, but the model's is `label (0, 1)`",
        ),
    ] {
        assert_eq!(builder.build_in(space).expect_err(message).to_string(), message);
    }
}

#[test]
fn a_model_of_other_columns_scores_no_design() {
    let design = builder().labels(&LABELS).build().expect("built");
    let space = Design::builder().number("errors", &[1.0, 2.0]).labels(&[true, false]).build().expect("built");
    let parameters = Parameters { coefficients: vec![0.5], ..Parameters::default() };
    let model = Model::new(space.space().clone(), parameters).expect("consistent");
    let panic = std::panic::catch_unwind(|| design.scores(&model)).expect_err("columns are missing");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("the model has as many numeric and categorical columns as the design"), "{message}");
}

//! Whether intervals cover and p-values are uniform: thousands of tables drawn from a known law, each fitted and evaluated as
//! a user would, against what is true of the law.
//!
//! usage: `coverage [TABLES]`

use std::io::Write as _;

use assist_benches::simulation::{kolmogorov, true_figures};
use assist_data::{SchemaFile, Table};
use assist_features::{Encoded, LabelScan, MissingPolicy};
use assist_metrics::{ScoreCounts, evaluate};
use assist_model::{LogisticRegression, Wald};
use assist_score::{ClassWeight, Model, Penalty, Value, sigmoid};
use rand_mt::Mt64;
use rayon::prelude::*;
use serde_json::json;

const TRAIN_ROWS: u32 = 1000;
const TEST_ROWS: u32 = 500;
const SEED: u64 = 20_261_122;

/// Slopes of the law, in the order of the features: `a`, `b`, `d_q`, `d_r` (nothing), `e_v`; and its intercept.
const SLOPES: [f64; 5] = [0.25, -0.3, 0.0, 0.0, 0.8];
const INTERCEPT: f64 = -0.6;

/// A row of features, all as likely as each other.
#[derive(Clone, Copy)]
struct Cell {
    a: u32,
    b: u32,
    d: usize,
    e: usize,
}

const D: [&str; 3] = ["p", "q", "r"];
const E: [&str; 2] = ["u", "v"];

impl Cell {
    fn all() -> Vec<Self> {
        let cells = (0..10).flat_map(|a| (0..5).flat_map(move |b| (0..3).map(move |d| (a, b, d))));
        cells.flat_map(|(a, b, d)| (0..2).map(move |e| Self { a, b, d, e })).collect()
    }

    /// The law's logit.
    fn logit(self) -> f64 {
        let features = [
            f64::from(self.a),
            f64::from(self.b),
            f64::from(u8::from(self.d == 1)),
            f64::from(u8::from(self.d == 2)),
            self.e as f64,
        ];
        INTERCEPT + features.iter().zip(SLOPES).map(|(x, slope)| x * slope).sum::<f64>()
    }

    fn values(self) -> [Value<'static>; 4] {
        [
            Value::Number(f64::from(self.a)),
            Value::Number(f64::from(self.b)),
            Value::Text(D[self.d]),
            Value::Text(E[self.e]),
        ]
    }
}

/// A uniform number below 1.
fn uniform(generator: &mut Mt64) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// So many users drawn from the law, coded.
fn draw(cells: &[Cell], rows: u32, generator: &mut Mt64) -> Encoded {
    let mut counts = vec![[0_u32; 2]; cells.len()];
    for _ in 0..rows {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a cell")]
        let at = (uniform(generator) * cells.len() as f64) as usize;
        counts[at][usize::from(uniform(generator) < sigmoid(cells[at].logit()))] += 1;
    }
    let line =
        |(cell, [n0, n1]): (&Cell, &[u32; 2])| format!("{},{},{},{},{n0},{n1}\n", cell.a, cell.b, D[cell.d], E[cell.e]);
    let drawn = cells.iter().zip(&counts).filter(|(_, counts)| **counts != [0, 0]);
    let text = "a,b,d,e,n0,n1\n".to_owned() + &drawn.map(line).collect::<String>();
    let table = Table::from_csv_text("drawn.csv", &text).expect("readable");
    let schema =
        SchemaFile { target: Some("y".into()), ..SchemaFile::default() }.resolve(&table, true).expect("resolved");
    let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    observations.encode_all().expect("usable")
}

/// What is true of a model over the whole law: accuracy and area under the ROC curve.
fn truth(cells: &[Cell], model: &Model) -> [f64; 2] {
    let share = 1.0 / cells.len() as f64;
    let scored: Vec<(f64, [f64; 2])> = cells
        .iter()
        .map(|cell| {
            let scored = model.score(&cell.values()).expect("every level was seen");
            (scored.score, [sigmoid(-cell.logit()) * share, sigmoid(cell.logit()) * share])
        })
        .collect();
    true_figures(&scored)
}

/// Whether each interval of a table covers the truth, and the p-value of the column that says nothing.
struct Seen {
    unweighted: Vec<bool>,
    balanced: Vec<bool>,
    accuracy: bool,
    auc: bool,
    p_value: f64,
}

fn covers(model: &Model) -> Vec<bool> {
    let parameters = model.parameters();
    let errors = &parameters.training.standard_errors.as_ref().expect("valid").values;
    // Class weights move the intercept by what they do to the odds, and no slope.
    let [w0, w1] = parameters.training.class_weights;
    let estimates = parameters.coefficients.iter().chain([&parameters.intercept]);
    let truths = SLOPES.into_iter().chain([INTERCEPT + (w1 / w0).ln()]);
    let inside = |((estimate, error), truth): ((&f64, &f64), f64)| {
        let wald = Wald::new(*estimate, *error).expect("a standard error");
        wald.ci_low <= truth && truth <= wald.ci_high
    };
    estimates.zip(errors).zip(truths).map(inside).collect()
}

fn one_table(cells: &[Cell], index: u64) -> Seen {
    let mut generator = Mt64::new(SEED.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let train = draw(cells, TRAIN_ROWS, &mut generator);
    let test = draw(cells, TEST_ROWS, &mut generator);
    let space = train.learn_space().expect("learnt");
    let design = train.design(&space).design;
    let settings = LogisticRegression::default().with_penalty(Penalty::None);
    let balanced = settings.fit(&design).expect("fitted").model;
    let unweighted = settings.with_class_weight(ClassWeight::None).fit(&design).expect("fitted").model;
    let scores = ScoreCounts::new(test.design(&space).design.scores(&balanced).iter());
    let metrics = evaluate(&scores, balanced.correction(), 0.0);
    let [accuracy, auc] = truth(cells, &balanced);
    let inside = |interval: Option<[f64; 2]>, truth| interval.is_some_and(|[low, high]| low <= truth && truth <= high);
    let tests = unweighted.parameters().inference.factor_tests.as_ref().expect("tests");
    Seen {
        unweighted: covers(&unweighted),
        balanced: covers(&balanced),
        accuracy: inside(metrics.intervals.accuracy, accuracy),
        auc: inside(metrics.intervals.roc_auc, auc),
        p_value: tests.factors.iter().find(|test| test.columns == ["d"]).expect("a test").p_value,
    }
}

fn main() -> std::io::Result<()> {
    let tables: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(4000);
    let cells = Cell::all();
    let seen: Vec<Seen> = (0..tables).into_par_iter().map(|index| one_table(&cells, index)).collect();
    let share = |of: &dyn Fn(&Seen) -> bool| seen.iter().filter(|table| of(table)).count() as f64 / tables as f64;
    let names = ["a", "b", "d_q", "d_r", "e_v", "intercept"];
    let by_name = |pick: fn(&Seen) -> &Vec<bool>| -> serde_json::Map<String, serde_json::Value> {
        names
            .iter()
            .enumerate()
            .map(|(at, name)| ((*name).to_owned(), json!(share(&|table| pick(table)[at]))))
            .collect()
    };
    let [distance, p_value] = kolmogorov(seen.iter().map(|table| table.p_value).collect());
    let report = json!({
        "tables": tables, "train_rows": TRAIN_ROWS, "test_rows": TEST_ROWS, "seed": SEED, "nominal": 0.95,
        "coefficients_unweighted_inverse_hessian": by_name(|table| &table.unweighted),
        "coefficients_balanced_sandwich_hc0": by_name(|table| &table.balanced),
        "accuracy_wilson": share(&|table| table.accuracy),
        "roc_auc_delong": share(&|table| table.auc),
        "p_values_of_a_null_column": { "kolmogorov_distance": distance, "kolmogorov_p_value": p_value },
    });
    writeln!(std::io::stdout(), "{report:#}")
}

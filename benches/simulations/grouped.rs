//! Whether intervals cover where rows are those of users: thousands of tables of 200 users with eight rows each, split by user,
//! fitted and evaluated, against what is true of the law that they are drawn from. Beside them the intervals that take rows for
//! independent.
//!
//! usage: `grouped [TABLES]`

use std::fmt::Write as _;
use std::io::Write as _;

use assist_benches::simulation::true_figures;
use assist_data::{SchemaFile, Table, group_split};
use assist_features::{Design, LabelScan, MissingPolicy};
use assist_metrics::{ClusterScore, ClusteredScores, Metrics, Sample, evaluate};
use assist_model::{Covariance, InferenceLevel, LogisticRegression, Wald};
use assist_score::{ClassWeight, Model, Penalty, Value, sigmoid};
use rand_mt::Mt64;
use rayon::prelude::*;
use serde_json::json;

const USERS: u32 = 200;
const ROWS_OF_A_USER: u32 = 8;
const SEED: u64 = 20_261_127;

/// Slopes of the law: `a`, the same in all rows of a user, and `b`; and its intercept.
const SLOPES: [f64; 2] = [0.25, -0.3];
const INTERCEPT: f64 = -0.5;
/// The share of rows whose label is drawn with the user's number instead of one of their own. So rows of a user are alike, and
/// each by itself has just the law's probability.
const SHARED: f64 = 0.8;
/// Values of either column, all as likely as each other.
const VALUES: [u32; 2] = [10, 5];

fn logit([a, b]: [u32; 2]) -> f64 {
    INTERCEPT + SLOPES[0] * f64::from(a) + SLOPES[1] * f64::from(b)
}

/// A uniform number below 1.
fn uniform(generator: &mut Mt64) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn below(generator: &mut Mt64, n: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below n")]
    let drawn = (uniform(generator) * f64::from(n)) as u32;
    drawn
}

/// A table of users.
fn draw(generator: &mut Mt64) -> String {
    let mut text = "user_id,a,b,y\n".to_owned();
    for user in 0..USERS {
        let (a, of_user) = (below(generator, VALUES[0]), uniform(generator));
        for _ in 0..ROWS_OF_A_USER {
            let b = below(generator, VALUES[1]);
            let number = if uniform(generator) < SHARED { of_user } else { uniform(generator) };
            let _ = writeln!(text, "{user},{a},{b},{}", u8::from(number < sigmoid(logit([a, b]))));
        }
    }
    text
}

/// What is true of a model over the whole law: accuracy and area under the ROC curve.
fn truth(model: &Model) -> [f64; 2] {
    let cells: Vec<[u32; 2]> = (0..VALUES[0]).flat_map(|a| (0..VALUES[1]).map(move |b| [a, b])).collect();
    let share = 1.0 / cells.len() as f64;
    let score =
        |cell: &[u32; 2]| model.score(&cell.map(|value| Value::Number(f64::from(value)))).expect("numbers").score;
    let scored: Vec<(f64, [f64; 2])> = cells
        .iter()
        .map(|cell| (score(cell), [sigmoid(-logit(*cell)) * share, sigmoid(logit(*cell)) * share]))
        .collect();
    true_figures(&scored)
}

/// Whether the intervals of a table cover the truth: of the slope of `a`, of accuracy, of the area under the ROC curve.
type Covered = [bool; 3];

fn slope_is_covered(design: &Design, covariance: Covariance) -> bool {
    let settings = LogisticRegression::default()
        .with_penalty(Penalty::None)
        .with_class_weight(ClassWeight::None)
        .with_inference(InferenceLevel::Basic)
        .with_covariance(covariance);
    let model = settings.fit(design).expect("fitted").model;
    let parameters = model.parameters();
    let errors = &parameters.training.standard_errors.as_ref().expect("valid").values;
    let wald = Wald::new(parameters.coefficients[0], errors[0]).expect("a standard error");
    wald.ci_low <= SLOPES[0] && SLOPES[0] <= wald.ci_high
}

fn figures_are_covered(metrics: &Metrics, [accuracy, auc]: [f64; 2]) -> [bool; 2] {
    let inside = |interval: Option<[f64; 2]>, truth| interval.is_some_and(|[low, high]| low <= truth && truth <= high);
    [inside(metrics.intervals.accuracy, accuracy), inside(metrics.intervals.roc_auc, auc)]
}

/// By users, and by rows.
fn one_table(index: u64) -> [Covered; 2] {
    let mut generator = Mt64::new(SEED.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let table = Table::from_csv_text("drawn.csv", &draw(&mut generator)).expect("readable");
    let file = SchemaFile { target: Some("y".into()), ..SchemaFile::default() };
    let schema = file.resolve(&table, false).expect("resolved");
    let labels = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    let groups = labels.groups().expect("an identifier that repeats");
    #[expect(clippy::cast_possible_truncation, reason = "another seed for every table")]
    let seed = index as u32;
    let are_test = group_split(groups, 0.2, seed).expect("a split");
    let [train, test] = labels.encode_groups(&are_test).expect("usable");
    let space = train.learn_space().expect("learnt");
    let (train, test) = (train.design(&space).design, test.design(&space).design);
    let settings = LogisticRegression::default().with_inference(InferenceLevel::Basic);
    let model = settings.fit(&train).expect("fitted").model;
    let rows = test.scores(&model).into_iter().zip(test.clusters().expect("grouped"));
    let rows = rows.map(|((score, counts), cluster)| ClusterScore { score, counts, cluster });
    let sample = Sample::Clusters(ClusteredScores::new(rows));
    let truth = truth(&model);
    let [accuracy, auc] = figures_are_covered(&sample.evaluate(model.correction(), 0.0), truth);
    let [naive_accuracy, naive_auc] = figures_are_covered(&evaluate(sample.scores(), model.correction(), 0.0), truth);
    [
        [slope_is_covered(&train, Covariance::Auto), accuracy, auc],
        [slope_is_covered(&train, Covariance::InverseHessian), naive_accuracy, naive_auc],
    ]
}

fn main() -> std::io::Result<()> {
    let tables: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let seen: Vec<[Covered; 2]> = (0..tables).into_par_iter().map(one_table).collect();
    let share =
        |way: usize, figure: usize| seen.iter().filter(|table| table[way][figure]).count() as f64 / tables as f64;
    let figures = |way: usize, names: [&str; 3]| -> serde_json::Map<String, serde_json::Value> {
        names.iter().enumerate().map(|(figure, name)| ((*name).to_owned(), json!(share(way, figure)))).collect()
    };
    let report = json!({
        "tables": tables, "users": USERS, "rows_of_a_user": ROWS_OF_A_USER, "test_size": 0.2, "seed": SEED, "nominal": 0.95,
        "by_user": figures(0, ["slope_cluster_cr1", "accuracy_wilson_by_group", "roc_auc_obuchowski"]),
        "by_row": figures(1, ["slope_inverse_hessian", "accuracy_wilson", "roc_auc_delong"]),
    });
    writeln!(std::io::stdout(), "{report:#}")
}

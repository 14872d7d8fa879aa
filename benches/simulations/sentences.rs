//! How often a sentence of the verdict is false. Tables are drawn from worlds in which a kind of sentence is false, and the share
//! of tables whose verdict says it all the same is counted; in another world it is true, and the share is its power. On further
//! tables of all kinds no two sentences of one verdict may contradict each other.
//!
//! usage: `sentences [TABLES]`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use assist_benches::draws::Draws;
use assist_learn::{CompareSettings, ComparisonReport, Settings, Table, compare, unwatched};
use assist_report::{Action, Agreement, MemoryVerdict, Standing, Statement, contradictions};
use assist_score::sigmoid;
use rayon::prelude::*;
use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, Normal};

const SEED: u64 = 20_261_128;
/// Trees of the forests: as many as tell a forest from another model, and few enough for thousands of tables.
const TREES: u16 = 20;
/// Tables that verdicts are checked for contradictions on, for each table of a world.
const OF_ALL_KINDS: u64 = 2;

/// A row of the worlds: three numbers and two columns of levels.
struct Row {
    numbers: [f64; 3],
    levels: [u64; 2],
}

/// From which law the label of a row comes.
#[derive(Clone, Copy)]
enum World {
    /// From none: class 1 has this share.
    Noise { share: f64 },
    /// From a weighted sum.
    Additive { strength: f64 },
    /// From whether two numbers have the same sign, with some noise.
    Crossed { noise: f64 },
    /// From how far a number is from its middle.
    Bent { strength: f64 },
    /// From a rule of two conditions.
    Rule,
    /// From a strong weighted sum, but in one place from none.
    NoisyPlace,
    /// From one number alone, whose area under the ROC curve is the given one.
    OneColumn { auc: f64 },
}

impl World {
    fn label(self, row: &Row, draws: &mut Draws) -> bool {
        let [a, b, c] = row.numbers;
        match self {
            Self::Noise { share } => draws.is(share),
            Self::Additive { strength } => {
                draws.is(sigmoid(strength * (a + 0.7 * b - 0.5 * (row.levels[0] as f64 - 1.0))))
            }
            Self::Crossed { noise } => ((a > 0.0) == (b > 0.0)) != draws.is(noise),
            Self::Bent { strength } => draws.is(sigmoid(strength * (c * c - 0.6))),
            Self::NoisyPlace if row.levels[1] == 3 => draws.is(0.5),
            Self::NoisyPlace => draws.is(sigmoid(6.0 * (a + 0.7 * b))),
            Self::Rule => a > 0.3 || b > 1.0,
            // The number is redrawn by the label below.
            Self::OneColumn { .. } => draws.is(0.5),
        }
    }

    fn table(self, n: usize, draws: &mut Draws) -> String {
        let mut text = "a,b,c,device,place,y\n".to_owned();
        for _ in 0..n {
            let mut row = Row {
                // As they are written: a label that follows from what nobody sees follows from nothing.
                numbers: [0; 3].map(|_| (10.0 * draws.normal()).round() / 10.0),
                levels: [draws.below(3), draws.below(4)],
            };
            let label = self.label(&row, draws);
            if let Self::OneColumn { auc } = self {
                // Two normal laws of one spread whose means differ by so much have this area.
                let distance = std::f64::consts::SQRT_2 * normal_point(auc);
                row.numbers[0] += if label { distance } else { 0.0 };
            }
            let Row { numbers: [a, b, c], levels: [device, place] } = row;
            let _ = writeln!(text, "{a:.1},{b:.1},{c:.1},d{device},p{place},{}", u8::from(label));
        }
        text
    }
}

/// The point below which the standard normal law has this probability.
fn normal_point(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The verdict of a table.
fn trial(text: &str, settings: &Settings) -> Option<ComparisonReport> {
    let table = Table::from_csv_text("table.csv", text).ok()?;
    let mut few_trees = CompareSettings::default();
    few_trees.trees = TREES;
    compare(&table, settings, &few_trees, &unwatched).ok()
}

/// The kinds of sentences.
type Says = fn(&[Statement]) -> bool;

macro_rules! said {
    ($statements:expr, $kind:ident, $of:ident => $says:expr) => {
        $statements.iter().any(|statement| matches!(statement, Statement::$kind($of) if $says))
    };
}

fn decides_better(all: &[Statement]) -> bool {
    said!(all, Deciding, of => of.standing == Standing::Better)
}

fn ranks(all: &[Statement]) -> bool {
    said!(all, Ranking, of => of.is_shown)
}

fn something_is_recommended(all: &[Statement]) -> bool {
    let is_none = |action: &Action| matches!(action, Action::UseNone { .. } | Action::CollectMoreRows { .. });
    said!(all, Recommendation, of => !is_none(&of.action))
}

/// Two models that are equally good are said to differ, in what they decide or how they rank.
fn models_differ(all: &[Statement]) -> bool {
    let is_shown = |p: Option<f64>| p.is_some_and(|p| p < 0.05);
    said!(all, Deciding, of => of.models.iter().any(|model| is_shown(model.p_beside_logistic_regression)))
        || said!(all, Ranking, of => of.rivals.iter().any(|rival| is_shown(rival.p_holm)))
}

fn another_is_better(all: &[Statement]) -> bool {
    said!(all, Deciding, of => !of.better_than_logistic_regression().is_empty())
        || said!(all, Ranking, of => !of.better().is_empty())
}

fn term_is_missing(all: &[Statement]) -> bool {
    said!(all, Shape, of => !of.found.is_empty())
}

fn is_enough(all: &[Statement]) -> bool {
    said!(all, Shape, of => of.is_enough())
}

fn memorises(all: &[Statement]) -> bool {
    said!(all, Memorising, of => matches!(of.verdict, MemoryVerdict::Memorises | MemoryVerdict::InPart | MemoryVerdict::Little))
}

fn does_not_memorise(all: &[Statement]) -> bool {
    said!(all, Memorising, of => of.verdict == MemoryVerdict::Denied)
}

fn column_is_suspect(all: &[Statement]) -> bool {
    said!(all, SingleColumn, of => !of.suspects.is_empty())
}

fn label_follows(all: &[Statement]) -> bool {
    said!(all, Label, of => of.is_found)
}

fn calibration_differs(all: &[Statement]) -> bool {
    said!(all, Calibration, of => of.agreement != Agreement::NotShownToDiffer)
}

fn errors_concentrate(all: &[Statement]) -> bool {
    said!(all, Segments, of => !of.segments.is_empty())
}

fn column_is_clear(all: &[Statement]) -> bool {
    said!(all, Columns, of => of.scarce.is_none() && (!of.clear.is_empty() || of.together.is_some_and(|all| all.is_clear)))
}

/// A world with the number of rows of its tables, and how the model on trial is penalised.
#[derive(Clone, Copy)]
struct Setting {
    name: &'static str,
    world: World,
    rows: usize,
    c: f64,
}

const NOISE: Setting = Setting { name: "noise", world: World::Noise { share: 0.4 }, rows: 500, c: 1.0 };
/// Here every model is right for half of the rows, and ranks like chance.
const EVEN: Setting = Setting { name: "noise, even classes", world: World::Noise { share: 0.5 }, rows: 500, c: 1.0 };
const ADDITIVE: Setting =
    Setting { name: "weighted sum", world: World::Additive { strength: 0.9 }, rows: 1000, c: 1.0 };
const CROSSED: Setting = Setting { name: "interaction", world: World::Crossed { noise: 0.15 }, rows: 500, c: 1.0 };
const BENT: Setting = Setting { name: "bend", world: World::Bent { strength: 1.2 }, rows: 500, c: 1.0 };
const RULE: Setting = Setting { name: "rule", world: World::Rule, rows: 500, c: 1.0 };
const NOISY_PLACE: Setting = Setting { name: "noise in one place", world: World::NoisyPlace, rows: 1000, c: 1.0 };
const NO_LEAK: Setting =
    Setting { name: "column of area 0.90", world: World::OneColumn { auc: 0.9 }, rows: 1000, c: 1.0 };
const LEAK: Setting =
    Setting { name: "column of area 0.98", world: World::OneColumn { auc: 0.98 }, rows: 1000, c: 1.0 };
const HELD_BACK: Setting =
    Setting { name: "weighted sum, C = 0.002", world: World::Additive { strength: 2.0 }, rows: 1000, c: 0.002 };

/// Each kind of sentence, the worlds in which it is false, and those in which it is true.
const KINDS: [(&str, Says, &[Setting], &[Setting]); 14] = [
    ("a model decides better than the majority class", decides_better, &[NOISE, EVEN], &[ADDITIVE]),
    ("logistic regression ranks better than chance", ranks, &[NOISE, EVEN], &[ADDITIVE]),
    ("anything is recommended", something_is_recommended, &[NOISE, EVEN], &[ADDITIVE, CROSSED]),
    ("two models differ", models_differ, &[EVEN], &[CROSSED]),
    ("a tree or forest is better than logistic regression", another_is_better, &[EVEN, ADDITIVE], &[CROSSED]),
    ("a bend or an interaction is missing", term_is_missing, &[ADDITIVE, NOISE], &[CROSSED, BENT]),
    ("logistic regression is enough", is_enough, &[CROSSED, BENT], &[ADDITIVE]),
    ("the decision tree memorises", memorises, &[RULE], &[NOISE]),
    ("the decision tree does not memorise", does_not_memorise, &[NOISE, ADDITIVE], &[RULE]),
    ("a column alone predicts nearly all", column_is_suspect, &[NO_LEAK, NOISE], &[LEAK]),
    ("the label follows from columns", label_follows, &[NOISE, ADDITIVE], &[RULE]),
    ("predicted and observed shares differ", calibration_differs, &[ADDITIVE], &[HELD_BACK]),
    ("errors concentrate in a segment", errors_concentrate, &[NOISE], &[NOISY_PLACE]),
    ("a column says something", column_is_clear, &[NOISE, EVEN], &[ADDITIVE]),
];

/// The statements of the verdicts of so many tables of a world.
fn verdicts(setting: &Setting, scenario: u64, tables: u64) -> Vec<Vec<Statement>> {
    let mut settings = Settings::new("y");
    settings.fit.c = Some(setting.c);
    let of_table = |table: u64| {
        let text = setting.world.table(setting.rows, &mut Draws::new(SEED, scenario, table));
        let report = trial(&text, &settings).expect("a verdict");
        report.findings.into_iter().map(|finding| finding.statement).collect()
    };
    (0..tables).into_par_iter().map(of_table).collect()
}

/// A table of any kind: few rows and many, columns of levels or numbers, rare classes, copies, users, missing cells.
fn any_table(draws: &mut Draws) -> String {
    let n = 30 + usize::try_from(draws.below(500)).unwrap_or(0);
    let worlds = [
        World::Noise { share: 0.02 + 0.5 * draws.uniform() },
        World::Additive { strength: 3.0 * draws.uniform() },
        World::Crossed { noise: 0.4 * draws.uniform() },
        World::Bent { strength: 3.0 * draws.uniform() },
        World::Rule,
        World::OneColumn { auc: 0.6 + 0.39 * draws.uniform() },
    ];
    let world = worlds[usize::try_from(draws.below(6)).unwrap_or(0)];
    let text = world.table(n, draws);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let header = lines.remove(0);
    if draws.is(0.25) {
        lines.extend(lines.clone());
    }
    let (are_users, has_gaps, are_flipped) = (draws.is(0.25), draws.is(0.3), draws.is(0.2));
    let mut table = if are_users { format!("user_id,{header}\n") } else { format!("{header}\n") };
    for (row, line) in lines.iter().enumerate() {
        let mut line = line.clone();
        if has_gaps && draws.is(0.2) {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[usize::try_from(draws.below(5)).unwrap_or(0)] = "";
            line = cells.join(",");
        }
        if are_flipped && draws.is(0.01) {
            let label = if line.ends_with('1') { "0" } else { "1" };
            line.replace_range(line.len() - 1.., label);
        }
        let _ = if are_users { writeln!(table, "u{},{line}", row / 6) } else { writeln!(table, "{line}") };
    }
    table
}

/// How many verdicts were made on tables of all kinds, and the contradictions in them, each with how often it was met.
fn contradictions_on(tables: u64) -> Value {
    let of_table = |table: u64| {
        let text = any_table(&mut Draws::new(SEED, 99, table));
        trial(&text, &Settings::new("y")).map(|report| contradictions(&report.findings))
    };
    let found: Vec<_> = (0..tables).into_par_iter().filter_map(of_table).collect();
    let mut met: BTreeMap<String, u64> = BTreeMap::new();
    found.iter().flatten().for_each(|of| *met.entry(format!("{of:?}")).or_default() += 1);
    json!({ "tables": tables, "verdicts": found.len(), "contradictions": met })
}

/// Enough for a thread that waits for a part of one table and takes up another table meanwhile, and so on.
const STACK: usize = 1 << 28;

fn main() -> std::io::Result<()> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global().map_err(std::io::Error::other)?;
    let tables: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    let mut settings: Vec<&Setting> = Vec::new();
    for of in KINDS.iter().flat_map(|(.., is_false, is_true)| is_false.iter().chain(*is_true)) {
        if !settings.iter().any(|known| known.name == of.name) {
            settings.push(of);
        }
    }
    let mut of_worlds: BTreeMap<&str, Vec<Vec<Statement>>> = BTreeMap::new();
    for (scenario, setting) in (0..).zip(settings) {
        of_worlds.insert(setting.name, verdicts(setting, scenario, tables));
    }
    let bound = 0.05 + 3.0 * (0.05 * 0.95 / tables as f64).sqrt();
    let share = |says: Says, setting: &Setting| {
        let verdicts = &of_worlds[setting.name];
        verdicts.iter().filter(|all| says(all)).count() as f64 / verdicts.len() as f64
    };
    let kinds = KINDS.iter().map(|(sentence, says, is_false, is_true)| {
        let shares = |worlds: &[Setting]| -> BTreeMap<String, f64> {
            worlds.iter().map(|world| (world.name.to_owned(), share(*says, world))).collect()
        };
        let false_in = shares(is_false);
        let holds = false_in.values().all(|share| *share <= bound);
        json!({ "sentence": sentence, "said_where_false": false_in, "said_where_true": shares(is_true), "holds": holds })
    });
    let kinds: Vec<Value> = kinds.collect();
    let report = json!({
        "tables": tables, "trees": TREES, "seed": SEED, "bound": bound, "sentences": kinds,
        "of_all_kinds": contradictions_on(OF_ALL_KINDS * tables),
    });
    writeln!(std::io::stdout(), "{report:#}")
}

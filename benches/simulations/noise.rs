//! What is called out of noise: tables whose columns say nothing, or all but one, fitted by default as a user would. How often is
//! anything called clear, and are the p-values of the evidence uniform?
//!
//! usage: `noise [TABLES]`

use std::io::Write as _;

use assist_benches::draws::Draws;
use assist_benches::simulation::kolmogorov;
use assist_model::{Design, LogisticRegression};
use assist_score::{Evidence, sigmoid};
use rayon::prelude::*;
use serde_json::{Value, json};

const SEED: u64 = 20_261_127;
const COLUMNS: usize = 60;
/// Rows of a table with about two rows of the smaller class a parameter, and with twelve.
const FEW_ROWS: usize = 240;
const ENOUGH_ROWS: usize = 2 * 12 * (COLUMNS + 1);
/// Rows of the tables whose p-values are looked at.
const ROWS: usize = 1000;

/// A law of a column.
#[derive(Clone, Copy)]
enum Law {
    Normal,
    /// Many small numbers, and a few large ones.
    Exponential,
    /// 1 in a tenth of the rows, and else 0.
    Rare,
}

impl Law {
    fn draw(self, draws: &mut Draws) -> f64 {
        match self {
            // Far from zero, and in any unit.
            Self::Normal => 50.0 + 3.0 * draws.normal(),
            Self::Exponential => -draws.uniform().ln(),
            Self::Rare => f64::from(u8::from(draws.uniform() < 0.1)),
        }
    }
}

fn evidence_of(columns: &[Vec<f64>], y: &[bool]) -> Evidence {
    let names: Vec<String> = (0..columns.len()).map(|column| format!("v{column}")).collect();
    let builder =
        names.iter().zip(columns).fold(Design::builder(), |builder, (name, column)| builder.number(name, column));
    let design = builder.labels(y).build().expect("usable");
    let fit = LogisticRegression::default().fit(&design).expect("fitted");
    fit.model.parameters().inference.evidence.clone().expect("evidence")
}

/// Whether anything is called out of columns that say nothing.
fn is_called_out(law: Law, rows: usize, draws: &mut Draws) -> bool {
    let columns: Vec<Vec<f64>> = (0..COLUMNS).map(|_| (0..rows).map(|_| law.draw(draws)).collect()).collect();
    // As many of each class, in random rows.
    let mut y: Vec<bool> = (0..rows).map(|row| row % 2 == 0).collect();
    for row in (1..rows).rev() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let other = (draws.uniform() * (row + 1) as f64) as usize;
        y.swap(row, other);
    }
    let evidence = evidence_of(&columns, &y);
    evidence.clear_together || !evidence.clear_columns.is_empty() || evidence.clear_features.contains(&true)
}

/// The p-value of a column of noise beside one that says something, with unequal classes.
fn p_of_noise(draws: &mut Draws) -> f64 {
    let [signal, noise] = [(); 2].map(|()| (0..ROWS).map(|_| 50.0 + 3.0 * draws.normal()).collect::<Vec<f64>>());
    // A column that is like the other, so that what the penalty takes from one it gives to the other.
    let noise: Vec<f64> = noise.iter().zip(&signal).map(|(noise, signal)| noise + signal).collect();
    let y: Vec<bool> = signal.iter().map(|x| draws.uniform() < sigmoid(-1.0 + (x - 50.0) / 3.0)).collect();
    evidence_of(&[signal, noise], &y).coefficients[1].expect("evidence of each").p_value
}

fn main() -> std::io::Result<()> {
    let tables: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(4000);
    let share = |scenario: u64, law: Law, rows: usize| -> Value {
        let called: u64 = (0..tables)
            .into_par_iter()
            .map(|table| u64::from(is_called_out(law, rows, &mut Draws::new(SEED, scenario, table))))
            .sum();
        let share = called as f64 / tables as f64;
        let bound = 0.05 + 3.0 * (0.05 * 0.95 / tables as f64).sqrt();
        json!({ "rows": rows, "share": share, "bound": bound, "holds": share <= bound })
    };
    let called_out = json!({
        "few_rows_normal": share(1, Law::Normal, FEW_ROWS),
        "enough_rows_normal": share(2, Law::Normal, ENOUGH_ROWS),
        "enough_rows_exponential": share(3, Law::Exponential, ENOUGH_ROWS),
        "enough_rows_rare": share(4, Law::Rare, ENOUGH_ROWS),
    });
    let p_values: Vec<f64> =
        (0..tables).into_par_iter().map(|table| p_of_noise(&mut Draws::new(SEED, 5, table))).collect();
    let below = |level: f64| p_values.iter().filter(|p| **p <= level).count() as f64 / tables as f64;
    let shares = json!({ "0.01": below(0.01), "0.05": below(0.05), "0.10": below(0.1) });
    let [distance, p_value] = kolmogorov(p_values);
    let report = json!({
        "tables": tables, "columns": COLUMNS, "seed": SEED,
        "tables_with_something_called_clear": called_out,
        "p_values_of_noise": {
            "rows": ROWS, "kolmogorov_distance": distance, "kolmogorov_p_value": p_value, "shares_below": shares,
        },
    });
    writeln!(std::io::stdout(), "{report:#}")
}

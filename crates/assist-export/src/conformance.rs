//! A table of inputs and expected outputs that goes with an export, and programs that check it: whoever compiles the export for
//! a device proves there that it scores alike, without this project.
//!
//! The table is JSON lines. Numbers are the shortest decimals that give the same 64 bits back; an infinity, which JSON has not,
//! is `{"float": "Infinity"}`. The programs end with a status other than 0 at the first difference.

use assist_score::{Model, Value};
use serde_json::json;
use std::fmt::Write;

use crate::domain::{Domain, DomainSettings};
use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::literals::{c_text, hex_float};
use crate::names::identifier;
use crate::outcomes::{PointOutcome, REASONS};
use crate::plan::{InputKind, Plan};

/// The table with at most about `rows` rows, and its programs in C, JavaScript and Python, which stand beside the exports
/// of the same name.
///
/// # Errors
///
/// As [`export`](crate::export()).
pub fn conformance(model: &Model, name: &str, rows: usize) -> Result<Vec<ExportedFile>, Error> {
    let plan = Plan::of(model)?;
    let name = identifier(name).unwrap_or_else(|| "assist_model".into());
    let settings = DomainSettings { most_points: rows.max(1), sample: rows, ..DomainSettings::default() };
    let domain = Domain::with_settings(model, settings);
    let step = domain.len().div_ceil(rows.max(1)).max(1);
    let points: Vec<usize> = (0..domain.len()).step_by(step).collect();
    let table: String = points.iter().map(|point| line(model, &domain, &plan, *point) + "\n").collect();
    Ok(vec![
        ExportedFile::text(format!("{name}_conformance.jsonl"), table),
        ExportedFile::text(format!("{name}_conformance.c"), c_program(model, &domain, &plan, &name, &points)),
        ExportedFile::text(format!("{name}_conformance.mjs"), JAVASCRIPT.replace("NAME", &name)),
        ExportedFile::text(format!("{name}_conformance.py"), PYTHON.replace("NAME", &name)),
    ])
}

fn line(model: &Model, domain: &Domain, plan: &Plan, point: usize) -> String {
    let value = |value: &Value<'_>| match value {
        Value::Number(number) if number.is_finite() => json!(number),
        Value::Number(number) => json!({"float": if *number > 0.0 { "Infinity" } else { "-Infinity" }}),
        Value::Text(text) => json!(text),
        _ => json!(null),
    };
    let values: Vec<serde_json::Value> = domain.row(point).iter().map(value).collect();
    let outcome = PointOutcome::of(model, domain, point);
    let expected = if outcome.is_scored() {
        json!({
            "outcome": "scored", "score": outcome.score, "probability": outcome.probability,
            "raw_probability": outcome.raw_probability, "prediction": outcome.prediction,
        })
    } else {
        let column = usize::try_from(outcome.column).ok().and_then(|column| plan.inputs.get(column));
        json!({"outcome": "rejected", "column": column.map(|column| &column.name), "reason": reason(&outcome)})
    };
    json!({"values": values, "expected": expected}).to_string()
}

fn reason(outcome: &PointOutcome) -> &'static str {
    usize::try_from(outcome.reason).ok().and_then(|reason| REASONS.get(reason)).copied().unwrap_or_default()
}

/// C reads no JSON, so the table stands in the program.
fn c_program(model: &Model, domain: &Domain, plan: &Plan, name: &str, points: &[usize]) -> String {
    let number = |number: f64| match number {
        number if number.is_nan() => "0.0 / zero".to_owned(),
        f64::INFINITY => "1.0 / zero".into(),
        f64::NEG_INFINITY => "-1.0 / zero".into(),
        number => hex_float(number),
    };
    let mut rows = String::new();
    for point in points {
        let mut cells = String::new();
        for (input, value) in plan.inputs.iter().zip(domain.row(*point)) {
            let text = match (&input.kind, value) {
                (InputKind::Number(_), Value::Number(value)) => number(value),
                (InputKind::Number(_), _) => number(f64::NAN),
                (InputKind::Level(_), Value::Text(text)) => c_text(text),
                (InputKind::Level(_), _) => "0".into(),
            };
            _ = write!(cells, "row.{} = {text}; ", input.identifier);
        }
        let PointOutcome { column, reason, prediction, score, probability, raw_probability } =
            PointOutcome::of(model, domain, *point);
        let [score, probability, raw] = [score, probability, raw_probability].map(number);
        _ = writeln!(rows, "    {cells}check({reason}, {column}, {prediction}, {score}, {probability}, {raw});");
    }
    format!(
        "/* Checks {n} rows of the model; ends with 1 at the first that differs. */
#include \"{name}.h\"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static {name}_row row;
static int n_rows;

static void check(int reason, int column, int prediction, double score, double probability, double raw) {{
    {name}_result found = {name}_score(&row);
    n_rows++;
    if ((int)found.reason != reason || found.column != column || found.prediction != prediction
        || memcmp(&found.score, &score, sizeof score) || memcmp(&found.probability, &probability, sizeof score)
        || memcmp(&found.raw_probability, &raw, sizeof score)) {{
        printf(\"row %d differs: reason %d for %d, column %d for %d, score %.17g for %.17g, probability %.17g for %.17g\\n\",
            n_rows, (int)found.reason, reason, found.column, column, found.score, score, found.probability, probability);
        exit(1);
    }}
}}

int main(void) {{
    volatile double zero = 0.0;
    (void)zero;
{rows}    printf(\"%d rows agree\\n\", n_rows);
    return 0;
}}
",
        n = points.len(),
    )
}

const JAVASCRIPT: &str = "\
// Checks the rows of NAME_conformance.jsonl; ends with 1 at the first that differs.
import { readFileSync } from 'node:fs';
import { scoreValues } from './NAME.mjs';
const lines = readFileSync(new URL('NAME_conformance.jsonl', import.meta.url), 'utf8').split('\\n').filter((line) => line);
lines.forEach((line, row) => {
  const { values, expected } = JSON.parse(line);
  const found = scoreValues(values.map((value) => (value !== null && typeof value === 'object' ? Number(value.float) : value)));
  for (const key of Object.keys({ ...expected, ...found })) {
    if (!Object.is(expected[key], found[key])) {
      console.log(`row ${row + 1} differs in ${key}: ${found[key]} for ${expected[key]}`);
      process.exit(1);
    }
  }
});
console.log(`${lines.length} rows agree`);
";

const PYTHON: &str = "\
\"\"\"Checks the rows of NAME_conformance.jsonl with score.py; ends with 1 at the first that differs.\"\"\"
import json, pathlib, sys
from score import score
here = pathlib.Path(__file__).parent
model = json.loads((here / 'NAME.json').read_text(encoding='utf-8'))
lines = (here / 'NAME_conformance.jsonl').read_bytes().split(b'\\n')[:-1]
for row, line in enumerate(lines):
    line = json.loads(line)
    values = [float(value['float']) if isinstance(value, dict) else value for value in line['values']]
    found, expected = score(model, values), line['expected']
    for key in expected.keys() | found.keys():
        a, b = found.get(key), expected.get(key)
        if repr(a) != repr(b):
            sys.exit(f'row {row + 1} differs in {key}: {a!r} for {b!r}')
print(len(lines), 'rows agree')
";

//! The plan as a documented, versioned JSON text, which any language can read: `docs/export/model.schema.json` says what is in
//! it, and `docs/export/score.py` shows in a page of Python how it is scored.

use serde_json::{Value, json};

use crate::exported_file::ExportedFile;
use crate::plan::{Factor, InputKind, Plan, ProbabilityMap, Step};

/// The version of the form. A reader refuses versions that it does not know.
pub const JSON_VERSION: u32 = 1;

/// The reader in Python.
pub(crate) const READER: &str = include_str!("../../../../docs/export/score.py");

/// The one file.
pub(crate) fn files(plan: &Plan, name: &str) -> Vec<ExportedFile> {
    let text = format!("{:#}\n", value(plan));
    vec![ExportedFile::text(format!("{name}.json"), text)]
}

fn value(plan: &Plan) -> Value {
    json!({
        "format": "assist-model",
        "version": JSON_VERSION,
        "id": plan.id,
        "target": {
            "name": plan.target.name, "negative": plan.target.negative, "positive": plan.target.positive,
        },
        "columns": plan.inputs.iter().map(|input| match &input.kind {
            InputKind::Number(number) => json!({
                "name": input.name, "kind": "number", "missing_allowed": number.missing_allowed,
                "whole": number.whole, "minimum": number.minimum, "maximum": number.maximum,
            }),
            InputKind::Level(level) => json!({
                "name": input.name, "kind": "level", "levels": level.levels, "missing": level.missing,
                "other": level.other,
                "spellings": level.spellings.iter().map(|(key, code)| (key.clone(), Value::from(*code)))
                    .collect::<serde_json::Map<_, _>>(),
            }),
        }).collect::<Vec<_>>(),
        "intercept": plan.intercept,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "threshold": threshold(plan.threshold),
        "raw_is_probability": plan.raw_is_probability,
        "probability": match &plan.probability {
            ProbabilityMap::Shift { odds } => json!({"kind": "shift", "odds": odds}),
            ProbabilityMap::Sigmoid { slope, shift } => json!({"kind": "sigmoid", "slope": slope, "shift": shift}),
            ProbabilityMap::Curve { scores, probabilities, odds } => {
                json!({"kind": "curve", "scores": scores, "probabilities": probabilities, "odds": odds})
            }
        },
    })
}

/// JSON has no infinities, so these are texts.
fn threshold(threshold: f64) -> Value {
    match threshold {
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        threshold => threshold.into(),
    }
}

fn step(step: &Step) -> Value {
    match step {
        Step::Slope { column, slope, centre, missing } => {
            json!({"kind": "slope", "column": column, "slope": slope, "centre": centre, "missing": missing})
        }
        Step::Bins { column, cuts, added, missing } => {
            json!({"kind": "bins", "column": column, "cuts": cuts, "added": added, "missing": missing})
        }
        Step::Levels { column, added } => json!({"kind": "levels", "column": column, "added": added}),
        Step::Term { coefficient, factors } => {
            json!({
                "kind": "term", "coefficient": coefficient,
                "factors": factors.iter().map(factor).collect::<Vec<_>>(),
            })
        }
    }
}

fn factor(factor: &Factor) -> Value {
    match factor {
        Factor::Slope { column, centre, fill } => {
            json!({"kind": "slope", "column": column, "centre": centre, "fill": fill})
        }
        Factor::Cut { column, low, high } => json!({"kind": "cut", "column": column, "low": low, "high": high}),
        Factor::Level { column, code } => json!({"kind": "level", "column": column, "code": code}),
        Factor::Missing { column } => json!({"kind": "missing", "column": column}),
        Factor::Basis { column, knots, pieces, fill } => {
            json!({"kind": "basis", "column": column, "knots": knots, "pieces": pieces, "fill": fill})
        }
    }
}

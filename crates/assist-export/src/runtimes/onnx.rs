//! ONNX, by the module `onnxruntime` of Python.

use std::process::Command;

use crate::error::Error;
use crate::plan::LevelInput;
use crate::runtimes::work::{Ran, Work, finish, is_there};
use crate::targets::onnx::{OnnxProfile, known_texts};

pub(crate) fn run(work: &Work<'_>, profile: OnnxProfile) -> Result<Ran, Error> {
    if !is_there("python3", "-V") {
        return Ok(Ran::Absent("`python3`, which drives the runtime, was not found".into()));
    }
    let asked = Command::new("python3").args(["-c", "import onnxruntime, numpy"]).output();
    if !asked.is_ok_and(|output| output.status.success()) {
        return Ok(Ran::Absent("Python has no module `onnxruntime`".into()));
    }
    // What a text stands for: itself, or its code.
    let tables: Vec<serde_json::Value> = work
        .plan
        .levels()
        .zip(work.domain.texts())
        .map(|((_, _, kind), texts)| match profile {
            OnnxProfile::Server => {
                texts.iter().map(|text| text.as_deref().unwrap_or(assist_score::MISSING_LEVEL)).collect()
            }
            OnnxProfile::Web => texts.iter().map(|text| kind.code(text.as_deref())).collect(),
        })
        .collect();
    fs_err::write(work.folder.join("tables.json"), serde_json::Value::from(tables).to_string())?;
    let names: Vec<&str> = work.plan.inputs.iter().map(|input| input.name.as_str()).collect();
    fs_err::write(work.folder.join("names.json"), serde_json::Value::from(names).to_string())?;
    fs_err::write(work.folder.join("driver.py"), DRIVER)?;
    let mut python = Command::new("python3");
    let (n_numbers, n_levels) = (work.points.n_numbers.to_string(), work.points.n_levels.to_string());
    python.current_dir(work.folder).arg("driver.py").arg(&work.points.path);
    python.args([n_numbers.as_str(), n_levels.as_str(), &format!("{}.onnx", work.name)]);
    python.arg(if profile == OnnxProfile::Server { "server" } else { "web" });
    finish("python3", &mut python)?;
    Ok(Ran::Outcomes("outcomes.bin"))
}

/// Whether a graph of texts knows a text as the scorer does: spellings without end are not in its list, and `(missing)` is a
/// missing one.
pub(crate) fn is_known(kind: &LevelInput, text: &str) -> bool {
    let has_missing = kind.missing.is_some() || text != assist_score::MISSING_LEVEL;
    let listed = known_texts(kind).into_iter().find(|(known, _)| known == text).map(|(_, code)| code);
    has_missing && listed.unwrap_or(kind.other.map_or(-2, i64::from)) == i64::from(kind.code(Some(text)))
}

const DRIVER: &str = r"
import json, sys
import numpy as np
import onnxruntime as ort
points, n_numbers, n_levels, graph, profile = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
load = lambda name: json.load(open(name, encoding='utf-8'))
names, tables = load('names.json'), load('tables.json')
kind = np.float64 if profile == 'server' else np.float32
tables = [np.array(table, dtype=object if profile == 'server' else np.int64) for table in tables]
options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(graph, options, providers=['CPUExecutionProvider'])
rows = np.fromfile(points, dtype=[('x', '<f8', (n_numbers,)), ('c', '<u4', (n_levels,))])
wanted = ['rejected_column', 'rejection_reason', 'prediction', 'score', 'probability', 'raw_probability']
form = [(name, '<i4') for name in wanted[:3]] + [('padding', '<i4')] + [(name, '<f8') for name in wanted[3:]]
with open('outcomes.bin', 'wb') as out, np.errstate(all='ignore'):
    for start in range(0, len(rows), 65536):
        piece = rows[start:start + 65536]
        feed = {name: piece['x'][:, i].astype(kind) for i, name in enumerate(names[:n_numbers])}
        feed |= {name: tables[i][piece['c'][:, i]] for i, name in enumerate(names[n_numbers:])}
        done = np.zeros(len(piece), dtype=form)
        for name, values in zip(wanted, session.run(wanted, feed)):
            done[name] = values
        done.tofile(out)
";

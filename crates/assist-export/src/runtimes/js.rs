//! JavaScript, by Node.

use std::process::Command;

use crate::error::Error;
use crate::outcomes::REASONS;
use crate::runtimes::work::{Ran, Work, finish, is_there};

pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    run_with(work, &format!("import {{ scoreValues, columns }} from './{}.mjs';", work.name))
}

/// WebAssembly, by Node as well.
pub(crate) fn run_wasm(work: &Work<'_>) -> Result<Ran, Error> {
    let name = work.name;
    let import = format!(
        "import {{ instantiate, columns }} from './{name}_wasm.mjs';
const {{ scoreValues }} = await instantiate(readFileSync('{name}.wasm'));"
    );
    run_with(work, &import)
}

fn run_with(work: &Work<'_>, import: &str) -> Result<Ran, Error> {
    if !is_there("node", "-v") {
        return Ok(Ran::Absent("`node` was not found".into()));
    }
    fs_err::write(work.folder.join("texts.json"), &work.points.texts)?;
    fs_err::write(work.folder.join("driver.mjs"), driver(import, work))?;
    let mut node = Command::new("node");
    node.current_dir(work.folder).arg("driver.mjs").arg(&work.points.path);
    finish("node", &mut node)?;
    Ok(Ran::Outcomes("outcomes.bin"))
}

/// A program that scores the rows of a file, a piece at a time, with the module's `scoreValues`.
fn driver(import: &str, work: &Work<'_>) -> String {
    let (n_numbers, n_levels) = (work.points.n_numbers, work.points.n_levels);
    let reasons = serde_json::Value::from(REASONS.to_vec());
    format!(
        "import {{ openSync, readSync, writeSync, readFileSync }} from 'node:fs';
{import}
const texts = JSON.parse(readFileSync('texts.json', 'utf8'));
const reasons = new Map({reasons}.map((reason, place) => [reason, place]));
const places = new Map(columns.map((column, place) => [column, place]));
const length = {n_numbers} * 8 + {n_levels} * 4;
const rows = 4096;
const input = openSync(process.argv[2], 'r');
const output = openSync('outcomes.bin', 'w');
const read = Buffer.alloc(length * rows);
const from = new DataView(read.buffer, read.byteOffset);
const written = Buffer.alloc(40 * rows);
const to = new DataView(written.buffer, written.byteOffset);
for (;;) {{
  let n = 0;
  for (;;) {{
    const got = readSync(input, read, n, length * rows - n, null);
    n += got;
    if (got === 0 || n === length * rows) break;
  }}
  if (n === 0) break;
  n /= length;
  for (let row = 0; row < n; row++) {{
    const values = [];
    for (let i = 0; i < {n_numbers}; i++) values.push(from.getFloat64(row * length + 8 * i, true));
    for (let i = 0; i < {n_levels}; i++) {{
      values.push(texts[i][from.getUint32(row * length + {n_numbers} * 8 + 4 * i, true)]);
    }}
    const result = scoreValues(values);
    const is_scored = result.outcome === 'scored';
    const at = 40 * row;
    to.setInt32(at, is_scored || result.column === null ? -1 : places.get(result.column), true);
    to.setInt32(at + 4, is_scored ? 0 : reasons.get(result.reason), true);
    to.setInt32(at + 8, is_scored ? result.prediction : 0, true);
    to.setFloat64(at + 16, is_scored ? result.score : 0, true);
    to.setFloat64(at + 24, is_scored ? result.probability : 0, true);
    to.setFloat64(at + 32, is_scored ? result.raw_probability : 0, true);
  }}
  writeSync(output, written, 0, 40 * n);
}}
"
    )
}

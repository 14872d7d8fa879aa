//! The JSON form, by its reader in Python.

use std::process::Command;

use crate::error::Error;
use crate::outcomes::REASONS;
use crate::runtimes::work::{Ran, Work, finish, is_there};
use crate::targets::json::READER;

pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    if !is_there("python3", "-V") {
        return Ok(Ran::Absent("`python3` was not found".into()));
    }
    fs_err::write(work.folder.join("texts.json"), &work.points.texts)?;
    fs_err::write(work.folder.join("score.py"), READER)?;
    fs_err::write(work.folder.join("driver.py"), driver(work))?;
    let mut python = Command::new("python3");
    python.current_dir(work.folder).arg("driver.py").arg(&work.points.path);
    finish("python3", &mut python)?;
    Ok(Ran::Outcomes("outcomes.bin"))
}

fn driver(work: &Work<'_>) -> String {
    let (name, n_numbers, n_levels) = (work.name, work.points.n_numbers, work.points.n_levels);
    let reasons = serde_json::Value::from(REASONS.to_vec());
    format!(
        "import json, struct, sys
from score import score
model = json.load(open('{name}.json', encoding='utf-8'))
texts = json.load(open('texts.json', encoding='utf-8'))
reasons = {{reason: place for place, reason in enumerate({reasons})}}
places = {{column['name']: place for place, column in enumerate(model['columns'])}}
form = struct.Struct('<{n_numbers}d{n_levels}I')
pack = struct.Struct('<iiii3d').pack
with open(sys.argv[1], 'rb') as points, open('outcomes.bin', 'wb') as out:
    while piece := points.read(form.size * 4096):
        done = []
        for row in form.iter_unpack(piece):
            values = list(row[:{n_numbers}]) + [texts[i][place] for i, place in enumerate(row[{n_numbers}:])]
            r = score(model, values)
            if r['outcome'] == 'scored':
                done.append(pack(-1, 0, r['prediction'], 0, r['score'], r['probability'], r['raw_probability']))
            else:
                column = -1 if r['column'] is None else places[r['column']]
                done.append(pack(column, reasons[r['reason']], 0, 0, 0.0, 0.0, 0.0))
        out.write(b''.join(done))
"
    )
}

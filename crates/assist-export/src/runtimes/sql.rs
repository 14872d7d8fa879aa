//! SQL, in engines that are modules of Python or answer `psql`.

use std::process::Command;

use crate::error::Error;
use crate::outcomes::REASONS;
use crate::runtimes::work::{Ran, Work, finish, is_there};
use crate::targets::dialect::Dialect;

/// The key by which outcomes are put in the order of the points.
pub(crate) const KEY: &str = "assist_point";

pub(crate) fn run(work: &Work<'_>, dialect: Dialect) -> Result<Ran, Error> {
    let engine = match dialect {
        // DuckDB takes what the standard writes.
        Dialect::Ansi | Dialect::DuckDb => "duckdb",
        Dialect::Sqlite => "sqlite3",
        Dialect::Postgres => "postgres",
        Dialect::Spark | Dialect::BigQuery | Dialect::Snowflake | Dialect::Trino => {
            return Ok(Ran::Absent(format!("there is no engine of {dialect} here")));
        }
    };
    if !is_there("python3", "-V") {
        return Ok(Ran::Absent("`python3`, which drives the engine, was not found".into()));
    }
    if engine == "postgres" {
        let asked = Command::new("psql").args(["-X", "-q", "-c", "SELECT 1"]).output();
        if !asked.is_ok_and(|output| output.status.success()) {
            return Ok(Ran::Absent("`psql` reaches no server; PGHOST, PGUSER and PGDATABASE say where one is".into()));
        }
    } else {
        let asked = Command::new("python3").args(["-c", &format!("import {engine}")]).output();
        if !asked.is_ok_and(|output| output.status.success()) {
            return Ok(Ran::Absent(format!("Python has no module `{engine}`")));
        }
    }
    if engine == "sqlite3" {
        let asked = Command::new("python3")
            .args(["-c", "import sqlite3; sqlite3.connect(':memory:').execute('SELECT EXP(1)')"])
            .output();
        if !asked.is_ok_and(|output| output.status.success()) {
            return Ok(Ran::Absent("this SQLite was built without mathematical functions".into()));
        }
    }
    fs_err::write(work.folder.join("texts.json"), &work.points.texts)?;
    let names: Vec<&str> = work.plan.inputs.iter().map(|input| input.name.as_str()).collect();
    fs_err::write(work.folder.join("names.json"), serde_json::Value::from(names).to_string())?;
    fs_err::write(work.folder.join("reasons.json"), serde_json::Value::from(REASONS.to_vec()).to_string())?;
    fs_err::write(work.folder.join("driver.py"), DRIVER)?;
    let mut python = Command::new("python3");
    let (n_numbers, n_levels) = (work.points.n_numbers.to_string(), work.points.n_levels.to_string());
    python.current_dir(work.folder).arg("driver.py").arg(engine).arg(&work.points.path);
    python.args([n_numbers.as_str(), n_levels.as_str(), &format!("{}.sql", work.name)]);
    finish("python3", &mut python)?;
    Ok(Ran::Outcomes("outcomes.bin"))
}

const DRIVER: &str = r#"
import csv, json, struct, subprocess, sys
engine, points, n_numbers, n_levels, query = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
load = lambda name: json.load(open(name, encoding='utf-8'))
texts, names = load('texts.json'), load('names.json')
reasons = {reason: place for place, reason in enumerate(load('reasons.json'))}
places = {name: place for place, name in enumerate(names)}
query = open(query, encoding='utf-8', newline='').read()
form = struct.Struct(f'<{n_numbers}d{n_levels}I')
quoted = lambda name: '"' + name.replace('"', '""') + '"'

def rows():
    with open(points, 'rb') as file:
        point = 0
        while piece := file.read(form.size * 4096):
            for row in form.iter_unpack(piece):
                yield point, row
                point += 1

def as_csv(path, missing, infinite):
    with open(path, 'w', newline='') as out:
        for point, row in rows():
            numbers = [missing if x != x else repr(x) if abs(x) != float('inf') else infinite(x) for x in row[:n_numbers]]
            out.write(','.join([str(point), *numbers, *map(str, row[n_numbers:])]) + '\n')

def selected():
    columns = ['p.point AS assist_point'] + [f'p.x{i} AS {quoted(names[i])}' for i in range(n_numbers)]
    columns += [f't{i}.content AS {quoted(names[n_numbers + i])}' for i in range(n_levels)]
    joins = ''.join(f' JOIN texts{i} t{i} ON t{i}.place = p.c{i}' for i in range(n_levels))
    return f'CREATE VIEW "rows" AS SELECT {", ".join(columns)} FROM points p{joins}'

def outcomes():
    ordered = f'SELECT * FROM ({query}) AS scored ORDER BY assist_point'
    if engine == 'sqlite3':
        import sqlite3
        database = sqlite3.connect(':memory:')
        columns = ', '.join(['assist_point INTEGER'] + [quoted(name) + (' REAL' if i < n_numbers else ' TEXT') for i, name in enumerate(names)])
        database.execute(f'CREATE TABLE "rows" ({columns})')
        marks = ', '.join('?' * (1 + len(names)))
        cells = ((point, *(None if x != x else x for x in row[:n_numbers]), *(texts[i][c] for i, c in enumerate(row[n_numbers:]))) for point, row in rows())
        database.executemany(f'INSERT INTO "rows" VALUES ({marks})', cells)
        yield from database.execute(ordered)
    elif engine == 'duckdb':
        import duckdb
        database = duckdb.connect()
        as_csv('points.csv', '', lambda x: 'inf' if x > 0 else '-inf')
        types = {'point': 'BIGINT', **{f'x{i}': 'DOUBLE' for i in range(n_numbers)}, **{f'c{i}': 'BIGINT' for i in range(n_levels)}}
        shape = '{' + ', '.join(f"'{name}': '{kind}'" for name, kind in types.items()) + '}'
        database.execute(f"CREATE TABLE points AS SELECT * FROM read_csv('points.csv', header = false, auto_detect = false, delim = ',', nullstr = '', columns = {shape})")
        for i, of_column in enumerate(texts):
            database.execute(f'CREATE TABLE texts{i} (place BIGINT, content VARCHAR)')
            database.executemany(f'INSERT INTO texts{i} VALUES (?, ?)', list(enumerate(of_column)))
        database.execute(selected())
        answer = database.execute(ordered)
        while piece := answer.fetchmany(20000):
            yield from piece
    else:
        copied = lambda text: '\\N' if text is None else text.replace('\\', '\\\\').replace('\n', '\\n').replace('\r', '\\r').replace('\t', '\\t')
        as_csv('points.csv', '', lambda x: 'Infinity' if x > 0 else '-Infinity')
        script = ['BEGIN;']
        columns = ['point BIGINT'] + [f'x{i} DOUBLE PRECISION' for i in range(n_numbers)] + [f'c{i} BIGINT' for i in range(n_levels)]
        script.append(f'CREATE TEMP TABLE points ({", ".join(columns)}) ON COMMIT DROP;')
        script.append("\\copy points FROM 'points.csv' WITH (FORMAT csv)")
        for i, of_column in enumerate(texts):
            script.append(f'CREATE TEMP TABLE texts{i} (place BIGINT, content TEXT) ON COMMIT DROP;')
            with open(f'texts{i}.txt', 'w', encoding='utf-8', newline='') as out:
                out.write(''.join(f'{place}\t{copied(text)}\n' for place, text in enumerate(of_column)))
            script.append(f"\\copy texts{i} FROM 'texts{i}.txt' WITH (ENCODING 'UTF8')")
        script.append(selected().replace('CREATE VIEW', 'CREATE TEMP VIEW') + ';')
        results = 'assist_point, assist_rejected_column, assist_rejection_reason, assist_prediction, assist_score, assist_probability, assist_raw_probability'
        script.append(f'CREATE TEMP TABLE answer ON COMMIT DROP AS SELECT {results} FROM ({query}) AS scored;')
        script.append("\\copy (SELECT * FROM answer ORDER BY assist_point) TO 'answer.csv' WITH (FORMAT csv, NULL '', FORCE_QUOTE (assist_rejected_column, assist_rejection_reason), ENCODING 'UTF8')")
        script.append('ROLLBACK;')
        open('script.sql', 'w', encoding='utf-8', newline='').write('\n'.join(script))
        subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', 'script.sql'], check=True)
        number = lambda text: None if text == '' else float(text)
        with open('answer.csv', encoding='utf-8', newline='') as file:
            for point, column, reason, prediction, *figures in csv.reader(file):
                yield int(point), column, reason or None, number(prediction), *map(number, figures)

pack = struct.Struct('<iiii3d').pack
with open('outcomes.bin', 'wb') as out:
    for row in outcomes():
        if engine == 'postgres':
            _, column, reason, prediction, *figures = row
        else:
            *figures, prediction, column, reason = row[-6:]
        if reason is None:
            out.write(pack(-1, 0, int(prediction), 0, *figures))
        else:
            out.write(pack(places.get(column, -1) if column is not None else -1, reasons[reason], 0, 0, 0.0, 0.0, 0.0))
"#;

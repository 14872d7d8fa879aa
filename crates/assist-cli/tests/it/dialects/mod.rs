//! However a table is written, it is the same table: the same model, bit for bit, and the same predictions.
//!
//! Random tables, each in two random formats, dialects and spellings. `ASSIST_DIALECT_TABLES` says how many tables are
//! tried, and `ASSIST_DIALECT_SEED` which is the first, so that one that failed can be tried alone.

mod random; // tables as they are meant
mod text; // between delimiters, and as JSON
mod typed; // in Parquet and Arrow

use std::io::Write as _;

use serde_json::Value;

use self::random::{Random, RandomTable, TARGET};
use self::text::{JsonDialect, TextDialect};
use self::typed::TypedDialect;
use crate::run::Sandbox;

const TABLES: u64 = 40;

#[derive(Debug)]
enum Dialect {
    Text(TextDialect, Compression),
    Json(JsonDialect, Compression),
    Typed(TypedDialect),
}

#[derive(Debug, Clone, Copy)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn new(random: &mut Random) -> Self {
        random.pick(&[Self::None, Self::None, Self::None, Self::Gzip, Self::Zstd])
    }

    fn compressed(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::None => bytes.to_vec(),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("compressed")
            }
            Self::Zstd => zstd::encode_all(bytes, 1).expect("compressed"),
        }
    }
}

impl Dialect {
    fn new(random: &mut Random) -> Self {
        match random.below(10) {
            0..5 => Self::Text(TextDialect::new(random), Compression::new(random)),
            5..7 => Self::Json(JsonDialect::new(random), Compression::new(random)),
            _ => Self::Typed(TypedDialect::new(random)),
        }
    }

    /// Writes the table into the sandbox. The name says nothing of the dialect: content decides, but for Parquet and JSON
    /// lines it is what people call such files.
    fn write(&self, table: &RandomTable, sandbox: &Sandbox, stem: &str) -> String {
        let ending = match self {
            Self::Text(..) => "csv",
            Self::Json(..) => "json",
            Self::Typed(dialect) if dialect.is_parquet => "parquet",
            Self::Typed(_) => "arrow",
        };
        let name = format!("{stem}.{ending}");
        match self {
            Self::Text(dialect, compression) => sandbox.write(&name, compression.compressed(&dialect.write(table))),
            Self::Json(dialect, compression) => sandbox.write(&name, compression.compressed(&dialect.write(table))),
            Self::Typed(dialect) => dialect.write(table, &sandbox.path(&name)),
        }
        name
    }
}

#[test]
fn a_table_gives_the_same_model_in_every_dialect() {
    let first = number("ASSIST_DIALECT_SEED", 0);
    let count = number("ASSIST_DIALECT_TABLES", TABLES);
    let faults: Vec<String> = (first..first + count).filter_map(fault_of).collect();
    assert!(faults.is_empty(), "{} of {count} tables differ\n{}", faults.len(), faults.join("\n"));
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// What differs between two dialects of one table.
fn fault_of(seed: u64) -> Option<String> {
    let random = &mut Random::new(seed);
    let table = RandomTable::new(random);
    let sandbox = Sandbox::new();
    let written = ["a", "b"].map(|stem| {
        let dialect = Dialect::new(random);
        (dialect.write(&table, &sandbox, stem), dialect)
    });
    compare(&sandbox, &written)
        .err()
        .map(|what| format!("table {seed}: {what}\n  a: {:?}\n  b: {:?}", written[0].1, written[1].1))
}

fn compare(sandbox: &Sandbox, written: &[(String, Dialect); 2]) -> Result<(), String> {
    let mut models = Vec::new();
    for (file, _) in written {
        let out = format!("{file}.model");
        let run = sandbox.run(&["train", "--json", "--target", TARGET, "--out", &out, "--data", file]);
        if run.status != 0 {
            return Err(format!("training on {file}: exit {}, {}", run.status, run.stderr.trim()));
        }
        let report: Value = serde_json::from_str(&run.stdout).map_err(|error| error.to_string())?;
        models.push([&report["coefficients"], &report["test"], &report["model_id"]].map(Value::to_string));
    }
    for (what, (a, b)) in ["coefficients", "test", "model_id"].iter().zip(models[0].iter().zip(&models[1])) {
        if a != b {
            return Err(format!("{what}\n    {a:.400}\n    {b:.400}"));
        }
    }
    let mut scores: Vec<(String, String)> = Vec::new();
    for (model, _) in written {
        for (file, _) in written {
            let folder = format!("{model}.model");
            let run = sandbox.run(&["predict", "--json", "--allow-rejected", "--model", &folder, "--input", file]);
            let case = format!("the model of {model} on {file}");
            if run.status != 0 {
                return Err(format!("{case}: exit {}, {}", run.status, run.stderr.trim()));
            }
            if let Some((other, expected)) = scores.first() {
                let mut lines = run.stdout.lines().zip(expected.lines());
                if let Some((found, expected)) = lines.find(|(found, expected)| found != expected) {
                    return Err(format!("{case} predicts `{found:.200}`, and {other} `{expected:.200}`"));
                }
                if run.stdout.len() != expected.len() {
                    return Err(format!("{case} predicts other rows than {other}"));
                }
            }
            scores.push((case, run.stdout));
        }
    }
    Ok(())
}

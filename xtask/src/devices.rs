//! The C export without floats on small processors: compiled for a Cortex-M0+ and a Cortex-M4, measured, and run in an emulator, where
//! every row has to come out as the program predicts it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::pipeline::{release_binary, run_binary};
use crate::shell::{command, output, root, say};

/// Rows that are scored on each processor.
const ROWS: usize = 200;
/// What the export promises.
const TOLERANCE: f64 = 2e-4;
/// Flash that scorer and tables may take together.
const MOST_FLASH: u64 = 4096;

/// A processor, the board that is emulated for it, and how many nanoseconds a tick of its timer takes; an instruction takes one.
const PROCESSORS: [(&str, &str, f64); 2] = [("cortex-m0plus", "microbit", 62.5), ("cortex-m4", "mps2-an386", 40.0)];

/// Exports a logistic regression, a card and a rule, and measures each on each processor.
pub(crate) fn run() -> anyhow::Result<()> {
    let binary = release_binary()?;
    let folder = root().join("target/devices");
    fs_err::create_dir_all(&folder)?;
    let rows = some_rows(&folder)?;
    let mut results = Vec::new();
    for form in ["logistic", "card", "rule"] {
        let model = folder.join(form);
        let of_model = model.display().to_string();
        let train = ["train", "--data", "data/assistance.csv", "--schema", "xtask/devices/whole.schema.toml"];
        call(&binary, &[&train[..], &["--form", form, "--out", &of_model, "--quiet"]].concat())?;
        let source = model.join("helper.c").display().to_string();
        let export = ["export", "--format", "c", "--arithmetic", "fixed", "--model", &of_model, "--out", &source];
        call(&binary, &[&export[..], &["--quiet"]].concat())?;
        let asked = ["predict", "--json", "--model", &of_model, "--input", &rows.display().to_string()];
        let expected = expected(&call(&binary, &asked)?)?;
        let columns = columns(&fs_err::read_to_string(model.join("helper.h"))?);
        fs_err::write(model.join("points.h"), points(&rows, &columns)?)?;
        for (processor, board, tick) in PROCESSORS {
            let measured =
                measure(&model, processor, board, tick, &expected).with_context(|| format!("{form} on {processor}"))?;
            say(&format!("{form} on {processor}: {measured}"));
            results.push(json!({ "form": form, "processor": processor, "measured": measured }));
        }
    }
    let same_bits_on_aarch64 = another_processor(&binary, &folder)?;
    let results = json!({ "points_with_the_same_bits_on_aarch64": same_bits_on_aarch64, "rows": ROWS, "table": "data/assistance.csv", "results": results });
    let path = root().join("benches/results/devices.json");
    Ok(fs_err::write(path, format!("{results:#}\n"))?)
}

/// The export with floats has the same bits on a processor of another kind: all points are compared there, as they are here.
fn another_processor(binary: &PathBuf, folder: &Path) -> anyhow::Result<u64> {
    let model = folder.join("logistic").display().to_string();
    let compiler = ["--compiler", "aarch64-linux-gnu-gcc -static", "--emulator", "qemu-aarch64"];
    let verify = [&["verify", "--format", "c", "--json", "--model", &model][..], &compiler].concat();
    let found: Value = serde_json::from_str(&call(binary, &verify)?)?;
    let floats = &found["targets"][0];
    if floats["format"] != "c" || floats["status"] != "verified" || floats["max_ulp"] != 0 {
        bail!("C with floats on aarch64: {floats}");
    }
    let points = floats["points"].as_u64().context("no points")?;
    say(&format!("logistic in C with floats on aarch64: the same bits at {points} points"));
    Ok(points)
}

fn call(binary: &PathBuf, arguments: &[&str]) -> anyhow::Result<String> {
    output(&mut run_binary(binary, arguments.iter().map(|word| (*word).to_owned())))
}

/// The first rows of the shipped table, as a table of their own.
fn some_rows(folder: &Path) -> anyhow::Result<PathBuf> {
    let table = fs_err::read_to_string(root().join("data/assistance.csv"))?;
    let rows = folder.join("rows.csv");
    let lines: Vec<&str> = table.lines().take(ROWS + 1).collect();
    fs_err::write(&rows, lines.join("\n") + "\n")?;
    Ok(rows)
}

/// The prediction and the probability of each row, a JSON object a line.
fn expected(lines: &str) -> anyhow::Result<Vec<(u64, f64)>> {
    let row = |line: &str| -> anyhow::Result<(u64, f64)> {
        let row: Value = serde_json::from_str(line)?;
        let (prediction, probability) = (row["prediction"].as_u64(), row["probability"].as_f64());
        prediction.zip(probability).with_context(|| format!("no prediction: {line}"))
    };
    lines.lines().map(row).collect()
}

/// The fields of a row in the header, each with the name of its column.
fn columns(header: &str) -> Vec<(String, bool)> {
    let row = header.split("typedef struct {").nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
    let field = |line: &str| -> Option<(String, bool)> {
        let name = line.trim().strip_suffix(';')?.rsplit([' ', '*']).next()?;
        Some((name.to_owned(), line.contains("char")))
    };
    row.lines().filter_map(field).collect()
}

/// The rows as C.
fn points(rows: &Path, columns: &[(String, bool)]) -> anyhow::Result<String> {
    let text = fs_err::read_to_string(rows)?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut source = format!("#define N_POINTS {ROWS}u\nstatic const helper_row points[N_POINTS] = {{\n");
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let of = |(name, is_text): &(String, bool)| -> anyhow::Result<String> {
            let place =
                header.iter().position(|column| column == name).with_context(|| format!("no column `{name}`"))?;
            let cell = cells.get(place).copied().unwrap_or_default();
            Ok(if *is_text { format!("\"{cell}\"") } else { cell.to_owned() })
        };
        let cells = columns.iter().map(of).collect::<anyhow::Result<Vec<_>>>()?;
        let _ = writeln!(source, "    {{{}}},", cells.join(", "));
    }
    Ok(source + "};\n")
}

/// Compiles an export for a processor, and runs it on a board.
fn measure(model: &Path, processor: &str, board: &str, tick: f64, expected: &[(u64, f64)]) -> anyhow::Result<Value> {
    let sources = root().join("xtask/devices");
    let flags = [
        "-mthumb",
        "-Os",
        "-std=gnu99",
        "-Wall",
        "-Werror",
        "-ffreestanding",
        "-ffunction-sections",
        "-fdata-sections",
    ];
    let compiler = || {
        let mut compiler = command("arm-none-eabi-gcc");
        compiler.arg(format!("-mcpu={processor}")).args(flags).arg("-I").arg(model);
        compiler
    };
    let (object, image) = (model.join(format!("{processor}.o")), model.join(format!("{processor}.elf")));
    output(compiler().arg("-c").arg("-fstack-usage").arg(model.join("helper.c")).arg("-o").arg(&object))?;
    let sizes = output(command("arm-none-eabi-size").arg(&object))?;
    let sizes: Vec<u64> =
        sizes.lines().nth(1).unwrap_or_default().split_whitespace().take(3).filter_map(|n| n.parse().ok()).collect();
    let [text, data, bss] = sizes[..] else { bail!("no sizes of {}", object.display()) };
    if text + data > MOST_FLASH {
        bail!("{} bytes of flash are more than {MOST_FLASH}", text + data);
    }
    let needed = output(command("arm-none-eabi-nm").arg(&object))?;
    let is_float = |name: &str| name.starts_with("__aeabi_f") || name.starts_with("__aeabi_d") || name.contains("div");
    if let Some(name) = needed.lines().filter_map(|line| line.rsplit(' ').next()).find(|name| is_float(name)) {
        bail!("the scorer needs `{name}`: floats or a division");
    }
    // No function calls itself, so that all frames together are the most that there can be.
    let frames = fs_err::read_to_string(object.with_extension("su"))?;
    let stack: u64 = frames.lines().filter_map(|line| line.split('\t').nth(1)?.parse::<u64>().ok()).sum();
    let parts = ["main.c", "startup.c"].map(|file| sources.join(file));
    let script = sources.join("memory.ld");
    let mut link = compiler();
    link.args(parts).arg(model.join("helper.c")).args([
        "-nostartfiles",
        "-specs=nano.specs",
        "-Wl,--gc-sections",
        "-T",
    ]);
    output(link.arg(script).arg("-o").arg(&image))?;
    let mut emulator = command("qemu-system-arm");
    emulator.args(["-M", board, "-display", "none", "-monitor", "none", "-serial", "none", "-icount", "shift=0"]);
    emulator.args(["-semihosting-config", "enable=on,target=native", "-kernel"]).arg(&image);
    let said = emulator.output().context("`qemu-system-arm` cannot be started")?;
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    let mut lines = said.lines();
    let ticks = lines.next().and_then(|line| u64::from_str_radix(line, 16).ok()).with_context(|| said.clone())?;
    let mut furthest: f64 = 0.0;
    for (row, (prediction, probability)) in expected.iter().enumerate() {
        let words: Vec<u64> =
            lines.next().unwrap_or_default().split(' ').filter_map(|word| u64::from_str_radix(word, 16).ok()).collect();
        let [0, found, of_found] = words[..] else { bail!("row {row} has no score: {words:?}") };
        let distance = (of_found as f64 / 2.0_f64.powi(31) - probability).abs();
        furthest = furthest.max(distance);
        if found != *prediction || distance > TOLERANCE {
            bail!("row {row}: {found} with {of_found:#x} instead of {prediction} with {probability}");
        }
    }
    Ok(json!({
        "flash_bytes": text + data, "static_memory_bytes": data + bss, "stack_bytes_at_most": stack,
        "instructions_a_score": (ticks as f64 * tick / ROWS as f64).round(), "largest_difference": furthest,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_row_are_found_in_a_header() {
        let header = "typedef struct {\n    int32_t errors;\n    const char *device;\n} helper_row;\ntypedef struct {\n    int other;\n}";
        assert_eq!(columns(header), [("errors".to_owned(), false), ("device".to_owned(), true)]);
    }
}

//! C, by whatever compiler is called `cc`, `gcc` or `clang`, or by one for another processor and what emulates that.

use std::ffi::OsStr;
use std::fmt::Write;
use std::process::Command;

use crate::error::Error;
use crate::export::Format;
use crate::literals::c_text;
use crate::plan::InputKind;
use crate::runtimes::work::{Ran, Work, finish, is_there};

pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    let own = work.compiler.and_then(|compiler| compiler.command.split_first());
    let usual = || ["cc", "gcc", "clang"].into_iter().find(|program| is_there(program, "-v"));
    let (compiler, options) = match own {
        Some((program, _)) if !is_there(program, "-v") => return Ok(Ran::Absent(format!("`{program}` was not found"))),
        Some((program, options)) => (program.as_str(), options),
        None => match usual() {
            Some(program) => (program, &[][..]),
            None => return Ok(Ran::Absent("no C compiler was found".into())),
        },
    };
    fs_err::write(work.folder.join("driver.c"), driver(work))?;
    let source = format!("{}.c", work.name);
    let flags = ["-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o", "driver"];
    let mut compile = Command::new(compiler);
    compile.current_dir(work.folder).args(options).args(flags).args(["driver.c", &source]);
    finish(compiler, &mut compile)?;
    let points = fs_err::File::open(&work.points.path)?;
    let outcomes = fs_err::File::create(work.folder.join("outcomes.bin"))?;
    let driver = work.folder.join("driver");
    let emulator = work.compiler.and_then(|compiler| compiler.emulator.as_ref());
    let mut run = Command::new(emulator.map_or(driver.as_os_str(), OsStr::new));
    if emulator.is_some() {
        run.arg(&driver);
    }
    run.current_dir(work.folder).stdin(points.into_file()).stdout(outcomes.into_file());
    let status = run.status()?;
    if !status.success() {
        return Err(Error::Runtime { program: "driver".into(), message: status.to_string() });
    }
    Ok(Ran::Outcomes("outcomes.bin"))
}

/// A program that scores rows from its input. Rows whose texts are levels are scored by their codes too, which has to agree.
fn driver(work: &Work<'_>) -> String {
    let (name, n_numbers, n_levels) = (work.name, work.points.n_numbers, work.points.n_levels);
    let is_fixed = *work.format == Format::CFixed;
    let figure = |field: &str, bits: &str| {
        if is_fixed {
            format!("(double)result.{field} / (double)((int64_t)1 << {name}_{bits})")
        } else {
            format!("result.{field}")
        }
    };
    let (score, probability) = (figure("score", "SCORE_BITS"), figure("probability", "PROBABILITY_BITS"));
    let raw = figure("raw_probability", "PROBABILITY_BITS");
    let mut tables = String::new();
    let mut copies = String::new();
    for (place, input) in work.plan.inputs.iter().enumerate() {
        let identifier = &input.identifier;
        match &input.kind {
            InputKind::Number(_) => {
                let x = if is_fixed {
                    // Numbers that are none of 32 bits are not compared, so any will do.
                    format!("x[{place}] > -2147483648.0 && x[{place}] < 2147483648.0 ? (int32_t)x[{place}] : INT32_MIN")
                } else {
                    format!("x[{place}]")
                };
                _ = writeln!(copies, "        row.{identifier} = codes.{identifier} = {x};");
            }
            InputKind::Level(level) => {
                let at = place - n_numbers;
                let texts = work.domain.texts().nth(at).unwrap_or_default();
                _ = writeln!(tables, "static const char *const texts_{at}[] = {{");
                for text in texts {
                    _ = writeln!(tables, "    {},", text.as_ref().map_or("0".into(), |text| c_text(text)));
                }
                _ = writeln!(tables, "}};\nstatic const int codes_{at}[] = {{");
                for text in texts {
                    let code = match text {
                        None => Some(-1),
                        Some(text) => level
                            .levels
                            .iter()
                            .position(|level| level == text)
                            .and_then(|code| i32::try_from(code).ok()),
                    };
                    _ = writeln!(tables, "    {},", code.map_or("-9".into(), |code| code.to_string()));
                }
                tables.push_str("};\n");
                _ = writeln!(
                    copies,
                    "        row.{identifier} = texts_{at}[c[{at}]]; codes.{identifier} = codes_{at}[c[{at}]]; \
                     exact &= codes.{identifier} != -9;"
                );
            }
        }
    }
    format!(
        "#include \"{name}.h\"
#include <stdio.h>
#include <string.h>
{tables}
int main(void) {{
    double x[{x}];
    unsigned c[{c}];
    for (;;) {{
        {name}_row row;
        {name}_codes codes;
        {name}_result result;
        int exact = 1;
        int head[4] = {{0, 0, 0, 0}};
        double figures[3];
        if ({n_numbers} && fread(x, sizeof x[0], {n_numbers}, stdin) != {n_numbers}) break;
        if ({n_levels} && fread(c, sizeof c[0], {n_levels}, stdin) != {n_levels}) break;
        memset(&row, 0, sizeof row);
        memset(&codes, 0, sizeof codes);
{copies}        result = {name}_score(&row);
        if (exact) {{
            {name}_result again = {name}_score_codes(&codes);
            if (again.reason != result.reason || again.column != result.column || again.score != result.score
                || again.probability != result.probability) result.reason = ({name}_reason)99;
        }}
        head[0] = result.column; head[1] = (int)result.reason; head[2] = result.prediction;
        figures[0] = {score}; figures[1] = {probability}; figures[2] = {raw};
        if (fwrite(head, sizeof head, 1, stdout) != 1 || fwrite(figures, sizeof figures, 1, stdout) != 1) return 1;
    }}
    return 0;
}}
",
        x = n_numbers.max(1),
        c = n_levels.max(1),
    )
}

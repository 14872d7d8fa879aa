//! `export`: the whole model for another language.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use assist_export::{ExportedFile, Format, conformance, export};
use assist_learn::{Model, WholeFile, load};
use serde::Serialize;

use crate::args::ExportArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::outputs::Inputs;

#[derive(Serialize)]
struct Written {
    format: String,
    model_id: String,
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &ExportArguments, output: Output) -> Result<(), Failure> {
    let format = arguments.format().map_err(|option| {
        let hint = "leave it out, or choose the format that it is of".to_owned();
        Failure::usage(format!("`{option}` has no effect on this format"), hint)
    })?;
    let model = load(&arguments.model.model)?;
    let name = arguments.out.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if name.is_empty() {
        return Err(Failure::usage("`--out` names no file", "name one, such as `helper.c`".to_owned()));
    }
    let mut files = export(&model, &format, &name)?;
    let n_files = files.len();
    if let Some(rows) = arguments.conformance {
        files.extend(programs(&model, &format, &name, rows)?);
    }
    let folder = arguments.out.parent().unwrap_or_else(|| Path::new(""));
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.name)).collect();
    // A name that the export does not use would be looked for in vain.
    if !paths[..n_files].contains(&arguments.out) {
        let names: Vec<String> = files[..n_files].iter().map(|file| format!("`{}`", file.name)).collect();
        let hint = format!("name one of these with `--out`: {}", names.join(", "));
        return Err(Failure::usage(format!("`{}` is no file of this format", arguments.out.display()), hint));
    }
    let inputs = Inputs::of_model(&arguments.model.model);
    paths.iter().try_for_each(|path| inputs.check_output(path))?;
    write(&files, &paths)?;
    let model_id = model.pair_id().map_err(assist_export::Error::from)?.to_string();
    let written = Written { format: format.to_string(), model_id, files: paths };
    output.json_document(&written)?;
    let names: Vec<String> = written.files.iter().map(|path| format!("`{}`", path.display())).collect();
    output.text(&format!("wrote {}", names.join(", ")))?;
    output.text("`assist-cli verify` compares it with the scorer")
}

/// A table of inputs and outcomes, and the program in the language of the export that checks it.
fn programs(model: &Model, format: &Format, name: &str, rows: u32) -> Result<Vec<ExportedFile>, Failure> {
    let ending = match format {
        Format::C => "c",
        Format::JavaScript => "mjs",
        _ => "py",
    };
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let all = conformance(model, name, rows)?.into_iter();
    let is_wanted = |file: &ExportedFile| {
        let found = Path::new(&file.name).extension();
        [ending, "jsonl"].iter().any(|wanted| found.is_some_and(|found| found == *wanted))
    };
    Ok(all.filter(is_wanted).collect())
}

/// Writes all files, or none.
fn write(files: &[ExportedFile], paths: &[PathBuf]) -> Result<(), Failure> {
    let whole = |(file, path): (&ExportedFile, &PathBuf)| -> Result<WholeFile, Failure> {
        let mut whole = WholeFile::create(path)?;
        whole.write_all(&file.bytes)?;
        Ok(whole)
    };
    let files = files.iter().zip(paths).map(whole).collect::<Result<Vec<_>, _>>()?;
    Ok(files.into_iter().try_for_each(WholeFile::finish)?)
}

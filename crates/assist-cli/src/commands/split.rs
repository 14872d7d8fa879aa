//! `split`: the training and the test rows of a table, every column kept.

use assist_learn::write_split;

use crate::args::SplitArguments;
use crate::failure::Failure;
use crate::output::{Output, count};
use crate::progress::Progress;

pub(crate) fn run(arguments: &SplitArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    if arguments.data.roles.drop.is_some() {
        let hint = "leave it out".to_owned();
        return Err(Failure::usage("`--drop` has no effect in `split`, which keeps every column", hint));
    }
    let settings = arguments.data.settings(arguments.split, false)?;
    let table = arguments.data.open()?;
    let files = {
        let progress = Progress::new(output, None);
        write_split(&table, &settings, &arguments.out, &|at| progress.watch(at))?
    };
    for file in [&files.train, &files.test] {
        output.text(&format!("wrote {} rows as {} to `{}`", count(file.rows), files.format, file.path.display()))?;
    }
    output.json_document(&files)
}

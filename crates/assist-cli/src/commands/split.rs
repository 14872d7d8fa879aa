//! `split`: the training and the test rows of a table, every column kept.

use assist_learn::write_split;

use crate::args::SplitArguments;
use crate::failure::Failure;
use crate::output::{Output, count, left_out_line, plural};
use crate::progress::Progress;

pub(crate) fn run(arguments: &SplitArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let columns = &arguments.data.columns;
    let named = [
        ("--drop", !columns.drop.is_empty()),
        ("--keep", !columns.keep.is_empty()),
        ("--numeric", !columns.numeric.is_empty()),
        ("--categorical", !columns.categorical.is_empty()),
        ("--date", !columns.date.is_empty()),
        ("--weight", arguments.data.roles.weight.is_some()),
    ];
    if let Some((option, _)) = named.into_iter().find(|(_, is_given)| *is_given) {
        let hint = "leave it out".to_owned();
        return Err(Failure::usage(format!("`{option}` has no effect in `split`, which keeps every column"), hint));
    }
    let mut settings = arguments.data.settings(arguments.split, false)?;
    let table = arguments.data.open(&mut settings)?;
    let ending = table.format().ending();
    let inputs = arguments.data.inputs(&table);
    for name in ["train", "test"] {
        inputs.check_output(&arguments.out.join(format!("{name}.{ending}")))?;
    }
    let files = {
        let progress = Progress::new(output, None);
        write_split(&table, &settings, &arguments.out, &|at| progress.watch(at))?
    };
    for file in [&files.train, &files.test] {
        output.text(&format!("wrote {} rows as {} to `{}`", count(file.rows), files.format, file.path.display()))?;
    }
    if let Some(time) = &files.time {
        output.text(&format!("the rows up to {} by `{}` are training rows", time.train_until, time.column))?;
        left_out_line(time).map_or(Ok(()), |line| output.text(&line))?;
    }
    if files.unlabelled_rows > 0 {
        let rows = plural(usize::try_from(files.unlabelled_rows).unwrap_or(usize::MAX), "row");
        output.text(&format!("left out {rows} without a label, in neither file"))?;
    }
    output.json_document(&files)
}

//! `report`: the page and the model card of a saved model, on the rows that it was trained and tested on.

use assist_learn::{PAGE_FILE, Pages, TrainReport, load, report};

use crate::args::{ReportArguments, open_as};
use crate::failure::Failure;
use crate::output::{self, Output, read_lines};
use crate::outputs::Inputs;
use crate::progress::Progress;
use crate::tables::verdict;

pub(crate) fn run(arguments: &ReportArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let folder = &arguments.model.model;
    let model = load(folder)?;
    let trained = TrainReport::of_model(folder, &model)?;
    let table = open_as(&arguments.data, &arguments.written)?;
    let page = arguments.out.clone().unwrap_or_else(|| folder.join(PAGE_FILE));
    let inputs = Inputs::of_table(&table, &arguments.data).and_model(folder);
    for path in [&page, &Pages::card_beside(&page)?] {
        inputs.check_output(path)?;
    }
    let pages = {
        let progress = Progress::new(output, None);
        report(&model, &trained, &table, &arguments.compare.settings(), &|at| progress.watch(at))?
    };
    let written = pages.write(&page)?;
    output::warnings(&written.comparison.warnings);
    output.json_document(&written)?;
    read_lines(&written.comparison.read, output)?;
    verdict(&written.comparison, output)?;
    output.answer("")?;
    output.answer(&format!("wrote `{}` and `{}`", written.report.display(), written.model_card.display()))
}

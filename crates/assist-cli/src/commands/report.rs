//! `report`: the page and the model card of a saved model, on the rows that it was trained and tested on.

use assist_learn::{TrainReport, load, report};

use crate::args::{ReportArguments, open};
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::progress::Progress;
use crate::tables::{missing_cells, verdict};

pub(crate) fn run(arguments: &ReportArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let folder = &arguments.model.model;
    let model = load(folder)?;
    let trained = TrainReport::read(folder)?;
    let table = open(&arguments.data)?;
    let pages = {
        let progress = Progress::new(output, None);
        report(&model, &trained, &table, &arguments.compare.settings(), &|at| progress.watch(at))?
    };
    let page = arguments.out.clone().unwrap_or_else(|| folder.join("report.html"));
    let written = pages.write(&page)?;
    output::warnings(&written.comparison.warnings);
    output.json_document(&written)?;
    missing_cells(&written.comparison.read, output)?;
    verdict(&written.comparison, output)?;
    output.answer(&format!("\nwrote `{}` and `{}`", written.report.display(), written.model_card.display()))
}

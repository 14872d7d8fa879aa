//! Progress on work that lasts: drawn on standard error, only on a terminal, and gone when the work is done.

use std::ops::ControlFlow;
use std::time::Duration;

use assist_learn::Stage;
use indicatif::{ProgressBar, ProgressStyle};

use crate::interrupted;
use crate::output::Output;

/// Shows what is being done, and how many rows were.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// `total` rows, where that is known beforehand.
    pub(crate) fn new(output: Output, total: Option<u64>) -> Self {
        if output.quiet {
            return Self { bar: ProgressBar::hidden() };
        }
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), "{msg} {wide_bar} {human_pos} of {human_len} rows, {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    pub(crate) fn say(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    pub(crate) fn add(&self, rows: usize) {
        self.bar.inc(rows as u64);
    }

    /// Shows what the library tells of its work.
    pub(crate) fn watch(&self, at: assist_learn::Progress) -> ControlFlow<()> {
        if at.stage != Stage::SearchingCard {
            interrupted::not_searching();
        }
        self.bar.set_message(match at.stage {
            Stage::ReadingLabels => "reading labels".to_owned(),
            Stage::ReadingRows => "reading rows".to_owned(),
            Stage::Fitting => "fitting".to_owned(),
            Stage::Fold { fold, n_folds } => format!("fitting without fold {fold} of {n_folds}"),
            Stage::SearchingCard => {
                self.bar.set_message("looking for the best card; Ctrl-C keeps the best so far");
                return interrupted::while_searching();
            }
            Stage::Evaluating => "evaluating".to_owned(),
            Stage::CountingRows => "counting equal rows".to_owned(),
            Stage::AuditingLabel => "looking for a rule".to_owned(),
            Stage::GrowingTrees => "growing trees".to_owned(),
            Stage::Scoring => format!("scoring, {} rows", crate::output::count(at.rows)),
            Stage::Querying => "an engine runs a query".to_owned(),
            _ => String::new(),
        });
        ControlFlow::Continue(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

//! Progress on work that lasts: drawn on standard error, only on a terminal, and gone when the work is done.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Shows how many rows were done.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// `total` where it is known beforehand.
    pub(crate) fn rows(output: Output, what: &'static str, total: Option<u64>) -> Self {
        if output.quiet {
            return Self { bar: ProgressBar::hidden() };
        }
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), "{msg} {wide_bar} {human_pos} of {human_len} rows, {eta} left"),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} {human_pos} rows, {per_sec}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// Shows that something is going on.
    pub(crate) fn spinner(output: Output, what: &'static str) -> Self {
        if output.quiet {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new_spinner();
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    pub(crate) fn add(&self, rows: usize) {
        self.bar.inc(rows as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

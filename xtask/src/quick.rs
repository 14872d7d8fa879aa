//! What to run after a change: what is most often wrong, in under two minutes.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::shell::{cargo, run, say};
use crate::{check, invariants};

/// Format, the invariants of the sources, clippy and unit tests; and how long each took. What fails keeps nothing else from
/// being seen.
pub(crate) fn quick() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    steps.step("format", check::format);
    steps.step("invariants of the sources", invariants::check_sources);
    steps.step("clippy", check::clippy);
    steps.step("unit tests", || {
        run(cargo(&["test", "--workspace", "--lib", "--bins", "--no-fail-fast", "--quiet"]).args(check::FEATURES))
    });
    say(&format!("\n{}", steps.table()));
    steps.judge()
}

struct Step {
    name: &'static str,
    taken: Duration,
    result: anyhow::Result<()>,
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) {
        let started = Instant::now();
        let result = work();
        self.0.push(Step { name, taken: started.elapsed(), result });
    }

    fn table(&self) -> String {
        let line = |name: &str, taken: Duration| format!("{:7.1} s  {name}\n", taken.as_secs_f64());
        let lines: String = self.0.iter().map(|step| line(step.name, step.taken)).collect();
        lines + line("all", self.0.iter().map(|step| step.taken).sum()).trim_end()
    }

    fn judge(&self) -> anyhow::Result<()> {
        let failed = self.0.iter().filter_map(|step| Some(format!("{}: {:#}", step.name, step.result.as_ref().err()?)));
        let failed: Vec<String> = failed.collect();
        if failed.is_empty() {
            return Ok(());
        }
        bail!("failed\n\n{}", failed.join("\n\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_runs_and_is_timed() {
        let mut steps = Steps::default();
        steps.step("format", || Ok(()));
        assert!(steps.judge().is_ok());
        steps.step("clippy", || anyhow::bail!("a warning"));
        steps.step("unit tests", || Ok(()));
        steps.0.iter_mut().for_each(|step| step.taken = Duration::from_millis(12_340));
        let times = "   12.3 s  format\n   12.3 s  clippy\n   12.3 s  unit tests\n   37.0 s  all";
        assert_eq!(steps.table(), times);
        assert_eq!(steps.judge().expect_err("clippy failed").to_string(), "failed\n\nclippy: a warning");
    }
}

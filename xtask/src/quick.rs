//! What to run after a change: what is most often wrong, in under two minutes.

use std::time::{Duration, Instant};

use crate::invariants;
use crate::shell::{cargo, run, say};

/// Format, the invariants of the sources, clippy and unit tests, up to the first that fails; and how long each took.
pub(crate) fn quick() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    let result = steps.run_all();
    say(&format!("\n{}", steps.table()));
    result
}

#[derive(Default)]
struct Steps {
    taken: Vec<(&'static str, Duration)>,
}

impl Steps {
    fn run_all(&mut self) -> anyhow::Result<()> {
        self.step("format", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
        self.step("invariants of the sources", invariants::check_sources)?;
        self.step("clippy", || run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
        self.step("unit tests", || run(&mut cargo(&["test", "--workspace", "--lib", "--bins", "--quiet"])))
    }

    fn step(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let started = Instant::now();
        let result = work();
        self.taken.push((name, started.elapsed()));
        result
    }

    fn table(&self) -> String {
        let total = self.taken.iter().map(|(_, time)| *time).sum();
        let lines = self.taken.iter().copied().chain([("all", total)]);
        lines.map(|(name, time)| format!("{:7.1} s  {name}", time.as_secs_f64())).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_is_timed_too() {
        let mut steps = Steps::default();
        assert!(steps.step("format", || Ok(())).is_ok());
        assert!(steps.step("clippy", || anyhow::bail!("a warning")).is_err());
        steps.taken.iter_mut().for_each(|(_, time)| *time = Duration::from_millis(12_340));
        assert_eq!(steps.table(), "   12.3 s  format\n   12.3 s  clippy\n   24.7 s  all");
    }
}

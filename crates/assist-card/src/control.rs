//! Whether a search goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The caller's wish to stop, and the time that is left.
pub(crate) struct Control<'caller> {
    stop: &'caller (dyn Fn() -> bool + Sync),
    start: Instant,
    limit: Option<Duration>,
    over: AtomicBool,
}

impl<'caller> Control<'caller> {
    pub(crate) fn new(stop: &'caller (dyn Fn() -> bool + Sync), limit: Option<Duration>) -> Self {
        Self { stop, start: Instant::now(), limit, over: AtomicBool::new(false) }
    }

    /// Asks, until the answer was yes once.
    pub(crate) fn is_over(&self) -> bool {
        if self.over.load(Ordering::Relaxed) {
            return true;
        }
        let over = (self.stop)() || self.limit.is_some_and(|limit| self.start.elapsed() >= limit);
        if over {
            self.over.store(true, Ordering::Relaxed);
        }
        over
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

//! Work outside the interpreter's lock, on threads of its own, which Ctrl-C ends.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use assist_learn::{Error, Interrupt, Progress, Watch};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::bug;

/// How long work goes on between two looks at what the user wants.
const LOOK: Duration = Duration::from_millis(50);

/// Pools that are kept.
const MOST_POOLS: usize = 4;

type Pools = HashMap<(u32, usize), Arc<ThreadPool>>;

/// Pools by process and number of threads. A process that was forked has none of the threads of its parent, so that it makes pools
/// of its own.
static POOLS: LazyLock<Mutex<Pools>> = LazyLock::new(Mutex::default);

/// The pool of so many threads, 0 for one a core.
fn pool(threads: usize) -> PyResult<Arc<ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (std::process::id(), threads);
    if let Some(known) = pools.get(&key) {
        return Ok(Arc::clone(known));
    }
    // Threads of a number that was tried once are not kept.
    if pools.len() >= MOST_POOLS {
        pools.clear();
    }
    let built = ThreadPoolBuilder::new().num_threads(threads).build();
    let built = Arc::new(built.map_err(|error| bug(&error.to_string()))?);
    pools.insert(key, Arc::clone(&built));
    Ok(built)
}

/// Does work on so many threads, 0 for one a core, while other threads of Python go on. What the user stops ends at the next
/// look of the work at its watch or its flag.
///
/// # Errors
///
/// What the user stopped, and our own faults; those of the work are inside.
pub(crate) fn work<T: Send>(
    py: Python<'_>,
    threads: usize,
    interrupt: &Interrupt,
    work: impl FnOnce(Watch<'_>) -> Result<T, Error> + Send,
) -> PyResult<Result<T, Error>> {
    let pool = pool(threads)?;
    let watch = |_: Progress| if interrupt.is_raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let (outcome, stopped) = py.detach(|| {
        let (done, answers) = channel();
        let mut stopped = None;
        let outcome = std::thread::scope(|scope| {
            scope.spawn(move || {
                let of_work = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&watch))));
                // Nobody hears of it where the caller is gone.
                let _ = done.send(of_work);
            });
            loop {
                match answers.recv_timeout(LOOK) {
                    Ok(outcome) => break Some(outcome),
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Err(RecvTimeoutError::Timeout) if stopped.is_some() => {}
                    Err(RecvTimeoutError::Timeout) =>
                    {
                        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
                        if let Err(signal) = Python::attach(|py| py.check_signals()) {
                            interrupt.raise();
                            stopped = Some(signal);
                        }
                    }
                }
            }
        });
        (outcome, stopped)
    });
    if let Some(signal) = stopped {
        return Err(signal);
    }
    match outcome {
        Some(Ok(outcome)) => Ok(outcome),
        Some(Err(panic)) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(bug(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no word of it")))
        }
        None => Err(bug("a thread ended without an answer")),
    }
}

//! A signal that ends the program: what is being written is taken away first, and the program ends as it would have.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a search is under way that ends with the best so far.
static IS_SEARCHING: AtomicBool = AtomicBool::new(false);
/// Whether it was asked to end.
static IS_ENOUGH: AtomicBool = AtomicBool::new(false);

/// Notes that a search is under way which the first Ctrl-C ends with the best so far, and says whether it was asked to.
pub(crate) fn while_searching() -> ControlFlow<()> {
    IS_SEARCHING.store(true, Ordering::Relaxed);
    if IS_ENOUGH.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Notes that no such search is under way: Ctrl-C ends the program again.
pub(crate) fn not_searching() {
    IS_SEARCHING.store(false, Ordering::Relaxed);
    IS_ENOUGH.store(false, Ordering::Relaxed);
}

/// Watches from now on for what a terminal, a shell or a service manager ends programs with.
#[cfg(unix)]
pub(crate) fn watch() {
    let signals = watched(std::fs::OpenOptions::new().read(true).open("/proc/self/status").ok());
    // Without such a watch the program works as well: what is left over is taken away by the next run.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return };
    let watch = move || {
        for signal in signals.forever() {
            let is_first = IS_SEARCHING.load(Ordering::Relaxed) && !IS_ENOUGH.swap(true, Ordering::Relaxed);
            if is_first && signal == signal_hook::consts::SIGINT {
                continue;
            }
            assist_learn::remove_files_under_way();
            // The shell is told which signal it was.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(watch);
}

/// The signals to watch for: not those that are ignored, as `nohup` and jobs in the background ask for. Where the system does
/// not tell, `nohup` has to be believed.
#[cfg(unix)]
fn watched(status: Option<impl std::io::Read>) -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut text = String::new();
    let read = status.and_then(|mut status| status.read_to_string(&mut text).ok());
    let ignored = read.and_then(|_| text.lines().find_map(|line| line.strip_prefix("SigIgn:")));
    match ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| mask >> (signal - 1) & 1 == 0).collect(),
        None => vec![SIGINT, SIGTERM],
    }
}

/// Where there are no signals, the next run takes away what was left over.
#[cfg(not(unix))]
pub(crate) fn watch() {}

#[cfg(all(test, unix))]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use super::watched;

    #[test]
    fn what_is_ignored_stays_ignored() {
        let of = |status: &'static str| watched(Some(status.as_bytes()));
        assert_eq!(of("Name:\tx\nSigIgn:\t0000000000001000\n"), [SIGHUP, SIGINT, SIGTERM]);
        assert_eq!(of("SigIgn:\t0000000000001001\nSigCgt:\t0\n"), [SIGINT, SIGTERM]);
        assert_eq!(of("SigIgn:\t0000000000000003\n"), [SIGTERM]);
        assert_eq!(of("Name:\tx\n"), [SIGINT, SIGTERM]);
        assert_eq!(watched(None::<&[u8]>), [SIGINT, SIGTERM]);
    }
}

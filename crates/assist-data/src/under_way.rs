//! Files under way, which are to leave nothing behind whatever ends the process: a list of those of this process, for a
//! program that a signal ends, and a sweep of a folder for what a killed one has left.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a file under way is called: in front of and behind what makes it unique.
pub(crate) const PREFIX: &str = ".assist-";
pub(crate) const SUFFIX: &str = ".part";
/// Names of a folder that are looked at for what a killed process left behind.
const SWEPT_NAMES: usize = 10_000;
/// A file under way that nobody has written to for so long may be such a leftover.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// The files under way of this process.
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Takes away what a process that was killed has left in a folder: files under way of ours that nobody has open.
pub(crate) fn sweep(folder: &Path) {
    let Ok(names) = std::fs::read_dir(folder) else { return };
    for entry in names.take(SWEPT_NAMES).flatten() {
        let name = entry.file_name();
        let is_under_way = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if is_under_way && entry.metadata().is_ok_and(|found| is_abandoned(&found)) {
            // A process that is alive holds the lock.
            let Ok(file) = std::fs::OpenOptions::new().append(true).open(entry.path()) else { continue };
            if file.try_lock().is_ok() {
                let _ = fs_err::remove_file(entry.path());
            }
        }
    }
}

fn is_abandoned(found: &Metadata) -> bool {
    let age = found.modified().ok().and_then(|at| at.elapsed().ok());
    found.is_file() && age.is_some_and(|age| age >= ABANDONED_AFTER)
}

/// Takes away the files under way of this process, for a program that is about to be ended by a signal.
pub fn remove_files_under_way() {
    // Whoever panicked with the list in hand has left it whole.
    for path in UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = fs_err::remove_file(path);
    }
}

/// A file's entry in the list of those under way.
#[derive(Debug)]
pub(crate) struct Listed(PathBuf);

impl Listed {
    pub(crate) fn new(path: &Path) -> Self {
        UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let in_use = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder.path()).expect("made");
        in_use.as_file().try_lock().expect("locked");
        let old = std::time::SystemTime::now() - 2 * ABANDONED_AFTER;
        in_use.as_file().set_modified(old).expect("made old");
        for (name, is_old) in [(".assist-dead.part", true), (".assist-young.part", false), ("mine.part", true)] {
            let file = fs_err::File::create(folder.path().join(name)).expect("made");
            if is_old {
                file.file().set_modified(old).expect("made old");
            }
        }
        sweep(folder.path());
        assert!(!folder.path().join(".assist-dead.part").exists());
        assert!(folder.path().join(".assist-young.part").exists() && folder.path().join("mine.part").exists());
        assert!(in_use.path().exists());
    }

    #[test]
    fn files_under_way_can_be_taken_away_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let [listed, done] = ["listed", "done"].map(|name| folder.path().join(name));
        for path in [&listed, &done] {
            fs_err::write(path, "").expect("written");
        }
        let _of_listed = Listed::new(&listed);
        drop(Listed::new(&done));
        remove_files_under_way();
        assert!(!listed.exists() && done.exists());
    }
}

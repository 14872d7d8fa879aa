//! Segments that are full become Parquet tables, in the background. The lines go when the table has been read back.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use assist_learn::{read_log_records, write_log_records};
use tracing::{error, info};

use super::error::LogError;
use super::segment::{log_path, read_lines, table_path};

/// What compacts, on a thread of its own.
#[derive(Debug)]
pub(super) struct Compactor {
    full: Option<Sender<u64>>,
    thread: Option<JoinHandle<()>>,
}

impl Compactor {
    /// A compactor of the segments of a folder.
    pub(super) fn start(folder: &Path) -> std::io::Result<Self> {
        let (full, segments) = channel();
        let folder = folder.to_owned();
        let thread = std::thread::Builder::new().name("compact".to_owned()).spawn(move || run(&folder, &segments))?;
        Ok(Self { full: Some(full), thread: Some(thread) })
    }

    /// Notes that a segment is full.
    pub(super) fn compact(&mut self, number: u64) {
        if let Some(full) = &self.full {
            // Where it is not compacted, its lines are read as well.
            let _ = full.send(number);
        }
    }

    /// Waits for what is under way.
    pub(super) fn end(mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(folder: &Path, segments: &Receiver<u64>) {
    for number in segments {
        match compact(folder, number) {
            Ok(path) => info!(path = path.display().to_string(), "a segment of the log was compacted"),
            Err(refused) => error!(cause = refused.to_string(), number, "a segment of the log stays as it is"),
        }
    }
}

fn compact(folder: &Path, number: u64) -> Result<PathBuf, LogError> {
    let (lines, table) = (log_path(folder, number), table_path(folder, number));
    let records = read_lines(&lines, false)?.records;
    write_log_records(&table, &records)?;
    if read_log_records(&table)? != records {
        fs_err::remove_file(&table)?;
        return Err(std::io::Error::other("the table does not hold what the lines do").into());
    }
    fs_err::remove_file(&lines)?;
    Ok(table)
}

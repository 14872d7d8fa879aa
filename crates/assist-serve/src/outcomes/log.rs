//! Appending: one thread writes what all requests have waiting, makes it durable at once, and then tells each of them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use assist_learn::LogRecord;
use thiserror::Error as ThisError;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use super::compact::Compactor;
use super::line::{append_record, header};
use super::segment::{log_path, read_lines, segments};

/// A segment of more bytes is followed by a new one.
const SEGMENT_BYTES: u64 = 64 << 20;

/// Appends that may wait to be written.
const MOST_WAITING: usize = 4096;

/// Why a log cannot be opened or read.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another service writes this log.
    #[error("another service writes the log in `{}`", .0.display())]
    InUse(PathBuf),
    /// A line whose checksum is wrong, with good ones behind it.
    #[error("line {line} of `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Lines of a newer program.
    #[error("`{}` was written by a newer program", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
    },
    /// A compacted segment that cannot be read or written.
    #[error(transparent)]
    Table(#[from] assist_learn::Error),
}

/// Why records were not appended.
#[derive(Debug, Clone, ThisError)]
pub(crate) enum AppendError {
    /// Too many wait already.
    #[error("too many records wait to be written")]
    Busy,
    /// The log takes nothing more: whether what was written before is durable is not known.
    #[error("the log of outcomes cannot be written: {0}")]
    Failed(Arc<str>),
}

/// A log that is written.
#[derive(Debug)]
pub(crate) struct OutcomeLog {
    folder: PathBuf,
    /// Nothing once the log is closed.
    waiting: Option<mpsc::Sender<Append>>,
    failed: Arc<OnceLock<Arc<str>>>,
    writer: Option<JoinHandle<()>>,
    /// Held for as long as the log is open.
    _lock: File,
}

/// Lines that wait to be written.
struct Append {
    lines: Vec<u8>,
    done: oneshot::Sender<Result<(), AppendError>>,
}

impl OutcomeLog {
    /// Opens the log in a folder, which is made if it is missing. The torn end of what was never acknowledged is cut off.
    pub(crate) fn open(folder: &Path) -> Result<Self, LogError> {
        Self::with_segments_of(folder, SEGMENT_BYTES)
    }

    /// The same with smaller segments.
    fn with_segments_of(folder: &Path, segment_bytes: u64) -> Result<Self, LogError> {
        fs_err::create_dir_all(folder)?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))?;
        lock.try_lock().map_err(|_| LogError::InUse(folder.to_owned()))?;
        let mut compactor = Compactor::start(folder)?;
        let current = open_last(folder, &mut compactor)?;
        let (waiting, appends) = mpsc::channel(MOST_WAITING);
        let failed = Arc::new(OnceLock::new());
        let writer = Writer { folder: folder.to_owned(), current, segment_bytes, compactor, failed: failed.clone() };
        let writer = std::thread::Builder::new().name("outcomes".to_owned()).spawn(move || writer.run(appends))?;
        Ok(Self { folder: folder.to_owned(), waiting: Some(waiting), failed, writer: Some(writer), _lock: lock })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why it takes nothing more, if it does not.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failed.get().map(AsRef::as_ref)
    }

    /// Appends records, all of them or none; they are durable when this returns.
    pub(crate) async fn append(&self, records: &[LogRecord]) -> Result<(), AppendError> {
        if let Some(failed) = self.failed.get() {
            return Err(AppendError::Failed(failed.clone()));
        }
        if records.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::with_capacity(256 * records.len());
        for record in records {
            append_record(record, &mut lines).map_err(|error| AppendError::Failed(error.to_string().into()))?;
        }
        let (done, written) = oneshot::channel();
        let waiting = self.waiting.as_ref().ok_or_else(closed)?;
        waiting.try_send(Append { lines, done }).map_err(|_| AppendError::Busy)?;
        written.await.map_err(|_| closed())?
    }
}

impl Drop for OutcomeLog {
    fn drop(&mut self) {
        // What waits is written before the thread ends.
        self.waiting = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn closed() -> AppendError {
    AppendError::Failed("the log is closed".into())
}

/// The segment that is written.
#[derive(Debug)]
struct Current {
    number: u64,
    file: File,
    bytes: u64,
}

/// Opens the last segment, and hands those before it to be compacted.
fn open_last(folder: &Path, compactor: &mut Compactor) -> Result<Current, LogError> {
    let found = segments(folder)?;
    for segment in &found {
        if segment.is_compacted {
            // What it was made of is left where a crash came between the two.
            let _ = fs_err::remove_file(log_path(folder, segment.number));
        }
    }
    let Some((last, before)) = found.split_last() else { return Ok(create(folder, 1)?) };
    // They were whole when the next one was begun.
    for segment in before.iter().filter(|segment| !segment.is_compacted) {
        read_lines(&segment.path, false)?;
        compactor.compact(segment.number);
    }
    if last.is_compacted {
        return Ok(create(folder, last.number + 1)?);
    }
    let whole = read_lines(&last.path, true)?.whole;
    // Not even its first line was written.
    if whole == 0 {
        fs_err::remove_file(&last.path)?;
        return Ok(create(folder, last.number)?);
    }
    let file = OpenOptions::new().append(true).open(&last.path)?;
    let length = file.metadata()?.len();
    if length > whole {
        warn!(bytes = length - whole, "the torn end of the log was cut off; it was never acknowledged");
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(Current { number: last.number, file, bytes: whole })
}

/// Begins a segment; it is there, under its name, when this returns.
fn create(folder: &Path, number: u64) -> io::Result<Current> {
    let path = log_path(folder, number);
    let mut file = OpenOptions::new().create_new(true).append(true).open(&path)?;
    let header = header();
    file.write_all(&header)?;
    file.sync_all()?;
    sync_folder(folder)?;
    Ok(Current { number, file, bytes: header.len() as u64 })
}

/// A file's name is in its folder, which has to be durable as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs_err::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What writes.
struct Writer {
    folder: PathBuf,
    current: Current,
    segment_bytes: u64,
    compactor: Compactor,
    failed: Arc<OnceLock<Arc<str>>>,
}

impl Writer {
    fn run(mut self, mut appends: mpsc::Receiver<Append>) {
        while let Some(first) = appends.blocking_recv() {
            let mut group = vec![first];
            while let Ok(next) = appends.try_recv() {
                group.push(next);
            }
            let result = self.write(&group);
            for append in group {
                // Who does not wait any more need not be told.
                let _ = append.done.send(result.clone());
            }
        }
        self.compactor.end();
    }

    /// Writes a group as one. Once that has failed nobody knows what the disk has, so nothing more is taken.
    fn write(&mut self, group: &[Append]) -> Result<(), AppendError> {
        if let Some(failed) = self.failed.get() {
            return Err(AppendError::Failed(failed.clone()));
        }
        self.try_write(group).map_err(|refused| {
            let words: Arc<str> = refused.to_string().into();
            error!(cause = refused.to_string(), "the log of outcomes takes nothing more");
            let _ = self.failed.set(words.clone());
            AppendError::Failed(words)
        })
    }

    fn try_write(&mut self, group: &[Append]) -> io::Result<()> {
        if self.current.bytes >= self.segment_bytes {
            let next = create(&self.folder, self.current.number + 1)?;
            let rolled = std::mem::replace(&mut self.current, next);
            self.compactor.compact(rolled.number);
        }
        let lines = group.iter().map(|append| append.lines.as_slice()).collect::<Vec<_>>().concat();
        self.current.file.write_all(&lines)?;
        self.current.file.sync_data()?;
        self.current.bytes += lines.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use assist_learn::TruthRecord;

    use super::super::read::records;
    use super::*;

    fn outcome(id: usize) -> LogRecord {
        LogRecord::Outcome(TruthRecord { id: id.to_string(), time: 0, truth: id.is_multiple_of(2) })
    }

    fn append(log: &OutcomeLog, ids: std::ops::Range<usize>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for id in ids {
            runtime.block_on(log.append(&[outcome(id)])).expect("appended");
        }
    }

    fn ids(folder: &Path) -> Vec<usize> {
        let mut ids = Vec::new();
        records(folder, |record| match record {
            LogRecord::Outcome(outcome) => ids.push(outcome.id.parse().expect("a number")),
            LogRecord::Prediction(_) => panic!("there is none"),
        })
        .expect("read");
        ids
    }

    #[test]
    fn segments_are_compacted_and_nothing_is_lost_or_doubled() {
        let folder = tempfile::tempdir().expect("a folder");
        for opened in 0..3 {
            let log = OutcomeLog::with_segments_of(folder.path(), 500).expect("opened");
            append(&log, 20 * opened..20 * (opened + 1));
        }
        assert_eq!(ids(folder.path()), (0..60).collect::<Vec<_>>());
        let compacted =
            segments(folder.path()).expect("segments").iter().filter(|segment| segment.is_compacted).count();
        assert!(compacted > 5, "{compacted}");
        // A crash between the table and the end of its lines leaves both.
        let segment = &segments(folder.path()).expect("segments")[0];
        fs_err::write(log_path(folder.path(), segment.number), b"whatever was left").expect("written");
        assert_eq!(ids(folder.path()), (0..60).collect::<Vec<_>>());
        drop(OutcomeLog::open(folder.path()).expect("opened"));
        assert!(!log_path(folder.path(), segment.number).exists());
    }

    #[test]
    fn every_torn_end_opens_to_what_was_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = OutcomeLog::open(folder.path()).expect("opened");
        append(&log, 0..5);
        drop(log);
        let path = log_path(folder.path(), 1);
        let bytes = fs_err::read(&path).expect("read");
        for length in 0..bytes.len() {
            fs_err::write(&path, &bytes[..length]).expect("written");
            let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
            let log = OutcomeLog::open(folder.path()).expect("opened");
            append(&log, 100..101);
            drop(log);
            assert_eq!(ids(folder.path()), (0..whole).chain([100]).collect::<Vec<_>>(), "{length} bytes");
        }
    }

    #[test]
    fn damage_is_no_torn_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = OutcomeLog::open(folder.path()).expect("opened");
        append(&log, 0..5);
        drop(log);
        let path = log_path(folder.path(), 1);
        let bytes = fs_err::read(&path).expect("read");
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines");
        for place in 0..last {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs_err::write(&path, &changed).expect("written");
            let refused = OutcomeLog::open(folder.path()).expect_err("refused");
            assert!(matches!(refused, LogError::Damaged { .. }), "{place}: {refused}");
        }
    }

    #[test]
    fn a_log_has_one_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        let _log = OutcomeLog::open(folder.path()).expect("opened");
        assert!(matches!(OutcomeLog::open(folder.path()), Err(LogError::InUse(_))));
    }

    #[test]
    fn after_a_failure_nothing_is_acknowledged() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = OutcomeLog::with_segments_of(folder.path(), 1).expect("opened");
        // The next segment cannot be made where its name is taken by a folder.
        fs_err::create_dir(log_path(folder.path(), 2)).expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for _ in 0..2 {
            let refused = runtime.block_on(log.append(&[outcome(1)]));
            assert!(matches!(refused, Err(AppendError::Failed(_))), "{refused:?}");
        }
        assert!(log.failure().is_some());
    }
}

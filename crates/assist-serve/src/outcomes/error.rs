//! Why a log cannot be opened, read or appended to.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error as ThisError;

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

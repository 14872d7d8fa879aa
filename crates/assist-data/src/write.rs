//! Writing files so that they appear whole or not at all.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// A file under way: written beside its place under another name, and put there by [`finish`](Self::finish). Dropped
/// before that, it leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Starts a file that is to stand at `path`; missing folders are made.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs_err::create_dir_all(folder)?;
        let fail = |error: std::io::Error| Error::Write { path: path.to_owned(), detail: error.to_string() };
        if path.is_dir() {
            return Err(Error::Write { path: path.to_owned(), detail: "it is a folder".to_owned() });
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".assist-").suffix(".part");
        #[cfg(unix)]
        {
            // The usual mode of a new file, as far as the user's mask allows it.
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(fail)?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 18, file) })
    }

    /// Puts the file into its place, whole and on disk.
    pub fn finish(self) -> Result<(), Error> {
        let path = self.path;
        let fail = |detail: String| Error::Write { path: path.clone(), detail };
        let file = self.file.into_inner().map_err(|error| fail(error.to_string()))?;
        file.as_file().sync_all().map_err(|error| fail(error.to_string()))?;
        file.persist(&path).map_err(|error| fail(error.error.to_string()))?;
        Ok(())
    }

    /// Writes a whole file at once.
    pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
        let mut whole = Self::create(path)?;
        whole.write_all(content).map_err(|error| Error::Write { path: path.to_owned(), detail: error.to_string() })?;
        whole.finish()
    }
}

impl std::io::Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

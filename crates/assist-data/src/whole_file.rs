//! Files that appear whole or not at all, and destroy nothing that was not meant: whatever is written for a user goes
//! through here.
//!
//! A file is written under another name beside its place, and takes it when it is complete. What stands there is treated as
//! `cp` and the redirections of a shell treat it:
//!
//! - a **file** is replaced, and keeps its permissions and, where that is allowed, its owner and group; one that nobody may
//!   write is refused. (Other hard links of it keep the old content, and it loses extended attributes, as with an editor
//!   that writes aside.)
//! - a **symbolic link** is followed: what it points to is replaced or made, and the link stays;
//! - a **device or a pipe**, and what stands for a file that is open already (`/dev/stdout`, `/dev/fd/3`), is written
//!   through;
//! - what **somebody else** has put into a folder where everybody may write (`/tmp`) is refused, be it a link, a file or a
//!   pipe, as Linux does with `protected_symlinks`, `protected_regular` and `protected_fifos`.

use std::fs::{File, Metadata};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::permissions::take_after;
use crate::same_file::{self, StandardStream};
use crate::under_way::{Listed, PREFIX, SUFFIX, sweep};

/// Links of links, as Linux counts them.
const MOST_LINKS: usize = 40;
const BUFFER_BYTES: usize = 1 << 18;
/// A file under way: written beside its place under another name, and put there by [`finish`](Self::finish). Dropped
/// before that, it leaves nothing behind. A device or a pipe is written through instead.
#[derive(Debug)]
pub struct WholeFile {
    /// As it was named, for messages.
    path: PathBuf,
    content: Content,
    closed_pipe: ClosedPipe,
}

#[derive(Debug)]
enum Content {
    /// Takes its place when it is complete.
    Aside {
        place: PathBuf,
        file: BufWriter<NamedTempFile>,
        listed: Listed,
    },
    Through(BufWriter<File>),
}

/// Whether a file is a pipe whose reader has gone, which is no fault: it has read enough. Writers of formats turn that into
/// errors of their own, which do not tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClosedPipe(Arc<AtomicBool>);

impl ClosedPipe {
    /// The failure of a writer of such a file.
    pub(crate) fn or(&self, error: Error) -> Error {
        if self.0.load(Ordering::Relaxed) { Error::Io(ErrorKind::BrokenPipe.into()) } else { error }
    }
}

/// What stands where a file is to be written.
enum Found {
    Nothing(PathBuf),
    File(PathBuf, Metadata),
    /// A device, a pipe, or a file that is open already.
    Outlet(File),
}

impl WholeFile {
    /// Starts a file that is to stand at `path`; missing folders are made.
    ///
    /// # Errors
    ///
    /// A folder; a file that nobody may write; what somebody else has put into a folder that is everybody's; the operating
    /// system's, with the path.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let content = match find(path)? {
            Found::Outlet(file) => Content::Through(BufWriter::with_capacity(BUFFER_BYTES, file)),
            Found::Nothing(place) => Content::aside(path, place, None)?,
            Found::File(_, old) if old.permissions().readonly() => return Err(Error::ReadOnly(path.to_owned())),
            Found::File(place, old) => Content::aside(path, place, Some(&old))?,
        };
        Ok(Self { path: path.to_owned(), content, closed_pipe: ClosedPipe::default() })
    }

    /// Where it is to stand, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file into its place, whole and on disk.
    ///
    /// # Errors
    ///
    /// The operating system's, with the path.
    pub fn finish(self) -> Result<(), Error> {
        let Self { path, content, .. } = self;
        let fail = |error: std::io::Error| failed(&path, error);
        match content {
            Content::Through(mut file) => file.flush().map_err(fail),
            Content::Aside { place, file, listed } => {
                let file = file.into_inner().map_err(|error| fail(error.into_error()))?;
                file.as_file().sync_all().map_err(fail)?;
                file.persist(&place).map_err(|error| fail(error.error))?;
                drop(listed);
                Ok(())
            }
        }
    }

    /// Writes a whole file at once.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`finish`](Self::finish).
    pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
        let mut whole = Self::create(path)?;
        whole.write_all(content).map_err(|error| failed(path, error))?;
        whole.finish()
    }

    /// What tells later, when a format's writer has the file, whether its reader has gone.
    pub(crate) fn closed_pipe(&self) -> ClosedPipe {
        self.closed_pipe.clone()
    }

    fn heard<T>(&self, result: std::io::Result<T>) -> std::io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.closed_pipe.0.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = match &mut self.content {
            Content::Aside { file, .. } => file.write(bytes),
            Content::Through(file) => file.write(bytes),
        };
        self.heard(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = match &mut self.content {
            Content::Aside { file, .. } => file.flush(),
            Content::Through(file) => file.flush(),
        };
        self.heard(flushed)
    }
}

impl Content {
    fn aside(path: &Path, place: PathBuf, old: Option<&Metadata>) -> Result<Self, Error> {
        let folder = folder_of(&place);
        fs_err::create_dir_all(folder)?;
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        if old.is_none() {
            // The usual mode of a new file, as far as the user's mask allows it.
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(|error| failed(path, error))?;
        let listed = Listed::new(file.path());
        // Whoever sweeps the folder sees that the file is in use. Where locks are not supported, nothing is swept.
        let _ = file.as_file().try_lock();
        if let Some(old) = old {
            take_after(file.as_file(), old).map_err(|error| failed(path, error))?;
        }
        Ok(Self::Aside { place, file: BufWriter::with_capacity(BUFFER_BYTES, file), listed })
    }
}

/// The failure of a write; a pipe whose reader has gone is told apart.
pub(crate) fn failed(path: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::BrokenPipe => Error::Io(error),
        _ => Error::Write { path: path.to_owned(), detail: error.to_string() },
    }
}

/// Whether a path is a device, a pipe, or stands for a file that is open already, so that it is written through and its
/// name says nothing of a format.
pub fn is_outlet(path: &Path) -> bool {
    same_file::is_open_file(path) || std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Follows links to what stands at a path.
fn find(path: &Path) -> Result<Found, Error> {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Some(outlet) = open_already(&at).map_err(|error| failed(path, error))? {
            return Ok(Found::Outlet(outlet));
        }
        let found = match std::fs::symlink_metadata(&at) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing(at)),
            Err(error) => return Err(failed(path, error)),
        };
        if is_planted(&at, &found) {
            return Err(Error::NotYours(at));
        }
        if found.is_symlink() {
            let target = std::fs::read_link(&at).map_err(|error| failed(path, error))?;
            at = folder_of(&at).join(target);
            continue;
        }
        return match (found.is_dir(), found.is_file()) {
            (true, _) => Err(Error::Write { path: path.to_owned(), detail: "it is a folder".to_owned() }),
            (_, true) => Ok(Found::File(at, found)),
            _ => {
                let outlet = std::fs::OpenOptions::new().write(true).open(&at);
                outlet.map(Found::Outlet).map_err(|error| failed(path, error))
            }
        };
    }
    Err(Error::Write { path: path.to_owned(), detail: "too many symbolic links point to each other".to_owned() })
}

/// The file behind a name that stands for one that is open already. Whatever was written to it stays in front.
fn open_already(path: &Path) -> std::io::Result<Option<File>> {
    match StandardStream::named(path) {
        Some(stream) => stream.open().map(Some),
        None if same_file::is_open_file(path) => std::fs::OpenOptions::new().append(true).open(path).map(Some),
        None => Ok(None),
    }
}

/// The folder that a path lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether somebody else has put this into a folder where everybody may make files, but only take away their own.
#[cfg(unix)]
fn is_planted(path: &Path, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY_AND_EVERYBODY_S: u32 = 0o1002;
    if found.is_dir() {
        return false;
    }
    let Ok(folder) = std::fs::metadata(folder_of(path)) else { return false };
    if folder.mode() & STICKY_AND_EVERYBODY_S != STICKY_AND_EVERYBODY_S || folder.uid() == found.uid() {
        return false;
    }
    // A file of our own tells who we are.
    let own = tempfile::tempfile().and_then(|file| file.metadata());
    own.map_or(true, |own| own.uid() != found.uid())
}

#[cfg(not(unix))]
fn is_planted(_: &Path, _: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("a file").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_when_it_is_complete_and_leaves_nothing_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep").join("a.csv");
        let mut file = WholeFile::create(&path).expect("started");
        file.write_all(b"new").expect("written");
        assert!(!path.exists());
        file.finish().expect("finished");
        assert_eq!(fs_err::read(&path).expect("read"), b"new");
        let mut file = WholeFile::create(&path).expect("started");
        file.write_all(b"half").expect("written");
        drop(file);
        assert_eq!(fs_err::read(&path).expect("read"), b"new");
        assert_eq!(names(&folder.path().join("deep")), ["a.csv"]);
        assert!(WholeFile::create(folder.path()).is_err_and(|error| error.to_string().ends_with("it is a folder")));
    }

    #[cfg(unix)]
    mod on_unix {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};

        use super::*;

        /// Nobody of this test.
        const STRANGER: u32 = 12_345;

        fn mode(path: &Path) -> u32 {
            std::fs::metadata(path).expect("there").mode() & 0o7777
        }

        fn set_mode(path: &Path, mode: u32) {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
        }

        #[test]
        fn permissions_stay_and_a_protected_file_is_refused() {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("a.csv");
            WholeFile::write(&path, b"1").expect("written");
            // As the mask has it for any new file.
            fs_err::write(folder.path().join("usual"), "").expect("written");
            assert_eq!(mode(&path), mode(&folder.path().join("usual")));
            for permissions in [0o600, 0o664, 0o755] {
                set_mode(&path, permissions);
                WholeFile::write(&path, b"2").expect("written");
                assert_eq!(mode(&path), permissions);
            }
            set_mode(&path, 0o444);
            assert!(matches!(WholeFile::write(&path, b"3"), Err(Error::ReadOnly(_))));
            assert_eq!(fs_err::read(&path).expect("read"), b"2");
        }

        #[test]
        fn links_are_followed_and_stay() {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |name: &str| folder.path().join(name);
            fs_err::create_dir_all(at("far")).expect("a folder");
            fs_err::write(at("far/real.csv"), "old").expect("written");
            symlink("far/real.csv", at("link.csv")).expect("a link");
            symlink("link.csv", at("links.csv")).expect("a link");
            symlink("far/new.csv", at("dangling.csv")).expect("a link");
            symlink("circle.csv", at("circle.csv")).expect("a link");
            WholeFile::write(&at("links.csv"), b"new").expect("written");
            assert_eq!(fs_err::read(at("far/real.csv")).expect("read"), b"new");
            WholeFile::write(&at("dangling.csv"), b"made").expect("written");
            assert_eq!(fs_err::read(at("far/new.csv")).expect("read"), b"made");
            for link in ["link.csv", "links.csv", "dangling.csv"] {
                assert!(at(link).is_symlink(), "{link}");
            }
            assert!(WholeFile::write(&at("circle.csv"), b"").is_err_and(|error| error.to_string().contains("links")));
        }

        #[test]
        fn devices_and_pipes_are_written_through() {
            WholeFile::write(Path::new("/dev/null"), b"gone").expect("written");
            assert!(is_outlet(Path::new("/dev/null")) && is_outlet(Path::new("/dev/fd/7")));
            if Path::new("/dev/full").exists() {
                let full = WholeFile::write(Path::new("/dev/full"), b"x").expect_err("no room").to_string();
                assert!(full.starts_with("`/dev/full` cannot be written: No space left"), "{full}");
            }
            let folder = tempfile::tempdir().expect("a folder");
            let pipe = folder.path().join("pipe");
            if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
                let reader = std::thread::spawn({
                    let pipe = pipe.clone();
                    move || fs_err::read(pipe).expect("read")
                });
                WholeFile::write(&pipe, b"through").expect("written");
                assert_eq!(reader.join().expect("read"), b"through");
                assert_eq!(names(folder.path()), ["pipe"]);
            }
        }

        /// Files are given to somebody else, which only the superuser can.
        #[test]
        fn what_somebody_else_put_into_a_folder_of_everybody_s_is_refused() {
            let folder = tempfile::tempdir().expect("a folder");
            let at = |name: &str| folder.path().join(name);
            fs_err::write(at("victim"), "mine").expect("written");
            fs_err::write(at("planted.csv"), "").expect("written");
            symlink("victim", at("link.csv")).expect("a link");
            if lchown(at("link.csv"), Some(STRANGER), None).is_err() {
                return;
            }
            lchown(at("planted.csv"), Some(STRANGER), None).expect("given away");
            set_mode(folder.path(), 0o1777);
            for name in ["planted.csv", "link.csv"] {
                assert!(matches!(WholeFile::write(&at(name), b"x"), Err(Error::NotYours(_))), "{name}");
            }
            assert_eq!(fs_err::read(at("victim")).expect("read"), b"mine");
            // In a folder that is not everybody's it is nobody's trap; its owner stays.
            set_mode(folder.path(), 0o755);
            WholeFile::write(&at("planted.csv"), b"x").expect("written");
            assert_eq!(std::fs::metadata(at("planted.csv")).expect("there").uid(), STRANGER);
            WholeFile::write(&at("link.csv"), b"x").expect("written");
            // One's own links are followed there too.
            set_mode(folder.path(), 0o1777);
            symlink("victim", at("own.csv")).expect("a link");
            WholeFile::write(&at("own.csv"), b"own").expect("written");
            assert_eq!(fs_err::read(at("victim")).expect("read"), b"own");
        }
    }
}

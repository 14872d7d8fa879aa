//! Whether two names are one file, whatever they look like: `./a.csv`, links of both kinds, another case where the system
//! does not care, and names of files that are open already. An output that is one of the inputs would destroy it.

use std::fs::{File, Metadata};
use std::path::Path;

use crate::error::Error;
use crate::store_fault::{StoreFault, address};

/// Refuses an output that is one of the inputs. `-` and `/dev/stdin` among the inputs are what standard input is read from,
/// and `-` and `/dev/stdout` as the output are what standard output goes to.
///
/// # Errors
///
/// [`Error::OutputIsInput`]; [`StoreFault::Output`].
pub fn check_output(output: &Path, inputs: &[&Path]) -> Result<(), Error> {
    if let Some(address) = address(output) {
        return Err(StoreFault::Output(address.to_owned()).into());
    }
    let Some(written) = identity(output, StandardStream::Output) else { return Ok(()) };
    match inputs.iter().find(|input| identity(input, StandardStream::Input).as_ref() == Some(&written)) {
        Some(input) => Err(Error::OutputIsInput { output: output.to_owned(), input: (*input).to_owned() }),
        None => Ok(()),
    }
}

/// Whether what is written to a path goes where standard output goes.
pub fn is_standard_output(path: &Path) -> bool {
    StandardStream::named(path) == Some(StandardStream::Output)
        || identity(path, StandardStream::Output)
            .is_some_and(|file| Some(file) == identity(Path::new("-"), StandardStream::Output))
}

/// One of the files that every process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandardStream {
    Input,
    Output,
    Error,
}

impl StandardStream {
    /// The stream that a path stands for.
    pub(crate) fn named(path: &Path) -> Option<Self> {
        if !cfg!(unix) {
            return None;
        }
        Some(match path.to_str()? {
            "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" => Self::Input,
            "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Self::Output,
            "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Self::Error,
            _ => return None,
        })
    }

    /// Another handle of the same stream.
    #[cfg(unix)]
    pub(crate) fn open(self) -> std::io::Result<File> {
        use std::os::fd::AsFd as _;
        let handle = match self {
            Self::Input => std::io::stdin().as_fd().try_clone_to_owned(),
            Self::Output => std::io::stdout().as_fd().try_clone_to_owned(),
            Self::Error => std::io::stderr().as_fd().try_clone_to_owned(),
        };
        handle.map(File::from)
    }

    #[cfg(not(unix))]
    pub(crate) fn open(self) -> std::io::Result<File> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// Whether a path is a name of a file that is open already.
pub(crate) fn is_open_file(path: &Path) -> bool {
    let is_process = || path.starts_with("/proc") && path.components().any(|part| part.as_os_str() == "fd");
    cfg!(unix) && (StandardStream::named(path).is_some() || path.starts_with("/dev/fd") || is_process())
}

/// What is the same for all names of a file. Nothing for what is not there, and for terminals and other devices, which are
/// read and written at once.
fn identity(path: &Path, standard: StandardStream) -> Option<Identity> {
    let stream = if path.as_os_str() == "-" { Some(standard) } else { StandardStream::named(path) };
    match stream {
        Some(stream) => of_metadata(&stream.open().ok()?.metadata().ok()?, None),
        None => of_metadata(&std::fs::metadata(path).ok()?, Some(path)),
    }
}

/// The device and the number of the file on it.
#[cfg(unix)]
type Identity = (u64, u64);
/// The path without links, in the case in which it is stored.
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

#[cfg(unix)]
fn of_metadata(found: &Metadata, _: Option<&Path>) -> Option<Identity> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let is_content = found.is_file() || found.file_type().is_fifo();
    is_content.then(|| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn of_metadata(found: &Metadata, path: Option<&Path>) -> Option<Identity> {
    path.filter(|_| found.is_file()).and_then(|path| std::fs::canonicalize(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_under_all_its_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["a.csv", "b.csv"] {
            fs_err::write(at(name), "x").expect("written");
        }
        let mut names = vec![at("a.csv"), folder.path().join(".").join("a.csv")];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a.csv", at("link.csv")).expect("a link");
            std::os::unix::fs::symlink("link.csv", at("link of a link.csv")).expect("a link");
            std::fs::hard_link(at("a.csv"), at("hard.csv")).expect("a link");
            names.extend(["link.csv", "link of a link.csv", "hard.csv"].map(at));
        }
        let (other, input) = (at("b.csv"), at("a.csv"));
        for name in names {
            let error = check_output(&name, &[&other, &input]).expect_err("refused");
            assert!(matches!(&error, Error::OutputIsInput { input, .. } if *input == at("a.csv")), "{error}");
        }
        for name in ["c.csv", "no folder/a.csv"] {
            check_output(&at(name), &[&input, &other]).expect("another file");
        }
        check_output(&at("a.csv"), &[]).expect("no inputs");
    }

    #[cfg(unix)]
    #[test]
    fn devices_can_be_read_and_written_at_once() {
        let null = Path::new("/dev/null");
        check_output(null, &[null]).expect("not the same content");
        assert!(is_standard_output(Path::new("/dev/stdout")) && !is_standard_output(Path::new("stdout")));
    }
}

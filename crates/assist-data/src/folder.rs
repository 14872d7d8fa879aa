//! A folder as a table: its files in sorted order, and the columns that the names of folders give, as query engines and
//! pandas lay tables out: `plan=basic/part-0.parquet`.

use std::path::{Component, Path, PathBuf};

use crate::error::Error;
use crate::source::PathColumn;

/// What stands in a path for a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";
/// Folders within folders: a link that leads back up would have no end.
const MOST_LEVELS: usize = 32;

/// The files in a folder and in those within it, in sorted order. What is hidden is passed over, and so are the files that
/// writers leave beside a table, which begin with an underscore.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    add_files(folder, 0, &mut files)?;
    if files.is_empty() {
        return Err(Error::EmptyFolder(folder.display().to_string()));
    }
    Ok(files)
}

fn add_files(folder: &Path, level: usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let mut entries = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A folder may be of a column whose name begins with an underscore.
        if !name.starts_with('.') && (!name.starts_with('_') || name.contains('=')) {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for path in entries {
        let kind = fs_err::metadata(&path)?;
        if kind.is_dir() && level < MOST_LEVELS {
            add_files(&path, level + 1, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// The columns that the folders between `root` and a file give.
pub(crate) fn path_columns(root: &Path, file: &Path) -> Vec<PathColumn> {
    let mut columns: Vec<PathColumn> = Vec::new();
    let folders = file.strip_prefix(root).ok().and_then(Path::parent);
    for folder in folders.into_iter().flat_map(Path::components) {
        let Component::Normal(folder) = folder else { continue };
        let Some((name, value)) = folder.to_string_lossy().split_once('=').map(|(a, b)| (decoded(a), decoded(b)))
        else {
            continue;
        };
        if !name.is_empty() && columns.iter().all(|column| column.name != name) {
            let value = Some(value).filter(|value| !value.is_empty() && value != MISSING);
            columns.push(PathColumn { name, value });
        }
    }
    columns
}

/// Text whose unusual characters are written as `%20`; what is no such text stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                plain.push(byte);
                at += 3;
            }
            _ => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_from_the_folders_below_the_root() {
        let columns = |file: &str| -> Vec<(String, Option<String>)> {
            let columns = path_columns(Path::new("x=0/t"), Path::new(file));
            columns.into_iter().map(|column| (column.name, column.value)).collect()
        };
        let value = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(columns("x=0/t/part.csv"), []);
        assert_eq!(columns("x=0/t/y=2024/part/plan=a%20b/z=1.csv"), [value("y", "2024"), value("plan", "a b")]);
        assert_eq!(columns("x=0/t/y=__HIVE_DEFAULT_PARTITION__/p.csv"), [("y".to_owned(), None)]);
        assert_eq!(columns("x=0/t/y=50%/z=a=b/p.csv"), [value("y", "50%"), value("z", "a=b")]);
        assert_eq!(columns("x=0/t/y=%FF/=3/y=2/p.csv"), [value("y", "%FF")]);
    }
}

//! From what a user names to what is read: a path, a pattern, a folder or standard input becomes one or several sources,
//! each unpacked, and written as text where its format has to be.

use std::path::{Component, Path, PathBuf};

use glob::Pattern;
#[cfg(feature = "cloud")]
use rayon::prelude::*;

use crate::archive::{Zip, is_tar, only_file_of_tar};
use crate::compression::{Compression, unpacked};
use crate::dialect::encoding::{ByteOrder, Start, Utf16Reader};
use crate::error::{Error, Place, Position};
use crate::file_format::Format;
use crate::folder;
use crate::formats::spreadsheet::Workbook;
use crate::formats::{json_array, spreadsheet};
#[cfg(feature = "cloud")]
use crate::objects::{object::Object, objects};
#[cfg(feature = "cloud")]
use crate::source::PathColumn;
use crate::source::{Content, LineNames, Source};
use crate::spool::SpoolWriter;
#[cfg(not(feature = "cloud"))]
use crate::store_fault::StoreFault;
use crate::store_fault::address;

/// Bytes that show what a file is.
const HEAD_BYTES: u64 = 4096;
/// What is packed in so many layers is no table.
const MOST_LAYERS: usize = 4;

/// The sources that an argument stands for; `sheet` is the sheet of workbooks among them, the first one by default.
pub(crate) fn sources(input: &Path, sheet: Option<&str>) -> Result<Vec<Source>, Error> {
    if input.as_os_str() == "-" {
        let name = "standard input";
        let content = spooled(name, &mut std::io::stdin().lock())?;
        return Ok(vec![of_content(name, None, content, sheet)?]);
    }
    if let Some(address) = address(input) {
        return of_address(address, sheet);
    }
    // What exists is meant as it is, whichever characters of patterns are in its name.
    if input.is_dir() {
        return of_folder(input, sheet);
    }
    if input.exists() || !has_wildcards(input) {
        return Ok(vec![of_path(input, sheet)?]);
    }
    of_pattern(input, sheet)
}

/// Objects of a store, each with the columns of its path. Several are opened at a time: each opening waits for the store.
#[cfg(feature = "cloud")]
fn of_address(address: &str, sheet: Option<&str>) -> Result<Vec<Source>, Error> {
    let open = |(object, columns): (std::sync::Arc<Object>, Vec<PathColumn>)| {
        let (name, ending) = (object.address.clone(), PathBuf::from(&object.address));
        let content = Content::Object(object);
        Ok(of_content_named(&name, &ending, None, content, sheet)?.with_path_columns(columns))
    };
    objects(address)?.into_par_iter().map(open).collect()
}

#[cfg(not(feature = "cloud"))]
fn of_address(address: &str, _: Option<&str>) -> Result<Vec<Source>, Error> {
    Err(StoreFault::FilesAlone(address.to_owned()).into())
}

fn has_wildcards(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn of_folder(folder: &Path, sheet: Option<&str>) -> Result<Vec<Source>, Error> {
    of_files(folder, &folder::files(folder)?, sheet)
}

/// Files with the columns of their paths below `root`.
fn of_files(root: &Path, files: &[PathBuf], sheet: Option<&str>) -> Result<Vec<Source>, Error> {
    let with_columns = |file: &PathBuf| Ok(of_path(file, sheet)?.with_path_columns(folder::path_columns(root, file)));
    files.iter().map(with_columns).collect()
}

/// The files that match a pattern; if there are none, what is in the folders that do.
fn of_pattern(input: &Path, sheet: Option<&str>) -> Result<Vec<Source>, Error> {
    let no_file = || Error::NoFile(input.display().to_string());
    let (root, pattern) = pattern_of(input);
    let matches = glob::glob(&pattern).map_err(|_| no_file())?;
    let mut paths: Vec<PathBuf> = matches.filter_map(Result::ok).collect();
    paths.sort();
    let mut files: Vec<PathBuf> = paths.iter().filter(|path| path.is_file()).cloned().collect();
    if files.is_empty() {
        for folder in paths.iter().filter(|path| path.is_dir()) {
            files.extend(folder::files(folder)?);
        }
    }
    if files.is_empty() { Err(no_file()) } else { of_files(&root, &files, sheet) }
}

/// The folder in which a pattern begins, and the pattern, in which the names of existing folders stand for themselves.
fn pattern_of(input: &Path) -> (PathBuf, String) {
    let (mut root, mut pattern) = (PathBuf::new(), PathBuf::new());
    let mut is_literal = true;
    for component in input.components() {
        let part = component.as_os_str().to_string_lossy();
        is_literal = is_literal && root.join(component).exists();
        if is_literal {
            root.push(component);
        }
        match component {
            Component::Normal(_) if is_literal => pattern.push(Pattern::escape(&part)),
            _ => pattern.push(component),
        }
    }
    (root, pattern.to_string_lossy().into_owned())
}

fn of_path(path: &Path, sheet: Option<&str>) -> Result<Source, Error> {
    let name = path.display().to_string();
    let mut file = fs_err::File::open(path)?;
    // A FIFO or a device can be read but once.
    let content = if file.metadata()?.is_file() { Content::File(path.to_owned()) } else { spooled(&name, &mut file)? };
    of_content(&name, Some(path), content, sheet)
}

fn spooled(name: &str, reader: &mut impl std::io::Read) -> Result<Content, Error> {
    let mut writer = SpoolWriter::new();
    std::io::copy(reader, &mut writer).map_err(|error| Error::of_spool(name, error))?;
    Ok(Content::Spool(writer.finish().map_err(|error| Error::of_spool(name, error))?))
}

/// A source, whatever its content is packed in.
fn of_content(name: &str, path: Option<&Path>, content: Content, sheet: Option<&str>) -> Result<Source, Error> {
    of_content_named(name, path.unwrap_or(Path::new("")), path, content, sheet)
}

/// As [`of_content`], of what has a name with the ending of a format and may be no file.
fn of_content_named(
    name: &str,
    ending_of: &Path,
    path: Option<&Path>,
    mut content: Content,
    wanted_sheet: Option<&str>,
) -> Result<Source, Error> {
    let mut ending_of = ending_of.to_owned();
    let mut compression = None;
    for _ in 0..MOST_LAYERS {
        let reader = content.reader()?;
        let head = reader.head(HEAD_BYTES)?;
        let file = match Compression::detect(&head) {
            Some(Compression::Zip) => {
                let mut zip = Zip::open(name, reader.clone())?;
                if let Some(kind) = zip.workbook() {
                    zip.check_length(name)?;
                    let source = of_workbook(name, &content, kind, wanted_sheet)?;
                    return Ok(source.with_origin(path, compression));
                }
                compression = compression.or(Some(Compression::Zip));
                Some(zip.only_file(name)?)
            }
            Some(packed) => {
                compression = compression.or(Some(packed));
                let file = unpacked(name, packed, reader)?;
                // `table.tsv.gz` is named after what is in it, and so is a packed `table.tsv`.
                let stem = ending_of.file_stem().filter(|_| Format::of_ending(&ending_of).is_err());
                let file_name = stem.unwrap_or(ending_of.as_os_str()).to_string_lossy().into_owned();
                Some((file_name, file))
            }
            None if is_tar(&head) => Some(only_file_of_tar(name, reader)?),
            None if spreadsheet::is_compound_file(&head) => {
                let source = of_workbook(name, &content, Workbook::Xls, wanted_sheet)?;
                return Ok(source.with_origin(path, compression));
            }
            None => None,
        };
        let Some((file_name, spool)) = file else {
            return Ok(of_plain(name, &ending_of, content, &head)?.with_origin(path, compression));
        };
        ending_of = PathBuf::from(file_name);
        content = Content::Spool(spool);
    }
    Err(Error::TooLarge { source_name: name.to_owned(), detail: "it is packed again and again".to_owned() })
}

fn of_workbook(name: &str, content: &Content, kind: Workbook, wanted: Option<&str>) -> Result<Source, Error> {
    let sheet = spreadsheet::sheet(name, content.reader()?, kind, wanted)?;
    if sheet.text.reader().length()? == 0 {
        return Err(Error::EmptyFile(format!("{name}: {}", sheet.name)));
    }
    let source = Source::new(name, Format::Csv { delimiter: b',' }, Content::Spool(sheet.text));
    Ok(source.with_sheet(Some(sheet.name)).with_lines(sheet.lines))
}

/// A source whose bytes are those of a format, as `head` or the ending shows.
fn of_plain(name: &str, ending_of: &Path, content: Content, head: &[u8]) -> Result<Source, Error> {
    let by_ending = Format::of_ending(ending_of).unwrap_or(Format::Csv { delimiter: b',' });
    if let (Start::Utf16(order), Ok(Format::Csv { .. } | Format::JsonLines)) =
        (Start::of(head), Format::detect(name, head, by_ending))
    {
        let text = as_utf8(name, &content, order)?;
        let head = text.reader()?.head(HEAD_BYTES)?;
        return Ok(of_plain(name, ending_of, text, &head)?.with_encoding(order.encoding()));
    }
    if Start::of(head) == Start::Utf32 {
        return Err(Error::Utf32(name.to_owned()));
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if json_array::is_array(text) {
        let lines = json_array::lines(name, content.reader()?)?;
        // An array without an object is as empty as a file without a line.
        Format::detect(name, &lines.reader().head(HEAD_BYTES)?, Format::JsonLines)?;
        let source = Source::new(name, Format::JsonLines, Content::Spool(lines));
        return Ok(source.with_lines(LineNames::Rows([(1, 1)].into())));
    }
    Ok(Source::new(name, Format::detect(name, head, by_ending)?, content))
}

/// UTF-16 text as UTF-8, which is what is read.
fn as_utf8(name: &str, content: &Content, order: ByteOrder) -> Result<Content, Error> {
    let mut reader = Utf16Reader::new(content.reader()?, order);
    spooled(name, &mut reader).map_err(|error| match reader.fault() {
        Some(line) => Error::NotUtf16 { place: Place { source: name.to_owned(), position: Position::Line(line) } },
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_known_is_told() {
        // A build that knows no stores says so, and one that does names what it does not know.
        let told = sources(Path::new("ftp://host/a.csv"), None).expect_err("no table").to_string();
        let expected =
            if cfg!(feature = "cloud") { "`ftp` is no kind of store" } else { "this build reads files alone" };
        assert!(told.contains(expected), "{told}");
    }
}

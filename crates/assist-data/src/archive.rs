//! Archives: a table in one is read if it is the only file there, and the files are named if there are several.

use std::io::{self, Read, Seek, SeekFrom};

use assist_score::shown;
use zip::ZipArchive;

use crate::byte_reader::ByteReader;
use crate::compression::{Compression, most_unpacked, spooled, unreadable};
use crate::error::Error;
use crate::formats::spreadsheet::Workbook;
use crate::spool::Spool;

/// The blocks of a tape, which headers and files fill.
const BLOCK: usize = 512;
/// Names that a message can take.
const MOST_NAMES: usize = 1000;

/// A zip archive. Workbooks are zip archives as well.
pub(crate) struct Zip {
    archive: ZipArchive<ByteReader>,
    length: u64,
    names: Vec<String>,
}

impl Zip {
    pub(crate) fn open(name: &str, packed: ByteReader) -> Result<Self, Error> {
        let damaged = |error: &dyn std::fmt::Display| unreadable(name, Compression::Zip, error);
        let length = packed.length()?;
        let archive = ZipArchive::new(packed).map_err(|error| damaged(&error))?;
        let names = archive.file_names().map(|name| name.map_or_else(|_| String::new(), Into::into)).collect();
        Ok(Self { archive, length, names })
    }

    /// Refuses what would unpack to more than any workbook holds.
    pub(crate) fn check_length(&mut self, name: &str) -> Result<(), Error> {
        let mut unpacked = 0_u64;
        for index in 0..self.archive.len() {
            let entry = self.archive.by_index_raw(index).map_err(|error| unreadable(name, Compression::Zip, &error))?;
            unpacked = unpacked.saturating_add(entry.size());
        }
        if unpacked <= most_unpacked(self.length) {
            return Ok(());
        }
        let detail = format!("its {} bytes unpack to {unpacked}", self.length);
        Err(Error::TooLarge { source_name: name.to_owned(), detail })
    }

    /// Which workbook it is, if it is one.
    pub(crate) fn workbook(&self) -> Option<Workbook> {
        let has = |name: &str| self.names.iter().any(|found| found == name);
        if has("xl/workbook.xml") {
            Some(Workbook::Xlsx)
        } else if has("xl/workbook.bin") {
            Some(Workbook::Xlsb)
        } else if has("content.xml") && has("mimetype") {
            Some(Workbook::Ods)
        } else {
            None
        }
    }

    /// The only file, with its name.
    pub(crate) fn only_file(mut self, name: &str) -> Result<(String, Spool), Error> {
        let files: Vec<String> = self.names.iter().filter(|name| !is_by_the_way(name)).cloned().collect();
        let [file] = &files[..] else {
            return Err(Error::SeveralFiles { source_name: name.to_owned(), files: to_be_shown(&files) });
        };
        let entry = self.archive.by_name(file).map_err(|error| unreadable(name, Compression::Zip, &error))?;
        let spool = spooled(name, Compression::Zip, self.length, entry)?;
        Ok((file.clone(), spool))
    }
}

/// Folders, and what macOS packs beside every file.
fn is_by_the_way(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or("");
    file.is_empty() || file.starts_with("._") || file == ".DS_Store" || name.starts_with("__MACOSX/")
}

fn to_be_shown(names: &[String]) -> Vec<String> {
    names.iter().map(|name| shown(name)).collect()
}

/// Whether these are the first bytes of a tar archive.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The only file of a tar archive, with its name.
pub(crate) fn only_file_of_tar(name: &str, mut tar: ByteReader) -> Result<(String, Spool), Error> {
    let damaged =
        |error: io::Error| Error::Unreadable { source_name: name.to_owned(), format: "tar", detail: error.to_string() };
    let files = files_of_tar(&mut tar).map_err(damaged)?;
    let [(file, start, length)] = &files[..] else {
        let names: Vec<String> = files.into_iter().map(|(name, ..)| name).collect();
        return Err(Error::SeveralFiles { source_name: name.to_owned(), files: to_be_shown(&names) });
    };
    tar.seek(SeekFrom::Start(*start))?;
    let mut spool = crate::spool::SpoolWriter::new();
    let copied = io::copy(&mut tar.take(*length), &mut spool).map_err(|error| Error::of_spool(name, error))?;
    if copied < *length {
        return Err(damaged(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok((file.clone(), spool.finish().map_err(|error| Error::of_spool(name, error))?))
}

/// Name, first byte and length of each file.
fn files_of_tar(tar: &mut ByteReader) -> io::Result<Vec<(String, u64, u64)>> {
    let mut files = Vec::new();
    let mut block = [0; BLOCK];
    let mut at = 0_u64;
    while files.len() < MOST_NAMES {
        tar.seek(SeekFrom::Start(at))?;
        if tar.read_exact(&mut block).is_err() || block.iter().all(|byte| *byte == 0) {
            break;
        }
        let length = number(&block[124..136]).ok_or_else(|| io::Error::other("an entry without a length"))?;
        let start = at + BLOCK as u64;
        let name = format!("{}/{}", text(&block[345..500]), text(&block[..100]));
        let name = name.trim_start_matches('/').to_owned();
        if matches!(block[156], b'0' | 0) && !is_by_the_way(&name) {
            files.push((name, start, length));
        }
        let blocks = length.div_ceil(BLOCK as u64);
        let next = blocks.checked_mul(BLOCK as u64).and_then(|bytes| start.checked_add(bytes));
        at = next.ok_or_else(|| io::Error::other("an entry of impossible length"))?;
    }
    Ok(files)
}

/// A text that a NUL ends.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// A number in octal digits; large ones are in binary, with the highest bit set.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        return Some(field[4..].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
    }
    let digits = text(field);
    u64::from_str_radix(digits.trim(), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn tar(files: &[(&str, &str)]) -> ByteReader {
        let mut bytes = Vec::new();
        for (name, text) in files {
            let mut header = [0; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
            header[156] = if name.ends_with('/') { b'5' } else { b'0' };
            header[257..263].copy_from_slice(b"ustar\0");
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(text.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        }
        bytes.extend_from_slice(&[0; 2 * BLOCK]);
        Spool::of_bytes(bytes).reader()
    }

    fn zip(files: &[(&str, &str)]) -> ByteReader {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
            writer.write_all(text.as_bytes()).expect("written");
        }
        Spool::of_bytes(writer.finish().expect("an archive").into_inner()).reader()
    }

    #[test]
    fn the_only_file_is_read_and_several_are_named() {
        type Open = fn(ByteReader) -> Result<(String, Spool), Error>;
        let of_zip: Open = |bytes| Zip::open("t", bytes)?.only_file("t");
        let of_tar: Open = |bytes| only_file_of_tar("t", bytes);
        for (open, pack) in [(of_zip, zip as fn(&[(&str, &str)]) -> ByteReader), (of_tar, tar)] {
            let one = pack(&[("d/", ""), ("d/a.csv", "a,b\n"), ("__MACOSX/d/._a.csv", "?"), ("d/.DS_Store", "?")]);
            let (name, spool) = open(one).expect("one file");
            let mut text = String::new();
            spool.reader().read_to_string(&mut text).expect("text");
            assert_eq!((name.as_str(), text.as_str()), ("d/a.csv", "a,b\n"));
            let two = open(pack(&[("a.csv", "a"), ("b.csv", "b")])).expect_err("several").to_string();
            assert_eq!(two, "`t` is an archive of 2 files, `a.csv`, `b.csv`: only one can be the table");
            let none = open(pack(&[("d/", "")])).expect_err("none").to_string();
            assert_eq!(none, "`t` is an archive without a file");
        }
    }
}

//! How CSV text is written, detected from its head: what stands between and around cells, where the table begins, whether
//! its first line is a header, which lines are comments. Nothing here reads files.

pub(crate) mod body;
mod candidates;
pub(crate) mod encoding;
pub(crate) mod header;
mod kinds;
mod layout;
pub(crate) mod records;

use crate::advice::DelimiterName;
use crate::dialect::body::Shape;
use crate::dialect::candidates::{Candidate, best, with_delimiter};
use crate::dialect::layout::Stated;
use crate::dialect::records::{Marks, Record};
use crate::error::{Error, Place, Position};
use crate::file_syntax::FileSyntax;
use crate::table_options::TableOptions;

/// How CSV text is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dialect {
    /// What stands between and around cells; what comments among the rows begin with.
    pub(crate) marks: Marks,
    pub(crate) has_header: bool,
    /// Whether it is stated that there is a header or none.
    pub(crate) is_header_stated: bool,
    /// How many lines stand above the header, or above the first row where there is none.
    pub(crate) lines_above: u64,
    /// The byte at which the first row begins.
    pub(crate) data_start: u64,
    /// The names of the columns.
    pub(crate) names: Vec<String>,
    /// Those of them that the file does not have.
    pub(crate) unnamed: Vec<String>,
}

impl Dialect {
    /// What is reported of the file that `of_format` names.
    pub(crate) fn syntax(&self, of_format: FileSyntax) -> FileSyntax {
        let has_cells = self.names.len() > 1;
        FileSyntax {
            delimiter: has_cells.then_some(self.marks.delimiter.into()),
            quote: Some(self.marks.quote.into()),
            header: Some(self.has_header),
            lines_above: Some(self.lines_above),
            comment: self.marks.comment.map(char::from),
            unnamed: self.unnamed.clone(),
            ..of_format
        }
    }
}

/// The beginning of a text, without a byte order mark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    /// What the file is called in messages.
    pub(crate) name: &'a str,
    pub(crate) text: &'a [u8],
    /// Whether it is all of the text.
    pub(crate) is_whole: bool,
    /// The delimiter that the file's ending stands for.
    pub(crate) usual_delimiter: u8,
    /// Whether it was written here, from the cells of a sheet: with commas and double quotes.
    pub(crate) is_sheet: bool,
}

/// The dialect of a text, or `None` if more of the text is needed to tell.
///
/// # Errors
///
/// A text without any record, statements that contradict it, a header that is not UTF-8.
pub(crate) fn detect(head: Head<'_>, options: &TableOptions) -> Result<Option<Dialect>, Error> {
    let contradiction =
        |stated: String, found: String| Err(Error::Contradiction { source_name: head.name.to_owned(), stated, found });
    let skipped = options.skip_lines.unwrap_or(0);
    let declared = declared_delimiter(head.text).filter(|_| !head.is_sheet);
    let (from, lines_before) = match (line_start(head.text, skipped), options.skip_lines, declared) {
        (Err(_), ..) if !head.is_whole => return Ok(None),
        (Err(lines), ..) => {
            let found = format!("the file has {lines}");
            return contradiction(format!("the first {skipped} lines are to be skipped"), found);
        }
        (Ok(_), None, Some((_, end))) => (end, 1),
        (Ok(from), ..) => (from, skipped),
    };
    if let (Some(stated), Some((found, _)), None) = (options.delimiter, declared, options.skip_lines)
        && stated != char::from(found)
    {
        let found = format!("its first line says that {} is", DelimiterName(found.into()));
        return contradiction(format!("{} is stated as the delimiter", DelimiterName(stated)), found);
    }
    let text = &head.text[from..];
    let stated = Stated {
        begins_here: options.skip_lines.is_some(),
        header: options.header,
        comment: options.comment.and_then(|mark| u8::try_from(mark).ok()),
    };
    let delimiter = options.delimiter.filter(|_| !head.is_sheet).and_then(|delimiter| u8::try_from(delimiter).ok());
    let detected = || best(text, head.usual_delimiter, stated.comment, stated, head.is_whole);
    let candidate = match delimiter.or(declared.map(|(delimiter, _)| delimiter)) {
        None if head.is_sheet => {
            Candidate::new(text, Marks { delimiter: b',', quote: b'"', comment: stated.comment }, stated, head.is_whole)
        }
        Some(delimiter) => with_delimiter(text, delimiter, stated.comment, stated, head.is_whole),
        None => detected(),
    };
    let Some(candidate) = candidate else {
        return if head.is_whole { Err(Error::EmptyFile(head.name.to_owned())) } else { Ok(None) };
    };
    // A header and a row at least, whatever their length.
    if !head.is_whole && candidate.records.len() < candidate.layout.first + 2 {
        return Ok(None);
    }
    let first = &candidate.records[candidate.layout.first];
    if let (Some(delimiter), 1) = (delimiter, first.cells.len())
        && let Some(found) = detected().filter(Candidate::is_table)
    {
        let line = found.records[found.layout.first].line + lines_before + 1;
        let found = format!("line {line} has {} between its cells", DelimiterName(found.marks.delimiter.into()));
        return contradiction(format!("{} is stated as the delimiter", DelimiterName(delimiter.into())), found);
    }
    dialect_of(head, &candidate, from, lines_before, options).map(Some)
}

fn dialect_of(
    head: Head<'_>,
    candidate: &Candidate<'_>,
    from: usize,
    lines_before: u64,
    options: &TableOptions,
) -> Result<Dialect, Error> {
    let layout = &candidate.layout;
    let marks = Marks { comment: layout.comment, ..candidate.marks };
    let first = &candidate.records[layout.first];
    let lines_above = lines_before + first.line;
    let names = if layout.has_header {
        names_of(head, first, from, marks, layout.shape, lines_above + 1)?
    } else {
        vec![String::new(); layout.n_columns]
    };
    let (names, unnamed) = header::named(names);
    let is_row = |record: &&Record<'_>| !marks.comment.is_some_and(|mark| record.begins_with(mark));
    let mut below = candidate.records[layout.first..].iter().skip(usize::from(layout.has_header)).filter(is_row);
    let data_start = from + below.next().map_or(first.end, |row| row.start);
    Ok(Dialect {
        marks,
        has_header: layout.has_header,
        is_header_stated: options.header.is_some(),
        lines_above,
        data_start: data_start as u64,
        names,
        unnamed,
    })
}

/// The names in a header, one for each cell of a row: empty where there is none.
fn names_of(
    head: Head<'_>,
    header: &Record<'_>,
    from: usize,
    marks: Marks,
    shape: Shape,
    line: u64,
) -> Result<Vec<String>, Error> {
    let bytes = &head.text[from + header.start..from + header.end];
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(marks.delimiter).quote(marks.quote).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    // From memory it reads anything as some record.
    let _ = reader.read_byte_record(&mut record);
    let not_text = || Error::NotUtf8 {
        place: Place { source: head.name.to_owned(), position: Position::Line(line) },
        cell: None,
        likely: encoding::likely(bytes),
    };
    let names = record.iter().map(|name| String::from_utf8(name.to_vec()).map_err(|_| not_text()));
    let mut names: Vec<String> = names.collect::<Result<_, _>>()?;
    if names.iter().any(|name| name.contains('\0')) {
        return Err(not_text());
    }
    match shape {
        Shape::Same => {}
        Shape::NoFirstName => names.insert(0, String::new()),
        Shape::NoLastName => names.push(String::new()),
        Shape::NameWithoutColumn => drop(names.pop()),
    }
    Ok(names)
}

/// The first line of a file that says its delimiter, as spreadsheets write and understand it: `sep=;`. With the delimiter
/// comes the byte at which the next line begins.
fn declared_delimiter(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let line = text[..end].strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(&text[..end]);
    let (key, rest) = line.split_at_checked(4)?;
    let after = end + if text[end..].starts_with(b"\r\n") { 2 } else { 1 };
    match rest {
        [delimiter, others @ ..] if key.eq_ignore_ascii_case(b"sep=") => {
            // Some tools fill the line up with delimiters.
            let is_one = others.iter().all(|other| other == delimiter) && delimiter.is_ascii();
            (is_one && !delimiter.is_ascii_alphanumeric() && *delimiter != b'"').then_some((*delimiter, after))
        }
        _ => None,
    }
}

/// The byte at which a line begins, the first being 0, or how many lines there are if these are fewer.
fn line_start(text: &[u8], line: u64) -> Result<usize, u64> {
    let (mut at, mut lines) = (0, 0);
    while lines < line {
        let Some(end) = text[at..].iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
            return Err(lines + u64::from(at < text.len()));
        };
        at += end + if text[at + end..].starts_with(b"\r\n") { 2 } else { 1 };
        lines += 1;
    }
    if line > 0 && at == text.len() { Err(lines) } else { Ok(at) }
}

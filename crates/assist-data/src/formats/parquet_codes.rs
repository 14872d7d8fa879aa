//! Columns of a row group in the codes of their dictionaries, as the pages of the file have them: each entry is looked at once, and no
//! row is decoded. A chunk of a column that is not encoded so throughout is left to Arrow's reader.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, Float32Array, Float64Array, Int32Array, Int64Array, StringArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use bytes::Bytes;
use multiversion::multiversion;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader as _};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use crate::byte_reader::ByteReader;
use crate::cells::is_text;
use crate::error::NeedsStrictReader;
use crate::formats::bit_packing::Hybrid;
use crate::guard::guarded;

/// A code that is not an entry: the row's cell is missing.
pub(crate) const NO_ENTRY: u32 = 0;

/// Some rows of a column in the codes of a dictionary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileCodes<'a> {
    /// One a row: [`NO_ENTRY`], or one more than the place of its entry.
    pub(crate) codes: &'a [u32],
    /// What the dictionary holds. An entry that no row has may be anything.
    pub(crate) entries: &'a ArrayRef,
}

impl FileCodes<'_> {
    /// The cells themselves.
    pub(crate) fn decoded(&self) -> Result<ArrayRef, NeedsStrictReader> {
        let places = self.codes.iter().map(|code| code.checked_sub(1)).collect::<UInt32Array>();
        take(self.entries, &places, None).map_err(|_| NeedsStrictReader)
    }
}

/// A column of a row group, read from its first row on.
pub(crate) struct CodedColumn {
    pages: SerializedPageReader<ByteReader>,
    entries: ArrayRef,
    is_optional: bool,
    page: CodedPage,
    codes: Vec<u32>,
    present: Vec<u32>,
}

/// What is left of a page.
#[derive(Default)]
struct CodedPage {
    n_rows: usize,
    /// Whether each row has a value, where some may have none.
    levels: Option<Hybrid>,
    values: Hybrid,
}

impl CodedColumn {
    /// The column at a position, if its chunk in the row group is one of codes and `field` a type that is read so.
    pub(crate) fn open(
        file: &Arc<ByteReader>,
        group: &RowGroupMetaData,
        position: usize,
        field: &DataType,
    ) -> Result<Option<Self>, NeedsStrictReader> {
        let Some(chunk) = chunk_of_codes(group, position, field) else { return Ok(None) };
        let open = || {
            let n_rows = usize::try_from(group.num_rows()).map_err(|_| damaged())?;
            let mut pages = SerializedPageReader::new(Arc::clone(file), chunk, n_rows, None)?;
            // A chunk without a value may have no dictionary.
            let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page()? else { return Ok(None) };
            let entries = entries(chunk.column_type(), &buf, num_values as usize).ok_or_else(damaged)?;
            let entries = if is_text(&plain(field)) { entries } else { cast(&entries, field)? };
            // A number that the column's own type does not hold.
            if entries.null_count() > 0 {
                return Err(damaged());
            }
            let is_optional = chunk.column_descr().max_def_level() > 0;
            let page = CodedPage::default();
            Ok(Some(Self { pages, entries, is_optional, page, codes: Vec::new(), present: Vec::new() }))
        };
        guarded(open, ParquetError::General).map_err(|_| NeedsStrictReader)
    }

    /// The next rows, as many as there are said to be.
    pub(crate) fn next_rows(&mut self, n_rows: usize) -> Result<FileCodes<'_>, NeedsStrictReader> {
        let mut codes = std::mem::take(&mut self.codes);
        codes.clear();
        codes.resize(n_rows, NO_ENTRY);
        let filled = self.fill(&mut codes);
        self.codes = codes;
        filled?;
        Ok(FileCodes { codes: &self.codes, entries: &self.entries })
    }

    /// Passes rows over: whole pages unread.
    pub(crate) fn skip_rows(&mut self, mut n_rows: usize) -> Result<(), NeedsStrictReader> {
        while n_rows > 0 {
            if self.page.n_rows == 0 {
                let pages = &mut self.pages;
                let next = guarded(|| pages.peek_next_page(), ParquetError::General).map_err(|_| NeedsStrictReader)?;
                let next = next.and_then(|page| page.num_levels.or(page.num_rows)).ok_or(NeedsStrictReader)?;
                if next <= n_rows {
                    guarded(|| pages.skip_next_page(), ParquetError::General).map_err(|_| NeedsStrictReader)?;
                    n_rows -= next;
                    continue;
                }
            }
            let some = n_rows.min(1 << 12);
            self.next_rows(some)?;
            n_rows -= some;
        }
        Ok(())
    }

    fn fill(&mut self, codes: &mut [u32]) -> Result<(), NeedsStrictReader> {
        let mut filled = 0;
        while filled < codes.len() {
            if self.page.n_rows == 0 {
                let (pages, is_optional) = (&mut self.pages, self.is_optional);
                let page = guarded(|| next_page(pages, is_optional), ParquetError::General);
                self.page = page.map_err(|_| NeedsStrictReader)?;
                continue;
            }
            let end = codes.len().min(filled + self.page.n_rows);
            self.page.read(&mut codes[filled..end], &mut self.present)?;
            filled = end;
        }
        let n_entries = u32::try_from(self.entries.len()).map_err(|_| NeedsStrictReader)?;
        if are_at_most(codes, n_entries) { Ok(()) } else { Err(NeedsStrictReader) }
    }
}

impl CodedPage {
    fn read(&mut self, codes: &mut [u32], present: &mut Vec<u32>) -> Result<(), NeedsStrictReader> {
        self.n_rows -= codes.len();
        let Some(levels) = &mut self.levels else {
            self.values.read(codes)?;
            add_one(codes);
            return Ok(());
        };
        // Ones and zeros, which become codes and no entries.
        levels.read(codes)?;
        if !are_at_most(codes, 1) {
            return Err(NeedsStrictReader);
        }
        let n_present = codes.iter().map(|level| *level as usize).sum();
        present.clear();
        present.resize(n_present, 0);
        self.values.read(present)?;
        let mut values = present.iter();
        for code in codes.iter_mut().filter(|level| **level == 1) {
            *code = values.next().map_or(NO_ENTRY, |value| value.saturating_add(1));
        }
        Ok(())
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add_one(codes: &mut [u32]) {
    codes.iter_mut().for_each(|code| *code = code.saturating_add(1));
}

#[multiversion(targets("x86_64+avx2"))]
fn are_at_most(codes: &[u32], most: u32) -> bool {
    codes.iter().fold(true, |all, code| all & (*code <= most))
}

/// The chunk of a column whose pages are all of codes.
fn chunk_of_codes<'a>(
    group: &'a RowGroupMetaData,
    position: usize,
    field: &DataType,
) -> Option<&'a ColumnChunkMetaData> {
    // Columns of columns have several chunks each, and positions are no places among these then.
    let columns = group.schema_descr();
    if columns.num_columns() != columns.root_schema().get_fields().len() {
        return None;
    }
    let chunk = group.columns().get(position)?;
    let column = chunk.column_descr();
    let is_flat = column.max_rep_level() == 0 && column.max_def_level() <= 1;
    let is_read = match chunk.column_type() {
        Type::INT32 => {
            matches!(field, DataType::Int32 | DataType::Int16 | DataType::Int8 | DataType::UInt16 | DataType::UInt8)
        }
        Type::INT64 => *field == DataType::Int64,
        Type::FLOAT => *field == DataType::Float32,
        Type::DOUBLE => *field == DataType::Float64,
        Type::BYTE_ARRAY => is_text(&plain(field)),
        _ => false,
    };
    (is_flat && is_of_codes(chunk) && is_read).then_some(chunk)
}

/// Whether all pages of a chunk are of codes: as the file says of its pages, or else of all encodings in the chunk, among which that of
/// the dictionary itself is.
fn is_of_codes(chunk: &ColumnChunkMetaData) -> bool {
    if let Some(of_pages) = chunk.page_encoding_stats_mask() {
        return of_pages.is_only(Encoding::RLE_DICTIONARY) || of_pages.is_only(Encoding::PLAIN_DICTIONARY);
    }
    #[expect(deprecated, reason = "files have it")]
    let of_levels = |encoding| matches!(encoding, Encoding::RLE | Encoding::BIT_PACKED);
    let of_codes = |encoding| matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    chunk.encodings().any(of_codes) && chunk.encodings().all(|encoding| of_codes(encoding) || of_levels(encoding))
}

/// The type of the entries of a dictionary.
fn plain(field: &DataType) -> DataType {
    match field {
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        field => field.clone(),
    }
}

/// The entries of a dictionary, one behind the other.
fn entries(kind: Type, bytes: &Bytes, n: usize) -> Option<ArrayRef> {
    fn numbers<const N: usize, T>(bytes: &[u8], n: usize, number: fn([u8; N]) -> T) -> Option<Vec<T>> {
        let bytes = bytes.get(..n.checked_mul(N)?)?;
        let (all, _) = bytes.as_chunks::<N>();
        Some(all.iter().map(|bytes| number(*bytes)).collect())
    }
    Some(match kind {
        Type::INT32 => Arc::new(Int32Array::from(numbers(bytes, n, i32::from_le_bytes)?)),
        Type::INT64 => Arc::new(Int64Array::from(numbers(bytes, n, i64::from_le_bytes)?)),
        Type::FLOAT => Arc::new(Float32Array::from(numbers(bytes, n, f32::from_le_bytes)?)),
        Type::DOUBLE => Arc::new(Float64Array::from(numbers(bytes, n, f64::from_le_bytes)?)),
        Type::BYTE_ARRAY => {
            let mut rest = &bytes[..];
            let mut text = || {
                let (length, behind) = rest.split_first_chunk::<4>()?;
                let (text, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                rest = behind;
                std::str::from_utf8(text).ok()
            };
            let texts: Option<Vec<&str>> = (0..n).map(|_| text()).collect();
            Arc::new(StringArray::from(texts?))
        }
        _ => return None,
    })
}

/// The next page of codes.
fn next_page(pages: &mut SerializedPageReader<ByteReader>, is_optional: bool) -> Result<CodedPage, ParquetError> {
    let is_coded = |encoding| matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    let (n_rows, levels, values) = match pages.get_next_page()?.ok_or_else(damaged)? {
        Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } if is_coded(encoding) => {
            if is_optional {
                let length = buf.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize);
                let end = length.and_then(|length| length.checked_add(4)).filter(|end| *end <= buf.len());
                let end = end.filter(|_| def_level_encoding == Encoding::RLE).ok_or_else(damaged)?;
                (num_values, Some(buf.slice(4..end)), buf.slice(end..))
            } else {
                (num_values, None, buf)
            }
        }
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. }
            if is_coded(encoding) && rep_levels_byte_len == 0 =>
        {
            let end = def_levels_byte_len as usize;
            if end > buf.len() {
                return Err(damaged());
            }
            (num_values, is_optional.then(|| buf.slice(..end)), buf.slice(end..))
        }
        _ => return Err(damaged()),
    };
    // A page whose cells are all missing may have nothing more.
    let width = values.first().copied().unwrap_or(0);
    if width > 32 {
        return Err(damaged());
    }
    let values = Hybrid::new(values.slice(values.len().min(1)..), width);
    Ok(CodedPage { n_rows: n_rows as usize, levels: levels.map(|levels| Hybrid::new(levels, 1)), values })
}

fn damaged() -> ParquetError {
    ParquetError::General("a page of codes is not one".to_owned())
}

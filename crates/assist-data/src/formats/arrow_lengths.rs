//! Lengths that an Arrow file states, checked against the file before anything of such a length is allocated: a single byte
//! that is wrong can ask for more memory than any machine has, and that ends a process without a message.

use std::io;

use arrow::error::ArrowError;
use arrow::ipc::{CompressionType, Message, MessageHeader, RecordBatch, root_as_message};

/// The mark that stands before the length of a message since format version 5.
pub(crate) const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes before the content of a compressed buffer: how long it is when it is unpacked.
const PREFIX: usize = 8;
/// Bytes that the head of a Zstandard frame has at most.
const ZSTD_HEAD: usize = 18;
/// LZ4 makes at most so many bytes of one, besides what its frame takes.
const MOST_LZ4_TIMES: u64 = 255;

/// A message whose bytes, from its length on, are `framed`.
pub(crate) fn message(framed: &[u8]) -> Result<Message<'_>, ArrowError> {
    let start = if framed.starts_with(&CONTINUATION) { 8 } else { 4 };
    let metadata = framed.get(start..).ok_or_else(|| damage("a message is cut off"))?;
    root_as_message(metadata).map_err(|error| damage(&error.to_string()))
}

/// Whether a number that a file states is a length of something that ends before `end`; if so, where that is.
pub(crate) fn end_of(start: i64, length: i64, end: u64) -> Result<u64, ArrowError> {
    let ends = u64::try_from(start).ok().zip(u64::try_from(length).ok()).and_then(|(a, b)| a.checked_add(b));
    match ends {
        Some(ends) if ends <= end => Ok(ends),
        _ => Err(damage("it states a length that is beyond its end")),
    }
}

/// Checks all buffers of a message. `read_at` gives bytes of its body, from a place on.
pub(crate) fn check_buffers(
    message: &Message<'_>,
    body_length: u64,
    mut read_at: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
) -> Result<(), ArrowError> {
    let Some(batch) = batch_of(message) else { return Ok(()) };
    let codec = batch.compression().map(|compression| compression.codec());
    for buffer in batch.buffers().into_iter().flatten() {
        end_of(buffer.offset(), buffer.length(), body_length)?;
        let (Some(codec), Ok(length @ 1..)) = (codec, usize::try_from(buffer.length())) else { continue };
        let mut head = [0; PREFIX + ZSTD_HEAD];
        let head = &mut head[..length.min(PREFIX + ZSTD_HEAD)];
        let n = read_at(buffer.offset().unsigned_abs(), head)?;
        check_unpacked_length(codec, &head[..n], length)?;
    }
    Ok(())
}

fn batch_of<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch()?.data(),
        _ => None,
    }
}

/// Checks the length that a compressed buffer is said to unpack to.
fn check_unpacked_length(codec: CompressionType, head: &[u8], length: usize) -> Result<(), ArrowError> {
    let Some((prefix, packed)) = head.split_first_chunk::<PREFIX>() else {
        return Err(damage("a compressed buffer is cut off"));
    };
    // Minus one stands for bytes that are not compressed; what else is negative is refused by the decoder.
    let Ok(stated) = u64::try_from(i64::from_le_bytes(*prefix)) else { return Ok(()) };
    let length = length as u64;
    let is_possible = match codec {
        CompressionType::ZSTD if stated > 0 => match zstd::zstd_safe::get_frame_content_size(packed) {
            Ok(Some(unpacked)) => unpacked == stated,
            // Not all compressors write it; a block of at most 128 KiB takes at least four bytes.
            Ok(None) => stated <= length << 15,
            Err(_) => false,
        },
        CompressionType::ZSTD => true,
        _ => stated <= length * MOST_LZ4_TIMES + (1 << 16),
    };
    if is_possible { Ok(()) } else { Err(damage("a compressed buffer states a length that it cannot have")) }
}

/// The error of a file that states what it does not have.
pub(crate) fn damage(words: &str) -> ArrowError {
    ArrowError::ParseError(words.to_owned())
}

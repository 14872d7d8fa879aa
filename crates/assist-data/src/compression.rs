//! Compressed files, recognised by their first bytes whatever they are called, and unpacked as a stream into a spool, which
//! is then read like any other file: from any place, by several readers at once.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write as _};

use crate::byte_reader::ByteReader;
use crate::error::Error;
use crate::guard::guarded;
use crate::spool::{Spool, SpoolWriter};
use flate2::bufread::GzDecoder;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// gzip, in one or several members.
    Gzip,
    /// Zstandard, in one or several frames.
    Zstd,
    /// bzip2, in one or several streams.
    Bzip2,
    /// xz, in one or several streams.
    Xz,
    /// A zip archive that holds one file.
    Zip,
}

/// What is packed may unpack to so much without a question.
const HARMLESS_BYTES: u64 = 1 << 30;
/// Beyond that no table is so many times as long as what it was packed into.
const MOST_TIMES: u64 = 250;
/// Memory that an xz file may ask for, in KiB: four times what `xz -9` needs.
const MOST_XZ_KIB: u32 = 1 << 18;

impl Compression {
    /// The compression of a file with these first bytes, if it has one.
    pub(crate) fn detect(head: &[u8]) -> Option<Self> {
        let is_zstd = |head: &[u8]| match head.first_chunk::<4>().map(|mark| u32::from_le_bytes(*mark)) {
            // A frame, or one that is passed over, with which parallel compressors begin.
            Some(mark) => mark == 0xFD2F_B528 || mark & 0xFFFF_FFF0 == 0x184D_2A50,
            None => false,
        };
        Some(match head {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            _ if is_zstd(head) => Self::Zstd,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zip => "zip",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a compressed file holds. An archive has to be opened by `archive`.
pub(crate) fn unpacked(name: &str, compression: Compression, packed: ByteReader) -> Result<Spool, Error> {
    let length = packed.length()?;
    let input = BufReader::with_capacity(1 << 17, packed);
    let damaged = |error: std::io::Error| unreadable(name, compression, &error);
    let decoder: Box<dyn Read> = match compression {
        Compression::Gzip => Box::new(GzipMembers { member: Some(GzDecoder::new(input)) }),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(input).map_err(damaged)?),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, MOST_XZ_KIB)),
        Compression::Zip => Box::new(input),
    };
    spooled(name, compression, length, decoder)
}

/// All that a decoder gives, within bounds: a few bytes can unpack to more than any disk holds.
pub(crate) fn spooled(
    name: &str,
    compression: Compression,
    packed_length: u64,
    decoder: impl Read,
) -> Result<Spool, Error> {
    bounded(name, compression, packed_length, decoder, most_unpacked(packed_length))
}

/// How many bytes may come out of so many.
pub(crate) fn most_unpacked(packed_length: u64) -> u64 {
    HARMLESS_BYTES.max(packed_length.saturating_mul(MOST_TIMES))
}

fn bounded(
    name: &str,
    compression: Compression,
    packed_length: u64,
    mut decoder: impl Read,
    most: u64,
) -> Result<Spool, Error> {
    let mut spool = SpoolWriter::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        // Decoders are other people's code, and the file may be damaged in any way.
        let n = guarded(|| decoder.read(&mut buffer), std::io::Error::other);
        match n {
            Ok(0) => break,
            Ok(n) => spool.write_all(&buffer[..n]).map_err(|error| Error::of_spool(name, error))?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(name, compression, &error)),
        }
        if spool.length() > most {
            let detail = format!(
                "its {packed_length} bytes unpack to more than {most}, over {} times as many",
                spool.length() / packed_length.max(1)
            );
            return Err(Error::TooLarge { source_name: name.to_owned(), detail });
        }
    }
    spool.finish().map_err(|error| Error::of_spool(name, error))
}

pub(crate) fn unreadable(name: &str, compression: Compression, error: &dyn fmt::Display) -> Error {
    Error::Unreadable { source_name: name.to_owned(), format: compression.name(), detail: error.to_string() }
}

/// The members of a gzip file one after the other; zeros behind the last one fill the block of a tape and mean nothing.
struct GzipMembers<R> {
    /// `None` after the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n = member.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            self.member = match self.member.take().map(GzDecoder::into_inner) {
                Some(mut rest) => has_more(&mut rest)?.then(|| GzDecoder::new(rest)),
                None => None,
            };
        }
        Ok(0)
    }
}

/// Whether anything follows but zeros, which are passed over.
fn has_more(rest: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let bytes = rest.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros < bytes.len() || bytes.is_empty() {
            return Ok(!bytes.is_empty());
        }
        rest.consume(zeros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).expect("written");
        encoder.finish().expect("packed")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 3).expect("packed")
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).expect("written");
        encoder.finish().expect("packed")
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).expect("xz");
        encoder.write_all(text).expect("written");
        encoder.finish().expect("packed")
    }

    fn text_of(packed: Vec<u8>) -> Result<String, Error> {
        let compression = Compression::detect(&packed).expect("packed");
        let mut text = String::new();
        let spool = unpacked("t", compression, Spool::of_bytes(packed).reader())?;
        spool.reader().read_to_string(&mut text).expect("text");
        Ok(text)
    }

    #[test]
    fn members_follow_one_another_and_damage_is_an_error() {
        for pack in [gzip, zstd, bzip2, xz] {
            let two = [pack(b"a,b\n1,2\n"), pack(b"3,4\n")].concat();
            assert_eq!(text_of(two.clone()).expect("text"), "a,b\n1,2\n3,4\n");
            assert_eq!(text_of(pack(b"")).expect("nothing"), "");
            for length in 7..two.len() {
                // Where the first member ends, what is left is a whole file.
                if let Ok(text) = text_of(two[..length].to_vec()) {
                    assert_eq!(text, "a,b\n1,2\n", "{length} of {} bytes", two.len());
                }
            }
            for at in 6..two.len() {
                let mut damaged = two.clone();
                damaged[at] ^= 0x55;
                match text_of(damaged) {
                    Ok(text) => assert!(text.len() <= 13, "{text}"),
                    Err(error) => assert!(error.to_string().starts_with("`t` is not a readable "), "{error}"),
                }
            }
        }
        let padded = [gzip(b"a\n"), vec![0; 70_000]].concat();
        assert_eq!(text_of(padded).expect("text"), "a\n");
        assert!(text_of([gzip(b"a\n"), b"more".to_vec()].concat()).is_err());
        let skipped = [vec![0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9], zstd(b"a\n")].concat();
        assert_eq!(text_of(skipped).expect("text"), "a\n");
    }

    #[test]
    fn what_unpacks_to_no_end_is_refused() {
        let spooled = |zeros: u64| {
            bounded("t", Compression::Zstd, 100, std::io::repeat(0).take(zeros), 1 << 20)
                .map_err(|error| error.to_string())
        };
        assert!(spooled(1 << 20).is_ok());
        let words = "`t` is too large: its 100 bytes unpack to more than 1048576, over 11796 times as many";
        assert_eq!(spooled(1 << 30).expect_err("refused"), words);
        // Text that is very much alike is still a table.
        let alike = b"1,x,0\n".repeat(1 << 17);
        let mut packed = 0;
        for pack in [gzip, zstd, bzip2, xz] {
            packed += text_of(pack(&alike)).expect("a table").len();
        }
        assert_eq!(packed, 4 * alike.len());
    }
}

//! Bytes that lie in a file or in memory, read from any place, by several readers at once: each has a position of its own,
//! and reads at it, so that the partitions of one file that has no name can be read side by side.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

#[cfg(feature = "cloud")]
use crate::objects::object::{FIRST_PIECE_BYTES, Object, PIECE_BYTES};

/// Reads from a position of its own. A clone reads the same bytes, from the same position on.
#[derive(Debug, Clone)]
pub(crate) struct ByteReader {
    content: Content,
    position: u64,
}

#[derive(Debug, Clone)]
enum Content {
    File(Arc<fs_err::File>),
    Memory(Bytes),
    /// An object of a store, and the last piece that was read of it, with where it begins.
    #[cfg(feature = "cloud")]
    Object(Arc<Object>, u64, Bytes),
}

impl ByteReader {
    /// A reader of a file, from its first byte on.
    pub(crate) fn of_file(file: Arc<fs_err::File>) -> Self {
        Self { content: Content::File(file), position: 0 }
    }

    /// A reader of bytes in memory.
    pub(crate) fn of_memory(bytes: Bytes) -> Self {
        Self { content: Content::Memory(bytes), position: 0 }
    }

    /// A reader of an object of a store.
    #[cfg(feature = "cloud")]
    pub(crate) fn of_object(object: Arc<Object>) -> Self {
        Self { content: Content::Object(object, 0, Bytes::new()), position: 0 }
    }

    /// How many bytes there are, wherever the position is.
    pub(crate) fn length(&self) -> io::Result<u64> {
        match &self.content {
            Content::File(file) => Ok(file.metadata()?.len()),
            Content::Memory(bytes) => Ok(bytes.len() as u64),
            #[cfg(feature = "cloud")]
            Content::Object(object, ..) => Ok(object.size),
        }
    }

    /// The first bytes, at most `most`, wherever the position is.
    pub(crate) fn head(&self, most: u64) -> io::Result<Vec<u8>> {
        #[cfg(feature = "cloud")]
        if let Content::Object(object, ..) = &self.content {
            return Ok(object.range(0..object.size.min(most))?.to_vec());
        }
        let mut head = Vec::new();
        Self { position: 0, ..self.clone() }.take(most).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The same bytes from the first one on.
    pub(crate) fn rewound(&self) -> Self {
        Self { position: 0, ..self.clone() }
    }

    /// Reads the next bytes behind those of `buffer`, `most` of them or all that are left, and says how many. (What the
    /// standard library reads to the end it reads in pieces that grow from a few bytes.)
    pub(crate) fn read_behind(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        let start = buffer.len();
        buffer.resize(start + most, 0);
        let mut end = start;
        let mut fault = None;
        while end < buffer.len() {
            match self.read(&mut buffer[end..]) {
                Ok(0) => break,
                Ok(n) => end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    fault = Some(error);
                    break;
                }
            }
        }
        buffer.truncate(end);
        fault.map_or(Ok(end - start), Err)
    }

    fn at(&self, position: u64) -> Self {
        Self { position, ..self.clone() }
    }
}

impl Read for ByteReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.content {
            Content::File(file) => read_at(file, buffer, self.position)?,
            Content::Memory(bytes) => {
                let start = usize::try_from(self.position).map_or(bytes.len(), |start| start.min(bytes.len()));
                (&bytes[start..]).read(buffer)?
            }
            #[cfg(feature = "cloud")]
            Content::Object(object, start, piece) => {
                let is_there = (*start..*start + piece.len() as u64).contains(&self.position);
                if !is_there && self.position < object.size {
                    // Who goes on where a piece ended is given twice as much.
                    let goes_on = !piece.is_empty() && self.position == *start + piece.len() as u64;
                    let wanted = if goes_on { 2 * piece.len() as u64 } else { FIRST_PIECE_BYTES };
                    let end = object.size.min(self.position + wanted.min(PIECE_BYTES));
                    (*piece, *start) = (object.range(self.position..end)?, self.position);
                }
                let from = self.position.checked_sub(*start).and_then(|from| usize::try_from(from).ok());
                let rest = from.and_then(|from| piece.get(from..)).unwrap_or_default();
                (&*rest).read(buffer)?
            }
        };
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for ByteReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.length()?.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl Length for ByteReader {
    fn len(&self) -> u64 {
        self.length().unwrap_or(0)
    }
}

impl ChunkReader for ByteReader {
    type T = io::BufReader<Self>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(io::BufReader::new(self.at(start)))
    }

    /// A damaged file may name any length, so none is believed that the file does not have.
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!("{length} bytes from byte {start} on are more than there are")));
        }
        if let (Content::Memory(bytes), Ok(start)) = (&self.content, usize::try_from(start)) {
            return Ok(bytes.slice(start..start + length));
        }
        #[cfg(feature = "cloud")]
        if let Content::Object(object, ..) = &self.content {
            return Ok(object.range(start..start + length as u64)?);
        }
        let mut buffer = vec![0; length];
        self.at(start).read_exact(&mut buffer)?;
        Ok(buffer.into())
    }
}

#[cfg(unix)]
fn read_at(file: &fs_err::File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    fs_err::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &fs_err::File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    fs_err::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn readers_of_one_file_have_positions_of_their_own() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"0123456789").expect("written");
        let opened = Arc::new(fs_err::File::open(file.path()).expect("opened"));
        for reader in [ByteReader::of_file(opened), ByteReader::of_memory(Bytes::from_static(b"0123456789"))] {
            let (mut a, mut b) = (reader.clone(), reader.clone());
            let mut two = [0; 2];
            assert_eq!(b.seek(SeekFrom::End(-3)).expect("a position"), 7);
            a.read_exact(&mut two).expect("two bytes");
            assert_eq!(&two, b"01");
            b.read_exact(&mut two).expect("two bytes");
            assert_eq!(&two, b"78");
            a.read_exact(&mut two).expect("two bytes");
            assert_eq!(&two, b"23");
            assert!(a.seek(SeekFrom::Current(-9)).is_err());
            assert_eq!(a.seek(SeekFrom::Start(99)).expect("beyond the end"), 99);
            assert_eq!(a.read(&mut two).expect("nothing"), 0);
            assert_eq!(&reader.get_bytes(8, 2).expect("the last two")[..], b"89");
            let mut behind = b"x".to_vec();
            let mut last = reader.at(7);
            assert_eq!(last.read_behind(&mut behind, 2).expect("two bytes"), 2);
            assert_eq!(last.read_behind(&mut behind, 5).expect("the last byte"), 1);
            assert_eq!((&behind[..], last.read_behind(&mut behind.clone(), 5).expect("nothing")), (&b"x789"[..], 0));
            assert!(reader.get_bytes(8, 3).is_err() && reader.get_bytes(u64::MAX, 1).is_err());
        }
    }
}

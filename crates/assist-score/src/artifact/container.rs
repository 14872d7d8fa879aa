//! What both files begin with.
//!
//! ```text
//! offset  bytes  what
//!      0      8  mark: `ASSISTLM` (model) or `ASSISTMF` (features)
//!      8      2  format version, little endian; older ones are read
//!     10     32  pair: SHA-256 over both payloads; the same in both files
//!     42     32  checksum: SHA-256 over all else in the file
//!     74    ...  payload
//! ```
//!
//! Since version 5 the payload has its length before it (8 bytes, little endian), and behind it stands what is no part of the
//! pair: a model keeps its name whatever is noted there. A file without such a note is written as version 4, so that older
//! readers take it.
//!
//! Mark and version stand outside the payload because postcard cannot tell one struct from another. The pair is
//! recomputed on decoding, so that files of two fits never make a model.

use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::files::Artifact;

/// The newest version that is read and written.
pub const FORMAT_VERSION: u16 = 5;

/// The newest version without a place for notes, which is written where there are none.
const VERSION_WITHOUT_NOTES: u16 = 4;

const PAIR_AT: usize = 10;
const CHECKSUM_AT: usize = 42;
const PAYLOAD_AT: usize = 74;
const LENGTH_BYTES: usize = 8;

/// What binds the two artifacts of a fit: a SHA-256 over both. Shown in hexadecimal digits, it names a model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PairId([u8; 32]);

impl fmt::Display for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairId({self})")
    }
}

impl PairId {
    /// The pair that a whole artifact says it belongs to, so that a reader can tell which files belong together.
    ///
    /// # Errors
    ///
    /// As [`Model::decode`](crate::Model::decode).
    pub fn of(artifact: Artifact, bytes: &[u8]) -> Result<Self, Error> {
        Ok(open(artifact, bytes)?.pair)
    }
}

fn mark(artifact: Artifact) -> &'static [u8; 8] {
    match artifact {
        Artifact::Model => b"ASSISTLM",
        Artifact::Features => b"ASSISTMF",
    }
}

pub(super) fn pair_of(model: &[u8], features: &[u8]) -> PairId {
    let mut hash = Sha256::new();
    hash.update((model.len() as u64).to_le_bytes());
    hash.update(model);
    hash.update(features);
    PairId(hash.finalize().into())
}

fn checksum(head: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update(payload);
    hash.finalize().into()
}

/// The bytes of a file. `notes` are no part of the pair.
pub(super) fn file(artifact: Artifact, pair: PairId, payload: &[u8], notes: &[u8]) -> Vec<u8> {
    let has_notes = !notes.is_empty();
    let version = if has_notes { FORMAT_VERSION } else { VERSION_WITHOUT_NOTES };
    let mut contents = Vec::with_capacity(LENGTH_BYTES + payload.len() + notes.len());
    if has_notes {
        contents.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    }
    contents.extend_from_slice(payload);
    contents.extend_from_slice(notes);
    let mut bytes = Vec::with_capacity(PAYLOAD_AT + contents.len());
    bytes.extend_from_slice(mark(artifact));
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&pair.0);
    let sum = checksum(&bytes, &contents);
    bytes.extend_from_slice(&sum);
    bytes.extend_from_slice(&contents);
    bytes
}

/// A file whose checksum is right, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) version: u16,
    pub(super) pair: PairId,
    pub(super) payload: &'a [u8],
    /// What stands behind the payload; nothing before version 5.
    pub(super) notes: &'a [u8],
}

/// Takes a file apart.
pub(super) fn open(artifact: Artifact, bytes: &[u8]) -> Result<Opened<'_>, Error> {
    let (Some(head), Some(sum), Some(contents)) =
        (bytes.get(..CHECKSUM_AT), bytes.get(CHECKSUM_AT..PAYLOAD_AT), bytes.get(PAYLOAD_AT..))
    else {
        return Err(Error::TooShort { artifact, bytes: bytes.len() });
    };
    if !head.starts_with(mark(artifact)) {
        return Err(Error::WrongMagic { artifact });
    }
    // The checksum is looked at before the version: a flipped bit in the version is damage, not a newer format.
    if sum != checksum(head, contents) {
        return Err(Error::Damaged { artifact });
    }
    let version = u16::from_le_bytes([head[8], head[9]]);
    if !(1..=FORMAT_VERSION).contains(&version) {
        return Err(Error::UnknownVersion { artifact, found: version, newest: FORMAT_VERSION });
    }
    let mut pair = [0; 32];
    pair.copy_from_slice(&head[PAIR_AT..]);
    let (payload, notes) = match version {
        ..=VERSION_WITHOUT_NOTES => (contents, &[][..]),
        _ => parted(contents).ok_or(Error::Undecodable { artifact })?,
    };
    Ok(Opened { version, pair: PairId(pair), payload, notes })
}

/// Payload and notes of contents that begin with the length of the payload.
fn parted(contents: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, behind) = contents.split_first_chunk::<LENGTH_BYTES>()?;
    behind.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

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
//! Mark and version stand outside the payload because postcard cannot tell one struct from another. The pair is
//! recomputed on decoding, so that files of two fits never make a model.

use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::files::Artifact;

/// The version that is written, and the newest that is read.
pub const FORMAT_VERSION: u16 = 4;

const PAIR_AT: usize = 10;
const CHECKSUM_AT: usize = 42;
const PAYLOAD_AT: usize = 74;

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
        Ok(open(artifact, bytes)?.1)
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

pub(super) fn file(artifact: Artifact, pair: PairId, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PAYLOAD_AT + payload.len());
    bytes.extend_from_slice(mark(artifact));
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&pair.0);
    let sum = checksum(&bytes, payload);
    bytes.extend_from_slice(&sum);
    bytes.extend_from_slice(payload);
    bytes
}

/// Version, pair and payload.
pub(super) fn open(artifact: Artifact, bytes: &[u8]) -> Result<(u16, PairId, &[u8]), Error> {
    let (Some(head), Some(sum), Some(payload)) =
        (bytes.get(..CHECKSUM_AT), bytes.get(CHECKSUM_AT..PAYLOAD_AT), bytes.get(PAYLOAD_AT..))
    else {
        return Err(Error::TooShort { artifact, bytes: bytes.len() });
    };
    if !head.starts_with(mark(artifact)) {
        return Err(Error::WrongMagic { artifact });
    }
    // The checksum is looked at before the version: a flipped bit in the version is damage, not a newer format.
    if sum != checksum(head, payload) {
        return Err(Error::Damaged { artifact });
    }
    let found = u16::from_le_bytes([head[8], head[9]]);
    if !(1..=FORMAT_VERSION).contains(&found) {
        return Err(Error::UnknownVersion { artifact, found, newest: FORMAT_VERSION });
    }
    let mut pair = [0; 32];
    pair.copy_from_slice(&head[PAIR_AT..]);
    Ok((found, PairId(pair), payload))
}

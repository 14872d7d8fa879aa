//! An object of a store, read in ranges: each is asked for again where a request fails, stalls or gives too little.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};

use crate::objects::blocks::{self, BLOCK_BYTES};
use crate::objects::runtime::runtime;

/// The first bytes, which show what an object is, are there from the start.
pub(crate) const HEAD_BYTES: u64 = 4096;
/// The last bytes, where Parquet has its table of contents, are asked for once.
const TAIL_BYTES: u64 = 1 << 14;
/// What is read from front to back is asked for in pieces of so many bytes, the first one at most.
pub(crate) const FIRST_PIECE_BYTES: u64 = 1 << 18;
/// The largest piece.
pub(crate) const PIECE_BYTES: u64 = 1 << 22;
/// A range is asked for so many times, beside what is repeated within a request.
const MOST_ATTEMPTS: usize = 3;

/// The number of the next object.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    store: Arc<dyn ObjectStore>,
    /// Tells it from all others of this run.
    number: u64,
    path: Path,
    /// What it is called in messages: `s3://bucket/key`.
    pub(crate) address: String,
    pub(crate) size: u64,
    /// Tells one content from another.
    tag: Option<String>,
    head: Bytes,
    tail: OnceLock<Bytes>,
}

impl Object {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, meta: ObjectMeta, address: String, head: Bytes) -> Self {
        let ObjectMeta { location, size, e_tag, .. } = meta;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { store, number, path: location, address, size, tag: e_tag, head, tail: OnceLock::new() }
    }

    /// Some of the bytes.
    pub(crate) fn range(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.end <= self.head.len() as u64 {
            return Ok(slice(&self.head, 0, range));
        }
        let tail_start = self.size.saturating_sub(TAIL_BYTES);
        if range.start >= tail_start && range.end <= self.size {
            if let Some(tail) = self.tail.get() {
                return Ok(slice(tail, tail_start, range));
            }
            let tail = self.fetched(tail_start..self.size)?;
            return Ok(slice(self.tail.get_or_init(|| tail), tail_start, range));
        }
        if range.end - range.start > BLOCK_BYTES {
            return self.fetched(range);
        }
        let mut pieces = Vec::new();
        for number in range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES) {
            let start = number * BLOCK_BYTES;
            let end = self.size.min(start + BLOCK_BYTES);
            let block = self.block(number, start..end)?;
            pieces.push(slice(&block, start, range.start.max(start)..range.end.min(end)));
        }
        Ok(match pieces.as_slice() {
            [piece] => piece.clone(),
            pieces => pieces.concat().into(),
        })
    }

    fn block(&self, number: u64, range: Range<u64>) -> io::Result<Bytes> {
        let key = (self.number, number);
        if let Some(block) = blocks::kept(key) {
            return Ok(block);
        }
        let block = self.fetched(range)?;
        blocks::keep(key, block.clone());
        Ok(block)
    }

    fn fetched(&self, range: Range<u64>) -> io::Result<Bytes> {
        let wanted = range.end.saturating_sub(range.start);
        let mut last = String::new();
        for _ in 0..MOST_ATTEMPTS {
            let get = async {
                let options = GetOptions {
                    range: Some(GetRange::Bounded(range.clone())),
                    if_match: self.tag.clone(),
                    ..GetOptions::default()
                };
                self.store.get_opts(&self.path, options).await?.bytes().await
            };
            match runtime().block_on(get) {
                Ok(bytes) if bytes.len() as u64 == wanted => return Ok(bytes),
                Ok(bytes) => last = format!("{} bytes came of {wanted}", bytes.len()),
                Err(object_store::Error::Precondition { .. }) => {
                    return Err(io::Error::other(format!("`{}` has changed while it was read", self.address)));
                }
                Err(error @ (object_store::Error::NotFound { .. } | object_store::Error::PermissionDenied { .. })) => {
                    last = error.to_string();
                    break;
                }
                Err(error) => last = error.to_string(),
            }
        }
        Err(io::Error::other(format!("bytes {} to {} of `{}`: {last}", range.start, range.end, self.address)))
    }
}

fn slice(bytes: &Bytes, start: u64, range: Range<u64>) -> Bytes {
    let place = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(place(range.start)..place(range.end))
}

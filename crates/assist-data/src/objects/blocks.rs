//! The blocks of objects that were read last, for all readers: pages of a Parquet file are small, and a request for each would wait
//! longer than it reads.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Objects are kept in blocks of so many bytes.
pub(crate) const BLOCK_BYTES: u64 = 1 << 19;
/// So many of them: 32 MiB.
const MOST_BLOCKS: usize = 64;

/// An object and the number of a block of it.
type Key = (u64, u64);

static BLOCKS: Mutex<VecDeque<(Key, Bytes)>> = Mutex::new(VecDeque::new());

/// The block, if it is one of those that were read last.
pub(crate) fn kept(key: Key) -> Option<Bytes> {
    let mut blocks = BLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    let place = blocks.iter().position(|(known, _)| *known == key)?;
    let found = blocks.remove(place)?;
    let bytes = found.1.clone();
    blocks.push_back(found);
    Some(bytes)
}

/// Keeps a block, in place of the one that was not read for the longest time.
pub(crate) fn keep(key: Key, bytes: Bytes) {
    let mut blocks = BLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    if blocks.len() == MOST_BLOCKS {
        blocks.pop_front();
    }
    blocks.push_back((key, bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_last_is_kept() {
        let key = |number: usize| (u64::MAX, number as u64);
        for number in 0..MOST_BLOCKS {
            keep(key(number), Bytes::from(vec![0; number]));
        }
        // The first is read again, so the second is the one that goes.
        assert_eq!(kept(key(0)).map(|bytes| bytes.len()), Some(0));
        keep(key(MOST_BLOCKS), Bytes::new());
        assert!(kept(key(0)).is_some() && kept(key(1)).is_none() && kept(key(2)).is_some());
    }
}

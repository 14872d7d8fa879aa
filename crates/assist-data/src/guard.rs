//! Readers and decoders that others wrote may panic over a damaged file; here that becomes an error.

use std::panic::AssertUnwindSafe;

/// Does what may panic over a damaged file, and makes an error of that.
pub(crate) fn guarded<T, E>(work: impl FnOnce() -> Result<T, E>, damaged: impl FnOnce(String) -> E) -> Result<T, E> {
    let words = "its contents are inconsistent".to_owned();
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged(words)))
}

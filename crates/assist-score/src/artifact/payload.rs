//! Postcard, with the errors of this crate.

use alloc::vec::Vec;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;
use crate::files::Artifact;

pub(super) fn encoded<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(value).map_err(|_| Error::Unencodable)
}

/// The value that these bytes hold, all of them. A list that says it is longer than there are bytes left has no memory set
/// aside for it.
pub(super) fn decoded<T: DeserializeOwned>(artifact: Artifact, bytes: &[u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Error::Undecodable { artifact }),
    }
}

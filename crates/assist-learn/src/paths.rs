//! Paths in documents: text, whatever bytes they have.

use std::path::Path;

use serde::Serializer;

/// A path as text, with a mark for what is no text, so that a document about a file can always be written.
pub(crate) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

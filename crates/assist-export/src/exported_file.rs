//! What an export consists of.

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl ExportedFile {
    pub(crate) fn text(name: String, text: String) -> Self {
        Self { name, bytes: text.into_bytes() }
    }
}

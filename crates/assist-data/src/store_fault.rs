//! Addresses of tables in object stores, and what is wrong with these.

#[cfg(feature = "tables")]
use std::path::Path;

use assist_score::shown;

use crate::advice::Advice;

/// The address of objects in a store, where an argument is one.
#[cfg(feature = "tables")]
pub(crate) fn address(input: &Path) -> Option<&str> {
    let text = input.to_str()?;
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_scheme && !input.exists()).then_some(text)
}

/// What is wrong with a table in an object store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// A store that cannot be read.
    #[error("`{}` cannot be read: {detail}", shown(.address))]
    Unreadable {
        /// The address.
        address: String,
        /// Why, in words.
        detail: String,
    },
    /// An address, for a build that knows none.
    #[error("`{}` is in an object store, and this build reads files alone", shown(.0))]
    FilesAlone(String),
    /// An output in a store.
    #[error("`{}` is in an object store, and outputs are files", shown(.0))]
    Output(String),
}

impl StoreFault {
    pub(crate) fn advice(&self) -> Advice {
        match self {
            Self::Unreadable { .. } => {
                "how to reach a store is read from the environment, as its own tools have it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT (AWS_ALLOW_HTTP=true without TLS, AWS_SKIP_SIGNATURE=true without keys); GOOGLE_SERVICE_ACCOUNT; AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"
            }
            Self::FilesAlone(_) => "copy the files here, or build with the feature `cloud`",
            Self::Output(_) => "write it here, and copy it with the tool of the store",
        }
        .into()
    }
}

#[cfg(all(test, feature = "tables"))]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_paths() {
        let is_address = |text: &str| address(Path::new(text)).is_some();
        assert!(is_address("s3://bucket/key.csv") && is_address("gs://bucket"));
        assert!(!is_address("data/a.csv") && !is_address("C://a.csv") && !is_address("://a") && !is_address("a b://c"));
    }
}

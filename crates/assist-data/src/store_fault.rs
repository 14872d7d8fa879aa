//! What is wrong with tables in object stores.

use assist_score::shown;

use crate::advice::Advice;

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

//! Why a service does not begin, or ends. What is wrong with a request is an answer, not an error.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error as ThisError;

use crate::outcomes::LogError;

/// Why a service does not begin, or ends.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to serve.
    #[error("there is no model to serve")]
    NoModel,
    /// A name that cannot stand in an address.
    #[error("`{0}` cannot be the name of a model: letters, digits, `-`, `_` and `.` can stand in one")]
    ModelName(String),
    /// Two models of one name.
    #[error("two models are called `{0}`")]
    SameName(String),
    /// A model that cannot be loaded.
    #[error("the model `{name}` cannot be loaded")]
    Model {
        /// Its name.
        name: String,
        /// Why.
        source: assist_learn::Error,
    },
    /// An address that others reach, and nothing says who may ask.
    #[error("on {0} others can reach the service, and nothing says who may ask it")]
    OpenToOthers(SocketAddr),
    /// A file of keys that cannot be read.
    #[error("the keys cannot be read")]
    KeyFile(#[source] io::Error),
    /// A file of keys that are none.
    #[error("`{}`: {problem}", path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// An origin that no browser would send.
    #[error("`{0}` is no origin: one has a scheme and a host, and no path, such as `https://app.example.org`")]
    Origin(String),
    /// A log that cannot be written.
    #[error("the log of outcomes cannot be opened")]
    Outcomes(#[from] LogError),
    /// Users who are not to be helped, and nothing that notes what becomes of them.
    #[error("users are to be held out, and no log of outcomes is there to tell what becomes of them")]
    HoldoutWithoutLog,
    /// The address cannot be listened on.
    #[error("{address} cannot be listened on")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The operating system gives no threads, signals or random bits.
    #[error("the service cannot run")]
    System(#[source] io::Error),
}

/// What is wrong with a file of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum KeyProblem {
    /// It has none.
    #[error("there is no key in it; write one a line")]
    None,
    /// A key that can be guessed.
    #[error("the key in line {line} has fewer than {least} characters and could be guessed")]
    Short {
        /// Its line, from 1.
        line: usize,
        /// How many it needs.
        least: usize,
    },
    /// A key that a header cannot hold.
    #[error("the key in line {line} has spaces or characters beyond ASCII, which a header cannot hold")]
    Characters {
        /// Its line, from 1.
        line: usize,
    },
}

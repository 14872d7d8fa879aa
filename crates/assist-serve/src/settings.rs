//! What is asked of a service, as values; [`Service::bind`](crate::Service::bind) checks what depends on several of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error_detail::ErrorDetail;
use crate::holdout::Holdout;

/// A model that is served under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedModel {
    /// Its name in addresses: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The folder of its two artifacts.
    pub folder: PathBuf,
}

impl NamedModel {
    /// What the only model is called unless it is named.
    pub const DEFAULT_NAME: &'static str = "default";

    /// The model of a folder, under a name.
    pub fn new(name: &str, folder: &Path) -> Self {
        Self { name: name.to_owned(), folder: folder.to_owned() }
    }

    /// Whether a name can stand in an address without being escaped.
    pub fn is_name(name: &str) -> bool {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) && !name.starts_with('.')
    }
}

/// What is asked of a service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// Default: `127.0.0.1:8080`. Where it listens; port 0 takes one that is free.
    pub listen: SocketAddr,
    /// The models, the first of which answers where none is named.
    pub models: Vec<NamedModel>,
    /// Default: whoever reaches a loopback address. Who may ask.
    pub access: Access,
    /// Default: all. How much an error tells.
    pub error_detail: ErrorDetail,
    /// Default: none. Origins, such as `https://app.example.org`, whose pages may ask.
    pub origins: Vec<String>,
    /// Default: none. The folder of the log of predictions and outcomes.
    pub outcomes: Option<PathBuf>,
    /// Default: none. The users who are not to be helped; it needs the log.
    pub holdout: Option<Holdout>,
    /// What is too much.
    pub limits: Limits,
}

impl ServiceSettings {
    /// The default settings for these models.
    pub fn new(models: Vec<NamedModel>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            models,
            access: Access::Loopback,
            error_detail: ErrorDetail::Full,
            origins: Vec::new(),
            outcomes: None,
            holdout: None,
            limits: Limits::default(),
        }
    }
}

/// Who may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Whoever reaches a loopback address; no other address may be listened on.
    Loopback,
    /// Whoever reaches the service, on any address.
    Anyone,
    /// Whoever gives one of the keys in this file: one a line, at least 16 characters each; what follows `#` at the start of a line
    /// is a comment. It is read again when it changes.
    Keys(PathBuf),
}

/// What is too much for the service; more than that is answered with 413, 408 or 503, and memory stays bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Default: 8 MiB. Largest body of a request, in bytes.
    pub body_bytes: usize,
    /// Default: 100,000. Most rows of one request.
    pub rows: usize,
    /// Default: 16. How deep JSON may be nested.
    pub depth: usize,
    /// Default: 10 s. How long a request may take, from its head to its answer.
    pub request_time: Duration,
    /// Default: 15 s. How long a connection may take to send the head of a request, and so how long it may be idle.
    pub header_time: Duration,
    /// Default: 15 s. How long a client may leave an answer unread.
    pub write_time: Duration,
    /// Default: 512. Requests that are worked on at once; of more, each is answered with 503.
    pub requests: usize,
    /// Default: 256 MiB. What all bodies that are being read or answered may take together, in bytes.
    pub bodies_bytes: usize,
    /// Default: 16,384. Connections that are open at once; of more, each is closed.
    pub connections: usize,
    /// Default: 30 s. How long requests that are under way have when the service ends.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 << 20,
            rows: 100_000,
            depth: 16,
            request_time: Duration::from_secs(10),
            header_time: Duration::from_secs(15),
            write_time: Duration::from_secs(15),
            requests: 512,
            bodies_bytes: 256 << 20,
            connections: 16_384,
            drain_time: Duration::from_secs(30),
        }
    }
}

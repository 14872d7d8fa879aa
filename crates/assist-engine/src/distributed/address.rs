//! Where a scheduler is, and whether it has machines: asked before any query, because a query to an empty cluster waits for ever.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::fault::EngineFault;

/// The port of a scheduler that is not told otherwise.
const DEFAULT_PORT: u16 = 50050;
/// Schedulers of this version are spoken to; others read plans in another way.
const MAJOR: u32 = 55;
/// A scheduler that is there answers at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a status line or a header is shown of.
const MOST_SHOWN: usize = 100;

/// Where a scheduler of Ballista listens: `df://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerAddress {
    host: String,
    port: u16,
}

impl FromStr for SchedulerAddress {
    type Err = EngineFault;

    fn from_str(text: &str) -> Result<Self, EngineFault> {
        let refuse = |reason| EngineFault::Address { address: text.to_owned(), reason };
        let rest = text.strip_prefix("df://").ok_or(refuse("expected `df://HOST:PORT`"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse().ok().filter(|port| *port > 0);
                (host, port.ok_or(refuse("its port is no number from 1 to 65535"))?)
            }
            _ => (rest, DEFAULT_PORT),
        };
        let is_bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || is_bare_ipv6 || host.contains(|letter: char| letter.is_whitespace() || letter == '/') {
            return Err(refuse("expected `df://HOST:PORT`, an address of version 6 in brackets"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for SchedulerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "df://{}:{}", self.host, self.port)
    }
}

/// What a scheduler says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SchedulerBuild {
    /// `ballista/55.0.0`.
    pub(super) server: String,
}

impl SchedulerAddress {
    /// Asks the scheduler whether it has machines.
    ///
    /// # Errors
    ///
    /// Nothing there, something else there, another version, no machine.
    pub(super) async fn ready(&self) -> Result<SchedulerBuild, EngineFault> {
        let unreachable = |reason: String| EngineFault::Unreachable { address: self.to_string(), reason };
        let answer = tokio::time::timeout(PATIENCE, self.ask()).await;
        let (status, server, body) = match answer {
            Err(_) => return Err(unreachable(format!("there was no answer in {} s", PATIENCE.as_secs()))),
            Ok(Err(reason)) => return Err(unreachable(reason)),
            Ok(Ok(answer)) => answer,
        };
        let short = |text: &str| text.chars().take(MOST_SHOWN).collect::<String>().replace(['\n', '\r'], " ");
        let version = server.strip_prefix("ballista/");
        let Some(version) = version.filter(|_| [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&status))
        else {
            let server = if server.is_empty() { String::new() } else { format!(" from `{}`", short(&server)) };
            return Err(EngineFault::NotAScheduler {
                address: self.to_string(),
                found: format!("status {status}{server}"),
            });
        };
        if version.split('.').next() != Some(&MAJOR.to_string()) {
            return Err(EngineFault::OtherVersion {
                address: self.to_string(),
                found: short(&server),
                expected: MAJOR,
            });
        }
        // Fewer machines than the scheduler was told to wait for still work, and none do not, whatever it was told.
        let alive = n_alive(&body);
        if alive == Some(0) || alive.is_none() && status != StatusCode::OK {
            return Err(EngineFault::NoExecutors { address: self.to_string(), found: short(body.trim()) });
        }
        Ok(SchedulerBuild { server })
    }

    /// The status, the program and the text of its page of readiness.
    async fn ask(&self) -> Result<(StatusCode, String, String), String> {
        let words = |error: &dyn std::error::Error| {
            let causes = std::iter::successors(Some(error), |error| error.source());
            causes.map(ToString::to_string).collect::<Vec<String>>().join(": ")
        };
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, self.port)).await.map_err(|error| words(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| words(&error))?;
        let connection = tokio::spawn(connection);
        let request = Request::get("/readyz")
            .header(hyper::header::HOST, format!("{}:{}", self.host, self.port))
            .body(Empty::<Bytes>::new())
            .map_err(|error| words(&error))?;
        let response: Response<_> = sender.send_request(request).await.map_err(|error| words(&error))?;
        let (head, body) = response.into_parts();
        let server = head.headers.get(hyper::header::SERVER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let limited = http_body_util::Limited::new(body, 1 << 16);
        let body = limited.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        connection.abort();
        Ok((head.status, server.to_owned(), String::from_utf8_lossy(&body).into_owned()))
    }
}

/// How many machines there are, in the words of a scheduler.
fn n_alive(body: &str) -> Option<u64> {
    let words = body.strip_prefix("not ready: ").or_else(|| body.strip_prefix("ready: "))?;
    words.split(['/', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_less_is_not_none() {
        assert_eq!(n_alive("not ready: 1/2 executors registered\n"), Some(1));
        assert_eq!(n_alive("not ready: 0/1 executors registered\n"), Some(0));
        assert_eq!(n_alive("ready: 0 executors registered\n"), Some(0));
        assert_eq!(n_alive("go away"), None);
    }

    #[test]
    fn addresses_are_a_host_and_a_port() {
        let address = |text: &str| text.parse::<SchedulerAddress>();
        assert_eq!(address("df://node-1:50051").map(|a| a.to_string()), Ok("df://node-1:50051".into()));
        assert_eq!(address("df://node-1/").map(|a| a.to_string()), Ok("df://node-1:50050".into()));
        assert_eq!(address("df://[::1]:7").map(|a| a.to_string()), Ok("df://[::1]:7".into()));
        for wrong in
            ["node-1:50050", "http://node-1", "df://", "df://a:0", "df://a:x", "df://::1", "df://a/b", "df://:1"]
        {
            assert!(matches!(address(wrong), Err(EngineFault::Address { .. })), "{wrong}");
        }
    }
}

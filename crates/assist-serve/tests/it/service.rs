//! Runs a service in this process, and talks to it over connections of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use assist_learn::{Model, Settings, Table, load, train, unwatched};
use assist_serve::{NamedModel, Service, ServiceSettings, Stop};
use serde_json::Value;

/// Users of a made-up product: errors, seconds, a device; who needs help follows from errors and seconds, with exceptions.
pub(crate) fn users() -> String {
    let mut text = "user_id,errors,seconds,device,help\n".to_owned();
    for i in 0_u32..600 {
        let (errors, seconds) = (i * 7 % 5, 5 + i * 31 % 113);
        let device = ["Phone", "Watch", "Smart TV"][(i * 13 % 3) as usize];
        let help = u8::from((errors > 2 || seconds > 60) != (i % 11 == 0));
        text += &format!("u{i},{errors},{seconds},{device},{help}\n");
    }
    text
}

/// A user who can be scored.
pub(crate) const USER: &str = r#"{"errors": 2, "seconds": 58, "device": "Watch"}"#;

/// Trains on a table and saves the model.
pub(crate) fn trained(csv: &str, settings: &Settings, folder: &Path) -> Model {
    let table = Table::from_csv_text("users.csv", csv).expect("a table");
    train(&table, settings, &unwatched).expect("trained").save(folder).expect("saved");
    load(folder).expect("a model")
}

/// A service that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl Running {
    /// A service of a model of [`users`].
    pub(crate) fn usual() -> Self {
        Self::with(|_| {})
    }

    /// The same with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut ServiceSettings)) -> Self {
        Self::of(&users(), &Settings::new("help"), change)
    }

    /// A service of a model of a table.
    pub(crate) fn of(csv: &str, training: &Settings, change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        trained(csv, training, folder.path());
        Self::serving(folder, change)
    }

    /// A service of the model in a folder.
    pub(crate) fn serving(folder: tempfile::TempDir, change: impl FnOnce(&mut ServiceSettings)) -> Self {
        let mut settings = ServiceSettings::new(vec![NamedModel::new("default", folder.path())]);
        settings.listen = "127.0.0.1:0".parse().expect("an address");
        change(&mut settings);
        let service = Service::bind(settings).expect("it listens");
        let (address, stop) = (service.address(), service.stop());
        let thread = std::thread::spawn(move || service.run().expect("it runs"));
        Self { address, stop, thread: Some(thread), folder }
    }

    /// The folder of its model.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Its model.
    pub(crate) fn model(&self) -> Model {
        load(self.folder.path()).expect("a model")
    }

    /// Tells it to end.
    pub(crate) fn stop(&self) {
        self.stop.now();
    }

    /// Waits until it has ended.
    pub(crate) fn join(mut self) {
        self.thread.take().expect("running").join().expect("ended");
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.address)
    }

    /// The answer to a request without a body.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.connect().ask("GET", path, &[], b"")
    }

    /// The answer to a request with a body.
    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.connect().ask("POST", path, &[], body.as_ref())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
        Self(BufReader::new(stream))
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends a request and reads its answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut request = (head + "\r\n").into_bytes();
        if method == "POST" {
            request.extend_from_slice(body);
        }
        // A service that refuses the head of a request does not read its body.
        let _ = self.send(&request);
        self.answer().expect("an answer")
    }

    /// Reads an answer; nothing where the connection was closed.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let mut line = String::new();
        if self.0.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let status = line.split(' ').nth(1).expect("a status").parse().expect("a number");
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, length)| length.parse().expect("a number"));
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        Some(Answer { status, headers, body })
    }

    /// Whether the other side has closed the connection, without anything further on it.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// The JSON document that it is, with the status that it should have.
    #[track_caller]
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).expect("a JSON document")
    }

    /// Its status and what it says is wrong.
    pub(crate) fn problem(&self) -> (u16, String) {
        let body: Value = serde_json::from_slice(&self.body).expect("a JSON document");
        (self.status, body["error"].as_str().expect("what is wrong").to_owned())
    }
}

impl Connection {
    /// The status of a question, unless the connection is closed.
    pub(crate) fn ask_if_open(mut self) -> Option<u16> {
        self.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").ok()?;
        Some(self.answer()?.status)
    }
}

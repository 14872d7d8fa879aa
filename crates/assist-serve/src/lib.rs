//! A model as a service: an HTTP API, the protocols that existing clients speak, and a page for people.
//!
//! [`Service::bind`] takes checked [`ServiceSettings`], loads the models and listens; [`Service::run`] answers until it is told to
//! end, and finishes what it has begun. Scores are those of [`assist_learn::Model`], bit for bit.
//!
//! ```
//! use std::io::{Read as _, Write as _};
//! use assist_learn::{Settings, Table, train, unwatched};
//! use assist_serve::{NamedModel, Service, ServiceSettings};
//!
//! let rows = (0..200).map(|i| (i % 5, ["Phone", "Watch"][i % 2], i % 5 + i % 4 / 2 > 3));
//! let rows: String = rows.map(|(errors, device, help)| format!("{errors},{device},{help}\n")).collect();
//! let table = Table::from_csv_text("users.csv", &format!("errors,device,help\n{rows}"))?;
//! let folder = tempfile::tempdir()?;
//! train(&table, &Settings::new("help"), &unwatched)?.save(folder.path())?;
//!
//! let mut settings = ServiceSettings::new(vec![NamedModel::new("default", folder.path())]);
//! settings.listen = "127.0.0.1:0".parse()?;
//! let service = Service::bind(settings)?;
//! let (address, stop) = (service.address(), service.stop());
//! let running = std::thread::spawn(move || service.run());
//!
//! let mut client = std::net::TcpStream::connect(address)?;
//! let body = r#"{"errors": 4, "device": "Watch"}"#;
//! let head = format!("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
//! client.write_all((head + body).as_bytes())?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(r#""outcome":"scored","prediction":1"#));
//!
//! stop.now();
//! running.join().expect("it ends")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod answer;
mod app;
mod body;
mod connection;
mod describe;
mod error;
mod error_detail;
mod guard;
mod holdout;
mod inference;
mod metrics;
mod outcomes;
mod page;
mod recorded;
mod registry;
mod reload;
mod routes;
mod rows;
mod schemas;
mod served;
mod service;
mod settings;
mod stop;

pub use error::Error;
pub use error_detail::ErrorDetail;
pub use holdout::Holdout;
pub use outcomes::LogError;
pub use service::Service;
pub use settings::{Access, Limits, NamedModel, ServiceSettings};
pub use stop::Stop;

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

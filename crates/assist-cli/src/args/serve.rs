//! Options of the command that serves models.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use assist_serve::{Access, ErrorDetail, Holdout, NamedModel, ServiceSettings};
use clap::{Args, ValueEnum};

use super::values::positive;

/// A model as a service: an HTTP API, and a page on which anyone can try it
///
/// Speaks JSON (`/v1/predict`), the Open Inference Protocol (`/v2`) and that of `MLflow` servers (`/invocations`);
/// `/docs` is a page that describes them. SIGHUP, or a change of its files, loads a model again; SIGTERM and Ctrl-C end the
/// service when what it has begun is finished.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli serve --model artifacts\n  assist-cli serve --model help=artifacts --model other=models/other --listen 0.0.0.0:8080 --api-key-file keys.txt"
)]
pub(crate) struct ServeArguments {
    /// The folder of a model, or `NAME=DIR` for one of several; the first answers where none is named
    #[arg(long, value_name = "[NAME=]DIR", value_parser = named_model, default_value = "artifacts")]
    pub(crate) model: Vec<NamedModel>,
    /// Where to listen; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// A file of keys, one a line, one of which a request needs; read again when it changes
    #[arg(long, value_name = "FILE", help_heading = "Access", conflicts_with = "no_auth")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Let whoever reaches the address ask, on any address
    #[arg(long, help_heading = "Access")]
    pub(crate) no_auth: bool,
    /// An origin whose pages may ask, such as `https://app.example.org`; one an option
    #[arg(long, value_name = "ORIGIN", help_heading = "Access")]
    pub(crate) cors: Vec<String>,
    /// How much an error tells: values and levels, the names of columns, or nothing
    #[arg(long, value_enum, default_value_t = ErrorDetailName::Full, help_heading = "Access")]
    pub(crate) error_detail: ErrorDetailName,
    /// A folder for the log of predictions and of what became true of them (`POST /v1/outcome`); it holds no values of users
    #[arg(long, value_name = "DIR", help_heading = "Outcomes")]
    pub(crate) outcomes: Option<PathBuf>,
    /// A random share of users who are not to be helped, always the same ones, such as `10%`: what help changes can be told only
    /// beside them
    #[arg(long, value_name = "SHARE", value_parser = share_of_users, requires_all = ["outcomes", "holdout_key"], help_heading = "Outcomes")]
    pub(crate) holdout: Option<f64>,
    /// The column of a request that names users, for `--holdout`
    #[arg(long, value_name = "COLUMN", requires = "holdout", help_heading = "Outcomes")]
    pub(crate) holdout_key: Option<String>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// What is logged on standard error; `debug` has a line for every request, and no level has values of users
    #[arg(long, value_enum, default_value_t = LogLevel::Info, help_heading = "Log")]
    pub(crate) log_level: LogLevel,
    /// How it is written
    #[arg(long, value_enum, default_value_t = LogFormat::Text, help_heading = "Log")]
    pub(crate) log_format: LogFormat,
}

/// What is too much for the service.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArguments {
    /// Largest body of a request, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=4096), default_value_t = 8)]
    pub(crate) max_body: u32,
    /// Most rows of a request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), default_value_t = 100_000)]
    pub(crate) max_rows: u32,
    /// How deep JSON may be nested
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=100), default_value_t = 16)]
    pub(crate) max_depth: u32,
    /// Requests that are worked on at once; more are answered with 503
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), default_value_t = 512)]
    pub(crate) max_requests: u32,
    /// Connections that are open at once; more are closed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), default_value_t = 16_384)]
    pub(crate) max_connections: u32,
    /// What all bodies that are worked on may take together, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576), default_value_t = 256)]
    pub(crate) max_memory: u32,
    /// How long a request may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = positive, default_value = "10")]
    pub(crate) timeout: f64,
    /// How long a connection may be idle, take for the head of a request, or leave an answer unread, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = positive, default_value = "15")]
    pub(crate) idle_timeout: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorDetailName {
    Full,
    Names,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl ServeArguments {
    /// The settings that these options make.
    pub(crate) fn settings(&self) -> ServiceSettings {
        let mut settings = ServiceSettings::new(self.model.clone());
        settings.listen = self.listen;
        settings.access = match &self.api_key_file {
            Some(path) => Access::Keys(path.clone()),
            None if self.no_auth => Access::Anyone,
            None => Access::Loopback,
        };
        settings.origins.clone_from(&self.cors);
        settings.outcomes.clone_from(&self.outcomes);
        settings.holdout =
            self.holdout.zip(self.holdout_key.as_deref()).and_then(|(share, key)| Holdout::new(share, key));
        settings.error_detail = match self.error_detail {
            ErrorDetailName::Full => ErrorDetail::Full,
            ErrorDetailName::Names => ErrorDetail::Names,
            ErrorDetailName::None => ErrorDetail::None,
        };
        let (given, limits) = (&self.limits, &mut settings.limits);
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST);
        limits.body_bytes = (given.max_body as usize) << 20;
        limits.rows = given.max_rows as usize;
        limits.depth = given.max_depth as usize;
        limits.requests = given.max_requests as usize;
        limits.connections = given.max_connections as usize;
        limits.bodies_bytes = (given.max_memory.max(given.max_body) as usize) << 20;
        limits.request_time = seconds(given.timeout);
        limits.header_time = seconds(given.idle_timeout);
        limits.write_time = seconds(given.idle_timeout);
        settings
    }
}

/// A share of users, as `10%` or `0.1`.
fn share_of_users(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map(|number| number / scale);
    match share {
        Ok(share) if Holdout::new(share, "").is_some() => Ok(share),
        _ => Err("a share of users is above 0% and below 100%, such as `10%` or `0.1`".to_owned()),
    }
}

/// A day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// `NAME=DIR`, or a folder alone. What stands before a `=` and is no name belongs to the folder, as in `C:\a=b`.
fn named_model(text: &str) -> Result<NamedModel, String> {
    match text.split_once('=') {
        Some((name, folder)) if NamedModel::is_name(name) => {
            if folder.is_empty() {
                return Err(format!("`{name}=` names no folder; write `{name}=DIR`"));
            }
            Ok(NamedModel { name: name.to_owned(), folder: folder.into() })
        }
        _ => Ok(NamedModel { name: NamedModel::DEFAULT_NAME.to_owned(), folder: text.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders_of_all_systems() {
        for (text, name, folder) in [
            ("artifacts", "default", "artifacts"),
            ("help=artifacts", "help", "artifacts"),
            (r"help=C:\models\help", "help", r"C:\models\help"),
            (r"C:\models=old\help", "default", r"C:\models=old\help"),
            ("./a=b", "default", "./a=b"),
            ("v1.2=/srv/m=1", "v1.2", "/srv/m=1"),
        ] {
            let named = named_model(text).expect("a model");
            assert_eq!((named.name.as_str(), named.folder), (name, PathBuf::from(folder)), "{text}");
        }
        assert!(named_model("help=").is_err());
    }
}

//! `serve`: models as a service.

use assist_serve::Service;
use serde::Serialize;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::LevelFilter;

use crate::args::{LogFormat, LogLevel, ServeArguments};
use crate::failure::Failure;
use crate::output::{self, Output};

#[derive(Serialize)]
struct Listening {
    address: String,
    models: Vec<ServedModel>,
}

#[derive(Serialize)]
struct ServedModel {
    name: String,
    model_id: String,
}

pub(crate) fn run(arguments: &ServeArguments, output: Output) -> Result<(), Failure> {
    let _writes_the_rest = log(arguments);
    let service = Service::bind(arguments.settings())?.with_signals();
    let address = format!("http://{}", service.address());
    let models: Vec<ServedModel> =
        service.models().into_iter().map(|(name, model_id)| ServedModel { name, model_id }).collect();
    let names: Vec<String> = models.iter().map(|model| format!("`{}` ({})", model.name, model.model_id)).collect();
    output.text(&format!("serving {} at {address}", names.join(", ")))?;
    output.text(&format!("{address}/docs describes it; Ctrl-C ends it"))?;
    if output.json {
        output::json_line(serde_json::to_string(&Listening { address, models })?)?;
    }
    Ok(service.run()?)
}

/// The log goes to standard error, a line an event, by a thread of its own: where nobody reads it, lines are lost and requests
/// are answered all the same. What is waiting is written when the guard is dropped.
fn log(arguments: &ServeArguments) -> WorkerGuard {
    let level = match arguments.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(writer).with_target(false);
    // There is no other log in this program.
    let _ = match arguments.log_format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    guard
}

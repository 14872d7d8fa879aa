//! The service as a whole: checked settings, loaded models and an address that is listened on; then it runs.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tracing::info;

use crate::app::App;
use crate::connection;
use crate::error::Error;
use crate::reload;
use crate::routes;
use crate::settings::{Access, ServiceSettings};
use crate::stop::Stop;

/// Connections that the system holds until they are taken.
const BACKLOG: u32 = 4096;

/// A service that listens.
#[derive(Debug)]
pub struct Service {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
    ends_by_signal: bool,
}

impl Service {
    /// Checks the settings, loads the models and listens. Connections wait until the service [runs](Self::run).
    ///
    /// # Errors
    ///
    /// A model that cannot be loaded; an address that others reach without anything that says who may ask; keys that are none; an
    /// address that cannot be listened on.
    pub fn bind(settings: ServiceSettings) -> Result<Self, Error> {
        check(&settings)?;
        let listen = settings.listen;
        let app = Arc::new(App::new(settings, Stop::new())?);
        let runtime = Builder::new_multi_thread().enable_all().thread_name("serve").build().map_err(Error::System)?;
        raise_open_files();
        let listener = runtime.block_on(async { listen_on(listen) });
        let listener = listener.map_err(|source| Error::Listen { address: listen, source })?;
        let address = listener.local_addr().map_err(Error::System)?;
        Ok(Self { runtime, listener, address, app, ends_by_signal: false })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The identity of each model, by its name, in the order in which they were given.
    pub fn models(&self) -> Vec<(String, String)> {
        self.app.registry.models().map(|served| (served.name.clone(), served.id.clone())).collect()
    }

    /// What ends it.
    pub fn stop(&self) -> Stop {
        self.app.stop.clone()
    }

    /// Default: only [`Stop`] does. Ends on SIGINT and SIGTERM as well, and loads models and keys again on SIGHUP.
    #[must_use]
    pub fn with_signals(self) -> Self {
        Self { ends_by_signal: true, ..self }
    }

    /// Answers until it is told to end, then finishes the requests that it has begun.
    ///
    /// # Errors
    ///
    /// Signals that the system does not let it watch for.
    pub fn run(self) -> Result<(), Error> {
        let Self { runtime, listener, address, app, ends_by_signal } = self;
        runtime.block_on(async {
            if ends_by_signal {
                watch_signals(&app).map_err(Error::System)?;
            }
            let reloading = tokio::spawn(reload::watch(app.clone()));
            info!(address = address.to_string(), "listening");
            connection::serve(app.clone(), listener, routes::router(app)).await;
            reloading.abort();
            info!("ended");
            Ok(())
        })
    }
}

fn check(settings: &ServiceSettings) -> Result<(), Error> {
    if settings.access == Access::Loopback && !settings.listen.ip().is_loopback() {
        return Err(Error::OpenToOthers(settings.listen));
    }
    for origin in &settings.origins {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_origin = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '?', '#']));
        if !is_origin {
            return Err(Error::Origin(origin.clone()));
        }
    }
    Ok(())
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Windows it would let another program take the same address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Every connection is an open file, of which a program has a thousand unless it asks for more.
#[cfg(unix)]
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is not allowed, the service takes as many connections as it can.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(not(unix))]
fn raise_open_files() {}

#[cfg(unix)]
fn watch_signals(app: &Arc<App>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                _ = hang_up.recv() => reload::reload_all(&app).await,
            }
        }
        app.stop.now();
    });
    Ok(())
}

#[cfg(not(unix))]
fn watch_signals(app: &Arc<App>) -> io::Result<()> {
    let app = app.clone();
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        app.stop.now();
    });
    Ok(())
}

//! Connections: taken up to a limit, given up when a client is too slow, and ended when the service ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Sleep;
use tracing::{info, warn};

use crate::app::App;

/// What is kept of a request's head, and of what follows it, before it is read.
const LARGEST_BUFFER: usize = 64 << 10;

/// Takes connections until the service ends, and then waits for the requests that are under way.
pub(crate) async fn serve(app: Arc<App>, listener: TcpListener, router: Router) {
    let limits = &app.settings.limits;
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(limits.header_time).max_buf_size(LARGEST_BUFFER);
    app.listening();
    let stop = app.stop.clone();
    let mut ending = std::pin::pin!(stop.wait());
    loop {
        let accepted = tokio::select! {
            () = &mut ending => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                wait_after(&error).await;
                continue;
            }
        };
        let Ok(permit) = connections.clone().try_acquire_owned() else {
            app.metrics.shed("connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let stream = TokioIo::new(Impatient::new(stream, limits.write_time));
        let connection = protocol.serve_connection(stream, TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        app.metrics.connections.inc();
        let app = app.clone();
        tokio::spawn(async move {
            // Clients go away in many ways, and there is nobody to tell.
            let _ = connection.await;
            app.metrics.connections.dec();
            drop(permit);
        });
    }
    drop(listener);
    info!("ending: finishing what is under way");
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        warn!("some requests were not finished in time");
    }
}

/// What a client did is its own affair; without files to open for connections it has to be waited until some are closed.
async fn wait_after(error: &io::Error) {
    let is_of_client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    if !is_of_client {
        warn!(cause = error.to_string(), "a connection could not be taken");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A stream that fails where the other side does not read for too long.
struct Impatient {
    stream: TcpStream,
    write_time: Duration,
    /// Runs while something waits to be read by the other side.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    fn new(stream: TcpStream, write_time: Duration) -> Self {
        Self { stream, write_time, waiting: None }
    }

    /// The same result, or an error where it has been waited for too long.
    fn in_time<T>(&mut self, result: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.waiting = None;
            return result;
        }
        let write_time = self.write_time;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(write_time)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.in_time(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.in_time(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

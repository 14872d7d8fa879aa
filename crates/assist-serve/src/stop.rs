//! How a service is told to end, from another thread or by a signal.

use std::sync::Arc;

use tokio::sync::watch;

/// Ends a service: it takes no new connections, finishes the requests that it has begun, and then [`run`](crate::Service::run)
/// returns.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends the service. A second time it does nothing.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told to end.
    pub(crate) fn is_ending(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is told to end.
    pub(crate) async fn wait(&self) {
        let mut receiver = self.0.subscribe();
        // The sender is ours, so that waiting cannot fail.
        let _ = receiver.wait_for(|is_ending| *is_ending).await;
    }
}

//! What speaks to stores, for all readers: they wait for it, each in its own thread.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// The one runtime.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("object-store").enable_all();
        builder.build().expect("threads")
    })
}

//! Models are loaded again when their files change, or when the service is told to. A bad one is refused and the old one stays.
//! Files are looked at once a second: that works on every file system, of other machines too, and costs a few system calls.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use assist_learn::{MODEL_FOLDER_FILES, PAGE_FILE};
use tracing::{error, info};

use crate::app::App;
use crate::registry::Slot;
use crate::served::Served;

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What is seen of a folder's files without reading them.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Watches the models' files for as long as the service runs.
pub(crate) async fn watch(app: Arc<App>) {
    let mut seen: Vec<Stamp> = stamps(&app);
    let mut loaded = seen.clone();
    loop {
        tokio::time::sleep(EVERY).await;
        let now = stamps(&app);
        for (place, slot) in app.registry.slots().iter().enumerate() {
            // What still changes is being written.
            if now[place] != loaded[place] && now[place] == seen[place] {
                loaded[place].clone_from(&now[place]);
                reload(&app, slot).await;
            }
        }
        seen = now;
        if let Some(keys) = &app.keys {
            keys.reload_if_changed();
        }
    }
}

/// Loads all models again, and the keys.
pub(crate) async fn reload_all(app: &App) {
    for slot in app.registry.slots() {
        reload(app, slot).await;
    }
    if let Some(keys) = &app.keys {
        keys.reload();
    }
}

async fn reload(app: &App, slot: &Slot) {
    let named = slot.named.clone();
    let name = named.name.as_str().to_owned();
    let loaded = tokio::task::spawn_blocking(move || Served::load(&named)).await;
    match loaded {
        Ok(Ok(served)) => {
            let old = slot.served();
            info!(model = name, model_id = served.id, old_model_id = old.id, "model loaded");
            app.metrics.loaded(&served, &old);
            slot.replace(served);
        }
        Ok(Err(refused)) => {
            let cause = std::error::Error::source(&refused).map(ToString::to_string).unwrap_or_default();
            error!(model = name, cause, "a model was refused, the one before goes on");
            app.metrics.refused(&name);
        }
        Err(_) => error!(model = name, "loading a model failed, the one before goes on"),
    }
}

fn stamps(app: &App) -> Vec<Stamp> {
    app.registry.slots().iter().map(|slot| stamp(&slot.named.folder)).collect()
}

fn stamp(folder: &Path) -> Stamp {
    let names = MODEL_FOLDER_FILES.into_iter().chain([PAGE_FILE]);
    let seen = names.map(|name| {
        let found = fs_err::metadata(folder.join(name)).ok()?;
        Some((found.modified().ok()?, found.len()))
    });
    seen.collect()
}

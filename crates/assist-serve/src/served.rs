//! One model as it is served: loaded, described, and never changed; a reload makes another one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use assist_export::{Format, export};
use assist_learn::{AskedColumn, FeatureSpace, Model, RowReader, TrainReport, load, report_page, train_report};
use assist_score::MODEL_FILE;
use axum::body::Bytes;
use axum::http::HeaderValue;

use crate::error::Error;
use crate::settings::NamedModel;

/// A model that is served.
#[derive(Debug)]
pub(crate) struct Served {
    /// Its name in addresses.
    pub(crate) name: String,
    /// The folder that it was loaded from.
    pub(crate) folder: PathBuf,
    /// The model.
    pub(crate) model: Model,
    /// What names it: the same for the same parameters and features.
    pub(crate) id: String,
    /// The same as a header.
    pub(crate) id_header: HeaderValue,
    /// The report of its training, where one lies beside it.
    pub(crate) report: Option<TrainReport>,
    /// The page of the report, where one lies beside it and tells of this very model.
    pub(crate) page: Option<String>,
    /// The export that scores in a page; absent where that does not take the columns as a person writes them.
    pub(crate) scorer: Option<Bytes>,
    /// Whether rows need no reader of their own: the scorer takes texts as they are.
    pub(crate) is_plain: bool,
    /// When its file was written, since 1970.
    pub(crate) written: Option<Duration>,
    /// When it was loaded.
    pub(crate) loaded: SystemTime,
}

impl Served {
    /// Loads the model of a folder.
    pub(crate) fn load(named: &NamedModel) -> Result<Arc<Self>, Error> {
        let failed = |source| Error::Model { name: named.name.clone(), source };
        let model = load(&named.folder).map_err(failed)?;
        let id = model.pair_id().map_err(|error| failed(error.into()))?.to_string();
        let is_plain = RowReader::new(&model).is_plain();
        let scorer = if has_no_dates(&model) { export(&model, &Format::JavaScript, "scorer").ok() } else { None };
        // The module comes first, its types behind it.
        let scorer = scorer.and_then(|files| files.into_iter().next());
        Ok(Arc::new(Self {
            page: report_page(&named.folder, &model),
            written: written(&named.folder),
            scorer: scorer.map(|file| Bytes::from(file.bytes)),
            name: named.name.clone(),
            folder: named.folder.clone(),
            report: train_report(&named.folder, &model),
            is_plain,
            id_header: HeaderValue::from_str(&id).expect("an identity is hexadecimal digits"),
            id,
            model,
            loaded: SystemTime::now(),
        }))
    }

    /// Its columns.
    pub(crate) fn space(&self) -> &FeatureSpace {
        self.model.space()
    }
}

/// When the file of a model was written, since 1970.
fn written(folder: &Path) -> Option<Duration> {
    let written = fs_err::metadata(folder.join(MODEL_FILE)).ok()?.modified().ok()?;
    written.duration_since(SystemTime::UNIX_EPOCH).ok()
}

/// Whether the scorer takes what the fields of a page hold: numbers and levels. Of dates it takes only what is made of them.
fn has_no_dates(model: &Model) -> bool {
    !RowReader::new(model).columns().iter().any(|column| matches!(column, AskedColumn::Date { .. }))
}

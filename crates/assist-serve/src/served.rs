//! One model as it is served: loaded, described, and never changed; a reload makes another one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use assist_learn::{FeatureSpace, Model, RowReader, TrainReport, load, train_report};
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
    /// Whether rows need no reader of their own: the scorer takes texts as they are.
    pub(crate) is_plain: bool,
    /// When it was loaded.
    pub(crate) loaded: SystemTime,
}

impl Served {
    /// Loads the model of a folder.
    pub(crate) fn load(named: &NamedModel) -> Result<Arc<Self>, Error> {
        let failed = |source| Error::Model { name: named.name.clone(), source };
        let model = load(&named.folder).map_err(failed)?;
        let id = model.pair_id().map_err(|error| failed(error.into()))?.to_string();
        Ok(Arc::new(Self {
            name: named.name.clone(),
            folder: named.folder.clone(),
            report: train_report(&named.folder, &model),
            is_plain: RowReader::new(&model).is_plain(),
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

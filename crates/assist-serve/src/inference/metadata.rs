//! What the protocol says of the server and of a model.

use assist_learn::{AskedColumn, RowReader};
use serde::Serialize;
use utoipa::ToSchema;

use super::response::Output;
use crate::served::Served;

/// The server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerMetadata {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    /// What it can do beyond the protocol.
    pub(crate) extensions: [&'static str; 1],
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelMetadata {
    /// Its name.
    pub(crate) name: String,
    /// The one version of it that is served: its identity.
    pub(crate) versions: Vec<String>,
    /// What runs it.
    pub(crate) platform: &'static str,
    /// The columns of a row.
    pub(crate) inputs: Vec<TensorMetadata>,
    /// What is answered.
    pub(crate) outputs: Vec<TensorMetadata>,
}

/// A tensor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TensorMetadata {
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    #[schema(example = "FP64")]
    pub(crate) datatype: &'static str,
    /// Its shape: any number of rows.
    pub(crate) shape: Vec<i64>,
}

/// What is said of the server.
pub(crate) fn server() -> ServerMetadata {
    ServerMetadata { name: "assist", version: env!("CARGO_PKG_VERSION"), extensions: ["binary_tensor_data"] }
}

/// What is said of a model.
pub(crate) fn metadata(served: &Served, has_log: bool) -> ModelMetadata {
    let tensor = |name: &str, datatype| TensorMetadata { name: name.to_owned(), datatype, shape: vec![-1] };
    let reader = RowReader::new(&served.model);
    let inputs = reader.columns().into_iter().map(|column| {
        let datatype = if matches!(column, AskedColumn::Number(_)) { "FP64" } else { "BYTES" };
        tensor(column.name(), datatype)
    });
    ModelMetadata {
        name: served.name.clone(),
        versions: vec![served.id.clone()],
        platform: "assist",
        inputs: inputs.collect(),
        outputs: Output::all(has_log).iter().map(|output| tensor(output.name(), output.datatype())).collect(),
    }
}

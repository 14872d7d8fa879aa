//! The Open Inference Protocol, version 2: rows as tensors, one a column.

mod data;
mod metadata;
mod request;
mod response;
mod tensor;

pub(crate) use metadata::{ModelMetadata, ServerMetadata, metadata, server};
pub(crate) use request::{InferRequest, parse, split};
pub(crate) use response::{InferResponse, answer, wanted};
pub(crate) use tensor::Columns;

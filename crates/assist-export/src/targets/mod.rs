//! One file for each language that a plan is printed in.

pub(crate) mod c;
pub(crate) mod c_fixed;
mod c_header;
mod c_math;
mod c_texts;
pub(crate) mod dialect;
mod exponential;
pub(crate) mod js;
pub(crate) mod json;
pub(crate) mod onnx;
mod onnx_graph;
mod protobuf;
pub(crate) mod sql;
pub(crate) mod wasm;
mod wasm_code;
mod wasm_math;

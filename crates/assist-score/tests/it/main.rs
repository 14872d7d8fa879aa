//! Models as bytes, and rows that they score: what was encoded is decoded, and nothing else is.

mod artifacts;
mod deserialize; // rows from JSON text
mod evidence; // what the rows say, apart from the model
mod examples; // what stands in `examples/` runs
mod forms; // cards and rules
mod impossible; // what cannot be true, behind a right checksum
mod profile; // what the training rows looked like, which is no part of a model's identity
mod reading; // how a training table was read, which is none either
mod scoring;
mod sealed; // files altered behind a right checksum
mod stored; // a file of each format, which loads for ever

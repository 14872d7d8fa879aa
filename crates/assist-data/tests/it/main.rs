//! What the crate does as a whole.

mod batches; // tables of record batches against the same rows as CSV
mod damaged; // files with a wrong byte, in little memory
mod dialect_laws; // a table is the same however it is written
mod dialects; // tables as people write them
mod dictionary_codes; // Parquet columns in the codes of their dictionaries
mod examples; // the examples run
mod quoted; // quoted CSV in partitions
mod roles; // what columns are found to be
mod sources; // compressed files, archives, workbooks, folders, files whose types differ

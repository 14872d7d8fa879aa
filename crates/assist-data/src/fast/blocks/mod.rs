//! Blocks of coded rows: no text is copied, and no cell is judged twice.

pub(crate) mod cell_text;
pub(crate) mod filling;
pub(crate) mod group_keys;
mod labels;
mod levels;
mod numbers;

//! The fast path through a table: its partitions side by side, block by block, each distinct cell judged once.
//!
//! It has no messages of its own: whatever it does not take is [`NeedsStrictReader`](crate::NeedsStrictReader), and then the
//! strict reader, which is authoritative, reads the table and says what is wrong.

pub(crate) mod blocks;
pub(crate) mod csv_cells;
pub(crate) mod csv_records;
mod cuts;
pub(crate) mod partitions;
pub(crate) mod separators;
pub(crate) mod text_codes;

pub use partitions::Partitions;

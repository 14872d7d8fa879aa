//! Segments of the rows in which a model is most wrong.

mod axis; // a column in bins
mod heat_map; // errors by the bins of two columns
mod region; // the worst rectangle of bins
mod search; // the worst segments, one after the other

pub use heat_map::{HeatMap, heat_map};
pub use search::{WrongSlice, wrong_slices};

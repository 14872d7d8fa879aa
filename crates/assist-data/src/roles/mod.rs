//! What each column of a table is: declared, or found in its cells and its name.
//!
//! What cells are comes from the first rows of every file; what a column is, from all rows where the first ones do not
//! settle it (files are often sorted).

mod date_evidence;
mod evidence;
mod fate;
mod file_styles;
mod gather;
mod grouping;
mod judge;
mod known_cells;
mod later_dates;
mod model_columns;
mod names;
mod resolve;
mod row_columns;

pub use model_columns::ModelReadings;
pub use names::is_identifier_name;
pub use resolve::label_reading;
pub use row_columns::{time_column, weight_column};

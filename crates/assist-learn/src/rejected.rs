//! Rows that a model rejects: what is said of the columns at fault.

use assist_features::{RejectReason, RejectedBy};
use assist_metrics::words::count;
use assist_score::shown;

/// Columns that are named.
const NAMED_COLUMNS: usize = 3;

/// The columns that reject rows, in words.
pub(crate) fn at_fault(by: &[RejectedBy]) -> String {
    let named = by.iter().take(NAMED_COLUMNS).map(|by| {
        let rows = if by.rows == 1 { "1 row".to_owned() } else { format!("{} rows", count(by.rows)) };
        format!("`{}` in {rows} ({})", shown(&by.column), reason(by))
    });
    let named = named.collect::<Vec<_>>().join(", ");
    match by.len().saturating_sub(NAMED_COLUMNS) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn reason(by: &RejectedBy) -> String {
    match by.reason {
        RejectReason::UnknownLevel => {
            let levels = by.levels.iter().map(|of| format!("`{}` {}", shown(&of.level), count(of.rows)));
            let levels = levels.collect::<Vec<_>>().join(", ");
            match by.distinct_levels.saturating_sub(by.levels.len()) {
                0 => format!("levels that no training row has: {levels}"),
                more => format!("levels that no training row has: {levels} and {} more", count(more as u64)),
            }
        }
        RejectReason::Missing => "a missing cell, and none was missing in the training rows".to_owned(),
        _ => "a number that is not allowed there".to_owned(),
    }
}

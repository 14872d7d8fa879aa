//! What becomes of a point, as the scorer says it and as a runtime says it: numbers of a fixed size, compared by their bits.

use assist_score::{Model, Reason, Rejection, Scored, Value};

use crate::domain::Domain;

/// Why a row has no score, by number, the same one in all targets.
pub(crate) const REASONS: [&str; 9] = [
    "",
    "missing value",
    "not a finite number",
    "not a whole number",
    "below the minimum",
    "above the maximum",
    "unknown level",
    "the values are too large to be scored",
    "not a number",
];

/// How many bytes an outcome has in the files of runtimes.
pub(crate) const OUTCOME_BYTES: usize = 40;

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PointOutcome {
    /// The column at fault; -1 for none.
    pub(crate) column: i32,
    /// A place among [`REASONS`]; 0 for a row with a score.
    pub(crate) reason: i32,
    pub(crate) prediction: i32,
    pub(crate) score: f64,
    pub(crate) probability: f64,
    pub(crate) raw_probability: f64,
}

impl PointOutcome {
    /// What the scorer says of a point.
    pub(crate) fn of(model: &Model, domain: &Domain, point: usize) -> Self {
        Self::of_row(model, &domain.row(point))
    }

    /// What it says of a row.
    pub(crate) fn of_row(model: &Model, row: &[Value<'_>]) -> Self {
        match model.score(row) {
            Ok(scored) => Self::scored(&scored),
            Err(rejection) => Self::rejected(model, &rejection),
        }
    }

    fn scored(scored: &Scored) -> Self {
        Self {
            column: -1,
            reason: 0,
            prediction: scored.prediction.into(),
            score: scored.score,
            probability: scored.probability,
            raw_probability: scored.raw_probability,
        }
    }

    fn rejected(model: &Model, rejection: &Rejection) -> Self {
        let reason = match rejection.reason {
            Reason::Missing => 1,
            Reason::NotFinite(_) => 2,
            Reason::NotWhole(_) => 3,
            Reason::BelowMinimum(..) => 4,
            Reason::AboveMaximum(..) => 5,
            Reason::UnknownLevel(_) => 6,
            Reason::Overflow => 7,
            _ => 8,
        };
        let column =
            rejection.subject.column().and_then(|name| model.space().column_names().position(|known| known == name));
        let column = column.and_then(|column| i32::try_from(column).ok()).unwrap_or(-1);
        Self { column, reason, prediction: 0, score: 0.0, probability: 0.0, raw_probability: 0.0 }
    }

    /// From the bytes of a runtime; `None` where they are too few.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let whole = |at: usize| Some(i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let float = |at: usize| Some(f64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        Some(Self {
            column: whole(0)?,
            reason: whole(4)?,
            prediction: whole(8)?,
            score: float(16)?,
            probability: float(24)?,
            raw_probability: float(32)?,
        })
    }

    pub(crate) fn is_scored(&self) -> bool {
        self.reason == 0
    }
}

/// What the scorer says of all points, on all cores.
pub(crate) fn expected(model: &Model, domain: &Domain) -> Vec<PointOutcome> {
    let n_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let n = domain.len();
    let length = n.div_ceil(n_threads).max(1);
    let starts: Vec<usize> = (0..n).step_by(length).collect();
    std::thread::scope(|scope| {
        let piece = |start: usize| {
            scope.spawn(move || {
                (start..n.min(start + length)).map(|point| PointOutcome::of(model, domain, point)).collect::<Vec<_>>()
            })
        };
        let handles: Vec<_> = starts.into_iter().map(piece).collect();
        // A panic of the scorer would be one here as well.
        handles.into_iter().flat_map(|handle| handle.join().expect("the scorer does not panic")).collect()
    })
}

/// How many floats lie between two numbers; 0 for the same bits, and for NaN both times.
pub(crate) fn ulps_between(a: f64, b: f64) -> u64 {
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    let ordered = |number: f64| {
        let bits = number.to_bits().cast_signed();
        if bits < 0 { i64::MIN.wrapping_sub(bits).wrapping_sub(1) } else { bits }
    };
    ordered(a).abs_diff(ordered(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_floats() {
        assert_eq!(ulps_between(1.0, 1.0_f64.next_up()), 1);
        assert_eq!(ulps_between(-1.0, (-1.0_f64).next_down()), 1);
        assert_eq!(ulps_between(0.0, -0.0), 1);
        assert_eq!(ulps_between(5e-324, -5e-324), 3);
        assert_eq!(ulps_between(f64::NAN, f64::NAN), 0);
        assert_eq!(ulps_between(f64::NAN, 1.0), u64::MAX);
    }
}

//! The nearest changes by which a decision flips, in words.

use assist_learn::{ChangedValue, Flip, Reach, flips};
use assist_score::Value;

use super::words::{column_words, probability, value_words, visible};
use crate::served::Served;

/// Changes that are listed.
const MOST: usize = 3;

/// What would change a decision.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) nearest: Vec<String>,
    /// How many more there are.
    pub(crate) more: usize,
    /// Whether some columns are made of dates, which stay as they are.
    pub(crate) keeps_dates: bool,
}

/// What would change the decision for a row.
pub(crate) fn changes(served: &Served, row: &[Value<'_>]) -> Changes {
    let keeps_dates = !served.model.reading().derived.is_empty();
    let Ok(found) = flips(&served.model, row) else { return Changes { keeps_dates, ..Changes::default() } };
    let nearest = found.changes.iter().take(MOST).map(|flip| in_words(served, row, flip)).collect();
    Changes { nearest, more: found.changes.len().saturating_sub(MOST), keeps_dates }
}

fn in_words(served: &Served, row: &[Value<'_>], flip: &Flip) -> String {
    let space = served.space();
    let reach = match flip.reach {
        Some(Reach::OrLess) => " or less",
        Some(Reach::OrMore) => " or more",
        None => "",
    };
    let change = |(column, value): &(String, ChangedValue)| {
        let value = match value {
            ChangedValue::Number(value) => value_words(Value::Number(*value)),
            ChangedValue::Level(level) => value_words(Value::Text(level)),
        };
        let place = space.column_names().position(|known| known == column);
        let unit = place.and_then(|place| space.numeric.get(place)?.unit.as_deref());
        let unit = unit.map(|unit| format!("\u{a0}{}", visible(unit))).unwrap_or_default();
        let now = place.and_then(|place| value_words(*row.get(place)?));
        let instead = now.map_or_else(|| "where it is not known".to_owned(), |now| format!("instead of {now}{unit}"));
        format!("{}: {}{unit}{reach} {instead}", column_words(served, column), value.unwrap_or_default())
    };
    let changes: Vec<String> = flip.values.iter().map(change).collect();
    format!("{} (probability then {})", changes.join(", and "), probability(flip.probability))
}

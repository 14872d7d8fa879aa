//! For which other values of a user's columns a model would decide otherwise: the nearest ones, each tried by the scorer itself,
//! since a score may bend with a number in any way.

use assist_score::{Model, Rejection, Value, parse_number};
use serde::{Deserialize, Serialize};

/// The nearest changes by which a decision flips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flips {
    /// What is decided for the user as they are: 1 or 0.
    pub prediction: u8,
    /// The changes, nearest first: of one column each, or, where none suffices, the nearest one of two columns.
    pub changes: Vec<Flip>,
}

/// A change by which the decision flips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flip {
    /// The columns that change, with their new values: one or two.
    pub values: Vec<(String, ChangedValue)>,
    /// How far that is: for a number the part of the range of the training rows, for a level 1; of two columns the sum.
    pub distance: f64,
    /// The probability that the changed user would have.
    pub probability: f64,
}

/// Another value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChangedValue {
    /// A number.
    Number(f64),
    /// A level.
    Level(String),
}

/// Points of a number's range that are tried before the nearest one is sought between two of them.
const GRID: usize = 400;
/// Points of it that are tried together with those of another column.
const COARSE: usize = 25;
/// Whole numbers of a range up to so many are tried one by one.
const MOST_WHOLE: f64 = 4000.0;
/// Pairs of values that are tried at most.
const MOST_PAIRS: usize = 40_000;
/// Halvings between two points.
const HALVINGS: usize = 60;

/// The nearest changes by which the decision for a row flips, within the range of the training rows; the row as [`Model::score`]
/// takes it. Columns that are made of dates stay as they are.
///
/// # Errors
///
/// As [`Model::score`].
pub fn flips(model: &Model, row: &[Value<'_>]) -> Result<Flips, Rejection> {
    let prediction = model.score(row)?.prediction;
    let search = Search { model, row, prediction };
    let columns: Vec<usize> = (0..row.len()).filter(|column| !search.is_derived(*column)).collect();
    let mut changes: Vec<Flip> = columns.iter().flat_map(|column| search.of_column(*column)).collect();
    if changes.is_empty() {
        changes.extend(search.of_two(&columns));
    }
    changes.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.probability.total_cmp(&b.probability)));
    Ok(Flips { prediction, changes })
}

struct Search<'a> {
    model: &'a Model,
    row: &'a [Value<'a>],
    prediction: u8,
}

/// A value that is tried, and how far it is from the one that is there.
#[derive(Clone, Copy)]
struct Tried<'a> {
    value: Value<'a>,
    distance: f64,
}

impl<'a> Search<'a> {
    fn is_derived(&self, column: usize) -> bool {
        let name = self.model.space().column_name(column);
        self.model.reading().derived.iter().any(|derived| Some(derived.name.as_str()) == name)
    }

    /// The probability of the row with some cells replaced, where that flips the decision.
    fn flipped(&self, cells: &[(usize, Value<'a>)]) -> Option<f64> {
        let mut row = self.row.to_vec();
        for (column, value) in cells {
            row[*column] = *value;
        }
        let scored = self.model.score(&row).ok()?;
        (scored.prediction != self.prediction).then_some(scored.probability)
    }

    fn flip(&self, cells: &[(usize, Tried<'a>)]) -> Option<Flip> {
        let values: Vec<(usize, Value<'a>)> = cells.iter().map(|(column, tried)| (*column, tried.value)).collect();
        let probability = self.flipped(&values)?;
        let name = |column: usize| self.model.space().column_name(column).unwrap_or("").to_owned();
        let changed = |value: Value<'_>| match value {
            Value::Number(number) => ChangedValue::Number(number),
            Value::Text(level) => ChangedValue::Level(level.to_owned()),
            _ => ChangedValue::Level(String::new()),
        };
        let values = values.into_iter().map(|(column, value)| (name(column), changed(value))).collect();
        let distance = cells.iter().map(|(_, tried)| tried.distance).sum();
        Some(Flip { values, distance, probability })
    }

    /// Changes of one column: all levels that flip, the nearest number on each side.
    fn of_column(&self, column: usize) -> Vec<Flip> {
        match Numbers::of(self.model, self.row, column) {
            Some(numbers) => {
                let ends = [numbers.low, numbers.high];
                let nearest = ends.into_iter().filter_map(|end| self.nearest(column, &numbers, end));
                nearest.filter_map(|number| self.flip(&[(column, numbers.tried(number))])).collect()
            }
            None => self.levels(column).filter_map(|tried| self.flip(&[(column, tried)])).collect(),
        }
    }

    /// The levels of a column other than the one that is there.
    fn levels(&self, column: usize) -> impl Iterator<Item = Tried<'a>> {
        let space = self.model.space();
        let place = column.checked_sub(space.numeric.len());
        let of_levels = place.and_then(|place| space.categorical.get(place));
        let here = of_levels.and_then(|of_levels| match self.row[column] {
            Value::Text(text) => of_levels.code(text),
            _ => of_levels.missing,
        });
        let levels = of_levels.map(|of_levels| of_levels.levels.as_slice()).unwrap_or_default();
        let is_named = move |code: u32| {
            of_levels.is_some_and(|of_levels| Some(code) != of_levels.missing && Some(code) != of_levels.rare)
        };
        let others = (0..).zip(levels).filter(move |(code, _)| Some(*code) != here && is_named(*code));
        others.map(|(_, level)| Tried { value: Value::Text(level), distance: 1.0 })
    }

    /// The nearest number towards an end of the range that flips the decision.
    fn nearest(&self, column: usize, numbers: &Numbers, end: f64) -> Option<f64> {
        let flips = |number: f64| self.flipped(&[(column, Value::Number(number))]).is_some();
        let (here, direction) = (numbers.here, (end - numbers.here).signum());
        if end == here || !(end - here).is_finite() {
            return None;
        }
        if numbers.is_whole && (end - here).abs() <= MOST_WHOLE {
            let first = if direction > 0.0 { here.floor() + 1.0 } else { here.ceil() - 1.0 };
            let steps = std::iter::successors(Some(first), |number| Some(number + direction));
            return steps.take_while(|number| (end - number) * direction >= 0.0).find(|number| flips(*number));
        }
        let at = |step: usize| here + (end - here) * (step as f64 / GRID as f64);
        let whole = |number: f64| if numbers.is_whole { number.round() } else { number };
        let step = (1..=GRID).find(|step| flips(whole(at(*step))))?;
        let (mut stays, mut found) = (at(step - 1), whole(at(step)));
        for _ in 0..HALVINGS {
            let middle = whole(f64::midpoint(stays, found));
            if middle == stays || middle == found {
                break;
            }
            if flips(middle) { found = middle } else { stays = middle }
        }
        // The number with the fewest digits from there up to the next point that is known to flip.
        let further = whole(at(step));
        let rounded = (0..17).map(|digits| rounded_away(found, digits, direction));
        let mut rounded = rounded.filter(|number| (further - number) * direction >= 0.0);
        rounded.find(|number| flips(*number)).or(Some(found))
    }

    /// The nearest change of two columns, on coarse points of their ranges.
    fn of_two(&self, columns: &[usize]) -> Option<Flip> {
        let values: Vec<(usize, Vec<Tried<'a>>)> =
            columns.iter().map(|column| (*column, self.coarse(*column))).collect();
        let mut tried: Vec<([(usize, Tried<'a>); 2], f64)> = Vec::new();
        for (place, (first, of_first)) in values.iter().enumerate() {
            for (second, of_second) in &values[place + 1..] {
                for a in of_first {
                    for b in of_second.iter().take(MOST_PAIRS.saturating_sub(tried.len())) {
                        tried.push(([(*first, *a), (*second, *b)], a.distance + b.distance));
                    }
                }
            }
        }
        tried.sort_by(|a, b| a.1.total_cmp(&b.1));
        tried.iter().find_map(|(cells, _)| self.flip(cells))
    }

    /// Values of a column that are tried together with those of another.
    fn coarse(&self, column: usize) -> Vec<Tried<'a>> {
        let Some(numbers) = Numbers::of(self.model, self.row, column) else { return self.levels(column).collect() };
        let points = (0..=COARSE).map(|step| {
            let number = numbers.low + (numbers.high - numbers.low) * (step as f64 / COARSE as f64);
            if numbers.is_whole { number.round() } else { rounded_away(number, 2, 1.0).min(numbers.high) }
        });
        let mut points: Vec<f64> = points.filter(|number| *number != numbers.here).collect();
        points.dedup();
        points.into_iter().map(|number| numbers.tried(number)).collect()
    }
}

/// A number with so many decimals, rounded in a direction.
fn rounded_away(number: f64, decimals: i32, direction: f64) -> f64 {
    let scale = 10_f64.powi(decimals);
    let scaled = number * scale;
    (if direction > 0.0 { scaled.ceil() } else { scaled.floor() }) / scale
}

/// A number of a row, and where it may go.
struct Numbers {
    here: f64,
    low: f64,
    high: f64,
    is_whole: bool,
}

impl Numbers {
    /// The number of a column, if it has one: within its bounds and the range of the training rows.
    fn of(model: &Model, row: &[Value<'_>], column: usize) -> Option<Self> {
        let of_numbers = model.space().numeric.get(column)?;
        let (low, high) = of_numbers.training_range;
        let low = of_numbers.min.map_or(low, |least| low.max(least));
        let high = of_numbers.max.map_or(high, |most| high.min(most));
        let here = match row[column] {
            Value::Number(number) => number,
            Value::Truth(truth) => f64::from(u8::from(truth)),
            Value::Text(text) => parse_number(text).ok()?,
            _ => f64::midpoint(low, high),
        };
        Some(Self { here, low: low.min(here), high: high.max(here), is_whole: of_numbers.integer })
    }

    fn tried<'a>(&self, number: f64) -> Tried<'a> {
        let range = self.high - self.low;
        let distance = if range > 0.0 { (number - self.here).abs() / range } else { 1.0 };
        Tried { value: Value::Number(number), distance }
    }
}

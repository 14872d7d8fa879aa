//! For which other values of a user's columns a model would decide otherwise: the nearest ones, each tried by the scorer itself,
//! since a score may bend with a number in any way.

use assist_score::{Model, Rejection, Term, Value, parse_number};
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
    /// How far that is: for a number the part of the range of the training rows; 1 for a level, and for a number where there was
    /// none; of two columns the sum.
    pub distance: f64,
    /// The probability that the changed user would have.
    pub probability: f64,
    /// Where one number changes, whether all numbers further away flip the decision as well, as far as the training rows reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
}

/// Which other numbers flip a decision as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All that are less.
    OrLess,
    /// All that are more.
    OrMore,
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
/// Points of it that are tried together with those of another column, at most.
const COARSE: usize = 25;
/// Pairs of values that are tried, about.
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
    let search = Search { model, row, prediction, cuts: cuts(model) };
    let columns: Vec<usize> = (0..row.len()).filter(|column| !search.is_derived(*column)).collect();
    let mut changes: Vec<Flip> = columns.iter().flat_map(|column| search.of_column(*column)).collect();
    if changes.is_empty() {
        changes.extend(search.of_two(&columns));
    }
    changes.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.probability.total_cmp(&b.probability)));
    Ok(Flips { prediction, changes })
}

/// For each numeric column where its terms jump.
fn cuts(model: &Model) -> Vec<Vec<f64>> {
    let space = model.space();
    let mut cuts = vec![Vec::new(); space.numeric.len()];
    for factor in space.terms().iter().flat_map(Term::factors) {
        if let Term::Cut { column, low, high } = factor
            && let Some(of_column) = cuts.get_mut(*column)
        {
            of_column.extend([*low, *high].into_iter().flatten());
        }
    }
    cuts
}

struct Search<'a> {
    model: &'a Model,
    row: &'a [Value<'a>],
    prediction: u8,
    cuts: Vec<Vec<f64>>,
}

/// A value that is tried, and how far it is from the one that is there.
#[derive(Clone, Copy)]
struct Tried<'a> {
    value: Value<'a>,
    distance: f64,
}

/// A cell with the value that is tried in it.
type Cell<'a> = (usize, Tried<'a>);

impl<'a> Search<'a> {
    fn is_derived(&self, column: usize) -> bool {
        let name = self.model.space().column_name(column);
        self.model.reading().derived.iter().any(|derived| Some(derived.name.as_str()) == name)
    }

    /// The probability of the row with some cells replaced, where that flips the decision.
    fn flipped(&self, cells: &[Cell<'a>]) -> Option<f64> {
        let mut row = self.row.to_vec();
        for (column, tried) in cells {
            row[*column] = tried.value;
        }
        let scored = self.model.score(&row).ok()?;
        (scored.prediction != self.prediction).then_some(scored.probability)
    }

    fn flip(&self, cells: &[Cell<'a>]) -> Option<Flip> {
        let probability = self.flipped(cells)?;
        let changed = |value: Value<'_>| match value {
            Value::Number(number) => ChangedValue::Number(number),
            Value::Text(level) => ChangedValue::Level(level.to_owned()),
            _ => ChangedValue::Level(String::new()),
        };
        let named = |(column, tried): &Cell<'a>| {
            let name = self.model.space().column_name(*column).unwrap_or("").to_owned();
            (name, changed(tried.value))
        };
        let distance = cells.iter().map(|(_, tried)| tried.distance).sum();
        Some(Flip { values: cells.iter().map(named).collect(), distance, probability, reach: None })
    }

    /// Changes of one column: all levels that flip, the nearest number on each side.
    fn of_column(&self, column: usize) -> Vec<Flip> {
        let Some(numbers) = Numbers::of(self.model, self.row, column) else {
            return self.levels(column).filter_map(|tried| self.flip(&[(column, tried)])).collect();
        };
        // Where a number is missing, that it is known may be enough.
        let known = numbers.is_missing.then(|| self.flip(&[(column, numbers.tried(numbers.whole(numbers.here)))]));
        if let Some(known) = known.flatten() {
            return vec![known];
        }
        let ends = [numbers.low, numbers.high];
        let nearest = ends.into_iter().filter_map(|end| {
            let tried = self.nearest(column, &numbers, end, &[])?;
            Some(Flip { reach: self.reach(column, &numbers, end, tried), ..self.flip(&[(column, tried)])? })
        });
        nearest.collect()
    }

    /// Whether all numbers between one that flips the decision and an end do.
    fn reach(&self, column: usize, numbers: &Numbers, end: f64, found: Tried<'a>) -> Option<Reach> {
        let Value::Number(found) = found.value else { return None };
        let direction = (end - found).signum();
        let mut further =
            self.points(column, numbers, end).into_iter().filter(|number| (number - found) * direction > 0.0);
        let reach = if direction > 0.0 { Reach::OrMore } else { Reach::OrLess };
        let reaches = found != end && further.all(|number| self.flipped(&[(column, numbers.tried(number))]).is_some());
        reaches.then_some(reach)
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

    /// The nearest number towards an end that flips the decision, with other cells replaced as well.
    fn nearest(&self, column: usize, numbers: &Numbers, end: f64, others: &[Cell<'a>]) -> Option<Tried<'a>> {
        let flips = |number: f64| {
            let mut cells = others.to_vec();
            cells.push((column, numbers.tried(number)));
            self.flipped(&cells).is_some()
        };
        let (here, direction) = (numbers.here, (end - numbers.here).signum());
        if end == here || !(end - here).is_finite() {
            return None;
        }
        let points = self.points(column, numbers, end);
        let first = points.iter().position(|number| flips(*number))?;
        let further = points[first];
        let (mut stays, mut found) = (first.checked_sub(1).map_or(here, |before| points[before]), further);
        for _ in 0..HALVINGS {
            let middle = numbers.whole(f64::midpoint(stays, found));
            if (middle - stays) * direction <= 0.0 || (found - middle) * direction <= 0.0 {
                break;
            }
            if flips(middle) { found = middle } else { stays = middle }
        }
        // The number with the fewest digits from there up to a step of the grid further, before the next point.
        let next = points.get(first + 1).copied().unwrap_or(further);
        let step = found + (end - here) / GRID as f64;
        let further = if direction > 0.0 { next.min(step) } else { next.max(step) };
        let rounded = (0..17).map(|digits| rounded_away(found, digits, direction));
        let mut rounded = rounded.filter(|number| (further - number) * direction >= 0.0);
        Some(numbers.tried(rounded.find(|number| flips(*number)).unwrap_or(found)))
    }

    /// The numbers that are tried on the way to an end: steps of the same length, and both sides of every cut, so that no interval
    /// is passed over however narrow it is.
    fn points(&self, column: usize, numbers: &Numbers, end: f64) -> Vec<f64> {
        let (here, direction) = (numbers.here, (end - numbers.here).signum());
        let steps = (1..=GRID).map(|step| numbers.whole(here + (end - here) * (step as f64 / GRID as f64)));
        let both = |cut: f64| if numbers.is_whole { [cut.floor(), cut.floor() + 1.0] } else { [cut, cut.next_up()] };
        let sides = self.cuts.get(column).into_iter().flatten().flat_map(|cut| both(*cut));
        let is_between = |number: &f64| (number - here) * direction > 0.0 && (end - number) * direction >= 0.0;
        let mut points: Vec<f64> = steps.chain(sides).filter(is_between).collect();
        points.sort_by(|a, b| (a - here).abs().total_cmp(&(b - here).abs()));
        points.dedup();
        points
    }

    /// The nearest change of two columns: sought on coarse points of their ranges, and then each number moved back as far as the
    /// decision stays flipped.
    fn of_two(&self, columns: &[usize]) -> Option<Flip> {
        let n_pairs = columns.len() * columns.len().saturating_sub(1) / 2;
        let most = (MOST_PAIRS / n_pairs.max(1)).isqrt().clamp(2, COARSE);
        let values: Vec<(usize, Vec<Tried<'a>>)> =
            columns.iter().map(|column| (*column, self.coarse(*column, most))).collect();
        let mut pairs: Vec<([Cell<'a>; 2], f64)> = Vec::new();
        for (place, (first, of_first)) in values.iter().enumerate() {
            for (second, of_second) in &values[place + 1..] {
                for (a, b) in of_first.iter().flat_map(|a| of_second.iter().map(move |b| (a, b))) {
                    pairs.push(([(*first, *a), (*second, *b)], a.distance + b.distance));
                }
            }
            if pairs.len() > MOST_PAIRS {
                break;
            }
        }
        pairs.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (mut cells, _) = pairs.into_iter().find(|(cells, _)| self.flipped(cells).is_some())?;
        for (moved, other) in [(0, 1), (1, 0)] {
            let (column, tried) = cells[moved];
            if let (Some(numbers), Value::Number(end)) = (Numbers::of(self.model, self.row, column), tried.value) {
                cells[moved].1 = self.nearest(column, &numbers, end, &[cells[other]]).unwrap_or(tried);
            }
        }
        self.flip(&cells)
    }

    /// Values of a column that are tried together with those of another.
    fn coarse(&self, column: usize, most: usize) -> Vec<Tried<'a>> {
        let Some(numbers) = Numbers::of(self.model, self.row, column) else {
            return self.levels(column).take(most).collect();
        };
        let points = (0..most).map(|step| {
            let number = numbers.low + (numbers.high - numbers.low) * (step as f64 / (most - 1) as f64);
            if step + 1 == most { numbers.high } else { numbers.whole(number) }
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

/// The number with the fewest decimals that is no further away than so much.
fn rounded_within(number: f64, distance: f64) -> f64 {
    let rounded = (0..17).map(|decimals| {
        let scale = 10_f64.powi(decimals);
        (number * scale).round() / scale
    });
    let mut rounded = rounded.filter(|rounded| (rounded - number).abs() <= distance);
    rounded.next().unwrap_or(number)
}

/// A number of a row, and where it may go.
struct Numbers {
    /// The number, or what a missing one counts as.
    here: f64,
    low: f64,
    high: f64,
    /// Between the least and the greatest number of the training rows.
    range: f64,
    is_whole: bool,
    is_missing: bool,
}

impl Numbers {
    /// The number of a column, if it has one: within its bounds and the range of the training rows.
    fn of(model: &Model, row: &[Value<'_>], column: usize) -> Option<Self> {
        let of_numbers = model.space().numeric.get(column)?;
        let (low, high) = of_numbers.training_range;
        let range = high - low;
        let low = of_numbers.min.map_or(low, |least| low.max(least));
        let high = of_numbers.max.map_or(high, |most| high.min(most));
        let known = match row[column] {
            Value::Number(number) => Some(number).filter(|number| !number.is_nan()),
            Value::Truth(truth) => Some(f64::from(u8::from(truth))),
            Value::Text(text) => Some(parse_number(text).ok()?),
            _ => None,
        };
        let here = known.unwrap_or_else(|| {
            let counts_as = of_numbers.fill_value.unwrap_or(f64::midpoint(low, high));
            rounded_within(counts_as, range / GRID as f64)
        });
        let (is_whole, is_missing) = (of_numbers.integer, known.is_none());
        Some(Self { here, low: low.min(here), high: high.max(here), range, is_whole, is_missing })
    }

    fn whole(&self, number: f64) -> f64 {
        if self.is_whole { number.round() } else { number }
    }

    fn tried<'a>(&self, number: f64) -> Tried<'a> {
        let distance = if self.is_missing || self.range <= 0.0 { 1.0 } else { (number - self.here).abs() / self.range };
        Tried { value: Value::Number(number), distance }
    }
}

#[cfg(test)]
mod tests {
    use assist_score::{CategoricalColumn, FeatureSpace, NumericColumn, Parameters, Target};
    use proptest::prelude::*;

    use super::*;

    /// A model of errors (whole, 0 to 9), seconds (5 to 125) and a device, with more terms.
    fn model(additional: Vec<Term>, coefficients: Vec<f64>, intercept: f64) -> Model {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let mut errors = NumericColumn::new("errors", 0.0, 9.0);
        (errors.integer, errors.min) = (true, Some(0.0));
        let mut seconds = NumericColumn::new("seconds", 5.0, 125.0);
        seconds.fill_value = Some(47.123_456);
        let device = CategoricalColumn::new("device", vec!["Phone".into(), "TV".into(), "Watch".into()]);
        let mut space = FeatureSpace::new(target, vec![], vec![errors, seconds], vec![device]);
        space.additional = additional;
        Model::new(space, Parameters { coefficients, intercept, ..Parameters::default() }).expect("they fit each other")
    }

    /// Changes in short: `seconds = 60.1, device = Watch`.
    fn changes(model: &Model, row: &[Value<'_>]) -> Vec<String> {
        let found = flips(model, row).expect("a row");
        let in_short = |(column, value): &(String, ChangedValue)| match value {
            ChangedValue::Number(number) => format!("{column} = {number}"),
            ChangedValue::Level(level) => format!("{column} = {level}"),
        };
        found.changes.iter().map(|flip| flip.values.iter().map(in_short).collect::<Vec<_>>().join(", ")).collect()
    }

    #[test]
    fn numbers_go_just_far_enough_and_have_few_digits() {
        // errors, seconds, seconds missing, TV, Watch.
        let model = model(vec![], vec![1.0, 0.1, 0.0, 3.3, 4.0], -10.001);
        let row = [Value::Number(3.0), Value::Number(40.0), Value::Text("Phone")];
        // The score is -3.001: seven errors, seventy seconds and a bit, or another device.
        let found = changes(&model, &row);
        assert_eq!(found, ["seconds = 70.1", "errors = 7", "device = TV", "device = Watch"]);
        let other_way = [Value::Number(3.0), Value::Text("71"), Value::Text("Phone")];
        assert_eq!(changes(&model, &other_way), ["seconds = 70", "errors = 2"]);
        // Numbers further away flip the decision as well; of levels there are none.
        let reaches = |row: &[Value<'_>]| -> Vec<Option<Reach>> {
            flips(&model, row).expect("a row").changes.iter().map(|flip| flip.reach).collect()
        };
        assert_eq!(reaches(&row), [Some(Reach::OrMore), Some(Reach::OrMore), None, None]);
        assert_eq!(reaches(&other_way), [Some(Reach::OrLess); 2]);
        // A missing number counts as 47.1: known as that it flips nothing, and 70.1 does.
        let missing = [Value::Number(3.0), Value::Missing, Value::Text("Phone")];
        assert_eq!(changes(&model, &missing), ["errors = 6", "seconds = 70.1", "device = TV", "device = Watch"]);
        assert!(flips(&model, &[Value::Number(2.5), Value::Number(40.0), Value::Text("Phone")]).is_err());
    }

    #[test]
    fn narrow_intervals_are_found() {
        // Only between 60 and 60.02 seconds the score is above 0.
        let island = Term::Cut { column: 1, low: Some(60.0), high: Some(60.02) };
        let model = model(vec![island], vec![0.0, 0.0, 0.0, 0.0, 0.0, 2.0], -1.0);
        for seconds in [7.0, 100.0] {
            let found = changes(&model, &[Value::Number(1.0), Value::Number(seconds), Value::Text("TV")]);
            assert_eq!(found, [if seconds < 60.0 { "seconds = 60.01" } else { "seconds = 60.02" }]);
            let found = flips(&model, &[Value::Number(1.0), Value::Number(seconds), Value::Text("TV")]).expect("a row");
            assert_eq!(found.changes[0].reach, None, "what lies behind the interval flips nothing");
        }
    }

    #[test]
    fn two_columns_where_one_is_not_enough() {
        let model = model(vec![], vec![1.0, 0.1, 0.0, 3.0, 4.0], -20.05);
        let row = [Value::Number(0.0), Value::Number(10.0), Value::Text("Phone")];
        let found = flips(&model, &row).expect("a row");
        assert_eq!(found.prediction, 0);
        let [flip] = found.changes.as_slice() else { panic!("{found:?}") };
        assert_eq!(flip.values.len(), 2);
        assert!(flip.probability > 0.5);
        // Nothing within the range of the training rows is enough.
        assert!(changes(&self::model(vec![], vec![0.0; 5], -1.0), &row).is_empty());
    }

    proptest! {
        /// Beside a search through all intervals, for a score that jumps up and down.
        #[test]
        fn the_nearest_number_is_found(
            cuts in proptest::collection::btree_set(6_u32..1240, 1..8),
            jumps in proptest::collection::vec(-2.0..2.0_f64, 8),
            tenths in 50_u32..1250,
        ) {
            let cuts: Vec<f64> = cuts.into_iter().map(|cut| f64::from(cut) / 10.0).collect();
            let terms = cuts.iter().map(|cut| Term::Cut { column: 1, low: Some(*cut), high: None });
            let coefficients = [0.0; 5].into_iter().chain(jumps.iter().copied().take(cuts.len()));
            let model = model(terms.collect(), coefficients.collect(), -0.5);
            let here = f64::from(tenths) / 10.0;
            let decide = |seconds: f64| {
                model.score(&[Value::Number(1.0), Value::Number(seconds), Value::Text("TV")]).expect("a score").prediction
            };
            let found = flips(&model, &[Value::Number(1.0), Value::Number(here), Value::Text("TV")]).expect("a row");
            let mut numbers: Vec<f64> = Vec::new();
            for flip in &found.changes {
                prop_assert_eq!(flip.values.len(), 1);
                let ChangedValue::Number(number) = &flip.values[0].1 else { panic!("a number") };
                prop_assert!(decide(*number) != found.prediction && (5.0..=125.0).contains(number));
                numbers.push(*number);
            }
            // Each hundredth tells for an interval, since cuts are tenths.
            let hundredths = |range: std::ops::RangeInclusive<u32>| range.map(|hundredth| f64::from(hundredth) / 100.0);
            let below = hundredths(500..=tenths * 10).rev().find(|number| decide(*number) != found.prediction);
            let above = hundredths(tenths * 10..=12_500).find(|number| decide(*number) != found.prediction);
            prop_assert_eq!(numbers.len(), usize::from(below.is_some()) + usize::from(above.is_some()));
            for expected in [below, above].into_iter().flatten() {
                // Rounding may go on within the interval by a step of the grid.
                prop_assert!(numbers.iter().any(|number| (number - expected).abs() <= 0.31), "{numbers:?}, {expected}");
            }
        }
    }
}

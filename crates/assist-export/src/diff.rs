//! Two models beside each other: whose decision differs, and in which few words those users can be told.
//!
//! Both models score the points of the first one's domain. What is refused by one alone counts as another decision too.

use assist_score::{Model, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Domain, DomainSettings};
use crate::error::Error;
use crate::outcomes::{PointOutcome, expected};

/// What a model decides of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Class 0.
    Negative,
    /// Class 1.
    Positive,
    /// No score.
    Rejected,
}

impl Decision {
    fn of(outcome: &PointOutcome) -> Self {
        match (outcome.is_scored(), outcome.prediction) {
            (false, _) => Self::Rejected,
            (true, 1) => Self::Positive,
            (true, _) => Self::Negative,
        }
    }
}

/// Points whose decision differs in the same way, told by few conditions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DifferingSlice {
    /// The conditions: `errors from 2 to 4, device is Watch`. All of its points, and maybe some of no difference, satisfy them.
    #[serde(rename = "where")]
    pub condition: String,
    /// How many points with this difference there are.
    pub points: usize,
    /// How many points satisfy the conditions, those without this difference among them.
    pub points_in_slice: usize,
    /// What the first model decides.
    pub from: Decision,
    /// What the second model decides.
    pub to: Decision,
}

/// What two models do differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// How many points were compared.
    pub points: usize,
    /// Whether these are all combinations of values that the first model takes.
    pub is_whole: bool,
    /// Points with another decision.
    pub decisions_that_differ: usize,
    /// Largest difference of the probabilities of a point.
    pub max_probability_difference: f64,
    /// The point of the largest difference, by the names of its columns.
    pub where_largest: Option<String>,
    /// The points with another decision in slices, largest first.
    pub slices: Vec<DifferingSlice>,
}

/// Compares two models that take the same columns.
///
/// # Errors
///
/// [`Error::OtherColumns`] where they do not.
pub fn diff(model: &Model, against: &Model, settings: DomainSettings) -> Result<Difference, Error> {
    let names: Vec<&str> = model.space().column_names().collect();
    let others: Vec<&str> = against.space().column_names().collect();
    let has_as_many_numbers = model.space().numeric.len() == against.space().numeric.len();
    if names != others || !has_as_many_numbers {
        return Err(Error::OtherColumns(format!("`{}` and `{}`", names.join("`, `"), others.join("`, `"))));
    }
    let domain = Domain::with_settings(model, settings);
    let [first, second] = [model, against].map(|model| expected(model, &domain));
    let mut difference = Difference {
        points: domain.len(),
        is_whole: domain.is_whole(),
        decisions_that_differ: 0,
        max_probability_difference: 0.0,
        where_largest: None,
        slices: Vec::new(),
    };
    let mut changes: BTreeMap<(Decision, Decision), Vec<usize>> = BTreeMap::new();
    let mut largest = None;
    for (point, (a, b)) in first.iter().zip(&second).enumerate() {
        let change = (Decision::of(a), Decision::of(b));
        if change.0 != change.1 {
            changes.entry(change).or_default().push(point);
        }
        let distance = (a.probability - b.probability).abs();
        if a.is_scored() && b.is_scored() && distance > difference.max_probability_difference {
            difference.max_probability_difference = distance;
            largest = Some(point);
        }
    }
    difference.where_largest = largest.map(|point| in_words(&names, &domain.row(point)));
    difference.decisions_that_differ = changes.values().map(Vec::len).sum();
    let slicer = Slicer::new(&domain, &names);
    difference.slices = changes.iter().flat_map(|((from, to), points)| slicer.slices(points, *from, *to)).collect();
    difference.slices.sort_by_key(|slice| std::cmp::Reverse(slice.points));
    Ok(difference)
}

fn in_words(names: &[&str], row: &[Value<'_>]) -> String {
    let cells = names.iter().zip(row).map(|(name, value)| format!("{name} is {}", word(value)));
    cells.collect::<Vec<_>>().join(", ")
}

fn word(value: &Value<'_>) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => assist_score::shown(text),
        _ => "missing".into(),
    }
}

/// Puts points into boxes: ranges of numbers and sets of levels.
struct Slicer<'a> {
    domain: &'a Domain,
    names: &'a [&'a str],
    /// The places of all points, one after the other.
    places: Vec<u32>,
}

impl<'a> Slicer<'a> {
    fn new(domain: &'a Domain, names: &'a [&'a str]) -> Self {
        let mut all = Vec::new();
        let mut places = Vec::new();
        for point in 0..domain.len() {
            domain.places(point, &mut places);
            all.extend_from_slice(&places);
        }
        Self { domain, names, places: all }
    }

    fn place(&self, point: usize, column: usize) -> u32 {
        self.places.get(point * self.names.len() + column).copied().unwrap_or(0)
    }

    /// The points of one kind of difference, split by the column whose values separate them best, as far as that makes boxes
    /// that hold fewer other points.
    fn slices(&self, points: &[usize], from: Decision, to: Decision) -> Vec<DifferingSlice> {
        /// A reader looks at so many of each kind.
        const MOST: usize = 8;
        let mut boxes = vec![self.bounding(points.to_vec())];
        while boxes.len() < MOST {
            // The box with most points that do not belong there is split first.
            let worst = boxes.iter().enumerate().max_by_key(|(_, found)| found.volume - found.points.len());
            let Some((place, halves)) = worst.and_then(|(place, found)| Some((place, self.split(found)?))) else {
                break;
            };
            boxes.swap_remove(place);
            boxes.extend(halves);
        }
        let slice = |found: Region| DifferingSlice {
            condition: self.condition(&found),
            points: found.points.len(),
            points_in_slice: found.volume,
            from,
            to,
        };
        boxes.into_iter().map(slice).collect()
    }

    /// The smallest box around points, and how many of all points lie in it.
    fn bounding(&self, points: Vec<usize>) -> Region {
        let n = self.names.len();
        let mut sides: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); n];
        for point in &points {
            for (column, side) in sides.iter_mut().enumerate() {
                side.insert(self.place(*point, column));
            }
        }
        let sides: Vec<Side> = sides.into_iter().enumerate().map(|(column, set)| self.side(column, set)).collect();
        let is_in = |row: &&[u32]| {
            row.iter().zip(&sides).enumerate().all(|(column, (place, side))| self.holds(side, column, *place))
        };
        let volume = self.places.chunks(n.max(1)).filter(is_in).count();
        Region { points, sides, volume }
    }

    fn side(&self, column: usize, places: BTreeSet<u32>) -> Side {
        let mut range: Option<(f64, f64)> = None;
        let mut has_missing = false;
        for place in &places {
            match self.domain.value(column, *place) {
                Value::Number(number) => {
                    let (low, high) = range.unwrap_or((number, number));
                    range = Some((low.min(number), high.max(number)));
                }
                Value::Text(_) => return Side::Levels(places),
                _ => has_missing = true,
            }
        }
        match range {
            Some((low, high)) => Side::Range { low, high, has_missing },
            None => Side::Levels(places),
        }
    }

    fn holds(&self, side: &Side, column: usize, place: u32) -> bool {
        match side {
            Side::Levels(places) => places.contains(&place),
            Side::Range { low, high, has_missing } => match self.domain.value(column, place) {
                Value::Number(number) => *low <= number && number <= *high,
                _ => *has_missing,
            },
        }
    }

    /// A box in two, if that leaves out points that do not belong in it.
    fn split(&self, found: &Region) -> Option<[Region; 2]> {
        /// Numbers are cut at so many places at most.
        const MOST_CUTS: usize = 6;
        let mut best: Option<[Region; 2]> = None;
        for column in 0..self.names.len() {
            let mut values: Vec<u32> = found.points.iter().map(|point| self.place(*point, column)).collect();
            values.sort_unstable();
            values.dedup();
            let step = values.len().div_ceil(MOST_CUTS).max(1);
            for last in values.iter().take(values.len().saturating_sub(1)).step_by(step) {
                let is_level = matches!(found.sides.get(column), Some(Side::Levels(_)));
                let goes_left = |point: &usize| {
                    let place = self.place(*point, column);
                    if is_level { place == *last } else { place <= *last }
                };
                let (left, right): (Vec<usize>, Vec<usize>) = found.points.iter().partition(|point| goes_left(point));
                if left.is_empty() || right.is_empty() {
                    continue;
                }
                let halves = [self.bounding(left), self.bounding(right)];
                let volume = |halves: &[Region; 2]| halves[0].volume + halves[1].volume;
                if volume(&halves) < best.as_ref().map_or(found.volume, volume) {
                    best = Some(halves);
                }
            }
        }
        best
    }

    /// The sides of a box that leave anything out.
    fn condition(&self, found: &Region) -> String {
        let mut conditions = Vec::new();
        for (column, side) in found.sides.iter().enumerate() {
            // Values that are refused are told of by no condition.
            if self.domain.regular_places(column).all(|place| self.holds(side, column, place)) {
                continue;
            }
            let name = self.names.get(column).copied().unwrap_or_default();
            conditions.push(match side {
                Side::Range { low, high, has_missing } => {
                    let range = if low == high { format!("is {low}") } else { format!("from {low} to {high}") };
                    format!("{name} {range}{}", if *has_missing { " or missing" } else { "" })
                }
                Side::Levels(places) => {
                    let words: Vec<String> =
                        places.iter().take(5).map(|place| word(&self.domain.value(column, *place))).collect();
                    let more = places.len() - words.len();
                    let more = if more == 0 { String::new() } else { format!(" or one of {more} more") };
                    format!("{name} is {}{more}", words.join(" or "))
                }
            });
        }
        if conditions.is_empty() { "all points".into() } else { conditions.join(", ") }
    }
}

#[derive(Debug, Clone)]
struct Region {
    points: Vec<usize>,
    sides: Vec<Side>,
    /// How many of all points lie in it.
    volume: usize,
}

#[derive(Debug, Clone)]
enum Side {
    Range { low: f64, high: f64, has_missing: bool },
    Levels(BTreeSet<u32>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_score::{CategoricalColumn, FeatureSpace, NumericColumn, Parameters, Target};

    fn model(coefficients: [f64; 2], intercept: f64) -> Model {
        let errors =
            NumericColumn { integer: true, min: Some(0.0), max: Some(9.0), ..NumericColumn::new("errors", 0.0, 9.0) };
        let device = CategoricalColumn::new("device", ["Phone", "Watch"].map(Into::into).to_vec());
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let space = FeatureSpace::new(target, vec![], vec![errors], vec![device]);
        let parameters = Parameters { coefficients: coefficients.to_vec(), intercept, ..Parameters::default() };
        Model::new(space, parameters).expect("sound")
    }

    #[test]
    fn a_model_does_nothing_else_than_itself() {
        let model = model([1.0, 0.5], -4.25);
        let difference = diff(&model, &model, DomainSettings::default()).expect("the same columns");
        assert_eq!((difference.decisions_that_differ, difference.max_probability_difference), (0, 0.0));
        assert!(difference.is_whole && difference.slices.is_empty());
    }

    #[test]
    fn the_users_whose_decision_differs_are_told_in_few_words() {
        // Watches need 5 errors where they needed 3; phones are the same.
        let (before, after) = (model([1.0, 2.0], -4.5), model([1.0, 0.0], -4.5));
        let difference = diff(&before, &after, DomainSettings::default()).expect("the same columns");
        let [slice] = difference.slices.as_slice() else { panic!("{difference:#?}") };
        assert_eq!(slice.condition, "errors from 3 to 4, device is Watch");
        assert_eq!((slice.from, slice.to), (Decision::Positive, Decision::Negative));
        assert_eq!(slice.points, difference.decisions_that_differ);
        assert!(difference.where_largest.is_some_and(|point| point.contains("device is Watch")));
    }

    #[test]
    fn models_of_other_columns_cannot_be_compared() {
        let one = model([1.0, 0.5], 0.0);
        let space = FeatureSpace::new(one.space().target.clone(), vec![], vec![], one.space().categorical.clone());
        let other = Model::new(space, Parameters { coefficients: vec![1.0], ..Parameters::default() }).expect("sound");
        let error = diff(&one, &other, DomainSettings::default()).expect_err("other columns");
        assert!(error.to_string().contains("`errors`"), "{error}");
    }
}

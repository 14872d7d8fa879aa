//! What the curves and interactions of a model mean: how the log-odds go along a column, and how the effect of one column depends on
//! another. All of it is differences of the model's own scores. There are no intervals: a model keeps no covariance of its terms.

use assist_metrics::words::number;
use assist_report::{Curve, CurvePoint, InteractionEffect, InteractionEffects};
use assist_score::{FeatureSpace, Model, NumericColumn, Term};

/// Effects of an interaction that are told, at most.
const MOST_EFFECTS: usize = 100;

/// A row with numbers in the middle of their training range and levels at their references.
#[derive(Clone)]
struct MiddleRow<'a> {
    model: &'a Model,
    numbers: Vec<f64>,
    codes: Vec<u32>,
}

/// A value of a column, and how it is written.
#[derive(Clone)]
struct Setting {
    column: usize,
    value: Cell,
    words: String,
}

#[derive(Clone, Copy)]
enum Cell {
    Number(f64),
    Code(u32),
}

impl<'a> MiddleRow<'a> {
    fn of(model: &'a Model) -> Self {
        let space = model.space();
        let numbers = space.numeric.iter().map(middle).collect();
        Self { model, numbers, codes: space.categorical.iter().map(|column| column.reference).collect() }
    }

    fn with(mut self, setting: &Setting) -> Self {
        let n_numeric = self.numbers.len();
        match setting.value {
            Cell::Number(number) => self.numbers[setting.column] = number,
            Cell::Code(code) => self.codes[setting.column - n_numeric] = code,
        }
        self
    }

    fn score(&self) -> f64 {
        self.model.raw_score(&self.numbers, &self.codes)
    }
}

fn middle(column: &NumericColumn) -> f64 {
    f64::midpoint(column.training_range.0, column.training_range.1)
}

/// The curves of a model, one for each column that has one.
pub(crate) fn curves(model: &Model) -> Vec<Curve> {
    let space = model.space();
    let row = MiddleRow::of(model);
    let of_column = |(place, column): (usize, &NumericColumn)| {
        let knots = space.additional.iter().find_map(|term| match term {
            Term::Basis { column, knots, .. } if *column == place => Some(knots),
            _ => None,
        })?;
        let (low, high) = column.training_range;
        let mut values: Vec<f64> = [low].iter().chain(knots).chain([&high]).copied().collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let at = |value: f64| {
            let words = String::new();
            row.clone().with(&Setting { column: place, value: Cell::Number(value), words }).score()
        };
        let compared_with = *values.get(values.len() / 2)?;
        let reference = at(compared_with);
        let point = |value: f64| {
            let log_odds = at(value) - reference;
            CurvePoint { value, log_odds, odds_ratio: log_odds.exp() }
        };
        Some(Curve { column: column.name.clone(), compared_with, points: values.into_iter().map(point).collect() })
    };
    space.numeric.iter().enumerate().filter_map(of_column).collect()
}

/// The interactions of a model, one for each pair of columns that has some.
pub(crate) fn interactions(model: &Model) -> Vec<InteractionEffects> {
    let space = model.space();
    let mut pairs: Vec<[usize; 2]> = Vec::new();
    for term in space.additional.iter().filter(|term| matches!(term, Term::Product { .. })) {
        if let [a, b] = term.columns()[..]
            && !pairs.contains(&[a, b])
        {
            pairs.push([a, b]);
        }
    }
    let row = MiddleRow::of(model);
    let of_pair = |[a, b]: [usize; 2]| {
        // The change is that of the first column, and where it is a number the other one says where.
        let (changed, other) = if a < space.numeric.len() { (a, b) } else { (b, a) };
        let changes = changes(space, changed);
        let places = settings(space, other);
        let effect = |place: &Setting, [from, to]: &[Setting; 2]| {
            let there = row.clone().with(place);
            let log_odds = there.clone().with(to).score() - there.with(from).score();
            let change = format!("{} from {} to {}", name(space, changed), from.words, to.words);
            let at = format!("{} = {}", name(space, other), place.words);
            InteractionEffect { at, change, log_odds, odds_ratio: log_odds.exp() }
        };
        let left_out = (places.len() * changes.len()).saturating_sub(MOST_EFFECTS);
        let effects = places.iter().flat_map(|place| changes.iter().map(move |change| (place, change)));
        InteractionEffects {
            columns: [a, b].map(|column| name(space, column)),
            effects: effects.take(MOST_EFFECTS).map(|(place, change)| effect(place, change)).collect(),
            left_out,
        }
    };
    pairs.into_iter().map(of_pair).collect()
}

fn name(space: &FeatureSpace, column: usize) -> String {
    space.column_name(column).unwrap_or_default().to_owned()
}

/// The ends and the middle of a number's training range, or all levels.
fn settings(space: &FeatureSpace, column: usize) -> Vec<Setting> {
    let Some(of_numbers) = space.numeric.get(column) else {
        let of_levels = space.categorical.get(column - space.numeric.len());
        let levels = (0..).zip(of_levels.map_or(&[][..], |of| &of.levels));
        return levels.map(|(code, level)| Setting { column, value: Cell::Code(code), words: level.clone() }).collect();
    };
    let (low, high) = of_numbers.training_range;
    let of = |value: f64| Setting { column, value: Cell::Number(value), words: number(value) };
    [low, middle(of_numbers), high].map(of).to_vec()
}

/// From one end of a number's training range to the other, or from the reference to each other level.
fn changes(space: &FeatureSpace, column: usize) -> Vec<[Setting; 2]> {
    let all = settings(space, column);
    if column < space.numeric.len() {
        return all.first().zip(all.last()).map(|(low, high)| [low.clone(), high.clone()]).into_iter().collect();
    }
    let reference = space.categorical.get(column - space.numeric.len()).map_or(0, |of| of.reference as usize);
    let Some(from) = all.get(reference).cloned() else { return Vec::new() };
    let others = all.into_iter().enumerate().filter(|(at, _)| *at != reference);
    others.map(|(_, to)| [from.clone(), to]).collect()
}

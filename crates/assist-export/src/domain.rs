//! The points at which an export is compared with the scorer.
//!
//! Where the columns have few values that the model takes, all their combinations are points, and what agrees there agrees
//! everywhere. Else points are drawn, from values that include every edge. In both cases values that are refused, and texts in
//! other spellings, come one and two at a time on top, since a refusal depends on its column and on those before it.

use assist_score::{Model, Value};

use crate::axis::{Axis, Cells, axes};
use crate::random::Random;

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainSettings {
    /// All combinations are taken where there are at most so many: 2,000,000 by default.
    pub most_points: usize,
    /// Else so many are drawn: 200,000 by default.
    pub sample: usize,
    /// What the draws begin with: 42 by default.
    pub seed: u64,
}

impl Default for DomainSettings {
    fn default() -> Self {
        Self { most_points: 2_000_000, sample: 200_000, seed: 42 }
    }
}

/// Points of a model's input.
#[derive(Debug, Clone)]
pub struct Domain {
    axes: Vec<Axis>,
    /// How many combinations of regular values come first; 0 where points are drawn.
    n_product: usize,
    /// How many points have only regular values: the combinations, or those that are drawn. They come first.
    n_regular: usize,
    /// Places on the axes of all other points, one after the other.
    places: Vec<u32>,
    n_columns: usize,
}

impl Domain {
    /// The points of a model by default settings.
    pub fn of(model: &Model) -> Self {
        Self::with_settings(model, DomainSettings::default())
    }

    /// The points of a model.
    pub fn with_settings(model: &Model, settings: DomainSettings) -> Self {
        let mut random = Random::new(settings.seed);
        let axes = axes(model, &mut random);
        let mut sizes = axes.iter().map(|axis| axis.n_regular);
        let product = sizes.try_fold(1_usize, usize::checked_mul);
        let is_complete = axes.iter().all(|axis| axis.is_complete);
        let n_product = product.filter(|product| is_complete && *product <= settings.most_points).unwrap_or(0);
        let n_columns = axes.len();
        let mut domain = Self { axes, n_product, n_regular: n_product, places: Vec::new(), n_columns };
        if n_product == 0 {
            domain.draw(settings.sample, &mut random);
            domain.n_regular = domain.len();
        }
        domain.add_others(&mut random);
        domain
    }

    /// Whether all combinations are among the points.
    pub fn is_whole(&self) -> bool {
        self.n_product > 0
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.n_product + self.places.len() / self.n_columns.max(1)
    }

    /// How many points, from the first on, have no value that is there to be refused or to be spelt in another way.
    pub(crate) fn n_regular(&self) -> usize {
        self.n_regular
    }

    /// Whether there are none, which is so for no model.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places on the axes of a point's values.
    pub(crate) fn places(&self, point: usize, places: &mut Vec<u32>) {
        places.clear();
        if let Some(after) = point.checked_sub(self.n_product) {
            let start = after * self.n_columns;
            places.extend(self.places.iter().skip(start).take(self.n_columns));
            return;
        }
        // The last column changes first.
        let mut rest = point;
        for axis in self.axes.iter().rev() {
            places.push(narrow(rest % axis.n_regular));
            rest /= axis.n_regular;
        }
        places.reverse();
    }

    /// The value at a place on the axis of a column.
    pub(crate) fn value(&self, column: usize, place: u32) -> Value<'_> {
        match self.axes.get(column).map(|axis| &axis.cells) {
            Some(Cells::Numbers(numbers)) => match numbers.get(place as usize) {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Missing,
            },
            Some(Cells::Texts(texts)) => match texts.get(place as usize) {
                Some(Some(text)) => Value::Text(text),
                _ => Value::Missing,
            },
            None => Value::Missing,
        }
    }

    /// The values of a point, in the order of the columns.
    pub fn row(&self, point: usize) -> Vec<Value<'_>> {
        let mut places = Vec::new();
        self.places(point, &mut places);
        places.iter().enumerate().map(|(column, place)| self.value(column, *place)).collect()
    }

    /// The places of the values that the model takes, on the axis of a column.
    pub(crate) fn regular_places(&self, column: usize) -> impl Iterator<Item = u32> {
        0..narrow(self.axes.get(column).map_or(0, |axis| axis.n_regular))
    }

    /// The places of all values on the axis of a column.
    pub(crate) fn all_places(&self, column: usize) -> impl Iterator<Item = u32> {
        0..narrow(self.axes.get(column).map_or(0, Axis::len))
    }

    /// The texts on the axis of each column of levels.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[Option<String>]> {
        self.axes.iter().filter_map(|axis| match &axis.cells {
            Cells::Texts(texts) => Some(texts.as_slice()),
            Cells::Numbers(_) => None,
        })
    }

    fn regular(&self, random: &mut Random) -> Vec<u32> {
        self.axes.iter().map(|axis| narrow(random.below(axis.n_regular))).collect()
    }

    /// Each regular value at least once, then combinations at random.
    fn draw(&mut self, sample: usize, random: &mut Random) {
        for column in 0..self.n_columns {
            for place in 0..self.axes[column].n_regular {
                let mut row = self.regular(random);
                row[column] = narrow(place);
                self.places.append(&mut row);
            }
        }
        let drawn = self.places.len() / self.n_columns.max(1);
        for _ in drawn..sample {
            let mut row = self.regular(random);
            self.places.append(&mut row);
        }
    }

    /// All other values one at a time, and two columns at a time, so that the first of two faults is the one that is told.
    fn add_others(&mut self, random: &mut Random) {
        const MOST_PAIRS: usize = 5_000;
        // Many columns lend each other their rows.
        let repeats = if self.n_columns > 20 { 1 } else { 3 };
        for column in 0..self.n_columns {
            let axis = &self.axes[column];
            for place in axis.n_regular..axis.len() {
                for _ in 0..repeats {
                    let mut row = self.regular(random);
                    row[column] = narrow(place);
                    self.places.append(&mut row);
                }
            }
        }
        let other = |axis: &Axis, random: &mut Random| axis.n_regular + random.below(axis.len() - axis.n_regular);
        for _ in 0..(self.n_columns * self.n_columns * 20).min(MOST_PAIRS) {
            let (first, second) = (random.below(self.n_columns), random.below(self.n_columns));
            let mut row = self.regular(random);
            for column in [first, second] {
                row[column] = narrow(other(&self.axes[column], random));
            }
            self.places.append(&mut row);
        }
    }
}

/// Axes are shorter than 2^32.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

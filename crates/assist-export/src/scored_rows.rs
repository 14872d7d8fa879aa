//! The rows of a table as one model takes them, with what it says of each: what two models are compared on.

use assist_score::{Model, Value};
use std::collections::HashMap;

use crate::outcomes::PointOutcome;
use crate::slices::{Cell, Column, Grid};

/// Rows with the outcome of each. Values are kept once, however many rows have them.
#[derive(Debug, Clone)]
pub struct ScoredRows<'a> {
    model: &'a Model,
    columns: Vec<Values>,
    outcomes: Vec<PointOutcome>,
}

/// The values of a column, and the place of each row's among them.
#[derive(Debug, Clone, Default)]
struct Values {
    known: HashMap<Key, u32>,
    cells: Vec<Cell>,
    places: Vec<u32>,
}

/// A value by which it is found again: floats have no equality that a table could use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Number(u64),
    Text(String),
    Missing,
}

impl Values {
    fn add(&mut self, value: &Value<'_>) {
        let cell = Cell::of(value);
        let key = match &cell {
            Cell::Number(number) => Key::Number(number.to_bits()),
            Cell::Text(text) => Key::Text(text.clone()),
            Cell::Missing => Key::Missing,
        };
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let place = *self.known.entry(key).or_insert(next);
        if place == next {
            self.cells.push(cell);
        }
        self.places.push(place);
    }
}

impl<'a> ScoredRows<'a> {
    /// None yet.
    pub fn new(model: &'a Model) -> Self {
        let columns = vec![Values::default(); model.space().n_columns()];
        Self { model, columns, outcomes: Vec::new() }
    }

    /// Scores one more row, whose values are in the order of the model's columns.
    pub fn add(&mut self, row: &[Value<'_>]) {
        self.outcomes.push(PointOutcome::of_row(self.model, row));
        self.columns.iter_mut().zip(row).for_each(|(column, value)| column.add(value));
    }

    pub(crate) fn outcomes(&self) -> &[PointOutcome] {
        &self.outcomes
    }

    /// The rows with the columns of both models, each column once.
    pub(crate) fn beside(&self, other: &Self) -> Grid {
        let own: Vec<&str> = self.model.space().column_names().collect();
        let all = [self, other].into_iter().flat_map(|rows| {
            let names = rows.model.space().column_names().enumerate();
            names.zip(&rows.columns).map(move |((place, name), values)| (rows, place, name, values))
        });
        // Of a column of both the first one's reading is told.
        let wanted = all.filter(|(rows, _, name, _)| std::ptr::eq(*rows, self) || !own.contains(name));
        let columns = wanted.map(|(rows, place, name, values)| {
            let n_usual = values.cells.len();
            Column::new(rows.model, place, name, values.cells.clone(), n_usual, &values.places)
        });
        Grid::new(columns.collect())
    }
}

//! The rows of a table counted as they stream by: cells by bin and level, scores, and what is rejected.

use std::borrow::Cow;

use assist_data::{ModelReadings, NumberReading, RawBatch, Table};
use assist_features::Rejects;
use assist_score::{MISSING_LEVEL, Model, NumericProfile, ScoreProfile, TrainingProfile, Value};

use super::report::OutsideRange;
use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::ordered_batches::ordered_batches;
use crate::predict::positions;
use crate::progress::{Stage, Watch, tell};
use crate::rows::FeatureColumns;

/// What was counted of some rows.
#[derive(Debug)]
pub(super) struct Tally {
    /// Observations, and those with a score.
    pub(super) rows: u64,
    pub(super) scored: u64,
    pub(super) predicted_positive: u64,
    probabilities: f64,
    pub(super) rejects: Rejects,
    /// Of each numeric column, then of each categorical one, the observations of each cell: bins or levels, then missing cells, then
    /// what the model does not take.
    pub(super) cells: Vec<Vec<u64>>,
    /// Of each numeric column those below and above the training rows.
    outside: Vec<[u64; 2]>,
    /// By the bins of the profile.
    pub(super) scores: Vec<u64>,
}

/// How rows are counted.
struct Counting<'a> {
    model: &'a Model,
    numeric: Vec<NumericProfile>,
    scores: ScoreProfile,
}

/// Counts all rows of a table; `counts` where its columns `n0` and `n1` say how many observations a row is.
pub(super) fn of_table(
    model: &Model,
    table: &Table,
    counts: bool,
    profile: Option<&TrainingProfile>,
    watch: Watch<'_>,
) -> Result<Tally, Error> {
    let counting = Counting::new(model, profile);
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let numeric: Vec<&str> = model.space().numeric.iter().map(|column| column.name.as_str()).collect();
    let readings = readings_of_model(model, &table.options().na);
    let positions = positions(model, &readings, &columns, &table.name())?;
    let readings = readings.for_table(table, &numeric)?;
    let of_counts = if counts { Some(counts_at(table, &columns)?) } else { None };
    let plain = ModelReadings { numbers: vec![NumberReading::default(); 2], levels: Vec::new() };
    let work = |batch: &RawBatch, _| {
        let cells = FeatureColumns::new(&batch.record, &readings.in_file(batch.source), &positions)?;
        let weights = of_counts.map(|at| FeatureColumns::new(&batch.record, &plain, &at)).transpose()?;
        let (mut tally, mut values, mut of_row) = (counting.empty(), Vec::new(), Vec::new());
        let mut row_cells = RowCells::default();
        for row in 0..batch.record.num_rows() {
            let n = weights.as_ref().map_or(1, |weights| {
                weights.row(row, &mut of_row);
                of_row.iter().map(observations).sum()
            });
            cells.row(row, &mut values);
            counting.add(&mut tally, &values, n, &mut row_cells);
        }
        Ok(tally)
    };
    let mut all = counting.empty();
    let mut n_rows = 0_u64;
    ordered_batches(table, &columns, work, |tallies| {
        for tally in tallies {
            n_rows += 1;
            all.join(tally);
        }
        tell(watch, Stage::Scoring, all.rows)
    })?;
    if n_rows == 0 {
        return Err(assist_data::Error::NoRows(table.name()).into());
    }
    Ok(all)
}

/// Where the columns of counts are.
fn counts_at(table: &Table, columns: &[&str]) -> Result<[usize; 2], Error> {
    let place = |name: &str| {
        let place = columns.iter().position(|column| *column == name);
        place.ok_or_else(|| Error::from(table.missing_column(name)))
    };
    Ok([place("n0")?, place("n1")?])
}

/// A cell of a column of counts, which an evaluation has read before.
fn observations(value: &Value<'_>) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and a cast saturates")]
    match value {
        Value::Number(n) => n.max(0.0) as u64,
        _ => 0,
    }
}

/// The cells of a row as the scorer takes them.
#[derive(Debug, Default)]
struct RowCells {
    numbers: Vec<f64>,
    codes: Vec<u32>,
}

impl<'a> Counting<'a> {
    fn new(model: &'a Model, profile: Option<&TrainingProfile>) -> Self {
        let space = model.space();
        let numeric = match profile {
            Some(profile) => profile.numeric.clone(),
            None => vec![NumericProfile { counts: vec![0], ..NumericProfile::default() }; space.numeric.len()],
        };
        let scores = profile.map_or_else(ScoreProfile::default, |profile| profile.scores.clone());
        Self { model, numeric, scores }
    }

    fn empty(&self) -> Tally {
        let space = self.model.space();
        let bins = self.numeric.iter().map(|column| column.edges.len() + 1);
        let levels = space.categorical.iter().map(|column| column.levels.len());
        Tally {
            rows: 0,
            scored: 0,
            predicted_positive: 0,
            probabilities: 0.0,
            rejects: Rejects::new(space.n_columns()),
            cells: bins.chain(levels).map(|n| vec![0; n + 2]).collect(),
            outside: vec![[0; 2]; space.numeric.len()],
            scores: vec![0; self.scores.edges.len() + 1],
        }
    }

    /// Counts a row that is so many observations.
    fn add(&self, tally: &mut Tally, values: &[Value<'_>], n: u64, row: &mut RowCells) {
        let space = self.model.space();
        tally.rows += n;
        row.numbers.clear();
        row.codes.clear();
        let mut is_taken = true;
        let (numbers, levels) = values.split_at(space.numeric.len().min(values.len()));
        for (column, (value, profile)) in numbers.iter().zip(&self.numeric).enumerate() {
            let cells = &mut tally.cells[column];
            if let Ok(number) = self.model.number(*value, column) {
                // A missing number has the bin behind all others.
                cells[profile.bin(number)] += n;
                let (low, high) = space.numeric[column].training_range;
                tally.outside[column][0] += if number < low { n } else { 0 };
                tally.outside[column][1] += if number > high { n } else { 0 };
                row.numbers.push(number);
            } else {
                is_taken = false;
                let is_missing = *value == Value::Missing;
                cells[profile.edges.len() + 1 + usize::from(!is_missing)] += n;
                tally.rejects.add_number(column, if is_missing { f64::NAN } else { 0.0 }, n);
            }
        }
        for (place, value) in levels.iter().enumerate() {
            let column = space.numeric.len() + place;
            let cells = &mut tally.cells[column];
            let n_levels = space.categorical[place].levels.len();
            if let Ok(code) = self.model.code(*value, place) {
                cells[code as usize] += n;
                row.codes.push(code);
            } else {
                is_taken = false;
                let is_missing = *value == Value::Missing;
                cells[n_levels + usize::from(!is_missing)] += n;
                tally.rejects.add_level(column, &level_of(value), n);
            }
        }
        let score = if is_taken { self.model.raw_score(&row.numbers, &row.codes) } else { f64::NAN };
        if !score.is_finite() {
            tally.rejects.rows += n;
            return;
        }
        let scored = self.model.scored(score);
        tally.scored += n;
        tally.predicted_positive += n * u64::from(scored.prediction);
        tally.probabilities += n as f64 * scored.probability;
        tally.scores[self.scores.bin(score)] += n;
    }
}

/// What a level that is not taken is called.
fn level_of<'a>(value: &Value<'a>) -> Cow<'a, str> {
    match value {
        Value::Missing => Cow::Borrowed(MISSING_LEVEL),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

impl Tally {
    fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.scored += other.scored;
        self.predicted_positive += other.predicted_positive;
        self.probabilities += other.probabilities;
        self.rejects.join(other.rejects);
        add(self.cells.iter_mut().flatten(), other.cells.into_iter().flatten());
        add(self.outside.iter_mut().flatten(), other.outside.into_iter().flatten());
        add(self.scores.iter_mut(), other.scores.into_iter());
    }

    pub(super) fn mean_probability(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.probabilities / self.scored as f64)
    }

    /// The numeric columns with numbers that no training row reaches, those with most first.
    pub(super) fn outside(&self, model: &Model) -> Vec<OutsideRange> {
        let columns = model.space().numeric.iter().zip(&self.outside).filter(|(_, rows)| **rows != [0, 0]);
        let outside = |(column, [below, above]): (&assist_score::NumericColumn, &[u64; 2])| OutsideRange {
            column: column.name.clone(),
            below: *below,
            above: *above,
            training_range: column.training_range.into(),
        };
        let mut all: Vec<OutsideRange> = columns.map(outside).collect();
        all.sort_by_key(|of| std::cmp::Reverse(of.below + of.above));
        all
    }
}

fn add<'a>(all: impl Iterator<Item = &'a mut u64>, others: impl Iterator<Item = u64>) {
    all.zip(others).for_each(|(all, other)| *all += other);
}

//! A synthetic table of user interactions: the columns, levels and marginals of the table that the project was conceived
//! on, with one of two labels.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use assist_score::sigmoid;
use rand_mt::Mt64;

const AGE_GROUPS: [(&str, u32); 4] = [("18-30", 3538), ("30-45", 3543), ("45-60", 3449), ("60+", 3470)];
const DEVICE_TYPES: [(&str, u32); 3] = [("Feature Phone", 4668), ("Smartphone", 4693), ("Smartwatch", 4639)];
const INPUT_MODES: [(&str, u32); 3] = [("Haptic", 4719), ("Touch", 4553), ("Voice", 4728)];
const TASK_TYPES: [(&str, u32); 3] = [("Check Balance", 4554), ("Make Payment", 4786), ("Transfer Money", 4660)];

/// How the label of a synthetic table comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelLaw {
    /// `error_count >= 3 OR task_completion_time_sec > 60`, without exception.
    Rule,
    /// At random, with a probability whose logit is [`NOISY_INTERCEPT`] plus the effects of [`NOISY_EFFECTS`].
    Noisy,
}

/// The intercept of [`LabelLaw::Noisy`].
pub const NOISY_INTERCEPT: f64 = -3.0;
/// What each feature adds to the logit under [`LabelLaw::Noisy`]; features that are not named have no effect.
pub const NOISY_EFFECTS: [(&str, f64); 4] = [
    ("error_count", 0.8),
    ("task_completion_time_sec", 0.04),
    ("user_satisfaction_score", -0.1),
    ("device_type_Smartwatch", 0.4),
];

/// Generates the rows of a synthetic table, batch by batch. The same seed gives the same rows, however they are batched.
#[derive(Debug)]
pub struct Generator {
    random: Mt64,
    law: LabelLaw,
    next_id: u64,
    rows: u64,
}

impl Generator {
    /// A table of `rows` rows.
    pub fn new(rows: u64, seed: u64, law: LabelLaw) -> Self {
        Self { random: Mt64::new(seed), law, next_id: 1, rows }
    }

    /// The columns of the table.
    pub fn schema() -> SchemaRef {
        let number = |name| Field::new(name, DataType::Int64, false);
        let text = |name| Field::new(name, DataType::Utf8, false);
        Arc::new(Schema::new(vec![
            number("user_id"),
            text("age_group"),
            text("device_type"),
            text("input_mode"),
            text("task_type"),
            number("error_count"),
            number("task_completion_time_sec"),
            number("user_satisfaction_score"),
            number("needs_assistance_flag"),
        ]))
    }

    /// The next rows, at most `most`; `None` after the last one.
    pub fn next_batch(&mut self, most: usize) -> Option<RecordBatch> {
        let rows: Vec<Row> = (0..most).map_while(|_| self.next_row()).collect();
        if rows.is_empty() {
            return None;
        }
        let number = |of: fn(&Row) -> i64| Arc::new(Int64Array::from_iter_values(rows.iter().map(of))) as _;
        let text = |of: fn(&Row) -> &'static str| Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as _;
        let columns = vec![
            number(|row| row.user_id),
            text(|row| row.age_group),
            text(|row| row.device_type),
            text(|row| row.input_mode),
            text(|row| row.task_type),
            number(|row| row.error_count),
            number(|row| row.task_completion_time_sec),
            number(|row| row.user_satisfaction_score),
            number(|row| i64::from(row.needs_assistance)),
        ];
        Some(RecordBatch::try_new(Self::schema(), columns).expect("columns of the schema's types and one length"))
    }

    fn next_row(&mut self) -> Option<Row> {
        if self.next_id > self.rows {
            return None;
        }
        let mut row = Row {
            user_id: self.next_id.cast_signed(),
            age_group: self.level(&AGE_GROUPS),
            device_type: self.level(&DEVICE_TYPES),
            input_mode: self.level(&INPUT_MODES),
            task_type: self.level(&TASK_TYPES),
            error_count: self.whole(0, 4),
            task_completion_time_sec: self.whole(5, 119),
            user_satisfaction_score: self.whole(1, 9),
            needs_assistance: false,
        };
        self.next_id += 1;
        row.needs_assistance = match self.law {
            LabelLaw::Rule => row.error_count >= 3 || row.task_completion_time_sec > 60,
            LabelLaw::Noisy => self.uniform() < sigmoid(noisy_logit(&row)),
        };
        Some(row)
    }

    /// From 0 to below 1, with 53 random bits.
    fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "between low and high")]
    fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + (self.uniform() * (high - low + 1) as f64) as i64
    }

    fn level(&mut self, levels: &[(&'static str, u32)]) -> &'static str {
        let total: u32 = levels.iter().map(|(_, weight)| weight).sum();
        let mut at = self.uniform() * f64::from(total);
        for (level, weight) in levels {
            at -= f64::from(*weight);
            if at < 0.0 {
                return level;
            }
        }
        levels[levels.len() - 1].0
    }
}

struct Row {
    user_id: i64,
    age_group: &'static str,
    device_type: &'static str,
    input_mode: &'static str,
    task_type: &'static str,
    error_count: i64,
    task_completion_time_sec: i64,
    user_satisfaction_score: i64,
    needs_assistance: bool,
}

fn noisy_logit(row: &Row) -> f64 {
    let values = [
        row.error_count as f64,
        row.task_completion_time_sec as f64,
        row.user_satisfaction_score as f64,
        f64::from(u8::from(row.device_type == "Smartwatch")),
    ];
    NOISY_INTERCEPT + NOISY_EFFECTS.iter().zip(values).map(|((_, effect), value)| effect * value).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;

    fn rows(rows: u64, law: LabelLaw, batch: usize) -> Vec<RecordBatch> {
        let mut generator = Generator::new(rows, 7, law);
        std::iter::from_fn(|| generator.next_batch(batch)).collect()
    }

    #[test]
    fn batches_do_not_change_the_rows() {
        let small = arrow::compute::concat_batches(&Generator::schema(), &rows(100, LabelLaw::Noisy, 7)).expect("one");
        assert_eq!(small, rows(100, LabelLaw::Noisy, 1000)[0]);
    }

    #[test]
    fn the_rule_has_no_exception_and_the_noisy_label_has() {
        let exceptions = |law| -> usize {
            let batch = &rows(5000, law, 5000)[0];
            let column = |index: usize| batch.column(index).as_primitive::<Int64Type>().values();
            let agrees = |row: &usize| i64::from(column(5)[*row] >= 3 || column(6)[*row] > 60) != column(8)[*row];
            (0..5000).filter(agrees).count()
        };
        assert_eq!(exceptions(LabelLaw::Rule), 0);
        assert!(exceptions(LabelLaw::Noisy) > 500);
    }
}

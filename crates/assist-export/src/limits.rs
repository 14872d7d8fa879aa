//! What lies beyond the stated limits of a format: points there are not compared, and reports say how many they are.

use assist_score::Value;

use crate::domain::Domain;
use crate::export::Format;
use crate::plan::{InputKind, Plan};
use crate::runtimes::onnx::is_known;
use crate::targets::onnx::OnnxProfile;

/// Of each value of each column whether it is beyond the limits of a format.
pub(crate) struct Limits(Vec<Vec<bool>>);

impl Limits {
    pub(crate) fn new(format: &Format, plan: &Plan, domain: &Domain) -> Self {
        let columns = plan.inputs.iter().enumerate();
        Self(columns.map(|(column, input)| of_column(format, &input.kind, domain, column)).collect())
    }

    /// What the values beyond them are.
    pub(crate) fn in_words(format: &Format) -> String {
        match format {
            Format::CFixed => "numbers that are not whole, or need more than 32 bits".into(),
            Format::Onnx(OnnxProfile::Web) => "numbers that 32-bit floats do not hold exactly".into(),
            Format::Onnx(OnnxProfile::Server) => "texts that the graph does not list".into(),
            Format::Sql(options) => {
                let largest = options.dialect.largest().unwrap_or(f64::MAX);
                format!("numbers beyond {largest:e}, or nearer to 0 than {:e}", 1.0 / largest)
            }
            Format::C | Format::JavaScript | Format::Json | Format::Wasm => "nothing that is left out".into(),
        }
    }

    /// Whether any value of a point is.
    pub(crate) fn exclude(&self, places: &[u32]) -> bool {
        let is_beyond = |(column, place): (&Vec<bool>, &u32)| column.get(*place as usize).copied().unwrap_or(false);
        self.0.iter().zip(places).any(is_beyond)
    }
}

fn of_column(format: &Format, kind: &InputKind, domain: &Domain, column: usize) -> Vec<bool> {
    let is_beyond = |place: u32| match (format, kind, domain.value(column, place)) {
        (Format::Sql(options), _, Value::Number(number)) => {
            let is_far = |largest: f64| number.abs() > largest || (number != 0.0 && number.abs() < 1.0 / largest);
            options.dialect.largest().is_some_and(is_far)
        }
        (Format::CFixed, _, Value::Number(number)) => number != number.trunc() || number.abs() > f64::from(i32::MAX),
        (Format::Onnx(OnnxProfile::Web), _, Value::Number(number)) => !is_narrow(number),
        (Format::Onnx(OnnxProfile::Server), InputKind::Level(level), Value::Text(text)) => !is_known(level, text),
        // A missing text is written as this level, where it is one of its own.
        (Format::Onnx(OnnxProfile::Server), InputKind::Level(level), Value::Missing) => {
            level.missing.is_none() && level.levels.iter().any(|level| level == assist_score::MISSING_LEVEL)
        }
        _ => false,
    };
    domain.all_places(column).map(is_beyond).collect()
}

/// Whether a number is one of 32 bits too.
#[expect(clippy::cast_possible_truncation, reason = "that nothing is lost is what is asked")]
fn is_narrow(number: f64) -> bool {
    f64::from(number as f32) == number
}

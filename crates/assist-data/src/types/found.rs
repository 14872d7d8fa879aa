//! What the cells of a text file plainly are, over all of its rows: whole numbers, numbers, truth values, else text.
//!
//! Only what can be written back is taken for a number: a level such as `01234`, a number of more digits than 64 bits hold
//! and a cell with blanks around it stay texts, and with them their column.

use arrow::datatypes::DataType;
use serde_json::Value;

/// Whole numbers up to here are floats of 64 bits without loss.
const LARGEST_EXACT: u64 = 1 << 53;
/// A float of 64 bits gives so many digits back.
const DIGITS: usize = 17;

/// What the cells of a column are, as far as they have been looked at.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one kind of cell whether any was met")]
pub(crate) struct FoundType {
    has_truth: bool,
    has_whole: bool,
    has_negative: bool,
    /// Whole numbers beyond 63 bits, which fit into 64 without a sign.
    has_large: bool,
    /// Whole numbers that a float does not hold.
    has_inexact: bool,
    has_fraction: bool,
    has_text: bool,
}

impl FoundType {
    /// Looks at a cell of a CSV file; an empty one is missing and says nothing.
    pub(crate) fn look_at_text(&mut self, cell: &str) {
        match cell {
            "" => {}
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => self.has_truth = true,
            _ => self.look_at_number(cell),
        }
    }

    /// Looks at a value of a JSON object, which says itself what it is.
    pub(crate) fn look_at_value(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => self.has_truth = true,
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => self.look_at_whole(whole),
                // JSON has no whole numbers of its own; what is larger is a number as any other.
                (None, Some(_)) => self.has_large = true,
                (None, None) => self.has_fraction = true,
            },
            Value::String(_) | Value::Array(_) | Value::Object(_) => self.has_text = true,
        }
    }

    /// Whether nothing that is still to come can change the type.
    pub(crate) fn is_text(self) -> bool {
        self.has_text || self.has_truth && self.has_number()
    }

    /// The type that holds all cells without loss; [`DataType::Null`] where there was none.
    pub(crate) fn data_type(self) -> DataType {
        let is_mixed = self.has_fraction && self.has_inexact || self.has_large && self.has_negative;
        if self.is_text() || is_mixed {
            DataType::Utf8
        } else if self.has_truth {
            DataType::Boolean
        } else if self.has_fraction {
            DataType::Float64
        } else if self.has_large {
            DataType::UInt64
        } else if self.has_whole {
            DataType::Int64
        } else {
            DataType::Null
        }
    }

    fn has_number(self) -> bool {
        self.has_whole || self.has_large || self.has_fraction
    }

    fn look_at_whole(&mut self, whole: i64) {
        self.has_whole = true;
        self.has_negative |= whole < 0;
        self.has_inexact |= whole.unsigned_abs() > LARGEST_EXACT;
    }

    fn look_at_number(&mut self, cell: &str) {
        if !is_plain_number(cell) {
            self.has_text = true;
        } else if cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && cell != "-0" {
            match (cell.parse::<i64>(), cell.parse::<u64>()) {
                (Ok(whole), _) => self.look_at_whole(whole),
                (Err(_), Ok(_)) => (self.has_large, self.has_inexact) = (true, true),
                (Err(_), Err(_)) => self.has_text = true,
            }
        } else if cell.parse::<f64>().is_ok_and(f64::is_finite) {
            self.has_fraction = true;
        } else {
            self.has_text = true;
        }
    }
}

/// Whether a text is a decimal number with no more digits than come back from 64 bits, and none in front that mean nothing.
fn is_plain_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (digits, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_plain = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && are_digits(exponent)
    });
    let is_whole = exponent.is_none() && !digits.contains('.');
    let significant = match whole.trim_start_matches('0').len() {
        0 => fraction.trim_start_matches('0').len(),
        before => before + fraction.len(),
    };
    let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
    !(whole.is_empty() && fraction.is_empty())
        && are_digits(whole)
        && are_digits(fraction)
        && exponent_is_plain
        && !leads_with_zero
        && (is_whole || significant <= DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_cells(cells: &[&str]) -> DataType {
        let mut found = FoundType::default();
        cells.iter().for_each(|cell| found.look_at_text(cell));
        found.data_type()
    }

    #[test]
    fn cells_are_what_all_of_them_plainly_are() {
        for (cells, expected) in [
            (&["1", "", "-20", "0"][..], DataType::Int64),
            (&["1", "2.50", "-0", "1e-7", ".5"], DataType::Float64),
            (&["0.00012345678901234567", "12345678901234.567"], DataType::Float64),
            (&["18446744073709551615", "1"], DataType::UInt64),
            (&["18446744073709551615", "-1"], DataType::Utf8),
            (&["18446744073709551616"], DataType::Utf8),
            (&["9007199254740993", "0.5"], DataType::Utf8),
            (&["01234", "5"], DataType::Utf8),
            (&["+1"], DataType::Utf8),
            (&[" 1"], DataType::Utf8),
            (&["1,5"], DataType::Utf8),
            (&["0.12345678901234567890"], DataType::Utf8),
            (&["1e400"], DataType::Utf8),
            (&["nan"], DataType::Utf8),
            (&["-"], DataType::Utf8),
            (&["."], DataType::Utf8),
            (&["1e"], DataType::Utf8),
            (&["True", "", "false"], DataType::Boolean),
            (&["True", "1"], DataType::Utf8),
            (&["", ""], DataType::Null),
        ] {
            assert_eq!(of_cells(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn values_of_objects_say_what_they_are() {
        let of_values = |values: Value| {
            let mut found = FoundType::default();
            values.as_array().expect("a list").iter().for_each(|value| found.look_at_value(value));
            found.data_type()
        };
        assert_eq!(of_values(serde_json::json!([1, null, -3])), DataType::Int64);
        assert_eq!(of_values(serde_json::json!([1, 2.0])), DataType::Float64);
        assert_eq!(of_values(serde_json::json!([true, null])), DataType::Boolean);
        assert_eq!(of_values(serde_json::json!(["1", "2"])), DataType::Utf8);
        assert_eq!(of_values(serde_json::json!([1, "a"])), DataType::Utf8);
        assert_eq!(of_values(serde_json::json!([u64::MAX])), DataType::UInt64);
    }
}

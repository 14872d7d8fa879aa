//! Columns stored as narrow as loses nothing: they grow wider only when a value asks for it.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

/// Numbers, each exactly the 64-bit float that was pushed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NumericValues {
    U8(Vec<u8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Codes of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

/// Runs an expression on the vector of a column, whatever it stores.
macro_rules! for_each_width {
    ($column:expr, $enum:ident { $($variant:ident),+ }, $values:ident => $body:expr) => {
        match $column { $($enum::$variant($values) => $body),+ }
    };
    // The result is stored in the same width.
    ($column:expr, $enum:ident { $($variant:ident),+ } => $values:ident, $body:expr) => {
        match $column { $($enum::$variant($values) => $enum::$variant($body)),+ }
    };
}

/// As [`for_each_width`], for numbers.
macro_rules! with_numbers {
    ($column:expr, $values:ident => $body:expr) => {
        {
            use $crate::column::NumericValues as Width;
            $crate::column::for_each_width!($column, Width { U8, I16, I32, F32, F64 }, $values => $body)
        }
    };
}

/// As [`for_each_width`], for codes.
macro_rules! with_codes {
    ($column:expr, $values:ident => $body:expr) => {
        {
            use $crate::column::Codes as Width;
            $crate::column::for_each_width!($column, Width { U8, U16, U32 }, $values => $body)
        }
    };
}

pub(crate) use {for_each_width, with_codes, with_numbers};

/// A code as an index.
pub(crate) fn as_index<T: Into<u32>>(code: T) -> usize {
    let code: u32 = code.into();
    code as usize
}

/// An index as a code, of which there are never more than 32 bits can tell apart.
pub(crate) fn as_code(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Default for NumericValues {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

impl NumericValues {
    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        with_numbers!(self, values => values.len())
    }

    /// The value of a row.
    ///
    /// # Panics
    ///
    /// Where there is no such row.
    pub(crate) fn get(&self, row: usize) -> f64 {
        with_numbers!(self, values => values[row].into())
    }

    /// Appends a finite value.
    #[expect(clippy::float_cmp, reason = "a width is right only where it gives the very same number back")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by casting back")]
    pub(crate) fn push(&mut self, value: f64) {
        match self {
            Self::U8(values) if f64::from(value as u8) == value => values.push(value as u8),
            Self::I16(values) if f64::from(value as i16) == value => values.push(value as i16),
            Self::I32(values) if f64::from(value as i32) == value => values.push(value as i32),
            Self::F32(values) if f64::from(value as f32) == value => values.push(value as f32),
            Self::F64(values) => values.push(value),
            _ => {
                self.widen_for(value);
                self.push(value);
            }
        }
    }

    /// Appends finite values.
    #[expect(clippy::float_cmp, reason = "a width is right only where it gives the very same number back")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by casting back")]
    pub(crate) fn extend(&mut self, added: &[f64]) {
        /// Whether all values survive a cast, without a branch for each.
        fn all(values: &[f64], survives: impl Fn(f64) -> bool) -> bool {
            values.iter().fold(true, |all, value| all & survives(*value))
        }
        match self {
            Self::U8(values) if all(added, |v| f64::from(v as u8) == v) => {
                values.extend(added.iter().map(|v| *v as u8));
            }
            Self::I16(values) if all(added, |v| f64::from(v as i16) == v) => {
                values.extend(added.iter().map(|v| *v as i16));
            }
            Self::I32(values) if all(added, |v| f64::from(v as i32) == v) => {
                values.extend(added.iter().map(|v| *v as i32));
            }
            Self::F32(values) if all(added, |v| f64::from(v as f32) == v) => {
                values.extend(added.iter().map(|v| *v as f32));
            }
            Self::F64(values) => values.extend_from_slice(added),
            _ => added.iter().for_each(|value| self.push(*value)),
        }
    }

    /// The values at some rows.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        for_each_width!(self, NumericValues { U8, I16, I32, F32, F64 } => values, rows.iter().map(|row| values[*row as usize]).collect())
    }

    /// One value a code.
    pub(crate) fn from_codes(codes: &Codes, values: &[f64]) -> Self {
        let mut widest = Self::default();
        widest.extend(values);
        for_each_width!(&widest, NumericValues { U8, I16, I32, F32, F64 } => narrow, {
            with_codes!(codes, codes => codes.iter().map(|code| narrow[as_index(*code)]).collect())
        })
    }

    #[expect(clippy::float_cmp, reason = "a width is right only where it gives the very same number back")]
    #[expect(clippy::cast_possible_truncation, reason = "checked by casting back")]
    fn widen_for(&mut self, value: f64) {
        *self = match self {
            Self::U8(values) if f64::from(value as i16) == value => {
                Self::I16(values.iter().map(|v| i16::from(*v)).collect())
            }
            Self::U8(values) if f64::from(value as i32) == value => {
                Self::I32(values.iter().map(|v| i32::from(*v)).collect())
            }
            Self::I16(values) if f64::from(value as i32) == value => {
                Self::I32(values.iter().map(|v| i32::from(*v)).collect())
            }
            Self::U8(values) if f64::from(value as f32) == value => {
                Self::F32(values.iter().map(|v| f32::from(*v)).collect())
            }
            Self::I16(values) if f64::from(value as f32) == value => {
                Self::F32(values.iter().map(|v| f32::from(*v)).collect())
            }
            ref wide => Self::F64(with_numbers!(wide, values => values.iter().map(|v| f64::from(*v)).collect())),
        };
    }
}

impl Codes {
    /// The code of a row.
    ///
    /// # Panics
    ///
    /// Where there is no such row.
    pub(crate) fn get(&self, row: usize) -> u32 {
        with_codes!(self, codes => u32::from(codes[row]))
    }

    /// The codes at some rows.
    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        for_each_width!(self, Codes { U8, U16, U32 } => codes, rows.iter().map(|row| codes[*row as usize]).collect())
    }

    /// `n` codes that are all below `bound`.
    #[expect(clippy::cast_possible_truncation, reason = "below the bound")]
    pub(crate) fn collect(bound: usize, codes: impl Iterator<Item = u32>) -> Self {
        if bound <= 1 << 8 {
            Self::U8(codes.map(|code| code as u8).collect())
        } else if bound <= 1 << 16 {
            Self::U16(codes.map(|code| code as u16).collect())
        } else {
            Self::U32(codes.collect())
        }
    }

    /// Appends codes.
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit")]
    pub(crate) fn extend(&mut self, added: impl Iterator<Item = u32> + Clone) {
        let most = added.clone().max().unwrap_or(0);
        match self {
            Self::U8(codes) if u8::try_from(most).is_ok() => codes.extend(added.map(|code| code as u8)),
            Self::U16(codes) if u16::try_from(most).is_ok() => codes.extend(added.map(|code| code as u16)),
            Self::U32(codes) => codes.extend(added),
            _ => added.for_each(|code| self.push(code)),
        }
    }

    /// Appends a code.
    pub(crate) fn push(&mut self, code: u32) {
        match (&mut *self, u8::try_from(code), u16::try_from(code)) {
            (Self::U8(codes), Ok(code), _) => codes.push(code),
            (Self::U16(codes), _, Ok(code)) => codes.push(code),
            (Self::U32(codes), _, _) => codes.push(code),
            (Self::U8(codes), _, Ok(_)) => {
                *self = Self::U16(codes.iter().map(|c| u16::from(*c)).collect());
                self.push(code);
            }
            _ => {
                *self = Self::U32(with_codes!(self, codes => codes.iter().map(|c| u32::from(*c)).collect()));
                self.push(code);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_column_is_as_narrow_as_its_values_allow() {
        let width = |values: &[f64]| {
            let mut column = NumericValues::default();
            values.iter().for_each(|value| column.push(*value));
            match column {
                NumericValues::U8(_) => "u8",
                NumericValues::I16(_) => "i16",
                NumericValues::I32(_) => "i32",
                NumericValues::F32(_) => "f32",
                NumericValues::F64(_) => "f64",
            }
        };
        assert_eq!(width(&[0.0, 255.0]), "u8");
        assert_eq!(width(&[255.0, -1.0]), "i16");
        assert_eq!(width(&[1.0, 70_000.0]), "i32");
        assert_eq!(width(&[300.0, 0.5]), "f32");
        assert_eq!(width(&[0.5, 0.1]), "f64");
        assert_eq!(width(&[16_777_217.0, 0.5]), "f64");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(values in prop::collection::vec(
            prop_oneof![0.0..300.0_f64, (-40_000..80_000_i32).prop_map(f64::from), any::<f32>().prop_map(f64::from), any::<f64>()]
                .prop_filter("finite", |value| value.is_finite()), 0..40)) {
            let mut column = NumericValues::default();
            values.iter().for_each(|value| column.push(*value));
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(column.get(row), *value);
            }
        }

        #[test]
        fn codes_survive_widening(codes in prop::collection::vec(prop_oneof![0..4_u32, 0..70_000_u32, any::<u32>()], 0..40)) {
            let mut column = Codes::default();
            codes.iter().for_each(|code| column.push(*code));
            prop_assert!(codes.iter().enumerate().all(|(row, code)| column.get(row) == *code));
        }
    }
}

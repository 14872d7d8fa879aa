//! The type that holds the cells of two, as pandas would put the files together: numbers become floats beside floats, and
//! texts beside texts.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

/// Most digits of a decimal number of 128 bits.
const DECIMAL_DIGITS: u8 = 38;
/// Digits of a whole number of 64 bits.
const WHOLE_DIGITS: u8 = 20;

/// The type that holds the cells of both; `None` where there is none, as between a list and a number.
pub(crate) fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{
        Date32, Date64, Dictionary, FixedSizeBinary, Float64, LargeList, LargeUtf8, List, Null, Struct, Timestamp, Utf8,
    };
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Dictionary(_, values), other) | (other, Dictionary(_, values)) => common_type(values, plain(other)),
        (a, b) if is_plain_text(a) && is_plain_text(b) => {
            Some(if *a == LargeUtf8 || *b == LargeUtf8 { LargeUtf8 } else { Utf8 })
        }
        (a, b) if is_binary(a) && is_binary(b) => Some(DataType::LargeBinary),
        (a, b) if a.is_integer() && b.is_integer() => Some(common_integer(a, b)),
        (a, b) if a.is_decimal() || b.is_decimal() => match (decimal_digits(a), decimal_digits(b)) {
            (Some(a), Some(b)) => Some(common_decimal(a, b)),
            _ if a.is_numeric() && b.is_numeric() => Some(Float64),
            _ => as_text(a, b),
        },
        (a, b) if a.is_numeric() && b.is_numeric() => Some(Float64),
        (Date32, Date64) | (Date64, Date32) => Some(Date64),
        (Timestamp(unit_a, zone_a), Timestamp(unit_b, zone_b)) => {
            // A time without a zone is UTC.
            let zone = if zone_a == zone_b { zone_a.clone() } else { Some("UTC".into()) };
            Some(Timestamp(finer(*unit_a, *unit_b), zone))
        }
        (Timestamp(unit, zone), Date32 | Date64) | (Date32 | Date64, Timestamp(unit, zone)) => {
            Some(Timestamp(*unit, zone.clone()))
        }
        (List(a), List(b)) => Some(List(common_field(a, b)?)),
        (List(a) | LargeList(a), List(b) | LargeList(b)) => Some(LargeList(common_field(a, b)?)),
        (Struct(a), Struct(b)) if a.len() == b.len() => {
            let same = |(a, b): (&FieldRef, &FieldRef)| (a.name() == b.name()).then(|| common_field(a, b)).flatten();
            a.iter().zip(b).map(same).collect::<Option<Vec<FieldRef>>>().map(|fields| Struct(fields.into()))
        }
        (FixedSizeBinary(_), _) | (_, FixedSizeBinary(_)) => None,
        (a, b) => as_text(a, b),
    }
}

/// A field whose cells are those of both: nullable if one is, with what the two say alike.
pub(crate) fn common_field(a: &FieldRef, b: &FieldRef) -> Option<FieldRef> {
    let kind = common_type(a.data_type(), b.data_type())?;
    let mut metadata = a.metadata().clone();
    // What is said of another type is not true of this one.
    let is_kept = kind == *a.data_type();
    metadata.retain(|key, value| is_kept && b.metadata().get(key) == Some(value));
    let is_nullable = a.is_nullable() || b.is_nullable() || *a.data_type() == DataType::Null;
    Some(Arc::new(Field::new(a.name(), kind, is_nullable).with_metadata(metadata)))
}

/// A type, or that of the values that its dictionaries hold, at any depth.
pub(crate) fn without_dictionaries(kind: &DataType) -> DataType {
    let of_field = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(without_dictionaries(field.data_type())))
    };
    match kind {
        DataType::Dictionary(_, values) => without_dictionaries(values),
        DataType::List(field) => DataType::List(of_field(field)),
        DataType::LargeList(field) => DataType::LargeList(of_field(field)),
        DataType::FixedSizeList(field, length) => DataType::FixedSizeList(of_field(field), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(of_field).collect()),
        DataType::Map(field, is_sorted) => DataType::Map(of_field(field), *is_sorted),
        other => other.clone(),
    }
}

/// Whether a type holds texts that no dictionary codes.
pub(crate) fn is_plain_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn plain(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

fn is_binary(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_))
}

/// Text, where the cells of both can be written as one.
fn as_text(a: &DataType, b: &DataType) -> Option<DataType> {
    let can_be =
        |kind: &DataType| is_plain_text(kind) || kind.is_numeric() || kind.is_temporal() || *kind == DataType::Boolean;
    let is_large = *a == DataType::LargeUtf8 || *b == DataType::LargeUtf8;
    (can_be(a) && can_be(b)).then_some(if is_large { DataType::LargeUtf8 } else { DataType::Utf8 })
}

/// Whole numbers of both widths; without a sign and of 64 bits beside signed ones they are floats, as in pandas.
fn common_integer(a: &DataType, b: &DataType) -> DataType {
    use DataType::{Float64, Int16, Int32, Int64, UInt64};
    let width = |kind: &DataType| kind.primitive_width().unwrap_or(8);
    if a.is_signed_integer() == b.is_signed_integer() {
        return if width(a) >= width(b) { a.clone() } else { b.clone() };
    }
    let (signed, unsigned) = if a.is_signed_integer() { (a, b) } else { (b, a) };
    match unsigned {
        UInt64 => Float64,
        _ => match width(signed).max(2 * width(unsigned)) {
            2 => Int16,
            4 => Int32,
            _ => Int64,
        },
    }
}

/// Digits before and behind the point of decimals and whole numbers.
fn decimal_digits(kind: &DataType) -> Option<(u8, u8)> {
    match kind {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            let behind = u8::try_from(*scale).ok()?;
            Some((precision.checked_sub(behind)?, behind))
        }
        kind if kind.is_integer() => Some((WHOLE_DIGITS, 0)),
        _ => None,
    }
}

fn common_decimal(a: (u8, u8), b: (u8, u8)) -> DataType {
    let (before, behind) = (a.0.max(b.0), a.1.max(b.1));
    let precision = before + behind;
    match i8::try_from(behind) {
        Ok(scale) if precision <= DECIMAL_DIGITS => DataType::Decimal128(precision, scale),
        Ok(scale) if precision <= 2 * DECIMAL_DIGITS => DataType::Decimal256(precision, scale),
        _ => DataType::Float64,
    }
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    let rank = |unit: TimeUnit| match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::{
        Binary, Boolean, Date32, Decimal128, Dictionary, Float32, Float64, Int8, Int32, Int64, LargeUtf8, List, UInt8,
        UInt64, Utf8, Utf8View,
    };

    #[test]
    fn the_common_type_holds_both_and_does_not_depend_on_their_order() {
        let dictionary = |key: DataType, value: DataType| Dictionary(Box::new(key), Box::new(value));
        let list = |kind: DataType| List(Arc::new(Field::new("item", kind, true)));
        for (a, b, expected) in [
            (Int64, Float64, Some(Float64)),
            (Int8, Float32, Some(Float64)),
            (Int8, Int64, Some(Int64)),
            (Int8, UInt8, Some(DataType::Int16)),
            (Int64, UInt64, Some(Float64)),
            (Int64, Utf8, Some(Utf8)),
            (Boolean, Utf8, Some(Utf8)),
            (Boolean, Int64, Some(Utf8)),
            (Date32, Utf8, Some(Utf8)),
            (Utf8View, Utf8, Some(Utf8)),
            (LargeUtf8, Int64, Some(LargeUtf8)),
            (dictionary(Int8, Utf8), Utf8, Some(Utf8)),
            (dictionary(Int8, Utf8), dictionary(Int32, Utf8), Some(Utf8)),
            (dictionary(Int8, Int64), Float64, Some(Float64)),
            (DataType::Null, dictionary(Int8, Utf8), Some(dictionary(Int8, Utf8))),
            (Decimal128(10, 2), Decimal128(12, 4), Some(Decimal128(12, 4))),
            (Decimal128(10, 2), Int64, Some(Decimal128(22, 2))),
            (Decimal128(10, 2), Float64, Some(Float64)),
            (list(Int64), list(Float64), Some(list(Float64))),
            (list(Int64), Int64, None),
            (Binary, Utf8, None),
        ] {
            assert_eq!(common_type(&a, &b), expected, "{a} and {b}");
            assert_eq!(common_type(&b, &a), expected, "{b} and {a}");
        }
    }

    #[test]
    fn what_fields_say_alike_stays() {
        let field = |kind: DataType, nullable: bool, unit: &str| -> FieldRef {
            let said = [("unit".to_owned(), unit.to_owned()), ("by".to_owned(), "us".to_owned())];
            Arc::new(Field::new("x", kind, nullable).with_metadata(said.into()))
        };
        let both = common_field(&field(Int64, false, "s"), &field(Int64, true, "ms")).expect("a field");
        assert!(both.is_nullable());
        assert_eq!(both.metadata().keys().collect::<Vec<_>>(), ["by"]);
        let other = common_field(&field(Int64, false, "s"), &field(Float64, false, "s")).expect("a field");
        assert!(other.metadata().is_empty() && !other.is_nullable());
    }
}

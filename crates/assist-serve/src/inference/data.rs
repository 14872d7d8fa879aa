//! The values of a tensor as JSON, in lists or in lists of lists.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::rows::Cell;

/// Values of JSON, with lists within lists flattened.
#[derive(Debug)]
pub(crate) struct Data<'a>(pub(super) Vec<Cell<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Flat;
        impl<'de> Visitor<'de> for Flat {
            type Value = Vec<Cell<'de>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut cells = Vec::new();
                while let Some(item) = list.next_element::<Item<'de>>()? {
                    match item {
                        Item::One(cell) => cells.push(cell),
                        Item::List(list) => cells.extend(list),
                    }
                }
                Ok(cells)
            }
        }
        Ok(Self(deserializer.deserialize_seq(Flat)?))
    }
}

/// A value, or a list of the one value of a row.
enum Item<'a> {
    One(Cell<'a>),
    List(Vec<Cell<'a>>),
}

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Item<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or a list of them")
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Truth(truth)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Number(number as f64)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Number(number as f64)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Number(number)))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Text(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Item::One(Cell::Missing))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut cells = Vec::with_capacity(1);
                while let Some(cell) = list.next_element()? {
                    cells.push(cell);
                }
                Ok(Item::List(cells))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_within_lists_are_flat() {
        let data: Data<'_> = serde_json::from_str(r#"[[1], ["a"], null, true]"#).expect("values");
        assert_eq!(data.0, [Cell::Number(1.0), Cell::Text("a".into()), Cell::Missing, Cell::Truth(true)]);
    }
}

//! The keys of JSON objects, which are the columns of a table of them. No value is kept, and a key costs one look-up, however
//! many there are.

use std::collections::HashMap;
use std::fmt;

use assist_score::shown;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// The keys of all objects so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In the order of their first occurrence.
    pub(crate) in_order: Vec<String>,
    /// For each the last object that had it, objects being counted from 1.
    last_object: HashMap<String, u64>,
    n_objects: u64,
}

impl Names {
    /// Takes the keys of an object of plain values. One that it has twice would mean one thing to one reader and another to
    /// the next, so that is refused.
    pub(crate) fn add(&mut self, text: &[u8]) -> serde_json::Result<()> {
        self.n_objects += 1;
        let mut parser = serde_json::Deserializer::from_slice(text);
        parser.deserialize_any(Keys(self))?;
        parser.end()
    }
}

struct Keys<'a>(&'a mut Names);

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let names = self.0;
        while let Some(()) = object.next_key_seed(Key(names))? {
            object.next_value_seed(PlainValue)?;
        }
        Ok(())
    }
}

struct Key<'a>(&'a mut Names);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<(), D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        let names = self.0;
        if let Some(last) = names.last_object.get_mut(key) {
            if std::mem::replace(last, names.n_objects) == names.n_objects {
                return Err(E::custom(format_args!("key `{}` occurs twice", shown(key))));
            }
            return Ok(());
        }
        names.last_object.insert(key.to_owned(), names.n_objects);
        names.in_order.push(key.to_owned());
        Ok(())
    }
}

struct PlainValue;

impl<'de> DeserializeSeed<'de> for PlainValue {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PlainValue {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a truth value or null")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("a value is a list or an object"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("a value is a list or an object"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_in_order_and_doubled_ones_refused() {
        let mut names = Names::default();
        for object in ["{\"b\": 1.5, \"a\": \"x\"}", "{}", "{\"a\": null, \"c\\u0020d\": true, \"b\": -1}"] {
            names.add(object.as_bytes()).expect("an object");
        }
        assert_eq!(names.in_order, ["b", "a", "c d"]);
        for (object, words) in [
            ("{\"a\": 1, \"a\": 2}", "key `a` occurs twice"),
            ("{\"\\u0061\": 1, \"b\": 1, \"a\": 1}", "key `a` occurs twice"),
            ("{\"a\": [1]}", "a value is a list or an object"),
            ("{\"a\": {\"b\": 1}}", "a value is a list or an object"),
            ("[1]", "invalid type: sequence, expected an object"),
            ("{\"a\": 1} {\"a\": 2}", "trailing characters"),
            ("{\"a\": 1", "EOF while parsing an object"),
        ] {
            let error = names.add(object.as_bytes()).expect_err("refused").to_string();
            assert!(error.starts_with(words), "{object}: {error}");
        }
    }

    #[test]
    fn many_keys_cost_one_look_up_each() {
        let object: Vec<String> = (0..200_000).map(|key| format!("\"k{key}\":1")).collect();
        let mut names = Names::default();
        names.add(format!("{{{}}}", object.join(",")).as_bytes()).expect("an object");
        assert_eq!(names.in_order.len(), 200_000);
    }
}

//! How it is stored how a training table was read: sections of their own, behind what the pair is worked out from. These
//! forms are frozen; what is new needs a section of another tag. All of them are optional, since no score depends on them.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::sections::{Need, Sections, Writer};
use crate::error::{Error, Inconsistency};
use crate::files::Artifact;
use crate::number_style::NumberStyle;
use crate::reading::{Derived, Reading};

mod tag {
    pub(super) const MISSING_TEXTS: u16 = 512;
    pub(super) const NUMBER_STYLES: u16 = 513;
    pub(super) const DERIVED: u16 = 514;
    pub(super) const LEFT_OUT: u16 = 515;
    pub(super) const GROUP: u16 = 517;

    pub(super) const ALL: &[u16] = &[MISSING_TEXTS, NUMBER_STYLES, DERIVED, LEFT_OUT, GROUP];
}

#[derive(Serialize, Deserialize)]
struct StoredNumberStyle {
    column: String,
    decimal: char,
    thousands: Option<char>,
    has_currency: bool,
    percent: bool,
    brackets: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredDerived {
    name: String,
    source: String,
    part: String,
    form: String,
}

#[derive(Serialize, Deserialize)]
struct StoredLeftOut {
    column: String,
    reason: String,
}

/// The sections of a reading; nothing where there is nothing to record. What would not be read again is not written either.
pub(super) fn sections(reading: &Reading) -> Result<Vec<u8>, Error> {
    check(&reading.numbers)?;
    let Reading { na, numbers, derived, left_out, group } = reading.clone();
    let numbers: Vec<StoredNumberStyle> = numbers.into_iter().map(StoredNumberStyle::from).collect();
    let derived: Vec<StoredDerived> = derived.into_iter().map(StoredDerived::from).collect();
    let left_out = left_out.into_iter().map(|(column, reason)| StoredLeftOut { column, reason });
    let left_out: Vec<StoredLeftOut> = left_out.collect();
    let mut sections = Writer::default();
    if !na.is_empty() {
        sections.add(tag::MISSING_TEXTS, Need::Optional, &na)?;
    }
    if !numbers.is_empty() {
        sections.add(tag::NUMBER_STYLES, Need::Optional, &numbers)?;
    }
    if !derived.is_empty() {
        sections.add(tag::DERIVED, Need::Optional, &derived)?;
    }
    if !left_out.is_empty() {
        sections.add(tag::LEFT_OUT, Need::Optional, &left_out)?;
    }
    if let Some(group) = group {
        sections.add(tag::GROUP, Need::Optional, &group)?;
    }
    Ok(sections.finish())
}

/// The reading that sections hold.
pub(super) fn reading(sections: &[u8]) -> Result<Reading, Error> {
    let mut sections = Sections::new(Artifact::Features, sections, tag::ALL)?;
    let na = sections.take(tag::MISSING_TEXTS)?.unwrap_or_default();
    let numbers: Vec<StoredNumberStyle> = sections.take(tag::NUMBER_STYLES)?.unwrap_or_default();
    let derived: Vec<StoredDerived> = sections.take(tag::DERIVED)?.unwrap_or_default();
    let left_out: Vec<StoredLeftOut> = sections.take(tag::LEFT_OUT)?.unwrap_or_default();
    let numbers: Vec<(String, NumberStyle)> = numbers.into_iter().map(Into::into).collect();
    check(&numbers)?;
    let derived = derived.into_iter().map(Derived::from).collect();
    let left_out = left_out.into_iter().map(|StoredLeftOut { column, reason }| (column, reason)).collect();
    let group = sections.take(tag::GROUP)?;
    Ok(Reading { na, numbers, derived, left_out, group })
}

fn check(numbers: &[(String, NumberStyle)]) -> Result<(), Error> {
    match numbers.iter().find(|(_, style)| !style.is_sound()) {
        Some((column, _)) => Err(Error::Inconsistent(Inconsistency::NumberStyle(column.clone()))),
        None => Ok(()),
    }
}

impl From<(String, NumberStyle)> for StoredNumberStyle {
    fn from((column, style): (String, NumberStyle)) -> Self {
        let NumberStyle { decimal, thousands, has_currency, percent, brackets } = style;
        Self { column, decimal, thousands, has_currency, percent, brackets }
    }
}

impl From<StoredNumberStyle> for (String, NumberStyle) {
    fn from(stored: StoredNumberStyle) -> Self {
        let StoredNumberStyle { column, decimal, thousands, has_currency, percent, brackets } = stored;
        (column, NumberStyle { decimal, thousands, has_currency, percent, brackets })
    }
}

impl From<Derived> for StoredDerived {
    fn from(derived: Derived) -> Self {
        let Derived { name, source, part, form } = derived;
        Self { name, source, part, form }
    }
}

impl From<StoredDerived> for Derived {
    fn from(stored: StoredDerived) -> Self {
        let StoredDerived { name, source, part, form } = stored;
        Self { name, source, part, form }
    }
}

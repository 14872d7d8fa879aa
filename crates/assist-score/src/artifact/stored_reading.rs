//! How it is stored how a training table was read, a sample of its rows and their profile: sections of their own, behind what the pair is worked out from. These
//! forms are frozen; what is new needs a section of another tag. All of them are optional, since no score depends on them.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::sections::{Need, Sections, Writer};
use super::stored_profile::StoredProfile;
use crate::error::{Error, Inconsistency};
use crate::files::Artifact;
use crate::model::Model;
use crate::number_style::NumberStyle;
use crate::reading::{Derived, Reading};
use crate::row_sketch::RowSketch;
use crate::space::FeatureSpace;
use crate::training_profile::TrainingProfile;

mod tag {
    pub(super) const MISSING_TEXTS: u16 = 512;
    pub(super) const NUMBER_STYLES: u16 = 513;
    pub(super) const DERIVED: u16 = 514;
    pub(super) const LEFT_OUT: u16 = 515;
    pub(super) const TRAINING_ROWS: u16 = 516;
    pub(super) const GROUP: u16 = 517;
    pub(super) const TRAINING_PROFILE: u16 = 518;

    pub(super) const ALL: &[u16] =
        &[MISSING_TEXTS, NUMBER_STYLES, DERIVED, LEFT_OUT, TRAINING_ROWS, GROUP, TRAINING_PROFILE];
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

/// [`tag::TRAINING_ROWS`]: a row of the sketch, ascending by hash.
#[derive(Serialize, Deserialize)]
struct StoredRow {
    /// By how much the hash is larger than the one before it, or than 0: shorter than the hash itself.
    step: u64,
    /// How often the row was seen.
    count: u64,
}

/// The sections of a reading, a sketch and a profile; nothing where there is nothing to record. What would not be read again is
/// not written either.
pub(super) fn sections(model: &Model) -> Result<Vec<u8>, Error> {
    let (reading, training_rows) = (model.reading(), model.training_rows());
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
    if let Some(sketch) = training_rows {
        sections.add(tag::TRAINING_ROWS, Need::Optional, &stored_rows(sketch))?;
    }
    if let Some(group) = group {
        sections.add(tag::GROUP, Need::Optional, &group)?;
    }
    if let Some(profile) = model.training_profile() {
        check_profile(profile, model.space())?;
        sections.add(tag::TRAINING_PROFILE, Need::Optional, &StoredProfile::from(profile.clone()))?;
    }
    Ok(sections.finish())
}

/// What sections note of a model's training rows.
pub(super) struct Notes {
    reading: Reading,
    training_rows: Option<RowSketch>,
    profile: Option<TrainingProfile>,
}

impl Notes {
    /// A model with these notes.
    pub(super) fn with(self, model: Model) -> Result<Model, Error> {
        let Self { reading, training_rows, profile } = self;
        profile.iter().try_for_each(|profile| check_profile(profile, model.space()))?;
        Ok(model.with_reading(reading).with_training_rows(training_rows).with_training_profile(profile))
    }
}

/// The notes that sections hold.
pub(super) fn notes(sections: &[u8]) -> Result<Notes, Error> {
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
    let training_rows: Option<Vec<StoredRow>> = sections.take(tag::TRAINING_ROWS)?;
    let profile: Option<StoredProfile> = sections.take(tag::TRAINING_PROFILE)?;
    Ok(Notes {
        reading: Reading { na, numbers, derived, left_out, group },
        training_rows: training_rows.map(sketch).transpose()?,
        profile: profile.map(TrainingProfile::from),
    })
}

fn stored_rows(sketch: &RowSketch) -> Vec<StoredRow> {
    let mut last = 0;
    let stored = sketch.rows().iter().map(|(hash, count)| {
        let step = hash - core::mem::replace(&mut last, *hash);
        StoredRow { step, count: *count }
    });
    stored.collect()
}

fn sketch(stored: Vec<StoredRow>) -> Result<RowSketch, Error> {
    let undecodable = Error::Undecodable { artifact: Artifact::Features };
    let mut rows: Vec<(u64, u64)> = Vec::with_capacity(stored.len());
    for StoredRow { step, count } in stored {
        let hash = rows.last().map_or(Some(step), |(last, _)| last.checked_add(step).filter(|_| step > 0));
        match hash {
            Some(hash) if count > 0 => rows.push((hash, count)),
            _ => return Err(undecodable),
        }
    }
    if rows.len() > RowSketch::MOST_ROWS {
        return Err(undecodable);
    }
    Ok(RowSketch::new(rows))
}

fn check_profile(profile: &TrainingProfile, space: &FeatureSpace) -> Result<(), Error> {
    if profile.fits(space) { Ok(()) } else { Err(Error::Inconsistent(Inconsistency::TrainingProfile)) }
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

//! A payload as a list of sections, so that what a model holds can grow without a new version.
//!
//! ```text
//! bytes  what
//!     2  tag: what the section holds, little endian; sections come in ascending order of their tags
//!     1  flags: bit 0 is set if a reader that does not know the tag must refuse the file; the others are 0
//!     4  length of the contents, little endian
//!   ...  contents: postcard
//! ```
//!
//! A section that is not known and not required is passed over. It is gone when the model is written again: a writer must not
//! vouch for what it does not understand, since it might no longer fit the rest.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Serialize, de::DeserializeOwned};

use super::payload::{decoded, encoded};
use crate::error::Error;
use crate::files::Artifact;

const REQUIRED: u8 = 1;

/// Whether a reader that does not know a section may pass over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// Sections on their way into a payload.
#[derive(Debug, Default)]
pub(super) struct Writer {
    payload: Vec<u8>,
    last: Option<u16>,
}

impl Writer {
    /// Adds a section. Tags ascend.
    pub(super) fn add<T: Serialize + ?Sized>(&mut self, tag: u16, need: Need, contents: &T) -> Result<(), Error> {
        debug_assert!(self.last < Some(tag), "sections come in ascending order");
        self.last = Some(tag);
        let contents = encoded(contents)?;
        let length = u32::try_from(contents.len()).map_err(|_| Error::Unencodable)?;
        self.payload.extend_from_slice(&tag.to_le_bytes());
        self.payload.push(if need == Need::Required { REQUIRED } else { 0 });
        self.payload.extend_from_slice(&length.to_le_bytes());
        self.payload.extend_from_slice(&contents);
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.payload
    }
}

/// The sections of a payload, to be taken out one by one.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    artifact: Artifact,
    known: &'static [u16],
    by_tag: BTreeMap<u16, (Need, &'a [u8])>,
}

impl<'a> Sections<'a> {
    /// Refuses sections that are not `known` and must not be passed over: before anything else is found to be missing, because a
    /// newer version may have put one section in the place of another.
    pub(super) fn new(artifact: Artifact, payload: &'a [u8], known: &'static [u16]) -> Result<Self, Error> {
        let mut by_tag = BTreeMap::new();
        let mut rest = payload;
        let mut last = None;
        while !rest.is_empty() {
            let (tag, need, contents) = next(&mut rest).ok_or(Error::Undecodable { artifact })?;
            if by_tag.insert(tag, (need, contents)).is_some() {
                return Err(Error::DuplicateSection { artifact, tag });
            }
            if last.replace(tag) > Some(tag) {
                return Err(Error::Undecodable { artifact });
            }
        }
        let must_be_known = by_tag.iter().filter(|(_, (need, _))| *need == Need::Required);
        if let Some(tag) = must_be_known.map(|(tag, _)| *tag).find(|tag| !known.contains(tag)) {
            return Err(Error::UnknownSection { artifact, tag });
        }
        Ok(Self { artifact, known, by_tag })
    }

    /// The contents of a section, if it is there.
    pub(super) fn take<T: DeserializeOwned>(&mut self, tag: u16) -> Result<Option<T>, Error> {
        debug_assert!(self.known.contains(&tag), "only known sections are taken");
        self.by_tag.remove(&tag).map(|(_, contents)| decoded(self.artifact, contents)).transpose()
    }

    /// The contents of a section that every such file has.
    pub(super) fn demand<T: DeserializeOwned>(&mut self, tag: u16) -> Result<T, Error> {
        self.take(tag)?.ok_or(Error::MissingSection { artifact: self.artifact, tag })
    }
}

/// The first section of what is left.
fn next<'a>(rest: &mut &'a [u8]) -> Option<(u16, Need, &'a [u8])> {
    let (tag, after) = rest.split_first_chunk()?;
    let (flags, after) = after.split_first()?;
    let (length, after) = after.split_first_chunk()?;
    let need = match *flags {
        0 => Need::Optional,
        REQUIRED => Need::Required,
        _ => return None,
    };
    let (contents, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    Some((u16::from_le_bytes(*tag), need, contents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARTIFACT: Artifact = Artifact::Model;

    fn two() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.add(3, Need::Required, "a").expect("encoded");
        writer.add(700, Need::Optional, &[1.5_f64; 2]).expect("encoded");
        writer.finish()
    }

    fn read(payload: &[u8]) -> Result<(), Error> {
        let mut sections = Sections::new(ARTIFACT, payload, &[3, 700])?;
        sections.take::<[f64; 2]>(700)?;
        sections.demand::<alloc::string::String>(3).map(|_| ())
    }

    #[test]
    fn what_is_cut_off_or_not_in_order_is_refused() {
        let payload = two();
        assert_eq!(read(&payload), Ok(()));
        // Without the second section it is whole again.
        let first = payload.len() - 7 - 16;
        for length in 1..payload.len() {
            let expected = if length == first { Ok(()) } else { Err(Error::Undecodable { artifact: ARTIFACT }) };
            assert_eq!(read(&payload[..length]), expected, "{length} bytes");
        }
        assert_eq!(read(&[]), Err(Error::MissingSection { artifact: ARTIFACT, tag: 3 }));
        let (a, b) = payload.split_at(first);
        assert_eq!(read(&[b, a].concat()), Err(Error::Undecodable { artifact: ARTIFACT }));
        assert_eq!(read(&[a, a, b].concat()), Err(Error::DuplicateSection { artifact: ARTIFACT, tag: 3 }));
        let mut flagged = payload.clone();
        flagged[2] |= 2;
        assert_eq!(read(&flagged), Err(Error::Undecodable { artifact: ARTIFACT }));
        let mut endless = payload;
        endless[3..7].fill(0xff);
        assert_eq!(read(&endless), Err(Error::Undecodable { artifact: ARTIFACT }));
    }

    proptest! {
        #[test]
        fn rubbish_is_an_error_or_sections(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(sections) = Sections::new(ARTIFACT, &payload, &[]) {
                let total: usize = sections.by_tag.values().map(|(_, contents)| 7 + contents.len()).sum();
                prop_assert_eq!(total, payload.len());
            }
        }
    }
}

//! The two artifacts as bytes: a header ([`container`]), then sections ([`sections`], [`version_4`]), or what older versions had
//! in their place ([`older_versions`]), then what is known of the training table ([`stored_reading`]). What is stored has types of its own (`stored_...`), whose fields never change; how the
//! live types are made of them and back is written out in full, so that the compiler asks when a live type grows.

pub(crate) mod container;
mod older_versions;
mod payload;
mod sections;
mod stored_columns;
mod stored_evidence;
mod stored_form;
mod stored_inference;
mod stored_profile;
mod stored_reading;
mod stored_recipe;
mod stored_terms;
mod stored_training;
mod version_4;

use alloc::vec::Vec;

use sections::Sections;

use crate::error::Error;
use crate::files::Artifact;
use crate::model::Model;

pub use container::{FORMAT_VERSION, PairId};

/// What stands behind the header of a file.
enum Payload<'a> {
    OfOlderVersion(u16, &'a [u8]),
    OfSections(Sections<'a>),
}

impl<'a> Payload<'a> {
    fn new(version: u16, artifact: Artifact, payload: &'a [u8]) -> Result<Self, Error> {
        Ok(match version {
            ..4 => Self::OfOlderVersion(version, payload),
            _ => Self::OfSections(version_4::sections(artifact, payload)?),
        })
    }
}

impl Model {
    /// The two artifacts: `(model, features)`.
    ///
    /// # Errors
    ///
    /// [`Error::Unencodable`], which plain data never is; [`Error::Inconsistent`] for a [reading](Self::reading) with a style of
    /// numbers that there is not, or a [profile](Self::training_profile) of other columns.
    pub fn encode(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let [model, features] = version_4::payloads(self.space(), self.parameters())?;
        let pair = container::pair_of(&model, &features);
        let notes = stored_reading::sections(self)?;
        let model = container::file(Artifact::Model, pair, &model, &[]);
        Ok((model, container::file(Artifact::Features, pair, &features, &notes)))
    }

    /// A model from the bytes of its two artifacts.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them: another kind of file, a newer version, any altered or missing byte, artifacts of two
    /// different fits, contents that are inconsistent.
    pub fn decode(model: &[u8], features: &[u8]) -> Result<Self, Error> {
        let model = container::open(Artifact::Model, model)?;
        let features = container::open(Artifact::Features, features)?;
        let pair = model.pair;
        if pair != features.pair || pair != container::pair_of(model.payload, features.payload) {
            return Err(Error::NotAPair);
        }
        let notes = stored_reading::notes(features.notes)?;
        // Both files say whether a newer version is needed, before anything else in either is found wanting.
        let features = Payload::new(features.version, Artifact::Features, features.payload)?;
        let model = Payload::new(model.version, Artifact::Model, model.payload)?;
        let mut space = match features {
            Payload::OfOlderVersion(version, payload) => older_versions::space(version, payload)?,
            Payload::OfSections(sections) => version_4::space(sections)?,
        };
        let parameters = match model {
            Payload::OfOlderVersion(version, payload) => {
                older_versions::parameters(version, payload, space.n_features())?
            }
            Payload::OfSections(sections) => version_4::parameters(sections, &mut space)?,
        };
        notes.with(Self::new(space, parameters)?.decoded_from(pair))
    }

    /// What names this model: the same for the same parameters and features. A model that was decoded and not changed keeps
    /// the name that its artifacts have, whatever their version. Encoding writes the newest version: a model from artifacts of
    /// an older one gets another name when it is saved again, though it is the same model. How its table was
    /// [read](Self::reading) has no part in it.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn pair_id(&self) -> Result<PairId, Error> {
        if let Some(pair) = self.pair() {
            return Ok(pair);
        }
        let [model, features] = version_4::payloads(self.space(), self.parameters())?;
        Ok(container::pair_of(&model, &features))
    }
}

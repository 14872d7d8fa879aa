//! The two artifacts as bytes: a header ([`container`]), then sections ([`sections`], [`version_4`]), or what older versions had
//! in their place ([`older_versions`]).

pub(crate) mod container;
mod older_versions;
mod payload;
mod sections;
mod version_4;

use alloc::vec::Vec;

use crate::error::Error;
use crate::files::Artifact;
use crate::model::Model;

pub use container::{FORMAT_VERSION, PairId};

impl Model {
    /// The two artifacts: `(model, features)`.
    ///
    /// # Errors
    ///
    /// [`Error::Unencodable`], which plain data never is.
    pub fn encode(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let [model, features] = version_4::payloads(self.space(), self.parameters())?;
        let pair = container::pair_of(&model, &features);
        let model = container::file(Artifact::Model, pair, &model);
        Ok((model, container::file(Artifact::Features, pair, &features)))
    }

    /// A model from the bytes of its two artifacts.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them: another kind of file, a newer version, any altered or missing byte, artifacts of two
    /// different fits, contents that are inconsistent.
    pub fn decode(model: &[u8], features: &[u8]) -> Result<Self, Error> {
        let (model_version, model_pair, model) = container::open(Artifact::Model, model)?;
        let (features_version, features_pair, features) = container::open(Artifact::Features, features)?;
        if model_pair != features_pair || model_pair != container::pair_of(model, features) {
            return Err(Error::NotAPair);
        }
        let mut space = match features_version {
            ..4 => older_versions::space(features_version, features)?,
            _ => version_4::space(features)?,
        };
        let parameters = match model_version {
            ..4 => older_versions::parameters(model_version, model)?,
            _ => version_4::parameters(model, &mut space)?,
        };
        Ok(Self::new(space, parameters)?.decoded_from(model_pair))
    }

    /// What names this model: the same for the same parameters and features. A model that was decoded and not changed keeps
    /// the name that its artifacts have, whatever their version.
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

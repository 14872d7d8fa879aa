//! The two artifacts as bytes.
//!
//! ```text
//! offset  bytes  what
//!      0      8  mark: `ASSISTLM` (model) or `ASSISTMF` (features)
//!      8      2  format version, little endian; older ones are read
//!     10     32  pair: SHA-256 over both payloads; the same in both files
//!     42     32  checksum: SHA-256 over all else in the file
//!     74    ...  payload: postcard
//! ```
//!
//! Mark and version stand outside the payload because postcard cannot tell one struct from another. The pair is
//! recomputed on decoding, so that files of two fits never make a model.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::error::{Artifact, Error};
use crate::model::{Model, Parameters, Training};
use crate::space::{CategoricalColumn, FeatureSpace, NumericColumn, Target};

/// File name of the artifact that holds coefficients and the facts of the fit.
pub const MODEL_FILE: &str = "logistic_model.postcard";
/// File name of the artifact that holds columns, levels and ranges.
pub const FEATURES_FILE: &str = "model_features.postcard";
/// The version that is written, and the newest that is read.
pub const FORMAT_VERSION: u16 = 3;

const PAIR_AT: usize = 10;
const CHECKSUM_AT: usize = 42;
const PAYLOAD_AT: usize = 74;

/// What binds the two artifacts of a fit: a SHA-256 over both. Shown in hexadecimal digits, it names a model.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PairId([u8; 32]);

impl fmt::Display for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairId({self})")
    }
}

impl Model {
    /// The two artifacts: `(model, features)`.
    ///
    /// # Errors
    ///
    /// [`Error::Unencodable`], which plain data never is.
    pub fn encode(&self) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let model = payload(self.parameters())?;
        let features = payload(self.space())?;
        let pair = pair_of(&model, &features);
        Ok((file(Artifact::Model, pair, &model), file(Artifact::Features, pair, &features)))
    }

    /// A model from the bytes of its two artifacts.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them: another kind of file, a newer version, any altered or missing byte, artifacts of two
    /// different fits.
    pub fn decode(model: &[u8], features: &[u8]) -> Result<Self, Error> {
        let (version, model_pair, model_payload) = open(Artifact::Model, model)?;
        let (features_version, features_pair, features_payload) = open(Artifact::Features, features)?;
        if model_pair != features_pair || model_pair != pair_of(model_payload, features_payload) {
            return Err(Error::NotAPair);
        }
        let parameters: Parameters = match version {
            1 => decoded::<ParametersOfVersion1>(Artifact::Model, model_payload)?.into(),
            _ => decoded(Artifact::Model, model_payload)?,
        };
        let space: FeatureSpace = match features_version {
            1 | 2 => decoded::<SpaceOfVersion2>(Artifact::Features, features_payload)?.into(),
            _ => decoded(Artifact::Features, features_payload)?,
        };
        Model::new(space, parameters)
    }

    /// What names this model: the same for the same parameters and features.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn pair_id(&self) -> Result<PairId, Error> {
        Ok(pair_of(&payload(self.parameters())?, &payload(self.space())?))
    }
}

impl PairId {
    /// The pair that a whole artifact says it belongs to, so that a reader can tell which files belong together.
    ///
    /// # Errors
    ///
    /// As [`Model::decode`].
    pub fn of(artifact: Artifact, bytes: &[u8]) -> Result<Self, Error> {
        Ok(open(artifact, bytes)?.1)
    }
}

/// What the payload of a model was in version 1.
#[derive(Deserialize)]
struct ParametersOfVersion1 {
    coefficients: Vec<f64>,
    intercept: f64,
    training: Training,
}

impl From<ParametersOfVersion1> for Parameters {
    fn from(old: ParametersOfVersion1) -> Self {
        let ParametersOfVersion1 { coefficients, intercept, training } = old;
        Self { coefficients, intercept, training, ..Self::default() }
    }
}

/// What the payload of the features was in versions 1 and 2.
#[derive(Deserialize)]
struct SpaceOfVersion2 {
    target: Target,
    dropped: Vec<String>,
    numeric: Vec<NumericColumnOfVersion2>,
    categorical: Vec<CategoricalColumn>,
}

/// A numeric column before there were cuts.
#[derive(Deserialize)]
struct NumericColumnOfVersion2 {
    name: String,
    unit: Option<String>,
    integer: bool,
    min: Option<f64>,
    max: Option<f64>,
    observed: (f64, f64),
    fill: Option<f64>,
}

impl From<SpaceOfVersion2> for FeatureSpace {
    fn from(old: SpaceOfVersion2) -> Self {
        let SpaceOfVersion2 { target, dropped, numeric, categorical } = old;
        Self { target, dropped, numeric: numeric.into_iter().map(NumericColumn::from).collect(), categorical }
    }
}

impl From<NumericColumnOfVersion2> for NumericColumn {
    fn from(old: NumericColumnOfVersion2) -> Self {
        let NumericColumnOfVersion2 { name, unit, integer, min, max, observed, fill } = old;
        Self { name, unit, integer, min, max, training_range: observed, fill_value: fill, cuts: Vec::new() }
    }
}

fn mark(artifact: Artifact) -> &'static [u8; 8] {
    match artifact {
        Artifact::Model => b"ASSISTLM",
        Artifact::Features => b"ASSISTMF",
    }
}

fn payload<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(value).map_err(|_| Error::Unencodable)
}

fn decoded<T: DeserializeOwned>(artifact: Artifact, payload: &[u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Ok(value),
        _ => Err(Error::Undecodable { artifact }),
    }
}

fn pair_of(model: &[u8], features: &[u8]) -> PairId {
    let mut hash = Sha256::new();
    hash.update((model.len() as u64).to_le_bytes());
    hash.update(model);
    hash.update(features);
    PairId(hash.finalize().into())
}

fn checksum(head: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update(payload);
    hash.finalize().into()
}

fn file(artifact: Artifact, pair: PairId, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PAYLOAD_AT + payload.len());
    bytes.extend_from_slice(mark(artifact));
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&pair.0);
    let sum = checksum(&bytes, payload);
    bytes.extend_from_slice(&sum);
    bytes.extend_from_slice(payload);
    bytes
}

/// Version, pair and payload.
fn open(artifact: Artifact, bytes: &[u8]) -> Result<(u16, PairId, &[u8]), Error> {
    let (Some(head), Some(sum), Some(payload)) =
        (bytes.get(..CHECKSUM_AT), bytes.get(CHECKSUM_AT..PAYLOAD_AT), bytes.get(PAYLOAD_AT..))
    else {
        return Err(Error::TooShort { artifact, bytes: bytes.len() });
    };
    if !head.starts_with(mark(artifact)) {
        return Err(Error::WrongMagic { artifact });
    }
    // The checksum is looked at before the version: a flipped bit in the version is damage, not a newer program.
    if sum != checksum(head, payload) {
        return Err(Error::Damaged { artifact });
    }
    let found = u16::from_le_bytes([head[8], head[9]]);
    if !(1..=FORMAT_VERSION).contains(&found) {
        return Err(Error::UnknownVersion { artifact, found, newest: FORMAT_VERSION });
    }
    let mut pair = [0; 32];
    pair.copy_from_slice(&head[PAIR_AT..]);
    Ok((found, PairId(pair), payload))
}

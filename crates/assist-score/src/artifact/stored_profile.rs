//! How the profile of training rows is stored: in one of the sections that no score depends on. The form is frozen; what is new
//! needs a section of another tag.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::training_profile::{NumericProfile, ScoreProfile, TrainingProfile};

#[derive(Serialize, Deserialize)]
pub(super) struct StoredProfile {
    numeric: Vec<StoredNumericProfile>,
    categorical: Vec<Vec<u64>>,
    term_means: Vec<f64>,
    scores: StoredScoreProfile,
}

#[derive(Serialize, Deserialize)]
struct StoredNumericProfile {
    edges: Vec<f64>,
    counts: Vec<u64>,
    missing: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredScoreProfile {
    edges: Vec<f64>,
    counts: Vec<[u64; 2]>,
    mean_probability: Option<f64>,
}

impl From<TrainingProfile> for StoredProfile {
    fn from(profile: TrainingProfile) -> Self {
        let TrainingProfile { numeric, categorical, term_means, scores } = profile;
        let of_column = |NumericProfile { edges, counts, missing }| StoredNumericProfile { edges, counts, missing };
        let ScoreProfile { edges, counts, mean_probability } = scores;
        Self {
            numeric: numeric.into_iter().map(of_column).collect(),
            categorical,
            term_means,
            scores: StoredScoreProfile { edges, counts, mean_probability },
        }
    }
}

impl From<StoredProfile> for TrainingProfile {
    fn from(stored: StoredProfile) -> Self {
        let StoredProfile { numeric, categorical, term_means, scores } = stored;
        let of_column = |StoredNumericProfile { edges, counts, missing }| NumericProfile { edges, counts, missing };
        let StoredScoreProfile { edges, counts, mean_probability } = scores;
        Self {
            numeric: numeric.into_iter().map(of_column).collect(),
            categorical,
            term_means,
            scores: ScoreProfile { edges, counts, mean_probability },
        }
    }
}

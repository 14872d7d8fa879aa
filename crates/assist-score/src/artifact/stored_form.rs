//! How the form of a model, and what its training rows scored, are stored. These are frozen.

use serde::{Deserialize, Serialize};

use super::stored_recipe::as_stored;
use crate::form::Form;
use crate::parameters::ScoreTotal;

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum StoredForm {
    Logistic,
    Card,
    Rule,
}

as_stored!(Form, StoredForm, [Logistic, Card, Rule]);

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct StoredTotal {
    score: f64,
    counts: [u64; 2],
}

impl From<ScoreTotal> for StoredTotal {
    fn from(ScoreTotal { score, counts }: ScoreTotal) -> Self {
        Self { score, counts }
    }
}

impl From<StoredTotal> for ScoreTotal {
    fn from(StoredTotal { score, counts }: StoredTotal) -> Self {
        Self { score, counts }
    }
}

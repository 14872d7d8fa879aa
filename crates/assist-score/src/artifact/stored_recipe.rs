//! How the form of an objective is stored. These forms are frozen: in postcard a variant is its place in the list.

use serde::{Deserialize, Serialize};

use crate::recipe::{Intercept, PenaltyUnits, Recipe};

#[derive(Serialize, Deserialize)]
pub(super) enum StoredRecipe {
    Standard,
    Original,
}

#[derive(Serialize, Deserialize)]
pub(super) enum StoredPenaltyUnits {
    Spread,
    Raw,
}

#[derive(Serialize, Deserialize)]
pub(super) enum StoredIntercept {
    Free,
    Penalised,
    None,
}

/// A stored enum and the live one with the same variants, both ways.
macro_rules! as_stored {
    ($live:ident, $stored:ident, [$($variant:ident),+]) => {
        impl From<$live> for $stored {
            fn from(live: $live) -> Self {
                match live { $($live::$variant => Self::$variant),+ }
            }
        }

        impl From<$stored> for $live {
            fn from(stored: $stored) -> Self {
                match stored { $($stored::$variant => Self::$variant),+ }
            }
        }
    };
}

pub(super) use as_stored;

as_stored!(Recipe, StoredRecipe, [Standard, Original]);
as_stored!(PenaltyUnits, StoredPenaltyUnits, [Spread, Raw]);
as_stored!(Intercept, StoredIntercept, [Free, Penalised, None]);

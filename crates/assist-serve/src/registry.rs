//! The models that are served, by name. A model is replaced as one: a request sees the old one or the new one, whole.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::error::Error;
use crate::served::Served;
use crate::settings::NamedModel;

/// The models that are served.
#[derive(Debug)]
pub(crate) struct Registry {
    /// In the order in which they were named; the first answers where none is.
    slots: Vec<Slot>,
}

/// The place of a model.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) named: NamedModel,
    served: ArcSwap<Served>,
}

impl Slot {
    /// The model that is there now.
    pub(crate) fn served(&self) -> Arc<Served> {
        self.served.load_full()
    }

    /// Puts another model there.
    pub(crate) fn replace(&self, served: Arc<Served>) {
        self.served.store(served);
    }
}

impl Registry {
    /// Loads all models.
    pub(crate) fn load(models: &[NamedModel]) -> Result<Self, Error> {
        if models.is_empty() {
            return Err(Error::NoModel);
        }
        let mut slots: Vec<Slot> = Vec::with_capacity(models.len());
        for named in models {
            if !NamedModel::is_name(&named.name) {
                return Err(Error::ModelName(named.name.clone()));
            }
            if slots.iter().any(|slot| slot.named.name == named.name) {
                return Err(Error::SameName(named.name.clone()));
            }
            slots.push(Slot { named: named.clone(), served: ArcSwap::new(Served::load(named)?) });
        }
        Ok(Self { slots })
    }

    /// The model of a name.
    pub(crate) fn model(&self, name: &str) -> Option<Arc<Served>> {
        self.slots.iter().find(|slot| slot.named.name == name).map(Slot::served)
    }

    /// The model that answers where none is named.
    pub(crate) fn first(&self) -> Arc<Served> {
        self.slots[0].served()
    }

    /// All models, in the order in which they were named.
    pub(crate) fn models(&self) -> impl Iterator<Item = Arc<Served>> {
        self.slots.iter().map(Slot::served)
    }

    /// The places of the models.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }
}

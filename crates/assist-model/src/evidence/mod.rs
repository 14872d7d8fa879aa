//! Evidence: what the training rows say of each coefficient, apart from the model that predicts. It is read from the
//! unpenalised fit without class weights to the same rows, or from Firth's penalised likelihood where the classes are separated,
//! or there is none, with the reason.

mod clear; // what is beyond chance
mod covariance; // that of the unpenalised estimate: the one place where its method is chosen
mod firth_profile; // where the classes are separated
mod gathered; // figures of each coefficient on their way into a model
mod unpenalised; // where they overlap

pub(crate) use firth_profile::{by_firth, too_large};
pub(crate) use gathered::Gathered;
pub(crate) use unpenalised::{Estimate, near};

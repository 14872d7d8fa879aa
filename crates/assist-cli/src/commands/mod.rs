//! One file a command; none uses another.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod counts;
pub(crate) mod diff;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod monitor;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod split;
pub(crate) mod train;
pub(crate) mod tune;
pub(crate) mod verify;

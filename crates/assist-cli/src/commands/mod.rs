//! One file a command.

pub(crate) mod compare;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod split;
pub(crate) mod train;
pub(crate) mod tune;

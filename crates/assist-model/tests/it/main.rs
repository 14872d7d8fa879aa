//! Laws of the objective and of the fit.

mod laws;

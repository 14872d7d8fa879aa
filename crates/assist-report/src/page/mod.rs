//! The page of a report, section by section.

mod calibration; // the sentences on it
mod coefficients; // what predictions depend on
mod data; // the label and the columns
mod document; // the page as a whole
mod errors; // where the models are wrong
mod fit; // the fit beside others, and the rows that move it
mod models; // the saved model beside others
mod parts;
mod points; // tables and drawings
mod probabilities; // calibration and thresholds

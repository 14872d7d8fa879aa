//! A fitted model: columns and parameters that fit each other, and what is asked of them.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::artifact::container::PairId;
use crate::calibration::{Calibration, Correction};
use crate::error::Error;
use crate::exp::exp_of_negative;
use crate::outcome::{Scored, Value};
use crate::parameters::Parameters;
use crate::reading::Reading;
use crate::rejection::{Reason, Rejection, Subject};
use crate::row::{self, RowEncoder};
use crate::row_sketch::RowSketch;
use crate::scorer::Scorer;
use crate::space::FeatureSpace;
use crate::terms::Term;
use crate::training_profile::TrainingProfile;

/// A fitted model: feature space and parameters that fit each other.
#[derive(Debug, Clone)]
pub struct Model {
    space: FeatureSpace,
    parameters: Parameters,
    encoder: RowEncoder,
    scorer: Scorer,
    /// What is added to the score to get the logit of the corrected probability.
    logit_shift: f64,
    /// What the odds of class 0 are multiplied with for that: `exp(-logit_shift)`.
    odds_shift: f64,
    /// The pair of the artifacts that it was decoded from.
    pair: Option<PairId>,
    reading: Reading,
    training_rows: Option<RowSketch>,
    training_profile: Option<TrainingProfile>,
}

/// A term with its coefficient and its names.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// What the coefficient is multiplied with.
    pub term: Term,
    /// The feature's name, as [`Feature::name`](crate::Feature::name).
    pub name: String,
    /// The column's name, as [`Feature::column`](crate::Feature::column).
    pub column: String,
    /// What a unit of the term adds to the score.
    pub coefficient: f64,
}

/// What follows from space and parameters needs not be compared; where nothing is missing it has NaN besides.
impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space
            && self.parameters == other.parameters
            && self.reading == other.reading
            && self.training_rows == other.training_rows
            && self.training_profile == other.training_profile
    }
}

impl Model {
    /// Puts a model together.
    ///
    /// # Errors
    ///
    /// [`Error::Inconsistent`] where the two do not fit each other, or hold what cannot be true.
    pub fn new(space: FeatureSpace, parameters: Parameters) -> Result<Self, Error> {
        space.check()?;
        parameters.check(space.n_features())?;
        let scorer = Scorer::new(&space, parameters.intercept, &parameters.coefficients);
        let encoder = RowEncoder::new(&space);
        let logit_shift = parameters.training.logit_shift();
        let odds_shift = libm::exp(-logit_shift);
        Ok(Self {
            space,
            parameters,
            encoder,
            scorer,
            logit_shift,
            odds_shift,
            pair: None,
            reading: Reading::default(),
            training_rows: None,
            training_profile: None,
        })
    }

    /// The same model, which the artifacts of a pair hold.
    pub(crate) fn decoded_from(self, pair: PairId) -> Self {
        Self { pair: Some(pair), ..self }
    }

    /// The pair of the artifacts that it was decoded from, if it was.
    pub(crate) fn pair(&self) -> Option<PairId> {
        self.pair
    }

    /// How the cells of its training table were read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Default: nothing is noted. The same model with a note of how the cells of its training table were read. It keeps its
    /// [name](Self::pair_id).
    #[must_use]
    pub fn with_reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    /// A sample of the rows that it was trained on, where one was kept.
    pub fn training_rows(&self) -> Option<&RowSketch> {
        self.training_rows.as_ref()
    }

    /// Default: none. The same model with a sample of the rows that it was trained on. It keeps its [name](Self::pair_id).
    #[must_use]
    pub fn with_training_rows(self, training_rows: Option<RowSketch>) -> Self {
        Self { training_rows, ..self }
    }

    /// What its training rows looked like, where that was kept.
    pub fn training_profile(&self) -> Option<&TrainingProfile> {
        self.training_profile.as_ref()
    }

    /// Default: none. The same model with what its training rows looked like. It keeps its [name](Self::pair_id). A profile that
    /// does not [fit](TrainingProfile::fits) its space cannot be [encoded](Self::encode).
    #[must_use]
    pub fn with_training_profile(self, training_profile: Option<TrainingProfile>) -> Self {
        Self { training_profile, ..self }
    }

    /// The columns, levels and ranges.
    pub fn space(&self) -> &FeatureSpace {
        &self.space
    }

    /// Coefficients, intercept and the facts of the fit.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The intercept of the columns as they are: what a score would be where all numbers are 0 and all levels are references.
    /// Terms are stored with their centre, so that a score loses no digits to it; where columns lie far from 0 this figure does.
    pub fn intercept(&self) -> f64 {
        let slopes = self.space.terms().into_iter().zip(&self.parameters.coefficients);
        slopes.fold(self.parameters.intercept, |intercept, (term, coefficient)| match term {
            Term::Slope { centre, .. } => intercept - coefficient * centre,
            _ => intercept,
        })
    }

    /// The terms with their coefficients, in the order in which they are added to the intercept.
    pub fn terms(&self) -> impl Iterator<Item = WeightedTerm> {
        let features = self.space.features().into_iter().zip(&self.parameters.coefficients);
        features.map(|(feature, coefficient)| WeightedTerm {
            term: feature.term,
            name: feature.name,
            column: feature.column,
            coefficient: *coefficient,
        })
    }

    /// What is added to a score to get the logit of the corrected probability: `ln(w0 / w1)`, plus the shift to a stated
    /// base rate. (King and Zeng 2001, "prior correction".)
    pub fn logit_shift(&self) -> f64 {
        self.logit_shift
    }

    /// How a score becomes the predicted probability.
    pub fn correction(&self) -> Correction<'_> {
        let shift = self.logit_shift;
        match &self.parameters.calibration {
            None => Correction::Affine { slope: 1.0, shift },
            // What calibrates has learnt the base rate of the training rows, weights and all.
            Some(calibration) => {
                let shift = self.parameters.training.base_rate_shift();
                match calibration {
                    Calibration::Sigmoid { slope, intercept } => {
                        Correction::Affine { slope: *slope, shift: intercept + shift }
                    }
                    Calibration::Isotonic { scores, probabilities } => {
                        Correction::Curve { scores, probabilities, shift }
                    }
                }
            }
        }
    }

    /// The same model with another map from scores to probabilities.
    ///
    /// # Errors
    ///
    /// A map that is not one: a sigmoid that falls, points out of order.
    pub fn with_calibration(self, calibration: Option<Calibration>) -> Result<Self, Error> {
        let parameters = Parameters { calibration, ..self.parameters.clone() };
        let is_changed = parameters.calibration != self.parameters.calibration;
        let mut model = self.with_parameters(parameters)?;
        if let Some(profile) = model.training_profile.as_mut().filter(|_| is_changed) {
            profile.scores.mean_probability = None;
        }
        Ok(model)
    }

    /// The same model deciding for class 1 where a score is above `threshold`.
    ///
    /// # Errors
    ///
    /// A threshold that is not a number.
    pub fn with_threshold(self, threshold: f64) -> Result<Self, Error> {
        let parameters = Parameters { threshold, ..self.parameters.clone() };
        self.with_parameters(parameters)
    }

    /// The same columns and notes with other parameters.
    fn with_parameters(self, parameters: Parameters) -> Result<Self, Error> {
        let Self { space, reading, training_rows, training_profile, .. } = self;
        let model = Self::new(space, parameters)?;
        Ok(Self { reading, training_rows, training_profile, ..model })
    }

    /// Scores a row. `row` has one value for each of [`FeatureSpace::column_names`], in that order.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] says which value the model does not take, and what it would take.
    pub fn score(&self, row: &[Value<'_>]) -> Result<Scored, Rejection> {
        if row.len() != self.space.n_columns() {
            return Err(row::wrong_length(row.len(), &self.space));
        }
        let (numbers, levels) = row.split_at(self.space.numeric.len());
        self.score_cells(|column| self.number(numbers[column], column), |column| self.code(levels[column], column))
    }

    /// As [`score`](Self::score), with the contribution of every feature and of the intercept.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub fn explain(&self, row: &[Value<'_>]) -> Result<Scored, Rejection> {
        let mut scored = self.score(row)?;
        scored.contributions = self.scorer.contributions(&row::encode_row(row, &self.space)?, &self.space);
        Ok(scored)
    }

    /// The linear predictor of an encoded row: one number for each numeric column (NaN where it is missing and the
    /// column has a fill value) and one code for each categorical column. Terms are added in the order of
    /// [`terms`](Self::terms), so the same row has the same score, bit for bit, wherever it is computed.
    ///
    /// A code that the column does not have adds nothing; [`score`](Self::score) never lets one through.
    pub fn raw_score(&self, numbers: &[f64], codes: &[u32]) -> f64 {
        self.scorer.raw_score(numbers, codes)
    }

    /// Decision and probabilities of a score.
    pub fn scored(&self, score: f64) -> Scored {
        // One exponential for both: exp(-(score + shift)) is exp(-score) exp(-shift).
        let e = exp_of_negative(-score.abs());
        let (raw_probability, probability) = if score >= 0.0 {
            (1.0 / (1.0 + e), 1.0 / (1.0 + e * self.odds_shift))
        } else {
            (e / (1.0 + e), e / (e + self.odds_shift))
        };
        let probability =
            if self.parameters.calibration.is_some() { self.correction().probability(score) } else { probability };
        // Points are no log-odds, so that there is one probability of a total.
        let raw_probability = if self.space.form.has_points() { probability } else { raw_probability };
        Scored {
            prediction: u8::from(score > self.parameters.threshold),
            probability,
            raw_probability,
            score,
            outside_training_range: Vec::new(),
            contributions: Vec::new(),
        }
    }

    /// What becomes of encoded cells, asked for as [`Scorer::sum`] does.
    #[inline]
    pub(crate) fn score_cells(
        &self,
        mut number_of: impl FnMut(usize) -> Result<f64, Box<Rejection>>,
        code_of: impl FnMut(usize) -> Result<u32, Box<Rejection>>,
    ) -> Result<Scored, Rejection> {
        let (score, is_outside) = match self.scorer.sum(&mut number_of, code_of) {
            Ok(sum) => sum,
            Err(rejection) => return Err(*rejection),
        };
        if !score.is_finite() {
            return Err(overflow());
        }
        let mut scored = self.scored(score);
        if is_outside {
            scored.outside_training_range = self.columns_outside(&mut number_of);
        }
        Ok(scored)
    }

    /// The number that a value counts as in a numeric column, by its place among these; NaN where it is missing and the model
    /// has learnt what that means.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] says why the model does not take it.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    #[inline]
    pub fn number(&self, value: Value<'_>, column: usize) -> Result<f64, Box<Rejection>> {
        self.encoder.number(value, column, &self.space)
    }

    /// The code of the level that a value counts as in a categorical column, by its place among these.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] says why the model does not take it.
    ///
    /// # Panics
    ///
    /// Where there is no such column.
    #[inline]
    pub fn code(&self, value: Value<'_>, column: usize) -> Result<u32, Box<Rejection>> {
        self.encoder.code(value, column, &self.space)
    }

    /// The index of a column among [`FeatureSpace::column_names`]; `expected` is looked at first.
    #[inline]
    pub(crate) fn column_index(&self, name: &str, expected: usize) -> Option<usize> {
        self.encoder.column_index(name, expected, &self.space)
    }

    /// The numeric columns whose values no training row reaches.
    #[cold]
    #[inline(never)]
    fn columns_outside(&self, number_of: &mut dyn FnMut(usize) -> Result<f64, Box<Rejection>>) -> Vec<String> {
        let mut outside = Vec::new();
        for (index, column) in self.space.numeric.iter().enumerate() {
            let (low, high) = column.training_range;
            if number_of(index).is_ok_and(|number| number < low || number > high) {
                outside.push(column.name.clone());
            }
        }
        outside
    }
}

#[cold]
fn overflow() -> Rejection {
    Rejection {
        subject: Subject::Row,
        reason: Reason::Overflow,
        known: Vec::new(),
        expected: "numbers of the size of those in training".to_owned(),
    }
}

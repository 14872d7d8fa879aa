//! The model and its scorer. Nothing else in the project computes a score.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

use crate::calibration::{Calibration, Correction};
use crate::error::{Error, Inconsistency};
use crate::exp::exp_of_negative;
use crate::inference::Inference;
use crate::level_codes::LevelCodes;
use crate::outcome::{Contribution, Outcome, Reason, Rejection, Scored, Value, parse_number, shown};
use crate::space::{CategoricalColumn, FeatureSpace, NumericColumn, bin_among};

/// Which penalty the coefficients were fitted under.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Penalty {
    /// No penalty: maximum likelihood.
    None,
    /// Half the squared length of the coefficients.
    #[default]
    L2,
    /// The sum of the absolute coefficients, which sets many of them to zero.
    L1,
    /// A mixture of both: `l1_ratio` of L1 and the rest of L2.
    ElasticNet {
        /// The share of L1, between 0 and 1.
        l1_ratio: f64,
    },
    /// Jeffreys' prior: half the logarithm of the information's determinant (Firth 1993). Its optimum is finite even where the
    /// classes are separated.
    Firth,
}

/// The name, as settings and reports have it: `l2`, `l1`, `elastic-net`, `firth`, `none`.
impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::L2 => "l2",
            Self::L1 => "l1",
            Self::ElasticNet { .. } => "elastic-net",
            Self::Firth => "firth",
        })
    }
}

/// How the two classes were weighted.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ClassWeight {
    /// `n / (2 n_class)`, counted on the fitted rows.
    #[default]
    Balanced,
    /// Every row counts the same.
    None,
    /// Stated weights of class 0 and class 1.
    Stated(f64, f64),
}

/// As settings and reports have it: `balanced`, `none`, or the weights of class 0 and class 1 with a comma between them.
impl fmt::Display for ClassWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balanced => f.pad("balanced"),
            Self::None => f.pad("none"),
            Self::Stated(w0, w1) => write!(f, "{w0},{w1}"),
        }
    }
}

/// Standard errors of the coefficients and, last, the intercept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StandardErrors {
    /// How they were computed, such as `sandwich_hc0`.
    pub method: String,
    /// One for each coefficient in order, then one for the intercept.
    pub values: Vec<f64>,
}

/// How the fit ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Convergence {
    /// Name of the solver.
    pub solver: String,
    /// Whether the max-norm of the mean gradient, recomputed after the fit, is within the tolerance.
    pub converged: bool,
    /// Why the solver stopped, in its own words.
    pub termination: String,
    /// Iterations of the solver, polishing steps included.
    pub iterations: u64,
    /// Passes over the rows in which loss and gradient were computed.
    pub evaluations: u64,
    /// The objective in sum form, as scikit-learn's liblinear has it.
    pub objective: f64,
    /// Max-norm of the gradient of the mean objective at the solution.
    pub gradient_max_norm: f64,
    /// The tolerance that was asked for.
    pub tolerance: f64,
    /// No coefficient is further than this from the optimum. Absent where no such bound is known (an unpenalised part).
    pub coefficient_error_bound: Option<f64>,
}

/// On what and how a model was fitted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Training {
    /// Rows of class 0 and class 1 that were fitted.
    pub class_counts: [u64; 2],
    /// How classes were weighted.
    pub class_weight: ClassWeight,
    /// The weight that came of it, for class 0 and class 1.
    pub class_weights: [f64; 2],
    /// The penalty.
    pub penalty: Penalty,
    /// Inverse strength of the penalty, as in scikit-learn.
    pub c: f64,
    /// Whether the intercept is part of the penalty, as in liblinear.
    pub intercept_penalised: bool,
    /// The share of class 1 that `probability` is corrected to, where one was stated; else that of the training rows.
    pub base_rate: Option<f64>,
    /// How the fit ended.
    pub fit: Convergence,
    /// Standard errors, where they are valid.
    pub standard_errors: Option<StandardErrors>,
}

/// What `logistic_model.postcard` holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parameters {
    /// One for each feature, in the order of [`FeatureSpace::features`].
    pub coefficients: Vec<f64>,
    /// The intercept.
    pub intercept: f64,
    /// On what and how they were fitted.
    pub training: Training,
    /// What is known of their uncertainty beyond standard errors.
    pub inference: Inference,
    /// How scores become probabilities, where that was learnt; else the prior correction does it.
    pub calibration: Option<Calibration>,
    /// A score above this is a decision for class 1: 0 unless a threshold was chosen.
    pub threshold: f64,
}

/// A fitted model: feature space and parameters that fit each other.
#[derive(Debug, Clone)]
pub struct Model {
    space: FeatureSpace,
    parameters: Parameters,
    /// Of each numeric column what scoring needs.
    numeric_terms: Vec<NumericTerm>,
    /// Of each numeric column with cuts what its bins add.
    steps: Vec<Steps>,
    /// For each categorical column what each level adds; 0 for the reference.
    level_terms: Vec<Vec<f64>>,
    /// What is added to the score to get the logit of the corrected probability.
    logit_shift: f64,
    /// What the odds of class 0 are multiplied with for that: `exp(-logit_shift)`.
    odds_shift: f64,
    /// The levels of each categorical column, for look-ups.
    level_codes: Vec<LevelCodes>,
    /// The columns, numeric and categorical, sorted by name.
    by_name: Vec<u32>,
}

/// What follows from space and parameters needs not be compared; where nothing is missing it has NaN besides.
impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.space == other.space && self.parameters == other.parameters
    }
}

impl Model {
    /// Puts a model together.
    ///
    /// # Errors
    ///
    /// [`Error::Inconsistent`] where the parts do not fit each other.
    pub fn new(space: FeatureSpace, parameters: Parameters) -> Result<Self, Error> {
        space.check()?;
        let (features, coefficients) = (space.n_features(), parameters.coefficients.len());
        if features != coefficients {
            return Err(Error::Inconsistent(Inconsistency::CoefficientCount { coefficients, features }));
        }
        let is_finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let calibration_is_sound = match &parameters.calibration {
            None => true,
            Some(Calibration::Sigmoid { slope, intercept }) => *slope > 0.0 && is_finite(&[*slope, *intercept]),
            Some(Calibration::Isotonic { scores, probabilities }) => {
                scores.len() == probabilities.len()
                    && scores.iter().chain(probabilities).all(|value| value.is_finite())
                    && scores.windows(2).all(|pair| pair[0] < pair[1])
                    && probabilities.windows(2).all(|pair| pair[0] <= pair[1])
            }
        };
        if !calibration_is_sound {
            return Err(Error::Inconsistent(Inconsistency::Calibration));
        }
        // A threshold may be infinite: then every decision is the same.
        let figures = [parameters.intercept];
        if !is_finite(&parameters.coefficients) || !is_finite(&figures) || parameters.threshold.is_nan() {
            return Err(Error::Inconsistent(Inconsistency::NotFinite));
        }
        let mut rest = parameters.coefficients.iter().copied();
        let mut next = || rest.next().expect("as many coefficients as features, checked above");
        // Coefficients come in the order of the features, where bins stand behind all plain numbers.
        let numeric_terms = space
            .numeric
            .iter()
            .map(|column| {
                if column.is_binned() {
                    return NumericTerm { missing: 0.0, ..NumericTerm::new(column, 0.0, 0.0) };
                }
                let slope = next();
                NumericTerm::new(column, slope, if column.fill_value.is_some() { next() } else { 0.0 })
            })
            .collect();
        let binned = space.numeric.iter().enumerate().filter(|(_, column)| column.is_binned());
        let steps = binned
            .map(|(place, column)| {
                let of_bins = (0..column.n_bins()).map(|bin| if bin == 0 { 0.0 } else { next() }).collect();
                Steps { place, cuts: column.cuts.clone(), of_bins }
            })
            .collect();
        let level_terms = space
            .categorical
            .iter()
            .map(|c| (0..).zip(&c.levels).map(|(code, _)| if code == c.reference { 0.0 } else { next() }).collect())
            .collect();
        let logit_shift = logit_shift(&parameters.training);
        let odds_shift = libm::exp(-logit_shift);
        let names: Vec<&str> = space.column_names().collect();
        let mut by_name: Vec<u32> = (0..).zip(&names).map(|(index, _)| index).collect();
        by_name.sort_unstable_by_key(|index| names[*index as usize]);
        let level_codes = space.categorical.iter().map(|column| LevelCodes::new(&column.levels)).collect();
        Ok(Self { space, parameters, numeric_terms, steps, level_terms, logit_shift, odds_shift, level_codes, by_name })
    }

    /// The columns, levels and ranges.
    pub fn space(&self) -> &FeatureSpace {
        &self.space
    }

    /// Coefficients, intercept and the facts of the fit.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What is added to a score to get the logit of the corrected probability: `ln(w0 / w1)`, plus the shift to a stated
    /// base rate. (King and Zeng 2001, "prior correction".)
    pub fn logit_shift(&self) -> f64 {
        self.logit_shift
    }

    /// How a score becomes the probability that is told to people.
    pub fn correction(&self) -> Correction<'_> {
        let shift = self.logit_shift;
        match &self.parameters.calibration {
            None => Correction::Affine { slope: 1.0, shift },
            // What calibrates has learnt the base rate of the training rows, weights and all.
            Some(calibration) => {
                let shift = base_rate_shift(&self.parameters.training);
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
    /// A map that is none: a sigmoid that falls, points out of order.
    pub fn with_calibration(self, calibration: Option<Calibration>) -> Result<Self, Error> {
        let Self { space, parameters, .. } = self;
        Self::new(space, Parameters { calibration, ..parameters })
    }

    /// The same model deciding for class 1 where a score is above `threshold`.
    ///
    /// # Errors
    ///
    /// A threshold that is not a number.
    pub fn with_threshold(self, threshold: f64) -> Result<Self, Error> {
        let Self { space, parameters, .. } = self;
        Self::new(space, Parameters { threshold, ..parameters })
    }

    /// Scores a row. `row` has one value for each of [`FeatureSpace::column_names`], in that order.
    pub fn score(&self, row: &[Value<'_>]) -> Outcome {
        if row.len() != self.space.n_columns() {
            return Outcome::Rejected(self.wrong_length(row.len()));
        }
        let (numbers, levels) = row.split_at(self.space.numeric.len());
        self.score_cells(|index| self.number(numbers[index], index), |index| self.code(levels[index], index))
    }

    /// What becomes of encoded cells, asked for in the order of the columns: each once, and numbers of columns with cuts again.
    #[inline]
    pub(crate) fn score_cells(
        &self,
        mut number_of: impl FnMut(usize) -> Result<f64, Box<Rejection>>,
        mut code_of: impl FnMut(usize) -> Result<u32, Box<Rejection>>,
    ) -> Outcome {
        let mut score = self.parameters.intercept;
        let mut is_outside = false;
        for (index, term) in self.numeric_terms.iter().enumerate() {
            let number = match number_of(index) {
                Ok(number) => number,
                Err(rejection) => return Outcome::Rejected(*rejection),
            };
            score += term.of(number);
            is_outside |= number < term.training_range.0 || number > term.training_range.1;
        }
        if !self.steps.is_empty() {
            match self.add_steps(score, &mut number_of) {
                Ok(with_steps) => score = with_steps,
                Err(rejection) => return Outcome::Rejected(*rejection),
            }
        }
        for (index, terms) in self.level_terms.iter().enumerate() {
            match code_of(index) {
                Ok(code) => score += terms.get(code as usize).copied().unwrap_or(0.0),
                Err(rejection) => return Outcome::Rejected(*rejection),
            }
        }
        if !score.is_finite() {
            return Outcome::Rejected(Rejection {
                column: "(row)".to_owned(),
                reason: Reason::Overflow,
                known: Vec::new(),
                expected: "numbers of the size of those in training".to_owned(),
            });
        }
        let mut scored = self.scored(score);
        if is_outside {
            scored.outside_training_range = self.columns_outside(&mut number_of);
        }
        Outcome::Scored(scored)
    }

    /// A score with what the bins of numbers add. Out of line, so that models without cuts do not pay for it.
    #[inline(never)]
    fn add_steps(
        &self,
        mut score: f64,
        number_of: &mut dyn FnMut(usize) -> Result<f64, Box<Rejection>>,
    ) -> Result<f64, Box<Rejection>> {
        for steps in &self.steps {
            score += steps.of(number_of(steps.place)?);
        }
        Ok(score)
    }

    /// The numeric columns whose values no training row reaches.
    #[cold]
    #[inline(never)]
    fn columns_outside(&self, number_of: &mut dyn FnMut(usize) -> Result<f64, Box<Rejection>>) -> Vec<String> {
        let is_outside = |(index, column): &(usize, &NumericColumn)| {
            number_of(*index).is_ok_and(|number| number < column.training_range.0 || number > column.training_range.1)
        };
        let outside = self.space.numeric.iter().enumerate().filter(is_outside);
        outside.map(|(_, column)| column.name.clone()).collect()
    }

    /// The number of a cell. A rejection is boxed, so that what nearly always happens stays small.
    #[inline]
    pub(crate) fn number(&self, value: Value<'_>, index: usize) -> Result<f64, Box<Rejection>> {
        let term = &self.numeric_terms[index];
        if let Value::Number(number) = value
            && number >= term.low
            && number <= term.high
            && (!term.is_whole || is_surely_whole(number))
        {
            return Ok(number);
        }
        encode_number(value, &self.space.numeric[index]).map_err(Box::new)
    }

    /// The code of a cell of a categorical column.
    #[inline]
    pub(crate) fn code(&self, value: Value<'_>, index: usize) -> Result<u32, Box<Rejection>> {
        if let Value::Text(text) = value
            && let Some(code) = self.level_codes[index].code(text)
        {
            return Ok(code);
        }
        encode_level(value, &self.space.categorical[index]).map_err(Box::new)
    }

    /// As [`score`](Self::score), with the contribution of every feature and of the intercept.
    pub fn explain(&self, row: &[Value<'_>]) -> Outcome {
        let mut outcome = self.score(row);
        if let Outcome::Scored(scored) = &mut outcome {
            let mut encoded = Encoded::default();
            if self.encode_row(row, &mut encoded).is_ok() {
                scored.contributions = self.contributions(&encoded);
            }
        }
        outcome
    }

    /// The linear predictor of an encoded row: one number for each numeric column (NaN where it is missing and the
    /// column has a fill value) and one code for each categorical column. Terms are added in the order of the features,
    /// so the same row has the same score, bit for bit, wherever it is computed.
    ///
    /// A code that the column does not have adds nothing; [`score`](Self::score) never lets one through.
    pub fn raw_score(&self, numbers: &[f64], codes: &[u32]) -> f64 {
        let mut score = self.parameters.intercept;
        for (number, term) in numbers.iter().zip(&self.numeric_terms) {
            score += term.of(*number);
        }
        for steps in &self.steps {
            score += numbers.get(steps.place).map_or(0.0, |number| steps.of(*number));
        }
        for (code, terms) in codes.iter().zip(&self.level_terms) {
            score += terms.get(*code as usize).copied().unwrap_or(0.0);
        }
        score
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
        Scored {
            prediction: u8::from(score > self.parameters.threshold),
            probability,
            raw_probability,
            score,
            outside_training_range: Vec::new(),
            contributions: Vec::new(),
        }
    }

    fn encode_row(&self, row: &[Value<'_>], encoded: &mut Encoded) -> Result<(), Rejection> {
        if row.len() != self.space.n_columns() {
            return Err(self.wrong_length(row.len()));
        }
        let (numbers, codes) = row.split_at(self.space.numeric.len());
        for (value, column) in numbers.iter().zip(&self.space.numeric) {
            encoded.numbers.push(encode_number(*value, column)?);
        }
        for (value, column) in codes.iter().zip(&self.space.categorical) {
            encoded.codes.push(encode_level(*value, column)?);
        }
        Ok(())
    }

    /// The index of a column among [`FeatureSpace::column_names`]; `expected` is looked at first.
    pub(crate) fn column_index(&self, name: &str, expected: usize) -> Option<usize> {
        let n_numeric = self.space.numeric.len();
        let name_of = |index: usize| match index.checked_sub(n_numeric) {
            None => self.space.numeric.get(index).map(|column| column.name.as_str()),
            Some(index) => self.space.categorical.get(index).map(|column| column.name.as_str()),
        };
        if name_of(expected) == Some(name) {
            return Some(expected);
        }
        let found = self.by_name.binary_search_by(|index| name_of(*index as usize).cmp(&Some(name))).ok()?;
        Some(self.by_name[found] as usize)
    }

    fn wrong_length(&self, length: usize) -> Rejection {
        Rejection {
            column: "(row)".to_owned(),
            reason: Reason::WrongLength(length, self.space.n_columns()),
            known: self.space.column_names().map(ToString::to_string).collect(),
            expected: "one value for each column".to_owned(),
        }
    }

    fn contributions(&self, encoded: &Encoded) -> Vec<Contribution> {
        let mut all = Vec::with_capacity(self.space.n_columns() + 1);
        all.push(Contribution { feature: "intercept".to_owned(), value: self.parameters.intercept });
        let numeric = encoded.numbers.iter().zip(&self.space.numeric).zip(&self.numeric_terms);
        let mut rest = self.steps.iter().peekable();
        for (place, ((number, column), term)) in numeric.enumerate() {
            if let Some(steps) = rest.next_if(|steps| steps.place == place) {
                all.push(Contribution { feature: column.bin_name(column.bin(*number)), value: steps.of(*number) });
                continue;
            }
            let present = number.is_nan().then_some(column.fill_value).flatten().unwrap_or(*number);
            all.push(Contribution { feature: column.name.clone(), value: term.slope * present });
            if number.is_nan() {
                all.push(Contribution { feature: column.missing_name(), value: term.indicator });
            }
        }
        for ((code, column), terms) in encoded.codes.iter().zip(&self.space.categorical).zip(&self.level_terms) {
            let code = *code as usize;
            all.push(Contribution {
                feature: alloc::format!("{}_{}", column.name, column.levels[code]),
                value: terms[code],
            });
        }
        all
    }
}

/// `1 / (1 + exp(-z))`, without overflow on either side.
pub fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + libm::exp(-z))
    } else {
        let e = libm::exp(z);
        e / (1.0 + e)
    }
}

#[derive(Default)]
struct Encoded {
    numbers: Vec<f64>,
    codes: Vec<u32>,
}

/// All that scoring needs of a numeric column, side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
struct NumericTerm {
    slope: f64,
    /// What a missing number adds; NaN where none is allowed.
    missing: f64,
    /// What the missing number's indicator adds.
    indicator: f64,
    low: f64,
    high: f64,
    is_whole: bool,
    training_range: (f64, f64),
}

/// What the bins of a numeric column add. They stand apart from the slopes, which are 0 there, so that columns without cuts pay
/// nothing for them.
#[derive(Debug, Clone, PartialEq)]
struct Steps {
    /// The column's place among the numeric ones.
    place: usize,
    cuts: Vec<f64>,
    /// 0 for the first; that of missing numbers is the last, where they are allowed.
    of_bins: Vec<f64>,
}

impl Steps {
    fn of(&self, number: f64) -> f64 {
        self.of_bins.get(bin_among(&self.cuts, number)).copied().unwrap_or(f64::NAN)
    }
}

impl NumericTerm {
    fn new(column: &NumericColumn, slope: f64, indicator: f64) -> Self {
        Self {
            slope,
            missing: column.fill_value.map_or(f64::NAN, |fill| slope * fill + indicator),
            indicator,
            low: column.min.unwrap_or(f64::MIN),
            high: column.max.unwrap_or(f64::MAX),
            is_whole: column.integer,
            training_range: column.training_range,
        }
    }

    /// What a number adds to a score; NaN stands for a missing one.
    #[inline]
    fn of(&self, number: f64) -> f64 {
        if number.is_nan() { self.missing } else { self.slope * number }
    }
}

/// Whether a number is whole, by one instruction each way; `false` also for whole ones that are too large for that.
#[inline]
fn is_surely_whole(number: f64) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit gives another number")]
    let truncated = number as i64;
    truncated as f64 == number && truncated != i64::MAX
}

fn encode_number(value: Value<'_>, column: &NumericColumn) -> Result<f64, Rejection> {
    let reject =
        |reason| Rejection { column: column.name.clone(), reason, known: Vec::new(), expected: column.expected() };
    let number = match value {
        Value::Missing if column.fill_value.is_some() => return Ok(f64::NAN),
        Value::Missing => return Err(reject(Reason::Missing)),
        Value::Number(number) => number,
        Value::Text(text) => parse_number(text).map_err(reject)?,
    };
    column.check(number).map_err(reject)?;
    Ok(number)
}

fn encode_level(value: Value<'_>, column: &CategoricalColumn) -> Result<u32, Rejection> {
    let reject = |reason| Rejection {
        column: column.name.clone(),
        reason,
        known: column.levels.clone(),
        expected: "one of the known levels, spelt as they are".to_owned(),
    };
    match value {
        Value::Missing => column.missing.ok_or_else(|| reject(Reason::Missing)),
        Value::Number(number) => Err(reject(Reason::NotText(number))),
        Value::Text(text) => column.code(text).ok_or_else(|| reject(Reason::UnknownLevel(shown(text)))),
    }
}

fn logit_shift(training: &Training) -> f64 {
    let [w0, w1] = training.class_weights;
    let weights = if w0 > 0.0 && w1 > 0.0 { libm::log(w0 / w1) } else { 0.0 };
    weights + base_rate_shift(training)
}

/// From the base rate of the training rows to the stated one.
fn base_rate_shift(training: &Training) -> f64 {
    let [n0, n1] = training.class_counts;
    match training.base_rate {
        Some(rate) if n0 > 0 && n1 > 0 => libm::log(rate / (1.0 - rate)) - libm::log(n1 as f64 / n0 as f64),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{MISSING_LEVEL, Target};
    use alloc::vec;

    fn model() -> Model {
        let mut errors = NumericColumn::new("errors", 0.0, 4.0);
        errors.integer = true;
        errors.min = Some(0.0);
        let mut wait = NumericColumn::new("wait", 5.0, 50.0);
        wait.fill_value = Some(20.0);
        wait.max = Some(100.0);
        let device = CategoricalColumn {
            missing: Some(0),
            reference: 1,
            ..CategoricalColumn::new("device", vec![MISSING_LEVEL.into(), "Phone".into(), "Watch".into()])
        };
        let space = FeatureSpace {
            target: Target { name: "y".into(), negative: "0".into(), positive: "1".into() },
            dropped: vec![],
            numeric: vec![errors, wait],
            categorical: vec![device],
        };
        let training =
            Training { class_counts: [30, 70], class_weights: [100.0 / 60.0, 100.0 / 140.0], ..Training::default() };
        let parameters = Parameters {
            coefficients: vec![2.0, 0.125, -1.0, 0.5, -0.25],
            intercept: -3.0,
            training,
            ..Parameters::default()
        };
        Model::new(space, parameters).expect("consistent")
    }

    fn scored(row: &[Value<'_>]) -> Scored {
        match model().explain(row) {
            Outcome::Scored(scored) => scored,
            Outcome::Rejected(rejection) => panic!("{rejection}"),
        }
    }

    fn rejected(row: &[Value<'_>]) -> String {
        match model().score(row) {
            Outcome::Scored(_) => "scored".into(),
            Outcome::Rejected(rejection) => rejection.to_string(),
        }
    }

    #[test]
    fn a_score_is_the_sum_of_its_contributions() {
        let known = scored(&[Value::Number(1.0), Value::Text("8"), Value::Text("Watch")]);
        assert_eq!(known.score, -3.0 + 2.0 + 1.0 - 0.25);
        let missing = scored(&[Value::Text("3"), Value::Missing, Value::Missing]);
        assert_eq!(missing.score, -3.0 + 6.0 + 0.125 * 20.0 - 1.0 + 0.5);
        for row in [known, missing] {
            assert_eq!(row.contributions.iter().map(|c| c.value).sum::<f64>(), row.score);
        }
    }

    /// Coefficients are dealt out in the order of the features: the plain number, the bins, the levels.
    #[test]
    fn numbers_of_a_bin_add_its_coefficient_and_no_more() {
        let mut space = model().space().clone();
        space.numeric[0].cuts = vec![1.0, 2.0];
        let coefficients = vec![0.125, -1.0, 4.0, 8.0, 0.5, -0.25];
        let plain = Model::new(space.clone(), Parameters { coefficients, ..model().parameters().clone() });
        space.numeric[1].cuts = vec![8.0];
        let coefficients = vec![4.0, 8.0, 16.0, 32.0, 0.5, -0.25];
        let both = Model::new(space, Parameters { coefficients, ..model().parameters().clone() });
        let (plain, both) = (plain.expect("consistent"), both.expect("consistent"));
        let watch = Value::Text("Watch");
        let cases = [
            (Value::Number(1.0), Value::Number(8.0), 1.0, 0.0, ["errors <= 1", "wait <= 8"]),
            (Value::Number(2.0), Value::Text("9"), 1.125 + 4.0, 4.0 + 16.0, ["errors (1, 2]", "wait > 8"]),
            (Value::Number(99.0), Value::Missing, 1.5 + 8.0, 8.0 + 32.0, ["errors > 2", "wait_missing"]),
        ];
        for (errors, wait, of_plain, of_both, names) in cases {
            let row = [errors, wait, watch];
            for (model, expected) in [(&plain, of_plain), (&both, of_both)] {
                let Outcome::Scored(scored) = model.explain(&row) else { panic!("scored") };
                assert_eq!(scored.score, -3.25 + expected);
                assert_eq!(scored.contributions.iter().map(|c| c.value).sum::<f64>(), scored.score);
                assert_eq!(scored.contributions[1].feature, names[0]);
            }
            let Outcome::Scored(scored) = both.explain(&row) else { panic!("scored") };
            assert_eq!(scored.contributions[2].feature, names[1]);
            assert_eq!(scored.contributions.len(), 4);
        }
        assert!(plain.raw_score(&[f64::NAN, 8.0], &[2]).is_nan(), "a missing number that is not allowed has no bin");
    }

    #[test]
    fn balanced_weights_are_taken_back_in_the_probability() {
        let row = scored(&[Value::Number(1.0), Value::Number(8.0), Value::Text("Phone")]);
        assert_eq!(row.score, 0.0);
        assert_eq!((row.raw_probability, row.prediction), (0.5, 0));
        assert!((row.probability - 0.7).abs() < 1e-15, "a raw half stands for the base rate");
    }

    #[test]
    fn a_stated_base_rate_replaces_that_of_the_training_rows() {
        let mut parameters = model().parameters().clone();
        parameters.training.base_rate = Some(0.1);
        let model = Model::new(model().space().clone(), parameters).expect("consistent");
        assert!((model.scored(0.0).probability - 0.1).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_known_is_rejected_with_column_and_value() {
        let phone = Value::Text("Phone");
        let cases = [
            (
                [Value::Number(1.0), Value::Number(8.0), Value::Text("Tablet")],
                "column `device`: unknown level `Tablet`",
            ),
            ([Value::Number(1.0), Value::Number(8.0), Value::Text("phone")], "column `device`: unknown level `phone`"),
            ([Value::Number(1.5), Value::Number(8.0), phone], "column `errors`: 1.5 is not a whole number"),
            ([Value::Number(-1.0), Value::Number(8.0), phone], "column `errors`: -1 is below the minimum 0"),
            ([Value::Number(1.0), Value::Number(101.0), phone], "column `wait`: 101 is above the maximum 100"),
            ([Value::Missing, Value::Number(8.0), phone], "column `errors`: missing value"),
            ([Value::Number(f64::NAN), Value::Number(8.0), phone], "column `errors`: `NaN` is not a finite number"),
            ([Value::Text("many"), Value::Number(8.0), phone], "column `errors`: `many` is not a number"),
            (
                [Value::Number(1.0), Value::Number(8.0), Value::Number(3.0)],
                "column `device`: 3 is a number where a level is expected",
            ),
        ];
        for (row, message) in cases {
            assert_eq!(rejected(&row), message);
        }
        assert_eq!(rejected(&[phone]), "column `(row)`: 1 values for 3 columns");
    }

    #[test]
    fn what_overflows_has_no_score() {
        let row = [Value::Number(1e308), Value::Number(8.0), Value::Text("Phone")];
        assert_eq!(rejected(&row), "column `(row)`: the values are too large to be scored");
    }

    #[test]
    fn values_beyond_the_training_rows_are_scored_and_named() {
        let row = scored(&[Value::Number(9.0), Value::Number(60.0), Value::Text("Phone")]);
        assert_eq!(row.outside_training_range, ["errors", "wait"]);
        let inside = scored(&[Value::Number(4.0), Value::Missing, Value::Text("Phone")]);
        assert!(inside.outside_training_range.is_empty());
    }

    #[test]
    fn sigmoid_is_right_at_the_extremes() {
        assert_eq!((sigmoid(800.0), sigmoid(-800.0), sigmoid(0.0)), (1.0, 0.0, 0.5));
        assert!((sigmoid(-40.0) - 4.248_354_255_291_589e-18).abs() < 1e-32);
    }
}

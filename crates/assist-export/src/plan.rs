//! A model as a flat list of operations, which every target is printed from.
//!
//! The order of floating point operations of `assist_score` is the contract. It is written down here once, with every
//! constant that the scorer computes when it is built, so that a target has to print operations and never to know why they
//! come in this order.

use assist_score::{CategoricalColumn, Correction, MISSING_LEVEL, Model, NumericColumn, Target, Term};

use crate::error::Error;
use crate::names::identifiers;
use crate::spellings::{spelling_key, spellings};

/// All that a target needs to know of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What names the model: its pair as hexadecimal digits.
    pub id: String,
    /// What is predicted, and what its labels are called.
    pub target: Target,
    /// The columns: numbers first, levels behind them, as in [`FeatureSpace::column_names`](assist_score::FeatureSpace::column_names).
    pub inputs: Vec<Input>,
    /// What a score begins with.
    pub intercept: f64,
    /// What is added to it, in this order.
    pub steps: Vec<Step>,
    /// A score above it is a decision for class 1. It may be infinite.
    pub threshold: f64,
    /// How a score becomes the probability.
    pub probability: ProbabilityMap,
    /// Whether the raw probability is the probability itself: the total of a card or a rule is no log-odds.
    pub raw_is_probability: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name in the data.
    pub name: String,
    /// Its name in source code: ASCII, lower case, unique, no reserved word.
    pub identifier: String,
    /// What its values are.
    pub kind: InputKind,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq)]
pub enum InputKind {
    /// Numbers.
    Number(NumberInput),
    /// Texts of which each counts as a level.
    Level(LevelInput),
}

/// What a number must be. Checks come in the order of the fields, and infinities are refused before them.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberInput {
    /// Whether it may be missing.
    pub missing_allowed: bool,
    /// Whether it must be whole.
    pub whole: bool,
    /// Smallest number that is taken.
    pub minimum: Option<f64>,
    /// Largest number that is taken.
    pub maximum: Option<f64>,
}

/// How a text becomes a code.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelInput {
    /// The levels, sorted by their bytes; a code is a place among them.
    pub levels: Vec<String>,
    /// The code of a missing text; without one it is refused.
    pub missing: Option<u32>,
    /// The code of every text that is not known; without one it is refused. The empty text and `(missing)` never have it.
    pub other: Option<u32>,
    /// Codes of other spellings of truth values and whole numbers, which are looked up by their
    /// [key](crate::spelling_key) where a text is no level; sorted.
    pub spellings: Vec<(String, u32)>,
}

/// What is added to a score. `column` is a place among [`Plan::inputs`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `slope * (number - centre)`.
    Slope {
        /// The column.
        column: usize,
        /// What the number is multiplied with.
        slope: f64,
        /// What is taken from it before.
        centre: f64,
        /// What a missing number adds, where it is allowed.
        missing: Option<f64>,
    },
    /// The constant of the bin that the number lies in: as many cuts as are below it.
    Bins {
        /// The column.
        column: usize,
        /// Ascending.
        cuts: Vec<f64>,
        /// One more than cuts.
        added: Vec<f64>,
        /// What a missing number adds, where it is allowed.
        missing: Option<f64>,
    },
    /// The constant of the level.
    Levels {
        /// The column.
        column: usize,
        /// One for each code.
        added: Vec<f64>,
    },
    /// `coefficient * (factor * factor * ...)`.
    Term {
        /// What the product is multiplied with.
        coefficient: f64,
        /// At least one; multiplied from the left.
        factors: Vec<Factor>,
    },
}

/// A factor of a term.
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// `number - centre`.
    Slope {
        /// The column.
        column: usize,
        /// What is taken from the number.
        centre: f64,
        /// What a missing number counts as.
        fill: Option<f64>,
    },
    /// 1 where `low < number` and `number <= high`, else 0; 0 where the number is missing.
    Cut {
        /// The column.
        column: usize,
        /// The end that does not belong to it.
        low: Option<f64>,
        /// The end that does.
        high: Option<f64>,
    },
    /// 1 where the column has this code, else 0.
    Level {
        /// The column.
        column: usize,
        /// The code.
        code: u32,
    },
    /// 1 where the number is missing, else 0.
    Missing {
        /// The column.
        column: usize,
    },
    /// A cubic of the piece that the number lies in, as many knots as are below it: `a + d * (b + d * (c + d * e))`, where `d`
    /// is the number less the knot before the piece, and less the first knot in the first piece.
    Basis {
        /// The column.
        column: usize,
        /// Ascending, at least one.
        knots: Vec<f64>,
        /// One more than knots.
        pieces: Vec<[f64; 4]>,
        /// What a missing number counts as.
        fill: Option<f64>,
    },
}

/// How a score becomes the probability. The raw probability, where it is another one, comes from the exponential `e` of minus the score's size:
/// `1 / (1 + e)` for a score from 0, else `e / (1 + e)`.
#[derive(Debug, Clone, PartialEq)]
pub enum ProbabilityMap {
    /// From the same exponential: `1 / (1 + e * odds)` for a score from 0, else `e / (e + odds)`.
    Shift {
        /// What the odds of class 0 are multiplied with.
        odds: f64,
    },
    /// The sigmoid of `slope * score + shift`, by libm's exponential function.
    Sigmoid {
        /// What the score is multiplied with.
        slope: f64,
        /// What is added then.
        shift: f64,
    },
    /// `p / (p + (1 - p) * odds)`, where `p` lies on straight lines between these points, and is level beyond them.
    Curve {
        /// Ascending.
        scores: Vec<f64>,
        /// As many.
        probabilities: Vec<f64>,
        /// What the odds of class 0 are multiplied with.
        odds: f64,
    },
}

impl Factor {
    /// The column that it is of.
    pub fn column(&self) -> usize {
        match self {
            Self::Slope { column, .. }
            | Self::Cut { column, .. }
            | Self::Level { column, .. }
            | Self::Missing { column }
            | Self::Basis { column, .. } => *column,
        }
    }
}

impl LevelInput {
    /// The code that a caller gives for a text: -1 for a missing one, -2 for an unknown one, where these have no code.
    pub fn code(&self, text: Option<&str>) -> i32 {
        let code = |code: u32| i32::try_from(code).unwrap_or(i32::MAX);
        let Some(text) = text else { return self.missing.map_or(-1, code) };
        let exact = || self.levels.iter().position(|level| level == text).and_then(|code| u32::try_from(code).ok());
        let spelt = || {
            let key = spelling_key(text)?;
            self.spellings.iter().find(|(known, _)| *known == *key).map(|(_, code)| *code)
        };
        let other = || self.other.filter(|_| !text.is_empty() && text != MISSING_LEVEL);
        exact().or_else(spelt).or_else(other).map_or(-2, code)
    }
}

impl Plan {
    /// The plan of a model.
    pub fn of(model: &Model) -> Result<Self, Error> {
        let space = model.space();
        let names: Vec<&str> = space.column_names().collect();
        let numbers = space.numeric.iter().map(|column| InputKind::Number(number_input(column)));
        let levels = space.categorical.iter().map(|column| InputKind::Level(level_input(column)));
        let inputs = names.iter().zip(identifiers(&names)).zip(numbers.chain(levels));
        let inputs = inputs.map(|((name, identifier), kind)| Input { name: (*name).into(), identifier, kind });
        let parameters = model.parameters();
        Ok(Self {
            id: model.pair_id()?.to_string(),
            target: space.target.clone(),
            inputs: inputs.collect(),
            intercept: parameters.intercept,
            steps: steps(model)?,
            threshold: parameters.threshold,
            probability: probability_map(model)?,
            raw_is_probability: space.form.has_points(),
        })
    }

    /// How many columns are numbers.
    pub fn n_numbers(&self) -> usize {
        self.inputs.iter().filter(|input| matches!(input.kind, InputKind::Number(_))).count()
    }

    /// The columns of numbers with their places among the inputs.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (usize, &Input, &NumberInput)> {
        self.inputs.iter().enumerate().filter_map(|(place, input)| match &input.kind {
            InputKind::Number(kind) => Some((place, input, kind)),
            InputKind::Level(_) => None,
        })
    }

    /// The columns of levels with their places among the inputs.
    pub(crate) fn levels(&self) -> impl Iterator<Item = (usize, &Input, &LevelInput)> {
        self.inputs.iter().enumerate().filter_map(|(place, input)| match &input.kind {
            InputKind::Level(kind) => Some((place, input, kind)),
            InputKind::Number(_) => None,
        })
    }

    /// Whether a column's texts have spellings to be looked up.
    pub(crate) fn has_spellings(&self) -> bool {
        self.levels().any(|(_, _, kind)| !kind.spellings.is_empty())
    }
}

fn number_input(column: &NumericColumn) -> NumberInput {
    NumberInput {
        missing_allowed: column.fill_value.is_some(),
        whole: column.integer,
        minimum: column.min,
        maximum: column.max,
    }
}

fn level_input(column: &CategoricalColumn) -> LevelInput {
    LevelInput {
        levels: column.levels.clone(),
        missing: column.missing,
        other: column.rare,
        spellings: spellings(column),
    }
}

/// The terms of the columns put together as the scorer does it, then the additional ones one by one.
fn steps(model: &Model) -> Result<Vec<Step>, Error> {
    let space = model.space();
    let mut steps: Vec<Step> = Vec::new();
    // A zero of a column without a slope can only be seen in a score of -0, which no sum is that began with another number.
    if model.parameters().intercept.to_bits() == (-0.0_f64).to_bits() {
        let zero = |(column, numeric): (usize, &NumericColumn)| {
            let missing = numeric.fill_value.map(|_| 0.0);
            Step::Slope { column, slope: 0.0, centre: 0.0, missing }
        };
        steps.extend(space.numeric.iter().enumerate().filter(|(_, column)| column.is_binned()).map(zero));
    }
    let terms = space.terms();
    let n_own = terms.len() - space.additional.len();
    let fill_of = |column: usize| space.numeric.get(column).and_then(|column| column.fill_value);
    for (place, (term, coefficient)) in terms.iter().zip(&model.parameters().coefficients).enumerate() {
        let coefficient = *coefficient;
        match term {
            term if place >= n_own => {
                let factors =
                    term.factors().iter().map(|factor| self::factor(factor, &fill_of)).collect::<Result<_, _>>()?;
                steps.push(Step::Term { coefficient, factors });
            }
            Term::Slope { column, centre } => {
                let missing = fill_of(*column).map(|fill| coefficient * (fill - centre));
                steps.push(Step::Slope { column: *column, slope: coefficient, centre: *centre, missing });
            }
            Term::Missing { column: of } => match steps.last_mut() {
                Some(Step::Slope { column, missing, .. }) if column == of => {
                    *missing = missing.map(|constant| constant + coefficient);
                }
                Some(Step::Bins { column, missing, .. }) if column == of => *missing = Some(coefficient),
                _ => steps.push(Step::Term { coefficient, factors: vec![Factor::Missing { column: *of }] }),
            },
            Term::Cut { column: of, .. } => match steps.last_mut() {
                Some(Step::Bins { column, added, .. }) if column == of => added.push(coefficient),
                _ => {
                    let cuts = space.numeric.get(*of).map(|column| column.cuts.clone()).unwrap_or_default();
                    steps.push(Step::Bins { column: *of, cuts, added: vec![0.0, coefficient], missing: None });
                }
            },
            Term::Level { column: of, code } => {
                let place = *code as usize;
                match steps.last_mut() {
                    Some(Step::Levels { column, added }) if column == of => added[place] = coefficient,
                    _ => {
                        let levels = space.categorical.get(of - space.numeric.len());
                        let mut added = vec![0.0; levels.map_or(0, |levels| levels.levels.len())];
                        added[place] = coefficient;
                        steps.push(Step::Levels { column: *of, added });
                    }
                }
            }
            other => return Err(Error::UnknownTerm(format!("{other:?}"))),
        }
    }
    Ok(steps)
}

fn factor(term: &Term, fill_of: &dyn Fn(usize) -> Option<f64>) -> Result<Factor, Error> {
    Ok(match term {
        Term::Slope { column, centre } => Factor::Slope { column: *column, centre: *centre, fill: fill_of(*column) },
        Term::Cut { column, low, high } => Factor::Cut { column: *column, low: *low, high: *high },
        Term::Level { column, code } => Factor::Level { column: *column, code: *code },
        Term::Missing { column } => Factor::Missing { column: *column },
        Term::Basis { column, knots, pieces } => {
            Factor::Basis { column: *column, knots: knots.clone(), pieces: pieces.clone(), fill: fill_of(*column) }
        }
        other => return Err(Error::UnknownTerm(format!("{other:?}"))),
    })
}

fn probability_map(model: &Model) -> Result<ProbabilityMap, Error> {
    if model.parameters().calibration.is_none() {
        return Ok(ProbabilityMap::Shift { odds: libm::exp(-model.logit_shift()) });
    }
    match model.correction() {
        Correction::Affine { slope, shift } => Ok(ProbabilityMap::Sigmoid { slope, shift }),
        Correction::Curve { scores, probabilities, shift } => Ok(ProbabilityMap::Curve {
            scores: scores.to_vec(),
            probabilities: probabilities.to_vec(),
            odds: libm::exp(-shift),
        }),
        other => Err(Error::UnknownTerm(format!("{other:?}"))),
    }
}

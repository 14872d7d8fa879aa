//! A design from columns in memory.

use assist_data::{CategoricalRole, NumericRole, TestRows, counted_test_rows, sklearn_test_rows};
use assist_score::{FeatureSpace, Target};
use hashbrown::{HashMap, HashSet};

use crate::added_terms::AddedTerms;
use crate::design::Design;
use crate::encoded::{DesignWithRejects, Encoded};
use crate::error::Error;
use crate::fault::{ColumnKind, InputFault};
use crate::input::{Input, Kept, NumberColumn, Outcomes, TextColumn};
use crate::missing::MissingPolicy;
use crate::rare_levels::RareLevels;

/// Columns in memory on their way to a design: numbers and categories, each in the order in which they are given, and one
/// label or a pair of counts a row. Faults are found by what ends the chain.
///
/// The rows go through the same code as those of a table, so the same data give the same design, bit for bit.
///
/// ```
/// use assist_features::Design;
///
/// let errors = [4.0, 0.0, 3.0, 1.0];
/// let design = Design::builder()
///     .number("errors", &errors)
///     .category("device", &["Phone", "Watch", "Watch", "Phone"])
///     .labels(&[true, false, true, false])
///     .build()?;
/// let names: Vec<String> = design.space().features().into_iter().map(|feature| feature.name).collect();
/// assert_eq!(names, ["errors", "device_Watch"]);
/// # Ok::<(), assist_features::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct DesignBuilder<'a> {
    numeric: Vec<NumberColumn<'a>>,
    categorical: Vec<TextColumn>,
    outcomes: Option<Outcomes<'a>>,
    weights: Option<(String, &'a [f64])>,
    target: Option<Target>,
    policy: MissingPolicy,
    cuts: Cuts,
    rare: RareLevels,
    added: AddedTerms,
    /// The first fault that shows before the end.
    fault: Option<InputFault>,
}

/// Whether numeric columns are cut into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cuts {
    None,
    Supervised,
}

impl Design {
    /// A design from columns in memory.
    pub fn builder<'a>() -> DesignBuilder<'a> {
        DesignBuilder {
            numeric: Vec::new(),
            categorical: Vec::new(),
            outcomes: None,
            weights: None,
            target: None,
            policy: MissingPolicy::default(),
            cuts: Cuts::None,
            rare: RareLevels::Apart,
            added: AddedTerms::default(),
            fault: None,
        }
    }
}

impl<'a> DesignBuilder<'a> {
    /// A column of numbers, one a row. NaN is a missing cell.
    pub fn number(mut self, name: &str, values: &'a [f64]) -> Self {
        self.numeric.push(NumberColumn { name: name.to_owned(), role: NumericRole::default(), values });
        self
    }

    /// A column of categories, one a row. An empty text is a missing cell, as in a table.
    pub fn category(mut self, name: &str, values: &[impl AsRef<str>]) -> Self {
        self.categorical.push(TextColumn::new(name, values.iter().map(|value| Some(value.as_ref()))));
        self
    }

    /// A column of categories, one a row, some of them missing.
    pub fn category_optional(mut self, name: &str, values: &[Option<impl AsRef<str>>]) -> Self {
        self.categorical.push(TextColumn::new(name, values.iter().map(|value| value.as_ref().map(AsRef::as_ref))));
        self
    }

    /// One label a row: whether it is class 1.
    pub fn labels(self, labels: &[bool]) -> Self {
        self.observed(Outcomes::Labels(labels.iter().map(|label| u8::from(*label)).collect()))
    }

    /// How often each row was seen with label 0 and with label 1.
    pub fn counts(self, counts: &'a [[u64; 2]]) -> Self {
        self.observed(Outcomes::Counts(counts))
    }

    /// Default: every observation weighs 1. What the weights are called, and what each row weighs: a sampling weight, whole or
    /// fractional. A row of weight 0 is without effect on a fit.
    ///
    /// ```
    /// use assist_features::Design;
    ///
    /// let errors = [3.0, 0.0, 3.0, 1.0];
    /// let design = Design::builder()
    ///     .number("errors", &errors)
    ///     .labels(&[true, false, true, false])
    ///     .weights("users", &[0.5, 2.0, 1.0, 1.0])
    ///     .build()?;
    /// assert_eq!(design.class_counts(), [2, 2]);
    /// assert_eq!(design.class_totals(), [3.0, 1.5]);
    /// # Ok::<(), assist_features::Error>(())
    /// ```
    pub fn weights(mut self, name: &str, weights: &'a [f64]) -> Self {
        self.weights = Some((name.to_owned(), weights));
        self
    }

    fn observed(mut self, outcomes: Outcomes<'a>) -> Self {
        if self.outcomes.is_some() {
            self.fault.get_or_insert(InputFault::TwoOutcomes);
        }
        self.outcomes = Some(outcomes);
        self
    }

    /// Default: `label`, `0`, `1`. What the target and its labels are called: class 0, then class 1.
    pub fn target(mut self, name: &str, negative: &str, positive: &str) -> Self {
        self.target =
            Some(Target { name: name.to_owned(), negative: negative.to_owned(), positive: positive.to_owned() });
        self
    }

    /// Default: [`MissingPolicy::Auto`].
    pub fn missing(mut self, policy: MissingPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Default: every number has a slope. Cuts the numbers into bins where the labels ask for it, as
    /// [`Encoded::learn_space_with_bins`] does.
    pub fn bins(mut self) -> Self {
        self.cuts = Cuts::Supervised;
        self
    }

    /// Default: every level is one of its own. Levels with fewer observations than this are one level, as
    /// [`Encoded::with_rare`] has it.
    pub fn rare(mut self, observations: u64) -> Self {
        self.rare = RareLevels::Below(observations);
        self
    }

    /// Default: every number acts along a line. A column of numbers acts along a curve, as [`AddedTerms::splines`] has it.
    pub fn spline(mut self, column: &str) -> Self {
        self.added.splines.push(column.to_owned());
        self
    }

    /// Default: the effect of no column depends on another. The effects of two columns depend on each other, as
    /// [`AddedTerms::interactions`] has it.
    pub fn interaction(mut self, a: &str, b: &str) -> Self {
        self.added.interactions.push([a.to_owned(), b.to_owned()]);
        self
    }

    /// Default: no column acts in steps but by [`bins`](Self::bins). Two columns of numbers act in steps that depend on each other, as
    /// [`AddedTerms::steps`] has it.
    pub fn steps(mut self, a: &str, b: &str) -> Self {
        self.added.steps.push([a.to_owned(), b.to_owned()]);
        self
    }

    /// Default: any number. Only whole numbers are allowed in a column that was given before.
    pub fn integer(self, column: &str) -> Self {
        self.with_number(column, |role| role.integer = true)
    }

    /// Default: any number. The smallest and the largest number that are allowed in a column that was given before.
    pub fn range(self, column: &str, min: impl Into<Option<f64>>, max: impl Into<Option<f64>>) -> Self {
        let (min, max) = (min.into(), max.into());
        self.with_number(column, |role| (role.min, role.max) = (min, max))
    }

    /// Default: none. The unit of a column that was given before, for people.
    pub fn unit(self, column: &str, unit: &str) -> Self {
        self.with_number(column, |role| role.unit = Some(unit.to_owned()))
    }

    /// Default: the level that sorts first. The level of a column that was given before which gets no coefficient: the others
    /// are compared with it.
    pub fn reference(self, column: &str, level: &str) -> Self {
        self.with_category(column, |role| role.reference = Some(level.to_owned()))
    }

    /// Default: those of the training rows. The only levels that are allowed in a column that was given before.
    pub fn levels(self, column: &str, levels: &[impl AsRef<str>]) -> Self {
        let levels = levels.iter().map(|level| level.as_ref().to_owned()).collect();
        self.with_category(column, |role| role.levels = Some(levels))
    }

    fn with_number(mut self, column: &str, change: impl FnOnce(&mut NumericRole)) -> Self {
        match named(&mut self.numeric, |known| &known.name, ColumnKind::Numbers, column) {
            Ok(found) => change(&mut found.role),
            Err(fault) => _ = self.fault.get_or_insert(fault),
        }
        self
    }

    fn with_category(mut self, column: &str, change: impl FnOnce(&mut CategoricalRole)) -> Self {
        match named(&mut self.categorical, |known| &known.name, ColumnKind::Categories, column) {
            Ok(found) => change(&mut found.role),
            Err(fault) => _ = self.fault.get_or_insert(fault),
        }
        self
    }

    /// The design of all rows, in the space that is learnt on them.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for columns that cannot be used, [`Error::UnknownReference`] for a reference that no row has,
    /// [`Error::NoRowLeft`] where every row has a missing cell and these are left out, [`Error::TooManyRows`].
    pub fn build(&self) -> Result<Design, Error> {
        let encoded = self.encode()?;
        let space = self.learn_space(&encoded)?;
        Ok(encoded.design(&space).design)
    }

    /// The rows, coded: from which a space is learnt, or the design in one with other cuts.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), but for an unknown reference.
    pub fn encode(&self) -> Result<Encoded, Error> {
        let [encoded, _] = self.encode_split(|_| Ok(TestRows::None))?;
        Ok(encoded.with_rare(self.rare))
    }

    /// The training and the test rows of scikit-learn's `train_test_split(..., stratify=labels, random_state=seed)`: the
    /// design of the training rows in the space that is learnt on them, and that of the test rows in the same space.
    /// Of rows with counts it is drawn how many of each row's observations are test rows, as [`counted_test_rows`] does, in a time
    /// that does not depend on how many these are.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and whatever cannot be split: a test size outside (0, 1), fewer than two observations of a
    /// class.
    pub fn split(&self, test_size: f64, seed: u32) -> Result<(Design, DesignWithRejects), Error> {
        let [train, test] = self.encode_split(|kept| {
            Ok(match &kept.row_counts {
                Some(rows) => counted_test_rows(rows, test_size, seed)?,
                None => sklearn_test_rows(kept.observations, test_size, seed)?,
            })
        })?;
        let train = train.with_rare(self.rare);
        let space = self.learn_space(&train)?;
        let test = test.design(&space);
        Ok((train.design(&space).design, test))
    }

    /// The rows in the space of a model, whose columns must all be there, in any order. A row that the model would not score
    /// is not part of the design, and its observations are counted: an unknown level, a number that the model does not allow,
    /// a missing cell of a column in which it knows none. One class is enough.
    ///
    /// Levels, references, ranges, units and cuts are those of the space. What [`levels`](Self::levels),
    /// [`reference`](Self::reference), [`range`](Self::range), [`integer`](Self::integer), [`unit`](Self::unit) and
    /// [`bins`](Self::bins) say is for spaces that are learnt, and is passed over here, so that one description of the columns
    /// serves the rows that a model is fitted to and those that it is tried on.
    ///
    /// # Panics
    ///
    /// Where the space has an additional slope or basis of a column with cuts.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for columns that are absent or cannot be used, [`Error::TooManyRows`].
    pub fn build_in(&self, space: &FeatureSpace) -> Result<DesignWithRejects, Error> {
        let mut input = self.input(&space.target)?;
        if let Some(given) = self.target.as_ref().filter(|given| **given != space.target) {
            let shown = |target: &Target| format!("{} ({}, {})", target.name, target.negative, target.positive);
            let (given, known) = (shown(given), shown(&space.target));
            return Err(InputFault::OtherTarget { given, known }.into());
        }
        // What the space does not allow is rejected row by row.
        if input.policy == MissingPolicy::Error {
            input.policy = MissingPolicy::Auto;
        }
        input.check()?;
        let names: Vec<&str> = space.numeric.iter().map(|column| column.name.as_str()).collect();
        input.numeric = ordered(&input.numeric, |given| &given.name, ColumnKind::Numbers, &names)?;
        let names: Vec<&str> = space.categorical.iter().map(|column| column.name.as_str()).collect();
        input.categorical = ordered(&input.categorical, |given| &given.name, ColumnKind::Categories, &names)?;
        let [encoded, _] = input.encode(|_| Ok(TestRows::None))?;
        Ok(encoded.design(space))
    }

    fn learn_space(&self, rows: &Encoded) -> Result<FeatureSpace, Error> {
        let space = match self.cuts {
            Cuts::None => rows.learn_space()?,
            Cuts::Supervised => rows.learn_space_with_bins()?,
        };
        rows.with_terms(space, &self.added)
    }

    fn encode_split(&self, test_rows: impl FnOnce(&Kept) -> Result<TestRows, Error>) -> Result<[Encoded; 2], Error> {
        let default = || Target { name: "label".to_owned(), negative: "0".to_owned(), positive: "1".to_owned() };
        let target = self.target.clone().unwrap_or_else(default);
        let input = self.input(&target)?;
        input.check()?;
        input.check_declared()?;
        if self.cuts == Cuts::Supervised && input.weights.is_some() {
            return Err(InputFault::WeightedBins.into());
        }
        input.encode(|kept| {
            let counts = kept.observations;
            if let Some(absent) = counts.iter().position(|count| *count == 0) {
                let label = if absent == 0 { target.positive.clone() } else { target.negative.clone() };
                return Err(InputFault::OneClass { label, observations: counts[1 - absent] }.into());
            }
            test_rows(kept)
        })
    }

    fn input<'c>(&'c self, target: &'c Target) -> Result<Input<'c, 'a>, InputFault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        Ok(Input {
            numeric: self.numeric.iter().collect(),
            categorical: self.categorical.iter().collect(),
            outcomes: self.outcomes.as_ref().ok_or(InputFault::NoOutcome)?,
            weights: self.weights.as_ref().map(|(name, weights)| (name.as_str(), *weights)),
            target,
            policy: self.policy,
        })
    }
}

/// The column of a name.
fn named<'c, T>(
    columns: &'c mut [T],
    name_of: impl Fn(&T) -> &String,
    kind: ColumnKind,
    name: &str,
) -> Result<&'c mut T, InputFault> {
    let Some(place) = columns.iter().position(|known| name_of(known) == name) else {
        let known = columns.iter().map(|known| name_of(known).clone()).collect();
        return Err(InputFault::UnknownColumn { column: name.to_owned(), kind, known });
    };
    Ok(&mut columns[place])
}

/// The given columns in the order of the wanted ones, which must be the same.
fn ordered<'c, T>(
    given: &[&'c T],
    name_of: impl Fn(&T) -> &String,
    kind: ColumnKind,
    wanted: &[&str],
) -> Result<Vec<&'c T>, InputFault> {
    let known: HashSet<&str> = wanted.iter().copied().collect();
    if let Some(unknown) = given.iter().find(|given| !known.contains(name_of(given).as_str())) {
        let known = wanted.iter().map(|name| (*name).to_owned()).collect();
        return Err(InputFault::UnknownColumn { column: name_of(unknown).clone(), kind, known });
    }
    let by_name: HashMap<&str, &'c T> = given.iter().map(|given| (name_of(given).as_str(), *given)).collect();
    let find = |name: &&str| {
        let found = by_name.get(name).copied();
        found.ok_or_else(|| InputFault::AbsentColumn { column: (*name).to_owned(), kind })
    };
    wanted.iter().map(find).collect()
}

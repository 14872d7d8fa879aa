//! Curves, interactions and steps: which are asked for, and the terms that they are on the rows that are learnt from.

use std::collections::BTreeSet;
use std::sync::Arc;

use assist_score::{FeatureSpace, Term, shown};

use crate::design::Design;
use crate::encoded::Encoded;
use crate::error::Error;
use crate::layout::Layout;
use crate::spline::{FEWEST_KNOTS, Weighed, bends, knots};
use crate::steps::{Pair, steps};
use crate::term_fault::AddedTermFault;

/// Additional terms at most: each is computed anew for every row of every pass.
const MOST_TERMS: usize = 1000;
/// What is asked of a pair of columns, in words.
const STEPS: &str = "steps of two columns";

/// Terms that a model has beyond those of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AddedTerms {
    /// Columns of numbers that act along a curve: beside its slope each has the bends of a natural cubic spline, whose knots
    /// are the values up to which 5, 27.5, 50, 72.5 and 95 % of the training observations lie (Harrell, Regression Modeling
    /// Strategies, table 2.3), each once. A missing number counts as its column's fill value.
    pub splines: Vec<String>,
    /// Pairs of columns whose effects depend on each other: the products of what the two have of themselves. Of a number that
    /// is its distance from the middle of the training observations, of a column of categories each level but the reference,
    /// of a number with cuts each bin but the first. Pairs of levels that no training row has are none.
    pub interactions: Vec<[String; 2]>,
    /// Pairs of columns of numbers that act in steps which depend on each other: whether either is above a cut, and whether both
    /// are. The two cuts are those that save most of the entropy of the labels of the training rows where both numbers are there;
    /// each is the shortest decimal that divides these rows so.
    pub steps: Vec<[String; 2]>,
}

impl AddedTerms {
    /// Of curves and interactions.
    pub fn new(splines: Vec<String>, interactions: Vec<[String; 2]>) -> Self {
        Self { splines, interactions, steps: Vec::new() }
    }

    /// The same, and steps of two columns.
    #[must_use]
    pub fn with_steps(self, steps: Vec<[String; 2]>) -> Self {
        Self { steps, ..self }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.splines.is_empty() && self.interactions.is_empty() && self.steps.is_empty()
    }

    /// Each name that is not a column of a space, and each term that cannot be, whatever the rows are.
    fn check(&self, space: &FeatureSpace) -> Result<(), AddedTermFault> {
        let mut known = BTreeSet::new();
        for name in &self.splines {
            let place = place_of(space, name, "a curve")?;
            match space.numeric.get(place) {
                None => return Err(AddedTermFault::Categories(name.clone())),
                Some(column) if column.is_binned() => return Err(AddedTermFault::Binned(name.clone())),
                Some(_) => {}
            }
            if !known.insert([place, place]) {
                return Err(AddedTermFault::Twice(format!("a curve of `{}`", shown(name))));
            }
        }
        let products = self.interactions.iter().map(|pair| (pair, "an interaction"));
        for ([a, b], of) in products.chain(self.steps.iter().map(|pair| (pair, STEPS))) {
            let [one, other] = [place_of(space, a, of)?, place_of(space, b, of)?];
            if one == other {
                return Err(AddedTermFault::WithItself(a.clone()));
            }
            for (name, place) in [(a, one), (b, other)].into_iter().filter(|_| of == STEPS) {
                match space.numeric.get(place) {
                    None => return Err(AddedTermFault::StepsOfCategories(name.clone())),
                    Some(column) if column.is_binned() => return Err(AddedTermFault::StepsOfBins(name.clone())),
                    Some(_) => {}
                }
            }
            if !known.insert([one.min(other), one.max(other)]) {
                return Err(AddedTermFault::Twice(format!("the interaction of `{}` and `{}`", shown(a), shown(b))));
            }
        }
        Ok(())
    }
}

fn place_of(space: &FeatureSpace, name: &str, of: &'static str) -> Result<usize, AddedTermFault> {
    space.column_names().position(|known| known == name).ok_or_else(|| AddedTermFault::UnknownColumn {
        column: name.to_owned(),
        of,
        known: space.column_names().map(str::to_owned).collect(),
    })
}

impl Encoded {
    /// A space with further terms, learnt on these rows as a design in it has them.
    ///
    /// # Errors
    ///
    /// What cannot be a curve or an interaction.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows.
    pub fn with_terms(&self, space: FeatureSpace, added: &AddedTerms) -> Result<FeatureSpace, Error> {
        if added.is_empty() {
            return Ok(space);
        }
        added.check(&space)?;
        let design = self.clone().design(&space).design;
        let additional = design.learn_terms(added)?;
        Ok(FeatureSpace { additional: [space.additional, additional].concat(), ..space })
    }
}

impl Design {
    /// The terms of some curves and interactions, learnt on these rows: first those of the curves, then those of the
    /// interactions and of the steps, each in the order in which they are asked for.
    ///
    /// # Errors
    ///
    /// What cannot be a curve or an interaction.
    pub fn learn_terms(&self, added: &AddedTerms) -> Result<Vec<Term>, AddedTermFault> {
        added.check(self.space())?;
        let weighing = self.weighing();
        let rows = weighing.as_ref().unwrap_or(self);
        let mut terms = Vec::new();
        for name in &added.splines {
            terms.extend(rows.bends_of(place_of(self.space(), name, "a curve")?)?);
        }
        let factors = (!added.interactions.is_empty()).then(|| Factors::of(rows));
        for ([a, b], factors) in added.interactions.iter().zip(factors.iter().cycle()) {
            let pair = [place_of(self.space(), a, "an interaction")?, place_of(self.space(), b, "an interaction")?];
            terms.extend(factors.products(rows, pair)?);
            if terms.len() > MOST_TERMS {
                return Err(AddedTermFault::TooMany { terms: terms.len(), most: MOST_TERMS });
            }
        }
        for [a, b] in &added.steps {
            let of_pair = rows.steps_of([place_of(self.space(), a, STEPS)?, place_of(self.space(), b, STEPS)?])?;
            // A column that has steps with several others may be cut at the same place.
            let new: Vec<Term> = of_pair.into_iter().filter(|term| !terms.contains(term)).collect();
            terms.extend(new);
        }
        Ok(terms)
    }

    /// The same rows with further terms, which come behind those that there are. The rows are shared, not copied.
    ///
    /// # Panics
    ///
    /// For a slope or a basis of a column with cuts.
    #[must_use]
    pub fn with_terms(&self, terms: Vec<Term>) -> Self {
        let mut space = self.space().clone();
        space.additional.extend(terms);
        self.in_space(space)
    }

    /// How many distinct numbers the rows have that weigh something in a numeric column, by its place among these; none where it
    /// has cuts.
    pub fn distinct_numbers(&self, column: usize) -> usize {
        self.weighed_values(column).len()
    }

    /// The bends of a column of numbers.
    fn bends_of(&self, place: usize) -> Result<Vec<Term>, AddedTermFault> {
        let values = self.weighed_values(place);
        let knots = knots(&values);
        if values.len() < FEWEST_KNOTS {
            let column = self.space().column_name(place).unwrap_or_default().to_owned();
            return Err(AddedTermFault::FewValues { column, values: values.len() });
        }
        Ok(bends(place, &knots, &values))
    }

    /// The steps of two columns of numbers.
    fn steps_of(&self, places: [usize; 2]) -> Result<[Term; 3], AddedTermFault> {
        let unbinned = |place: &usize| self.layout.unbinned.iter().position(|unbinned| unbinned == place);
        let numbers = places.map(|place| unbinned(&place).map_or_else(Vec::new, |column| self.numbers(column)));
        let rows = numbers[0].iter().zip(&numbers[1]).zip(self.weights());
        let present = rows.filter(|((a, b), row)| !a.is_nan() && !b.is_nan() && row.sums != [0.0; 2]);
        // -0 is 0.
        let pairs: Vec<Pair> = present.map(|((a, b), row)| ([a + 0.0, b + 0.0], row.sums)).collect();
        steps(places, &pairs).ok_or_else(|| {
            let name = |place| self.space().column_name(place).unwrap_or_default().to_owned();
            AddedTermFault::NoSteps(name(places[0]), name(places[1]))
        })
    }

    /// The distinct values of a column of numbers without cuts, ascending, each with what its observations weigh.
    fn weighed_values(&self, place: usize) -> Vec<Weighed> {
        let Some(column) = self.layout.unbinned.iter().position(|unbinned| *unbinned == place) else {
            return Vec::new();
        };
        let weights = self.weights().map(|row| row.sums[0] + row.sums[1]);
        // -0 is 0.
        let rows = self.numbers(column).into_iter().map(|number| number + 0.0).zip(weights);
        let mut rows: Vec<Weighed> = rows.filter(|(number, weight)| !number.is_nan() && *weight > 0.0).collect();
        rows.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut values: Vec<Weighed> = Vec::new();
        for (value, weight) in rows {
            match values.last_mut() {
                Some((last, total)) if last.total_cmp(&value).is_eq() => *total += weight,
                _ => values.push((value, weight)),
            }
        }
        values
    }
}

/// What the columns have of themselves, as factors of products.
struct Factors(Vec<Vec<Term>>);

impl Factors {
    fn of(rows: &Design) -> Self {
        let space = rows.space();
        let centres = rows.spreads(&rows.code_counts()).centres;
        let mut factors: Vec<Vec<Term>> = vec![Vec::new(); space.n_columns()];
        let n_of_columns = space.n_features() - space.additional.len();
        for (term, middle) in space.terms().into_iter().zip(centres).take(n_of_columns) {
            let factor = match term {
                Term::Slope { column, .. } => Term::Slope { column, centre: middle },
                // A missing number counts as its fill value, which its indicator corrects for; among bins it is one of them.
                Term::Missing { column } if !space.numeric[column].is_binned() => continue,
                other => other,
            };
            let of_column = factor.columns().first().and_then(|column| factors.get_mut(*column));
            of_column.into_iter().for_each(|of_column| of_column.push(factor.clone()));
        }
        Self(factors)
    }

    fn products(&self, rows: &Design, [a, b]: [usize; 2]) -> Result<Vec<Term>, AddedTermFault> {
        let space = rows.space();
        let together = match [a, b].map(|place| rows.codes_of(place)) {
            [Some(of_a), Some(of_b)] => Some(of_a.into_iter().zip(of_b).collect::<BTreeSet<(u32, u32)>>()),
            _ => None,
        };
        let code = |term: &Term| rows.code_of_factor(term);
        let occur = |one: &Term, other: &Term| {
            together.as_ref().is_none_or(|pairs| code(one).zip(code(other)).is_some_and(|pair| pairs.contains(&pair)))
        };
        let mut products = Vec::new();
        for one in &self.0[a] {
            for other in self.0[b].iter().filter(|other| occur(one, other)) {
                products.push(Term::Product { factors: vec![one.clone(), other.clone()] });
            }
        }
        if products.is_empty() {
            let name = |place| space.column_name(place).unwrap_or_default().to_owned();
            return Err(AddedTermFault::NoCombination(name(a), name(b)));
        }
        Ok(products)
    }
}

impl Design {
    /// The codes of the rows in a column, by its place among all; `None` for numbers without cuts.
    fn codes_of(&self, place: usize) -> Option<Vec<u32>> {
        let n_numeric = self.space().numeric.len();
        match place.checked_sub(n_numeric) {
            Some(categorical) => Some(self.level_codes(categorical)),
            None => Some(self.codes(self.layout.binned.iter().position(|binned| binned.place == place)?)),
        }
    }

    /// The code for which a level, a bin or its missing indicator is 1.
    fn code_of_factor(&self, term: &Term) -> Option<u32> {
        let column = |place: &usize| self.space().numeric.get(*place);
        let bin = match term {
            Term::Level { code, .. } => return Some(*code),
            // A bin begins behind its lower cut, which belongs to the bin before.
            Term::Cut { column: place, low, .. } => low.map_or(Some(0), |low| Some(column(place)?.bin(low) + 1))?,
            Term::Missing { column: place } => column(place)?.bin(f64::NAN),
            _ => return None,
        };
        u32::try_from(bin).ok()
    }

    /// The same rows in a space with the same columns, whose additional terms are others.
    fn in_space(&self, space: FeatureSpace) -> Self {
        let layout = Layout::new(&space);
        Self { space: Arc::new(space), layout, segments: self.segments.clone(), ..self.clone() }
    }
}

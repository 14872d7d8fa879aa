//! Two models beside each other: whose decision differs, and in which few words those users can be told.
//!
//! Both models score the points of the first one's domain, where each combination of values counts once, or the rows of a table, where
//! it counts as often as it occurs. What is refused by one alone counts as another decision too.

use assist_score::Model;
use serde::Serialize;
use std::collections::BTreeMap;

use crate::domain::{Domain, DomainSettings};
use crate::error::Error;
use crate::outcomes::{PointOutcome, expected};
use crate::scored_rows::ScoredRows;
use crate::slices::{Grid, Slicer};

/// What a model decides of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Class 0.
    Negative,
    /// Class 1.
    Positive,
    /// No score.
    Rejected,
}

impl Decision {
    fn of(outcome: &PointOutcome) -> Self {
        match (outcome.is_scored(), outcome.prediction) {
            (false, _) => Self::Rejected,
            (true, 1) => Self::Positive,
            (true, _) => Self::Negative,
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// All combinations of values that the first model takes, each once.
    AllPoints,
    /// A sample of them.
    SampledPoints,
    /// The rows of a table.
    Rows,
}

/// Points whose decision differs in the same way, told by few conditions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DifferingSlice {
    /// The conditions: `errors from 2 to 4, device is Watch`. All of its points, and maybe some of no difference, satisfy them.
    #[serde(rename = "where")]
    pub condition: String,
    /// How many points, or rows, with this difference there are.
    pub points: usize,
    /// Their share of all that were compared.
    pub share: f64,
    /// How many satisfy the conditions, those without this difference among them.
    pub points_in_slice: usize,
    /// Their share of all that were compared.
    pub share_in_slice: f64,
    /// What the first model decides.
    pub from: Decision,
    /// What the second model decides.
    pub to: Decision,
}

/// What two models do differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What points are.
    pub compared: Compared,
    /// How many points, or rows, were compared.
    pub points: usize,
    /// Those with another decision.
    pub decisions_that_differ: usize,
    /// Largest difference of the probabilities of a point.
    pub max_probability_difference: f64,
    /// The point of the largest difference, by the names of its columns.
    pub where_largest: Option<String>,
    /// The points with another decision in slices, largest first.
    pub slices: Vec<DifferingSlice>,
}

impl Difference {
    /// The share of what was compared that has another decision.
    pub fn share(&self) -> f64 {
        self.decisions_that_differ as f64 / self.points.max(1) as f64
    }
}

/// Compares two models that take the same columns, at the points of the first one's domain.
///
/// # Errors
///
/// [`Error::OtherColumns`] where they do not.
pub fn diff(model: &Model, against: &Model, settings: DomainSettings) -> Result<Difference, Error> {
    let names: Vec<&str> = model.space().column_names().collect();
    let others: Vec<&str> = against.space().column_names().collect();
    let has_as_many_numbers = model.space().numeric.len() == against.space().numeric.len();
    if names != others || !has_as_many_numbers {
        return Err(Error::OtherColumns(format!("`{}` and `{}`", names.join("`, `"), others.join("`, `"))));
    }
    let domain = Domain::with_settings(model, settings);
    let [first, second] = [model, against].map(|model| expected(model, &domain));
    let compared = if domain.is_whole() { Compared::AllPoints } else { Compared::SampledPoints };
    Ok(difference(compared, &Grid::of_domain(model, &domain), &first, &second))
}

/// Compares two models on the rows of a table, which each has read as it takes them: their columns may be others.
///
/// # Errors
///
/// [`Error::OtherRows`] where one has fewer rows than the other.
pub fn diff_rows(first: &ScoredRows<'_>, second: &ScoredRows<'_>) -> Result<Difference, Error> {
    let (one, other) = (first.outcomes(), second.outcomes());
    if one.len() != other.len() {
        return Err(Error::OtherRows(one.len(), other.len()));
    }
    Ok(difference(Compared::Rows, &first.beside(second), one, other))
}

fn difference(compared: Compared, grid: &Grid, first: &[PointOutcome], second: &[PointOutcome]) -> Difference {
    let mut changes: BTreeMap<(Decision, Decision), Vec<usize>> = BTreeMap::new();
    let (mut max_probability_difference, mut largest) = (0.0, None);
    for (point, (a, b)) in first.iter().zip(second).enumerate() {
        let change = (Decision::of(a), Decision::of(b));
        if change.0 != change.1 {
            changes.entry(change).or_default().push(point);
        }
        let distance = (a.probability - b.probability).abs();
        if a.is_scored() && b.is_scored() && distance > max_probability_difference {
            (max_probability_difference, largest) = (distance, Some(point));
        }
    }
    let n = first.len().max(1) as f64;
    let slicer = Slicer::new(grid);
    let slices = changes.iter().flat_map(|((from, to), points)| {
        slicer.slices(points).into_iter().map(|slice| DifferingSlice {
            condition: slice.condition,
            points: slice.points,
            share: slice.points as f64 / n,
            points_in_slice: slice.all_points,
            share_in_slice: slice.all_points as f64 / n,
            from: *from,
            to: *to,
        })
    });
    let mut slices: Vec<DifferingSlice> = slices.collect();
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.points));
    Difference {
        compared,
        points: first.len(),
        decisions_that_differ: changes.values().map(Vec::len).sum(),
        max_probability_difference,
        where_largest: largest.map(|point| grid.in_words(point)),
        slices,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_score::{CategoricalColumn, FeatureSpace, NumericColumn, Parameters, Target, Value};

    fn model(coefficients: [f64; 2], intercept: f64) -> Model {
        let errors =
            NumericColumn { integer: true, min: Some(0.0), max: Some(9.0), ..NumericColumn::new("errors", 0.0, 9.0) };
        let device = CategoricalColumn::new("device", ["Phone", "Watch"].map(Into::into).to_vec());
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let space = FeatureSpace::new(target, vec![], vec![errors], vec![device]);
        let parameters = Parameters { coefficients: coefficients.to_vec(), intercept, ..Parameters::default() };
        Model::new(space, parameters).expect("sound")
    }

    #[test]
    fn a_model_does_nothing_else_than_itself() {
        let model = model([1.0, 0.5], -4.25);
        let difference = diff(&model, &model, DomainSettings::default()).expect("the same columns");
        assert_eq!((difference.decisions_that_differ, difference.max_probability_difference), (0, 0.0));
        assert!(difference.compared == Compared::AllPoints && difference.slices.is_empty());
    }

    #[test]
    fn the_users_whose_decision_differs_are_told_in_few_words() {
        // Watches need 5 errors where they needed 3; phones are the same.
        let (before, after) = (model([1.0, 2.0], -4.5), model([1.0, 0.0], -4.5));
        let difference = diff(&before, &after, DomainSettings::default()).expect("the same columns");
        let [slice] = difference.slices.as_slice() else { panic!("{difference:#?}") };
        assert_eq!(slice.condition, "errors from 3 to 4, device is Watch");
        assert_eq!((slice.from, slice.to), (Decision::Positive, Decision::Negative));
        assert_eq!(slice.points, difference.decisions_that_differ);
        assert!(difference.where_largest.is_some_and(|point| point.contains("device is Watch")));
    }

    /// Each combination counts once among points; among users as often as it occurs.
    #[test]
    fn slices_of_users_are_in_the_order_of_how_many_these_are() {
        let (before, after) = (model([1.0, 2.0], -4.5), model([1.0, 0.0], -4.5));
        let rows = [(3.0, "Watch", 2), (4.0, "Watch", 30), (1.0, "Watch", 8), (3.0, "Phone", 60)];
        let [first, second] = [&before, &after].map(|model| {
            let mut scored = ScoredRows::new(model);
            for (errors, device, n) in rows {
                (0..n).for_each(|_| scored.add(&[Value::Number(errors), Value::Text(device)]));
            }
            scored
        });
        let difference = diff_rows(&first, &second).expect("as many rows");
        assert_eq!((difference.points, difference.decisions_that_differ, difference.share()), (100, 32, 0.32));
        let [slice] = difference.slices.as_slice() else { panic!("{difference:#?}") };
        assert_eq!(slice.condition, "errors from 3 to 4, device is Watch");
        assert_eq!((slice.points, slice.share, slice.points_in_slice), (32, 0.32, 32));
        assert_eq!(difference.compared, Compared::Rows);
        // Of another column too.
        let space =
            FeatureSpace::new(before.space().target.clone(), vec![], vec![], before.space().categorical.clone());
        let other = Model::new(space, Parameters { coefficients: vec![1.0], ..Parameters::default() }).expect("sound");
        let mut scored = ScoredRows::new(&other);
        for (_, device, n) in rows {
            (0..n).for_each(|_| scored.add(&[Value::Text(device)]));
        }
        let difference = diff_rows(&first, &scored).expect("as many rows");
        let told: Vec<(&str, usize)> =
            difference.slices.iter().map(|slice| (slice.condition.as_str(), slice.points)).collect();
        assert_eq!(told, [("errors is 1", 8)], "{difference:#?}");
        scored.add(&[Value::Text("Phone")]);
        assert!(diff_rows(&first, &scored).is_err());
    }

    #[test]
    fn models_of_other_columns_cannot_be_compared() {
        let one = model([1.0, 0.5], 0.0);
        let space = FeatureSpace::new(one.space().target.clone(), vec![], vec![], one.space().categorical.clone());
        let other = Model::new(space, Parameters { coefficients: vec![1.0], ..Parameters::default() }).expect("sound");
        let error = diff(&one, &other, DomainSettings::default()).expect_err("other columns");
        assert!(error.to_string().contains("`errors`"), "{error}");
    }
}

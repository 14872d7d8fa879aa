//! What the columns of a row add to its score: the contributions of their terms together.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::model::Model;
use crate::outcome::Value;
use crate::rejection::Rejection;
use crate::row;
use crate::terms::TermCell;

/// What one column, or several that act together, add to the score of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnContribution {
    /// The columns, several where terms are products of theirs.
    pub columns: Vec<String>,
    /// The sum of coefficient times value over their terms.
    pub value: f64,
}

impl Model {
    /// What each column adds to the score of a row, in the order in which they first have a term. With the intercept as it is
    /// [stored](crate::Parameters::intercept) they add up to the score, to rounding.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score).
    pub fn column_contributions(&self, row: &[Value<'_>]) -> Result<Vec<ColumnContribution>, Rejection> {
        self.score(row)?;
        let space = self.space();
        let encoded = row::encode_row(row, space)?;
        let mut cell = |column: usize| {
            Ok::<_, Rejection>(match column.checked_sub(space.numeric.len()) {
                Some(place) => TermCell::Code(encoded.codes[place]),
                None if encoded.numbers[column].is_nan() => {
                    TermCell::Missing(space.numeric[column].fill_value.unwrap_or(f64::NAN))
                }
                None => TermCell::Number(encoded.numbers[column]),
            })
        };
        let mut contributions: Vec<(Vec<usize>, f64)> = Vec::new();
        for (term, coefficient) in space.terms().iter().zip(&self.parameters().coefficients) {
            let (columns, value) = (term.columns(), coefficient * term.value(&mut cell)?);
            match contributions.iter_mut().find(|(known, _)| *known == columns) {
                Some((_, sum)) => *sum += value,
                None => contributions.push((columns, value)),
            }
        }
        let named = contributions.into_iter().map(|(columns, value)| {
            let names = columns.iter().filter_map(|column| space.column_name(*column)).map(ToOwned::to_owned);
            ColumnContribution { columns: names.collect(), value }
        });
        Ok(named.collect())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::columns::{CategoricalColumn, NumericColumn, Target};
    use crate::parameters::Parameters;
    use crate::space::FeatureSpace;
    use crate::terms::Term;

    #[test]
    fn columns_add_up_to_the_score() {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let mut errors = NumericColumn::new("errors", 0.0, 4.0);
        (errors.fill_value, errors.centre) = (Some(1.5), 2.0);
        let device = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
        let mut space = FeatureSpace::new(target, vec![], vec![errors], vec![device]);
        let watch = Term::Level { column: 1, code: 1 };
        space.additional = vec![Term::Product { factors: vec![Term::Slope { column: 0, centre: 0.0 }, watch] }];
        let parameters =
            Parameters { coefficients: vec![2.0, 0.7, -0.5, 0.25], intercept: -3.0, ..Parameters::default() };
        let model = Model::new(space, parameters).expect("they fit each other");
        for row in [[Value::Number(4.0), Value::Text("Watch")], [Value::Missing, Value::Text("Phone")]] {
            let contributions = model.column_contributions(&row).expect("a row");
            let sum = contributions.iter().fold(-3.0, |sum, contribution| sum + contribution.value);
            assert!((sum - model.score(&row).expect("a score").score).abs() < 1e-12);
            assert_eq!(contributions[2].columns, ["errors", "device"]);
        }
        assert!(model.column_contributions(&[Value::Number(4.0), Value::Text("Tablet")]).is_err());
    }
}

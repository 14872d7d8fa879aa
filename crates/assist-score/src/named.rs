//! A row as pairs of names and values, in any order.

use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::model::Model;
use crate::outcome::{Scored, Value};
use crate::rejection::{Reason, Rejection, Subject};
use crate::text::shown;

impl Model {
    /// Scores a row of named values. Columns that are not named are missing, as is an empty text.
    ///
    /// ```
    /// # use assist_score::{FeatureSpace, Model, NumericColumn, Parameters, Target, Value};
    /// # let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    /// # let numeric = vec![NumericColumn::new("errors", 0.0, 4.0), NumericColumn::new("wait", 0.0, 9.0)];
    /// # let space = FeatureSpace::new(target, vec![], numeric, vec![]);
    /// # let parameters = Parameters { coefficients: vec![2.0, 0.5], intercept: -3.0, ..Parameters::default() };
    /// # let model = Model::new(space, parameters).expect("they fit each other");
    /// assert_eq!(model.score_named([("wait", 4.0), ("errors", 2.0)])?.score, 3.0);
    /// assert!(model.score_named([("errors", Value::from(2)), ("wiat", "4".into())]).is_err());
    /// # Ok::<(), assist_score::Rejection>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), and where a name is not one of the model's columns or is given twice.
    pub fn score_named<'n, 'v, V: Into<Value<'v>>>(
        &self,
        values: impl IntoIterator<Item = (&'n str, V)>,
    ) -> Result<Scored, Rejection> {
        self.score(&self.named_row(values)?)
    }

    /// The row that named values make, as [`score`](Self::score) and [`explain`](Self::explain) take it.
    ///
    /// # Errors
    ///
    /// A name that is not one of the model's columns, or is given twice.
    pub fn named_row<'n, 'v, V: Into<Value<'v>>>(
        &self,
        values: impl IntoIterator<Item = (&'n str, V)>,
    ) -> Result<Vec<Value<'v>>, Rejection> {
        let mut row = vec![None; self.space().n_columns()];
        let mut expected = 0;
        for (name, value) in values {
            let index = self.column_index(name, expected).ok_or_else(|| self.misnamed(name, Reason::UnknownColumn))?;
            let value = match value.into() {
                Value::Text("") => Value::Missing,
                value => value,
            };
            if row[index].replace(value).is_some() {
                return Err(self.misnamed(name, Reason::GivenTwice));
            }
            expected = index + 1;
        }
        Ok(row.into_iter().map(|value| value.unwrap_or(Value::Missing)).collect())
    }

    #[cold]
    fn misnamed(&self, name: &str, reason: Reason) -> Rejection {
        Rejection {
            subject: Subject::Column(shown(name)),
            reason,
            known: self.space().column_names().map(ToString::to_string).collect(),
            expected: "one value for each of the model's columns".to_owned(),
        }
    }
}

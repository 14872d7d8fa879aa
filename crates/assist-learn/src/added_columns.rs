//! The columns that a prediction adds to those of a table: their names, their types, and their cells.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Float64Builder, ListArray, StringArray, StringBuilder, StructArray, UInt8Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use assist_score::{Rejection, Scored};

use crate::error::Error;

/// The columns that are added to a batch.
pub const ADDED_COLUMNS: [&str; 7] =
    ["outcome", "prediction", "probability", "raw_probability", "score", "outside_training_range", "rejection"];
/// The column that is added as well where predictions are explained.
pub const CONTRIBUTIONS_COLUMN: &str = "contributions";

/// What becomes of a row.
pub(crate) type RowOutcome = Result<Scored, Rejection>;

/// How contributions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContributionCells {
    /// As a list, in JSON.
    List,
    /// As JSON text, in everything else.
    Text,
}

/// The columns that a prediction adds, under the names that they have beside those of a table.
#[derive(Debug, Clone)]
pub(crate) struct AddedColumns {
    prefix: String,
    contributions: Option<ContributionCells>,
}

impl AddedColumns {
    /// Beside `columns`. A prefix that is stated is kept to; without one no table is refused, so where names clash all added
    /// columns get the first of `assist_`, `assist_2_` ... with which none does.
    pub(crate) fn beside(
        columns: &[&str],
        stated_prefix: Option<&str>,
        contributions: Option<ContributionCells>,
    ) -> Result<Self, Error> {
        let with = |prefix: String| Self { prefix, contributions };
        let clash = |added: &Self| added.names().find(|name| columns.contains(&name.as_str()));
        if let Some(stated) = stated_prefix {
            let added = with(stated.to_owned());
            return match clash(&added) {
                Some(name) => Err(Error::AddedColumn(name)),
                None => Ok(added),
            };
        }
        let others = (2_u64..).map(|number| format!("assist_{number}_"));
        let mut prefixes = [String::new(), "assist_".to_owned()].into_iter().chain(others).map(with);
        Ok(prefixes.find(|added| clash(added).is_none()).expect("a table has not every one of these names"))
    }

    /// What all their names begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    fn names(&self) -> impl Iterator<Item = String> + '_ {
        let contributions = self.contributions.map(|_| CONTRIBUTIONS_COLUMN);
        ADDED_COLUMNS.into_iter().chain(contributions).map(|name| format!("{}{name}", self.prefix))
    }

    /// Their fields.
    pub(crate) fn fields(&self) -> Vec<Field> {
        use DataType::{Float64, UInt8, Utf8};
        let kinds = [Utf8, UInt8, Float64, Float64, Float64, Utf8, Utf8].into_iter();
        let contributions = self.contributions.map(|cells| match cells {
            ContributionCells::Text => Utf8,
            ContributionCells::List => DataType::List(Arc::new(contribution_field())),
        });
        self.names().zip(kinds.chain(contributions)).map(|(name, kind)| Field::new(name, kind, true)).collect()
    }

    /// Their cells.
    pub(crate) fn cells(&self, outcomes: &[RowOutcome]) -> Result<Vec<ArrayRef>, Error> {
        let n = outcomes.len();
        let mut names: Vec<&str> = Vec::with_capacity(n);
        let mut prediction = UInt8Builder::with_capacity(n);
        let mut figures = [(); 3].map(|()| Float64Builder::with_capacity(n));
        let mut outside = StringBuilder::new();
        let mut rejection = StringBuilder::new();
        for outcome in outcomes {
            let (scored, reason) = match outcome {
                Ok(scored) => (Some(scored), None),
                Err(rejection) => (None, Some(rejection.to_string())),
            };
            names.push(if scored.is_some() { "scored" } else { "rejected" });
            prediction.append_option(scored.map(|s| s.prediction));
            let values = scored.map(|s| [s.probability, s.raw_probability, s.score]);
            for (index, builder) in figures.iter_mut().enumerate() {
                builder.append_option(values.map(|values| values[index]));
            }
            match scored {
                Some(scored) if !scored.outside_training_range.is_empty() => {
                    outside.append_value(scored.outside_training_range.join(", "));
                }
                _ => outside.append_null(),
            }
            rejection.append_option(reason);
        }
        let [mut probability, mut raw, mut score] = figures;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(names)),
            Arc::new(prediction.finish()),
            Arc::new(probability.finish()),
            Arc::new(raw.finish()),
            Arc::new(score.finish()),
            Arc::new(outside.finish()),
            Arc::new(rejection.finish()),
        ];
        match self.contributions {
            None => {}
            Some(ContributionCells::Text) => columns.push(contribution_texts(outcomes)?),
            Some(ContributionCells::List) => columns.push(contribution_lists(outcomes)?),
        }
        Ok(columns)
    }
}

fn contribution_field() -> Field {
    Field::new("item", DataType::Struct(contribution_fields()), false)
}

fn contribution_fields() -> Fields {
    vec![Field::new("feature", DataType::Utf8, false), Field::new("value", DataType::Float64, false)].into()
}

fn contribution_texts(outcomes: &[RowOutcome]) -> Result<ArrayRef, Error> {
    let mut texts = StringBuilder::new();
    for outcome in outcomes {
        match outcome {
            Ok(scored) => texts.append_value(serde_json::to_string(&scored.contributions)?),
            Err(_) => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn contribution_lists(outcomes: &[RowOutcome]) -> Result<ArrayRef, Error> {
    let scored = || outcomes.iter().map(|outcome| outcome.as_ref().ok());
    let all = || scored().flatten().flat_map(|scored| &scored.contributions);
    let features: Vec<&str> = all().map(|contribution| contribution.feature.as_str()).collect();
    let values: Vec<f64> = all().map(|contribution| contribution.value).collect();
    let (features, values) = (StringArray::from(features), Float64Array::from(values));
    let items = StructArray::try_new(contribution_fields(), vec![Arc::new(features), Arc::new(values)], None)?;
    let lengths =
        OffsetBuffer::from_lengths(scored().map(|scored| scored.map_or(0, |scored| scored.contributions.len())));
    let nulls: NullBuffer = scored().map(|scored| scored.is_some()).collect();
    Ok(Arc::new(ListArray::try_new(Arc::new(contribution_field()), lengths, Arc::new(items), Some(nulls))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_avoided_and_a_stated_one_refused() {
        let prefix = |columns: &[&str], stated: Option<&str>, contributions: Option<ContributionCells>| {
            AddedColumns::beside(columns, stated, contributions).map(|added| added.prefix().to_owned())
        };
        let explained = Some(ContributionCells::Text);
        assert_eq!(prefix(&["age"], None, None).expect("a prefix"), "");
        assert_eq!(prefix(&["contributions"], None, None).expect("a prefix"), "");
        assert_eq!(prefix(&["score"], None, None).expect("a prefix"), "assist_");
        assert_eq!(prefix(&["score", "assist_outcome"], None, None).expect("a prefix"), "assist_2_");
        assert_eq!(prefix(&["contributions"], None, explained).expect("a prefix"), "assist_");
        assert_eq!(prefix(&["score"], Some("p_"), explained).expect("a prefix"), "p_");
        let refused = prefix(&["p_score"], Some("p_"), None).expect_err("refused");
        assert!(matches!(refused, Error::AddedColumn(name) if name == "p_score"));
        assert!(prefix(&["rejection"], Some(""), None).is_err());
    }
}

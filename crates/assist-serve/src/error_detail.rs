//! How much an error tells: a rejection names columns, levels and values, which not every caller may learn.

use assist_score::{Rejection, Subject};
use serde::Serialize;

/// How much an error tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorDetail {
    /// The column, its value, and what the model knows.
    #[default]
    Full,
    /// The column and the kind of fault: neither values nor levels.
    Names,
    /// Only that the request or the row is at fault.
    None,
}

/// A rejection as it is answered: the object of a prediction with `outcome` first, less what is not to be told.
#[derive(Debug, Default, Serialize)]
#[serde(tag = "outcome", rename = "rejected")]
pub(crate) struct RejectedRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    known: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    /// What else is wrong with the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<RejectedRow<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ignored: &'a [String],
}

impl<'a> RejectedRow<'a> {
    /// With all other faults, and the names that were passed over.
    pub(crate) fn with(mut self, also: Vec<RejectedRow<'a>>, ignored: &'a [String]) -> Self {
        // Who is not told the columns is not told which names are none.
        if self.column.is_some() {
            (self.also, self.ignored) = (also, ignored);
        }
        self
    }
}

/// Levels beyond these are not listed in an answer: `GET /v1/model` has them all.
const MOST_KNOWN: usize = 50;

impl ErrorDetail {
    /// A rejection as it is answered.
    pub(crate) fn rejected(self, rejection: &Rejection) -> RejectedRow<'_> {
        match self {
            Self::Full => RejectedRow {
                column: Some(&rejection.subject),
                reason: Some(rejection.reason.to_string()),
                known: &rejection.known[..rejection.known.len().min(MOST_KNOWN)],
                expected: Some(&rejection.expected),
                ..RejectedRow::default()
            },
            Self::Names => RejectedRow {
                column: Some(&rejection.subject),
                reason: Some(rejection.reason.kind().to_owned()),
                ..RejectedRow::default()
            },
            Self::None => RejectedRow::default(),
        }
    }

    /// The same in one line.
    pub(crate) fn line(self, rejection: &Rejection) -> String {
        match (self, &rejection.subject) {
            (Self::Full, _) => rejection.to_string(),
            (Self::Names, Subject::Column(name)) => format!("column `{name}`: {}", rejection.reason.kind()),
            (Self::Names, Subject::Row) => rejection.reason.kind().to_owned(),
            (Self::None, _) => "rejected".to_owned(),
        }
    }

    /// What is said of a request that is not understood: in full, or in words without its names and values.
    pub(crate) fn words(self, full: String, plain: &str) -> String {
        if self == Self::Full { full } else { plain.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use assist_score::Reason;

    use super::*;

    #[test]
    fn what_is_not_to_be_told_is_not() {
        let rejection = Rejection {
            subject: Subject::Column("device".into()),
            reason: Reason::UnknownLevel("Tablet".into()),
            known: vec!["Phone".into()],
            expected: "one of the known levels".into(),
        };
        let json = |detail: ErrorDetail| serde_json::to_string(&detail.rejected(&rejection)).expect("plain values");
        assert_eq!(
            json(ErrorDetail::Full),
            r#"{"outcome":"rejected","column":"device","reason":"unknown level `Tablet`","known":["Phone"],"expected":"one of the known levels"}"#
        );
        assert_eq!(json(ErrorDetail::Names), r#"{"outcome":"rejected","column":"device","reason":"unknown level"}"#);
        assert_eq!(json(ErrorDetail::None), r#"{"outcome":"rejected"}"#);
        assert_eq!(ErrorDetail::Names.line(&rejection), "column `device`: unknown level");
        assert_eq!(ErrorDetail::None.line(&rejection), "rejected");
    }
}

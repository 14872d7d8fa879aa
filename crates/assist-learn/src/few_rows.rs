//! Too few training rows for what is learnt of them, in words.

use assist_metrics::words::{count, plural};
use assist_score::{Evidence, Form};

/// So many rows of the smaller class for so many parameters, lines or conditions.
pub(crate) fn few_rows(smaller_class: u64, parameters: u64, form: Form) -> String {
    let (what, so) = match form {
        Form::Card => ("line", "which lines and points are chosen then follows chance"),
        Form::Rule => ("condition", "which conditions are chosen then follows chance"),
        _ => ("parameter", "p-values are then too small by chance, and nothing is called clear"),
    };
    let (few, all) = (count(smaller_class), plural(usize::try_from(parameters).unwrap_or(usize::MAX), what));
    let fewest = Evidence::FEWEST_A_PARAMETER;
    format!("{few} training rows of the smaller class for {all} are fewer than {fewest} each: {so}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_conditions_are_counted_as_parameters_are() {
        let words =
            "5 training rows of the smaller class for 1 line are fewer than 10 each: which lines and points are";
        assert!(few_rows(5, 1, Form::Card).starts_with(words));
        assert!(
            few_rows(29, 3, Form::Rule).contains("29 training rows of the smaller class for 3 conditions are fewer")
        );
        assert!(few_rows(600, 61, Form::Logistic).contains("for 61 parameters are fewer than 10 each: p-values"));
    }
}

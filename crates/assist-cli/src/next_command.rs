//! The command that makes what a comparison recommends: the same table and split, and the options of that model.

use assist_learn::{Action, CandidateKind, ProposedTerm, ShapeFound, Statement};

/// Options of `compare` alone, and of output, each with whether it takes a value.
const OF_COMPARE: [(&str, bool); 5] =
    [("--trees", true), ("--compare-rows", true), ("--json", false), ("--quiet", false), ("--color", true)];
/// Options of a logistic regression, which a rule has not.
const OF_REGRESSION: [(&str, bool); 15] = [
    ("--penalty", true),
    ("--l1-ratio", true),
    ("--c", true),
    ("--recipe", true),
    ("--penalty-units", true),
    ("--intercept", true),
    ("--intercept-penalised", true),
    ("--class-weight", true),
    ("--solver", true),
    ("--max-iter", true),
    ("--tol", true),
    ("--bins", false),
    ("--spline", true),
    ("--interactions", true),
    ("--steps", true),
];

/// What curves and steps of numbers do not go with.
const BINS: [(&str, bool); 1] = [("--bins", false)];

/// The command that makes what is recommended, where something is that `train` makes. `arguments` are those of `compare`.
pub(crate) fn train_command(arguments: &[String], statements: &[&Statement]) -> Option<String> {
    let action = statements.iter().find_map(|statement| match statement {
        Statement::Recommendation(recommendation) => Some(&recommendation.action),
        _ => None,
    })?;
    let (refused, added): (&[(&str, bool)], Vec<String>) = match action {
        Action::UseRule { .. } => (&OF_REGRESSION, vec!["--form".into(), "rule".into()]),
        Action::UseOther { model: CandidateKind::Card, .. } => (&OF_REGRESSION, vec!["--form".into(), "card".into()]),
        Action::UseLogisticRegression { .. } | Action::UseOrder { .. } => (&[], Vec::new()),
        Action::AddTerms { .. } => {
            let added = terms(statements);
            // Of a number that is cut into bins there is neither a curve nor a step.
            let needs_numbers = added.iter().any(|word| word == "--spline" || word == "--steps");
            (if needs_numbers { &BINS } else { &[] }, added)
        }
        _ => return None,
    };
    Some(train(arguments, refused, added))
}

/// The command that makes the scorecard that a recommendation names beside logistic regression.
pub(crate) fn card_command(arguments: &[String], statements: &[&Statement]) -> Option<String> {
    let names_card = |statement: &&&Statement| {
        let Statement::Recommendation(of) = statement else { return false };
        matches!(of.action, Action::UseLogisticRegression { card: Some(_), .. })
    };
    statements.iter().find(names_card)?;
    Some(train(arguments, &OF_REGRESSION, vec!["--form".into(), "card".into()]))
}

fn train(arguments: &[String], refused: &[(&str, bool)], added: Vec<String>) -> String {
    let kept = without(arguments, &[&OF_COMPARE, refused].concat());
    let words = ["assist-cli".to_owned(), "train".to_owned()].into_iter().chain(kept).chain(added);
    words.map(|word| shell_word(&word)).collect::<Vec<_>>().join(" ")
}

/// The options that add what logistic regression lacks.
fn terms(statements: &[&Statement]) -> Vec<String> {
    let shapes = statements.iter().filter_map(|statement| match statement {
        Statement::Shape(shape) => Some(&shape.found),
        _ => None,
    });
    let option = |found: &ShapeFound| match &found.term {
        ProposedTerm::Bend { column } => vec!["--spline".to_owned(), column.clone()],
        ProposedTerm::Interaction { columns: [a, b] } => {
            // A name with a colon stands in double quotes, its own doubled.
            let name = |name: &String| {
                if name.contains([':', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.clone() }
            };
            let option = if found.is_in_steps() { "--steps" } else { "--interactions" };
            vec![option.to_owned(), format!("{}:{}", name(a), name(b))]
        }
        _ => Vec::new(),
    };
    shapes.flatten().flat_map(option).collect()
}

/// Arguments without some options and their values.
fn without(arguments: &[String], options: &[(&str, bool)]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let (name, has_value) = argument.split_once('=').map_or((argument.as_str(), false), |(name, _)| (name, true));
        match options.iter().find(|(option, _)| *option == name) {
            Some((_, true)) if !has_value => drop(arguments.next()),
            Some(_) => {}
            None => kept.push(argument.clone()),
        }
    }
    kept
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_of_others_are_left_out() {
        let kept = |text: &str, options: &[(&str, bool)]| without(&words(text), options).join(" ");
        let given = "--data a.csv --trees 20 --json --c=0.5 --compare-rows=400 --target y --bins";
        assert_eq!(kept(given, &OF_COMPARE), "--data a.csv --c=0.5 --target y --bins");
        assert_eq!(kept(given, &[&OF_COMPARE[..], &OF_REGRESSION].concat()), "--data a.csv --target y");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(
            ["a.csv", "my file", "it's", "", "a:b"].map(shell_word),
            ["a.csv", "'my file'", r"'it'\''s'", "''", "a:b"]
        );
    }
}

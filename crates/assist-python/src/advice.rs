//! What went wrong and what would help, in the words of Python: settings are keyword arguments.

use assist_learn::{Advice, Error, PenaltySetting, quoted};

/// A value as Python writes it.
fn repr(value: &str) -> String {
    format!("{value:?}")
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| repr(value)).collect();
    format!("[{}]", values.join(", "))
}

/// The form of a column of dates, as an argument.
fn form_of(column: &str, form: &str, more: &str) -> String {
    format!("date={{{}: {{\"form\": {form:?}{more}}}}}", repr(column))
}

/// An advice of the library as arguments of this package.
pub(crate) fn worded(advice: &Advice) -> String {
    if let Some(words) = worded_of_columns(advice) {
        return words;
    }
    match advice {
        Advice::StandardRecipe { is_preset: true } => {
            "`recipe=\"standard\"` depends neither on units nor on offsets of columns".to_owned()
        }
        Advice::StandardRecipe { is_preset: false } => {
            "`penalty_units=\"spread\", intercept=\"free\"` depends neither on units nor on offsets of columns".to_owned()
        }
        Advice::CountByGroup => {
            "`with_group=True` keeps the column, and a training on the counts groups by it with `group=`".to_owned()
        }
        Advice::NameSplitKey => {
            "name the column of the key with `split_key=`, or with `group=` if its rows are those of one user".to_owned()
        }
        Advice::NameSides => "name the column that says `train` or `test` with `split_key=`".to_owned(),
        Advice::SplitByKey => {
            "add `split=\"hash\"`, or `split=\"stated\"` if the column says `train` or `test` in each row".to_owned()
        }
        Advice::DropUnlabelled => "give those rows a label, or choose `missing=\"auto\"`, which leaves them out".to_owned(),
        Advice::AllowMissing => {
            "fill the cells in, or choose `missing=\"auto\"`, which learns from them and leaves out rows without a label"
                .to_owned()
        }
        Advice::LearnMissing => "`missing=\"auto\"` keeps such rows, and learns from what is missing".to_owned(),
        Advice::ChoosePositive(labels) => {
            format!("choose `positive=` from {}: all other labels are class 0", quoted(labels))
        }
        Advice::CorrectLabels(labels) => format!(
            "correct the cells so that each label has one spelling, such as {}; or choose `positive=`, under which every other spelling is class 0",
            quoted(labels)
        ),
        Advice::NameTarget(columns) => format!("name it with `target=`; the columns are {}", quoted(columns)),
        Advice::RobustErrors => "choose `std_errors=\"hc0\"`, or leave `std_errors` out".to_owned(),
        Advice::EaseFolds => "choose a penalty, a larger `max_iter`, or fewer `folds`".to_owned(),
        Advice::DropOrPenalise(columns) => {
            format!("{}, or choose `penalty=\"l2\"` with a finite `C`", worded(&Advice::DropColumns(columns.clone())))
        }
        Advice::MoreIterations => "allow more iterations with `max_iter`".to_owned(),
        Advice::Penalise => {
            "choose `penalty=\"l2\"` with a finite `C`, or `penalty=\"firth\"` without class weights, which always have an optimum"
                .to_owned()
        }
        Advice::PenaliseByL2 => "choose `penalty=\"l2\"`, which takes any number of features".to_owned(),
        Advice::DefaultSolver => "leave `solver` out".to_owned(),
        Advice::DefaultErrors => "leave `std_errors` out: then there are none of so many features".to_owned(),
        Advice::DefaultInference => "leave `inference` out: then what takes so much is left out".to_owned(),
        Advice::TrainFirst => "`assist_learn.train(frame, target=...).save(folder)` makes one".to_owned(),
        Advice::NoCalibration => {
            "leave `calibration` out, and look whether the features say anything at all".to_owned()
        }
        Advice::OtherScoring => "choose another `scoring`, or fewer `folds`".to_owned(),
        Advice::AllowRejected => "correct the cells, or leave such rows out with `allow_rejected=True`".to_owned(),
        plain => plain.to_string(),
    }
}

/// What is said of columns and of rows.
fn worded_of_columns(advice: &Advice) -> Option<String> {
    Some(match advice {
        Advice::DropColumn(column) => format!("leave the column out with `drop=[{}]`", repr(column)),
        Advice::DropColumns(columns) => {
            let plural = if columns.len() == 1 { "" } else { "s" };
            format!("leave the column{plural} out with `drop={}`", list(columns))
        }
        Advice::NotKeep(column) => format!("let the column be left out: without `keep=[{}]`", repr(column)),
        Advice::PoolRare { column, rows } => format!(
            "pool levels with fewer than {rows} training rows into one with `rare={rows}`, or leave the column out with `drop=[{}]`",
            repr(column)
        ),
        Advice::DropIdentifier(column) => {
            format!("if `{column}` names users, leave it out with `drop=[{}]`", repr(column))
        }
        Advice::MarkOrLevel { column, value, expected } => format!(
            "column `{column}` takes {expected}; correct the cell, or choose `na=[{}]` if that stands for a missing one, or `categorical=[{}]`",
            repr(value),
            repr(column)
        ),
        Advice::LevelOrDrop(column) => {
            let column = repr(column);
            format!(
                "leave it out with `drop=[{column}]`, take it as levels with `categorical=[{column}]`, or write its numbers in one way"
            )
        }
        Advice::DateOrDrop(column) => {
            let column = repr(column);
            format!("make features of its dates with `date=[{column}]`, or leave it out with `drop=[{column}]`")
        }
        Advice::KeepColumns(columns) => {
            let first: Vec<String> = columns.iter().take(3).cloned().collect();
            format!("keep a column that tells something of users, such as with `keep={}`", list(&first))
        }
        Advice::GroupBy(column) => format!(
            "if `{column}` names users, `group={}` keeps the rows of each together; `group=\"none\"` says that it does not",
            repr(column)
        ),
        Advice::SplitWithoutTime => {
            "give a table of a longer time, or draw test rows by chance, without `time`, and leave the column of the times out with `drop`".to_owned()
        }
        Advice::StateDateForm(column, forms) => {
            let form = forms.as_ref().map_or("%d.%m.%Y", |[form, _]| form);
            format!("state the form of the dates, such as with `{}`", form_of(column, form, ""))
        }
        Advice::StateTimeForm(column, form) => {
            let form = form_of(column, form.as_deref().unwrap_or("%Y-%m-%d"), ", \"parts\": []");
            format!("correct the cells that are no times, or state their form, such as with `{form}`")
        }
        Advice::CorrectDate(column) => format!(
            "column `{column}` takes dates in one form; correct the cell, or state the form, such as with `{}`",
            form_of(column, "%d.%m.%Y", "")
        ),
        Advice::AsDeclared { column, expected } => format!(
            "column `{column}` takes {expected}, as `numeric={{{}: ...}}` declares it",
            repr(column)
        ),
        Advice::LargerTestSize => "keep more of the latest rows for testing with `test_size`".to_owned(),
        Advice::SplitByRows => {
            "give a table with more groups, or split by rows, each for itself, with `group=\"none\"`, and leave the column of the groups out with `drop`".to_owned()
        }
        Advice::Weigh(column) => format!("`weight={}` weighs them", repr(column)),
        _ => return None,
    })
}

/// What went wrong: what is said of a setting is said in its name.
pub(crate) fn message_of(error: &Error) -> String {
    let argument = |setting: PenaltySetting| match setting {
        PenaltySetting::L1Ratio => "l1_ratio",
        PenaltySetting::C => "C",
        PenaltySetting::PenaltyUnits => "penalty_units",
        PenaltySetting::Intercept => "intercept=\"penalised\"",
        PenaltySetting::InterceptPenalised => "intercept_penalised=True",
        PenaltySetting::Solver => "solver",
        _ => "std_errors",
    };
    match error {
        Error::WithoutEffect { setting, penalty, .. } => {
            format!("`{}` has no effect with `penalty=\"{penalty}\"`", argument(*setting))
        }
        other => other.to_string(),
    }
}

/// What would help in the estimator, whose columns are those of `X`.
pub(crate) fn in_estimator(error: &Error) -> Option<String> {
    let without = |columns: &[String]| {
        let plural = if columns.len() == 1 { "" } else { "s" };
        format!("leave column{plural} {} out of X", quoted(columns))
    };
    Some(match error.advice() {
        Some(Advice::DropColumn(column)) => without(&[column]),
        Some(Advice::DropColumns(columns)) => without(&columns),
        Some(Advice::DropOrPenalise(columns)) => format!("choose a finite `C`, or {}", without(&columns)),
        Some(Advice::PenaliseByL2) => {
            "choose a finite `C` and `l1_ratio=0`, which takes any number of features".to_owned()
        }
        Some(Advice::Penalise) => "choose a finite `C`".to_owned(),
        Some(Advice::AllowMissing) => {
            "fill the values in, or choose `missing=\"auto\"`, which learns from them".to_owned()
        }
        _ => return advice_of(error),
    })
}

/// What would help.
pub(crate) fn advice_of(error: &Error) -> Option<String> {
    Some(match error {
        Error::WithoutEffect { penalties, .. } => {
            let others: Vec<String> = penalties.iter().map(|kind| format!("`penalty=\"{kind}\"`")).collect();
            format!("leave it out, or choose {}", others.join(" or "))
        }
        Error::OfCard { .. } => "leave it out, or choose `form=\"card\"`".to_owned(),
        Error::OfLogisticRegression { .. } => "leave it out, or choose `form=\"logistic\"`".to_owned(),
        Error::UnweightedForm { column, .. } => {
            format!(
                "choose `form=\"logistic\"`, or let every row count the same: `drop=[{}]` without `weight`",
                repr(column)
            )
        }
        Error::NoStrength(_) => "choose `penalty=\"l2\"`, `\"l1\"` or `\"elastic-net\"`".to_owned(),
        Error::NotConverged(fit) => format!("{}; `allow_unconverged=True` takes it as it is", worded(&fit.advice)),
        Error::AddedColumn(_) => "choose another `prefix`".to_owned(),
        other => worded(&other.advice()?),
    })
}

//! `tune`: the strength of the penalty by cross-validation, and thresholds for what users have to spend.

use assist_eval::{
    Operating, PathPoint, Rule, ScoreCounts, best_threshold, c_path, chosen, decision_curve, out_of_fold,
};
use assist_score::{Correction, Penalty};
use serde_json::{Map, Value, json};

use crate::args::TuneArguments;
use crate::commands::train::{bins, check, penalty_name, policy, settings, steps};
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, percent};

/// Probabilities at which the decision curve is drawn.
const CURVE_POINTS: u32 = 19;

pub(crate) fn run(arguments: &TuneArguments, output: Output) -> Result<(), Failure> {
    check(&arguments.fit)?;
    loading::use_threads(arguments.fit.threads)?;
    let table = loading::open(&arguments.data.data)?;
    let schema = loading::schema_file(&arguments.data.roles)?.resolve(&table, arguments.fit.counts)?;
    let observations = loading::observe(&table, &schema, policy(&arguments.fit), None, output)?;
    let test_rows = loading::test_rows(&observations, arguments.split)?;
    let [train, _] = loading::encode(&observations, &test_rows, output)?;
    let space = loading::learn_space(&train, arguments.fit.bins)?;
    let folds = loading::folds(&observations, &test_rows, &space, arguments.folds, arguments.split.seed, output)?;

    let settings = settings(&arguments.fit);
    let penalty = arguments.fit.penalty();
    let (c, path) = if matches!(penalty, Penalty::None | Penalty::Firth) {
        if !arguments.cs.is_empty() {
            let hint = "choose `--penalty l2`, `l1` or `elastic-net`".to_owned();
            return Err(Failure::usage(
                format!("`--penalty {}` has no strength to choose", penalty_name(penalty)),
                hint,
            ));
        }
        (None, None)
    } else {
        let mut cs: Vec<f64> = arguments.cs.iter().copied().chain(arguments.fit.c).collect();
        if cs.is_empty() {
            // As scikit-learn's `LogisticRegressionCV`: numpy.logspace(-4, 4, 10).
            cs = (0..10).map(|i| 10_f64.powf(-4.0 + 8.0 * f64::from(i) / 9.0)).collect();
        }
        cs.sort_by(f64::total_cmp);
        let path = c_path(&settings, &folds, &cs, arguments.scoring.scoring())?;
        let [best, one_se] = chosen(&path).ok_or_else(|| {
            Failure::outcome(
                "a fold does not define the figure that the folds are judged by",
                "choose another `--scoring`, or fewer `--folds`".to_owned(),
            )
        })?;
        (Some([path[best].c, path[one_se].c]), Some(path))
    };
    let settings = match c {
        Some([best, _]) => settings.with_c(best),
        None => settings,
    };
    // What was not seen decides on thresholds; the probabilities are those of the fit to all training rows.
    let scores = out_of_fold(&settings, &folds)?;
    let train = train.design(&space).design;
    let model = settings.with_inference(assist_model::InferenceLevel::Basic).fit(&train)?.model;
    let correction = model.correction();
    let thresholds = thresholds(arguments, &scores, correction)?;
    let probabilities: Vec<f64> = (1..=CURVE_POINTS).map(|i| f64::from(i) / f64::from(CURVE_POINTS + 1)).collect();
    let curve = decision_curve(&scores, correction, &probabilities);

    let mut document = json!({
        "format_version": 1,
        "penalty": penalty_name(penalty), "folds": arguments.folds, "seed": arguments.split.seed,
        "rows": scores.rows(), "class_counts": scores.class_counts(),
        "scoring": arguments.scoring.scoring(),
        "thresholds": thresholds.iter().map(|(name, at)| Ok((name.clone(), serde_json::to_value(at)?)))
            .collect::<Result<Map<String, Value>, serde_json::Error>>()?,
        "decision_curve": curve,
    });
    if arguments.fit.bins {
        document["bins"] = bins(&space);
    }
    if let (Some([best, one_se]), Some(path)) = (c, &path) {
        document["best_c"] = best.into();
        document["one_standard_error_c"] = one_se.into();
        document["path"] = serde_json::to_value(path)?;
    }
    output.json_document(&document)?;
    if let (Some(chosen), Some(path)) = (c, &path) {
        path_table(arguments, chosen, path, output)?;
    }
    if arguments.fit.bins {
        output.text(&format!("{}; the cut points are those of all training rows, in every fold", steps(&space)))?;
    }
    threshold_table(&thresholds, output)?;
    curve_table(&curve, output)?;
    let strength = c.map_or(String::new(), |[best, _]| format!(" `--c {best}`"));
    output.text(&format!(
        "thresholds and net benefit are those of the best C: `assist-cli train` with the same options,{strength} and one of the probabilities as `--threshold` makes that model, whose test rows were not looked at here"
    ))
}

fn thresholds(
    arguments: &TuneArguments,
    scores: &ScoreCounts,
    correction: Correction<'_>,
) -> Result<Vec<(String, Operating)>, Failure> {
    let mut rules = Vec::new();
    if let Some((false_positive, false_negative)) = arguments.cost {
        rules.push(("cost", Rule::Cost { false_positive, false_negative }));
    }
    if let (Some(capacity), Some(users)) = (arguments.capacity, arguments.users) {
        rules.push(("capacity", Rule::Share(capacity as f64 / users as f64)));
    }
    if let Some(recall) = arguments.recall {
        rules.push(("recall", Rule::Recall(recall)));
    }
    let at = |(name, rule): (&str, Rule)| {
        let found = best_threshold(scores, correction, rule);
        let found = found.ok_or_else(|| Failure::outcome(format!("no threshold for `--{name}`"), None))?;
        Ok((name.to_owned(), found))
    };
    rules.into_iter().map(at).collect()
}

fn path_table(
    arguments: &TuneArguments,
    [best, one_se]: [f64; 2],
    path: &[PathPoint],
    output: Output,
) -> Result<(), Failure> {
    output.heading(&format!(
        "Strength of the penalty, {} folds, judged by {}",
        arguments.folds,
        serde_json::to_value(arguments.scoring.scoring())?.as_str().unwrap_or("").replace('_', " ")
    ))?;
    let rows = path.iter().map(|point| {
        let mark = if point.c == best {
            "best"
        } else if point.c == one_se {
            "within one standard error"
        } else {
            ""
        };
        vec![
            output::significant(point.c),
            format!("{:.5}", point.mean),
            format!("{:.5}", point.std_error),
            mark.to_owned(),
        ]
    });
    output.answer(&output::table(&["C", "mean (larger is better)", "standard error", ""], rows))
}

fn threshold_table(thresholds: &[(String, Operating)], output: Output) -> Result<(), Failure> {
    if thresholds.is_empty() {
        return output.text("thresholds: give `--cost FP,FN`, `--capacity N --users M` or `--recall SHARE`");
    }
    output.heading("Thresholds, from the scores of rows that the fit did not see")?;
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let rows = thresholds.iter().map(|(name, at)| {
        let [[_, fp], [fne, _]] = at.confusion_matrix;
        vec![
            name.clone(),
            format!("{:.4}", at.probability),
            percent(at.flagged),
            share(at.recall),
            share(at.precision),
            count(fp),
            count(fne),
        ]
    });
    let header = ["for", "probability above", "helped", "recall", "precision", "false positives", "false negatives"];
    output.answer(&output::table(&header, rows))
}

fn curve_table(curve: &[assist_eval::NetBenefit], output: Output) -> Result<(), Failure> {
    output.heading("Net benefit of helping from a probability on, in true positives a user")?;
    let rows = curve.iter().map(|at| {
        let best = if at.model >= at.everybody.max(0.0) {
            "the model"
        } else if at.everybody > 0.0 {
            "everybody"
        } else {
            "nobody"
        };
        vec![
            format!("{:.2}", at.probability),
            format!("{:.4}", at.model),
            format!("{:.4}", at.everybody),
            best.to_owned(),
        ]
    });
    output.answer(&output::table(&["probability", "the model", "everybody", "best to help by"], rows))
}

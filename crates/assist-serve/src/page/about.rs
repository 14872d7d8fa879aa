//! What to know of a model before it is believed: what it was trained on, how well it does on rows that it had not seen, and what it
//! has to be taken with.

use assist_learn::words::count;
use chrono::DateTime;

use super::words::{label, percent, visible};
use crate::served::Served;

/// A model in short.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) trained: String,
    /// What its figures of the test rows say; none where the report of the training does not lie beside the model.
    pub(crate) figures: Vec<String>,
    /// What it has to be taken with.
    pub(crate) warnings: Vec<String>,
    /// The first digits of its identity.
    pub(crate) id: String,
}

/// So many digits of an identity tell one model from another.
const DIGITS: usize = 12;

/// What is said of a model.
pub(crate) fn about(served: &Served) -> About {
    let [of_0, of_1] = served.model.parameters().training.class_counts;
    let written = served.written.map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    let written = written.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let written = written.map(|day| format!("; its files are of {}", day.format("%Y-%m-%d"))).unwrap_or_default();
    About {
        trained: format!("Trained on {} rows{written}.", count(of_0.saturating_add(of_1))),
        figures: figures(served),
        warnings: warnings(served),
        id: served.id.chars().take(DIGITS).collect(),
    }
}

fn figures(served: &Served) -> Vec<String> {
    let Some(report) = &served.report else {
        return vec![
            "How well it does is not known here: the report of its training does not lie beside it.".to_owned(),
        ];
    };
    let metrics = &report.test.metrics;
    let [[true_0, false_1], [false_0, true_1]] = metrics.confusion_matrix;
    let (negatives, positives) = (true_0 + false_1, false_0 + true_1);
    let share = |part: u64, of: u64| percent(part as f64 / of as f64);
    let mut figures = Vec::new();
    if negatives + positives > 0 {
        figures.push(format!(
            "Of {} test rows, which it had not seen, it is right on {}; to say the same of all would be right on {}.",
            count(negatives + positives),
            share(true_0 + true_1, negatives + positives),
            share(negatives.max(positives), negatives + positives),
        ));
    }
    if positives > 0 && true_1 + false_1 > 0 {
        figures.push(format!(
            "It finds {} of those with {}. Where it predicts that, it is right in {}{}.",
            share(true_1, positives),
            label(served),
            share(true_1, true_1 + false_1),
            if true_0 + false_0 > 0 {
                format!("; where it does not, {} have it all the same", share(false_0, true_0 + false_0))
            } else {
                String::new()
            },
        ));
    }
    if report.all_rows.is_some() {
        figures.push("It was then fitted once more, to all rows; these figures are of the fit before.".to_owned());
    }
    figures
}

/// A model may be right on fewer test rows than these by chance.
const MANY: u64 = 100;

fn warnings(served: &Served) -> Vec<String> {
    served.report.iter().flat_map(|report| &report.warnings).map(|text| visible(text)).collect()
}

/// That a model without an error may know what it predicts.
pub(crate) fn too_good(served: &Served) -> Option<String> {
    let [[true_0, false_1], [false_0, true_1]] = served.report.as_ref()?.test.metrics.confusion_matrix;
    let is_perfect = false_1 + false_0 == 0 && true_0.min(true_1) > 0 && true_0 + true_1 >= MANY;
    is_perfect.then(|| {
        format!(
            "The model makes no error on the test rows. Make sure that {} is not computed from these columns, or known only afterwards, before you rely on it.",
            visible(&served.space().target.name)
        )
    })
}

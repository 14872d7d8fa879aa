//! How far the predicted probabilities can be believed, and what follows from a threshold.

use assist_audit::CandidateKind;
use assist_metrics::words::{count, percent};
use assist_metrics::{ThresholdPoint, probability_histogram, threshold_curve};
use assist_score::Correction;
use maud::{Markup, html};

use super::calibration::calibration;
use super::parts::{chart, range, share, table};
use crate::charts::{self, Axes, Line, Width};
use crate::report::Report;

/// Bins of the distribution of probabilities.
const BINS: usize = 20;

/// The calibrated probabilities of the saved model on the test rows.
pub(super) fn probabilities(report: &Report<'_>) -> Markup {
    let kind = report.kind();
    let Some((model, scores)) = report.comparison.model(kind).zip(report.test_scores.of(kind)) else {
        return html! {};
    };
    // Scores of a card or a rule are logits of its probabilities already.
    let correction = match kind {
        CandidateKind::LogisticRegression => report.model.correction(),
        _ => Correction::Affine { slope: 1.0, shift: 0.0 },
    };
    let bins = &model.test.probability.reliability;
    let points: Vec<(f64, f64, [f64; 2])> =
        bins.iter().map(|bin| (bin.mean_probability, bin.observed, bin.interval)).collect();
    let counts = probability_histogram(scores, correction, BINS);
    let totals = counts.each_ref().map(|counts| counts.iter().sum::<u64>().max(1) as f64);
    let shares = [0, 1].map(|class| counts[class].iter().map(|n| *n as f64 / totals[class]).collect::<Vec<f64>>());
    let thresholds = threshold_curve(scores, correction);
    let curve = |name: &str, of: &dyn Fn(&ThresholdPoint) -> Option<f64>| Line {
        name: name.to_owned(),
        width: Width::Narrow,
        points: thresholds.iter().filter_map(|at| Some((at.probability, of(at)?))).collect(),
    };
    let lines = [
        curve("precision", &|at| at.precision),
        curve("recall", &|at| at.recall),
        curve("share of users predicted positive", &|at| Some(at.predicted_positive)),
    ];
    html! {
        h2 { "Probabilities" }
        div.figures {
            (chart(
                "Calibration",
                &format!(
                    "Users in groups by predicted probability, ten where it has so many values, with the share of each group that needs assistance and its 95 % interval. On the dashed line predicted and observed agree. {}",
                    calibration(report.probabilities)
                ),
                &charts::reliability(
                    "Reliability diagram: observed share against predicted probability, in ten groups",
                    &Axes { x: "predicted probability", y: "observed share" }, &points,
                ),
                &table(&["mean predicted", "observed", "95 % interval", "test rows"], bins.iter().map(|bin| vec![
                    percent(bin.mean_probability), percent(bin.observed), range(Some(bin.interval), percent), count(bin.rows),
                ]).collect()),
            ))
            (chart(
                "Distribution of probabilities",
                "The predicted probabilities of users who do not need assistance and of those who do. The less they overlap, the better the model separates them.",
                &charts::distributions(
                    "Histograms of the predicted probability of users who do not need assistance and of those who do",
                    ["no need of assistance", "need of assistance"], &shares,
                ),
                &table(&["probability", "no need of assistance", "need of assistance"], (0..BINS).map(|bin| vec![
                    format!("{:.2} to {:.2}", bin as f64 / BINS as f64, (bin + 1) as f64 / BINS as f64),
                    count(counts[0][bin]), count(counts[1][bin]),
                ]).collect()),
            ))
            (chart(
                "Precision and recall by threshold",
                "What follows if every user with a higher probability is predicted positive, that is, to need assistance.",
                &charts::lines(
                    "Precision, recall and share predicted positive, by the threshold of the probability",
                    &Axes { x: "threshold of the probability", y: "share" }, &lines, false,
                ),
                &table(&["threshold", "precision", "recall", "predicted positive"], thresholds.iter().map(|at| vec![
                    percent(at.probability), share(at.precision), share(at.recall), percent(at.predicted_positive),
                ]).collect()),
            ))
        }
    }
}

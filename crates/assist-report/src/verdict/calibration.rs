//! Whether predicted and observed shares agree.

use assist_audit::CandidateKind;
use assist_metrics::LineParameter;
use assist_metrics::words::{count, percent};
use serde::{Deserialize, Serialize};

use super::contest::{Contest, FEW_ROWS};
use super::finding_figure::FindingFigure;

/// Three tests, each at a third of 5 %: the two-sided point of the normal distribution, and its one-sided one as a multiple of that
/// of 5 %.
const Z: f64 = 2.393_979_800_018_5;
const FURTHER: f64 = 2.128_045_234 / 1.644_853_627;

/// Predicted probabilities of a model beside what was observed on the test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbabilityCheck {
    /// The model.
    pub model: CandidateKind,
    /// What can be said.
    pub agreement: Agreement,
    /// The slope of the observed log-odds over the predicted ones; 1 where they agree.
    pub slope: LineParameter,
    /// By how much the observed log-odds are higher than the predicted ones; 0 where they agree.
    pub in_the_large: LineParameter,
    /// The expected calibration error.
    pub ece: Option<f64>,
    /// The mean of that of a model that agrees perfectly, on as few rows, and what it is below in 95 % of tables.
    pub ece_if_calibrated: Option<[f64; 2]>,
    /// Test rows.
    pub rows: u64,
}

/// How predicted and observed shares differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Agreement {
    /// They are not shown to differ.
    NotShownToDiffer,
    /// Probabilities are too high on the whole.
    TooHigh,
    /// Probabilities are too low on the whole.
    TooLow,
    /// Probabilities are too extreme: high ones are too high and low ones too low.
    TooExtreme,
    /// Probabilities lie too near each other.
    TooModerate,
    /// They differ by more than chance explains, neither in one direction nor along a line.
    Uneven,
}

impl ProbabilityCheck {
    pub(super) fn of(contest: &Contest<'_>, saved: CandidateKind) -> Option<Self> {
        let test = &contest.model(saved)?.test;
        if test.rows < FEW_ROWS {
            return None;
        }
        let of = &test.probability;
        let (slope, in_the_large) = (of.slope?, of.in_the_large?);
        let distance = |of: LineParameter, from: f64| (of.value - from) / of.std_error;
        let (bent, moved) = (distance(slope, 1.0), distance(in_the_large, 0.0));
        let ece_if_calibrated = of.ece_if_calibrated.map(|of| [of.mean, of.high]);
        let is_uneven =
            of.ece.zip(ece_if_calibrated).is_some_and(|(ece, [mean, high])| ece > mean + FURTHER * (high - mean));
        let agreement = if is_uneven && bent.abs().max(moved.abs()) <= Z {
            Agreement::Uneven
        } else if bent.abs().max(moved.abs()) <= Z {
            Agreement::NotShownToDiffer
        } else if bent.abs() > moved.abs() {
            if bent < 0.0 { Agreement::TooExtreme } else { Agreement::TooModerate }
        } else if moved < 0.0 {
            Agreement::TooHigh
        } else {
            Agreement::TooLow
        };
        Some(Self { model: saved, agreement, slope, in_the_large, ece: of.ece, ece_if_calibrated, rows: test.rows })
    }

    pub(super) fn text(&self) -> String {
        let LineParameter { value, interval: [low, high], .. } = self.slope;
        let slope = format!("calibration slope {value:.2}, 95 % interval {low:.2} to {high:.2}");
        let LineParameter { value, interval: [low, high], .. } = self.in_the_large;
        let moved = format!("log-odds off by {value:.2}, 95 % interval {low:.2} to {high:.2}");
        let model = self.model.in_sentence();
        let first = match self.agreement {
            Agreement::NotShownToDiffer => {
                format!(
                    "The probabilities of {model} are not shown to differ from what was observed on {} test rows ({slope}).",
                    count(self.rows)
                )
            }
            Agreement::TooHigh => {
                format!("The probabilities of {model} are too high on the whole ({moved}).")
            }
            Agreement::TooLow => {
                format!("The probabilities of {model} are too low on the whole ({moved}).")
            }
            Agreement::TooExtreme => format!(
                "The probabilities of {model} are too extreme: high ones are too high and low ones too low ({slope})."
            ),
            Agreement::Uneven => format!(
                "The probabilities of {model} are too high for some groups of users and too low for others, beyond what chance explains, though neither is shown on the whole ({moved}) or along a line ({slope})."
            ),
            Agreement::TooModerate => format!(
                "The probabilities of {model} lie too near each other: high ones are too low and low ones too high ({slope})."
            ),
        };
        let error = self.ece.zip(self.ece_if_calibrated).map_or(String::new(), |(ece, [mean, _])| {
            format!(" In ten groups predicted and observed shares differ by {} on average; on as many rows perfect probabilities would by {}.", percent(ece), percent(mean))
        });
        first + &error
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let line = |of: LineParameter| format!("{:.3} ({:.3} to {:.3})", of.value, of.interval[0], of.interval[1]);
        let mut figures = vec![
            FindingFigure::new("calibration slope, 1 where they agree", line(self.slope)),
            FindingFigure::new("calibration in the large (log-odds), 0 where they agree", line(self.in_the_large)),
        ];
        figures.extend(self.ece.map(|ece| FindingFigure::new("expected calibration error", percent(ece))));
        figures.extend(self.ece_if_calibrated.map(|[mean, high]| {
            let value = format!("{}, below {} in 95 % of tables", percent(mean), percent(high));
            FindingFigure::new("that of perfect probabilities on as many rows", value)
        }));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: f64) -> LineParameter {
        let text = format!(r#"{{"value":{value},"std_error":0.1,"interval":[{},{}]}}"#, value - 0.196, value + 0.196);
        serde_json::from_str(&text).expect("a parameter")
    }

    #[test]
    fn how_probabilities_differ_is_told_with_what_chance_would_make() {
        let check = |agreement| ProbabilityCheck {
            model: CandidateKind::LogisticRegression,
            agreement,
            slope: line(0.7),
            in_the_large: line(-0.4),
            ece: Some(0.03),
            ece_if_calibrated: Some([0.02, 0.04]),
            rows: 500,
        };
        assert_eq!(
            check(Agreement::NotShownToDiffer).text(),
            "The probabilities of logistic regression are not shown to differ from what was observed on 500 test rows (calibration slope 0.70, 95 % interval 0.50 to 0.90). In ten groups predicted and observed shares differ by 3.0 % on average; on as many rows perfect probabilities would by 2.0 %."
        );
        for (agreement, words) in [
            (Agreement::TooHigh, "too high on the whole (log-odds off by -0.40, 95 % interval -0.60 to -0.20)"),
            (Agreement::TooLow, "too low on the whole"),
            (Agreement::TooExtreme, "too extreme: high ones are too high and low ones too low (calibration slope 0.70"),
            (Agreement::TooModerate, "lie too near each other"),
            (Agreement::Uneven, "too high for some groups of users and too low for others"),
        ] {
            assert!(check(agreement).text().contains(words), "{}", check(agreement).text());
        }
        assert_eq!(check(Agreement::TooLow).figures().len(), 4);
    }
}

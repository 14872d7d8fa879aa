//! What is said of the calibration beneath its drawing: each figure with its uncertainty, and beside what chance alone makes.

use assist_metrics::words::percent;
use assist_metrics::{Figure, LineParameter, Metrics};
/// The sentences on the calibration of the model that has these figures.
pub(super) fn calibration(metrics: &Metrics) -> String {
    let probability = &metrics.probability;
    let mut sentences = Vec::new();
    let in_words = |of: LineParameter| {
        let [low, high] = of.interval;
        // What is added keeps a number that is nearly 0 from being shown as -0.
        let value = (100.0 * of.value).round() / 100.0 + 0.0;
        format!("{value:.2} (95 % interval {low:.2} to {high:.2})")
    };
    if let (Some(slope), Some(intercept)) = (probability.slope, probability.intercept) {
        sentences.push(format!(
            "The slope of the calibration line is {}: 1 where the model is calibrated, less than 1 where its probabilities are too extreme, more than 1 where they are too cautious. Its intercept is {}: 0 where the model is calibrated.",
            in_words(slope),
            in_words(intercept)
        ));
    } else if let Some(reason) = metrics.why_undefined(Figure::CalibrationSlope) {
        sentences.push(format!("There is no calibration line: {reason}."));
    }
    if let Some(large) = probability.in_the_large {
        sentences.push(format!(
            "In the large it is {}: above 0 where probabilities are too low on the whole, below 0 where they are too high.",
            in_words(large)
        ));
    }
    if let (Some(ece), Some(chance)) = (probability.ece, probability.ece_if_calibrated) {
        let verdict = if ece > chance.high {
            "so this error is more than chance makes"
        } else {
            "so this error alone does not tell the model from a calibrated one"
        };
        sentences.push(format!(
            "The expected calibration error is {}. On these rows a perfectly calibrated model would show {} on average, and less than {} in 95 of 100 tables, {verdict}.",
            percent(ece),
            percent(chance.mean),
            percent(chance.high)
        ));
    } else if let Some(reason) = metrics.why_undefined(Figure::EceIfCalibrated) {
        sentences.push(format!("What error a calibrated model would show is not told: {reason}."));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use assist_metrics::{Sample, ScoreCounts};
    use assist_score::Correction;

    use super::*;

    fn said(rows: &[(f64, [u64; 2])]) -> String {
        let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
        let sample = Sample::Observations(ScoreCounts::new(rows.iter().copied()));
        let mut metrics = sample.evaluate(plain, 0.0);
        sample.check_calibration(&mut metrics, plain);
        calibration(&metrics)
    }

    #[test]
    fn an_error_is_said_beside_what_chance_makes() {
        // 27, 50 and 73 % are predicted.
        let right = said(&[(-1.0, [73, 27]), (0.0, [50, 50]), (1.0, [27, 73])]);
        assert!(
            right.contains("slope of the calibration line is 0.99 (95 % interval 0.")
                && right.contains("does not tell the model from a calibrated one")
        );
        let wrong = said(&[(-1.0, [40, 60]), (0.0, [20, 80]), (1.0, [5, 95])]);
        assert!(wrong.contains("more than chance makes"), "{wrong}");
        assert!(wrong.contains("In the large it is 1."), "{wrong}");
    }

    #[test]
    fn what_is_absent_has_its_reason() {
        let parted = said(&[(-1.0, [5, 0]), (1.0, [0, 5])]);
        assert!(parted.contains("There is no calibration line: a threshold separates the classes"), "{parted}");
        assert!(said(&[]).is_empty());
    }
}

//! A training whose rows lie elsewhere: the fit was made from sums, and the figures come from how often each score was seen.

use assist_data::Table;
use assist_features::MissingPolicy;
use assist_metrics::{Sample, ScoreCounts};
use assist_model::Fit;
use assist_score::{Model, Reading};

use crate::converged::check_converged;
use crate::dataset::{reading_of, stated_na};
use crate::error::Error;
use crate::evaluated::Evaluated;
use crate::read_report::ReadReport;
use crate::settings::Settings;
use crate::train::Trained;
use crate::train_report::TrainReport;
use crate::warning::Warning;

/// Why figures and evidence of grouped rows have no intervals from sums.
pub const SUMS_OF_GROUPS: &str = "rows of one group are not independent, and sums do not tell which these are";

/// A score, and how many observations of class 0 and class 1 have it.
pub type ScoreCount = (f64, [u64; 2]);

/// What is known of a fit to rows that lie elsewhere.
#[derive(Debug, Clone)]
pub struct SummedTraining {
    /// The fit.
    pub fit: Fit,
    /// Scores of the training rows.
    pub train: Vec<ScoreCount>,
    /// Scores of the test rows that have one.
    pub test: Vec<ScoreCount>,
    /// Test rows without a score, for a level that no training row has.
    pub rejected: u64,
    /// Rows of class 0 and class 1 that were divided, those without a score among them.
    pub class_counts: [u64; 2],
}

impl Settings {
    /// Refuses what sums cannot give, by its name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFromSums`].
    pub fn check_for_sums(&self) -> Result<(), Error> {
        use crate::penalty_kind::PenaltyKind;
        let fit = &self.fit;
        let asked = [
            ("a card or a rule", fit.form.has_points()),
            ("a penalty other than l2 or none", !matches!(fit.penalty, PenaltyKind::L2 | PenaltyKind::None)),
            ("a fit without an intercept", fit.intercept == Some(assist_score::Intercept::None)),
            ("bins", fit.bins || self.roles.numeric.values().any(|role| !role.cuts.is_empty())),
            ("curves, interactions or steps", !fit.added_terms().is_empty()),
            ("pooling of rare levels", self.rare.is_some_and(|rare| rare > 1)),
            ("a calibration", self.calibration.is_some()),
            ("a bootstrap", self.bootstrap > 0),
            ("a fit to all rows", self.all_rows),
            ("missing cells that are learnt from", self.missing == MissingPolicy::Level),
        ];
        match asked.into_iter().find(|(_, is_asked)| *is_asked) {
            Some((what, _)) => Err(Error::NotFromSums(what)),
            None => Ok(()),
        }
    }

    /// The result of a training whose fit was made from sums. The roles of all columns are stated; `sample` is some of the rows.
    ///
    /// # Errors
    ///
    /// A fit that did not converge, unless that is allowed; more than half of the test rows without a score.
    pub fn trained_on_sums(&self, sample: &Table, summed: SummedTraining) -> Result<Trained, Error> {
        let SummedTraining { mut fit, train, test, rejected, class_counts } = summed;
        check_converged(self, &fit)?;
        let schema = self.schema(sample)?;
        let read = ReadReport::new(sample, &schema, &stated_na(sample, self));
        let is_grouped = self.roles.group.as_ref().is_some_and(|group| group != assist_data::NO_COLUMN);
        let on_train = evaluated(&fit.model, train, is_grouped, false);
        let mut on_test = evaluated(&fit.model, test, is_grouped, true);
        on_test.rejected_rows = rejected;
        let rows = on_test.metrics.rows + rejected;
        if 2 * rejected > rows {
            return Err(Error::TestRowsRejected { rows: rejected, of: rows, by: Vec::new(), advice: None });
        }
        let is_told = rejected > 0;
        let warnings: Vec<Warning> = is_told
            .then(|| Warning::TestRowsRejected { rows: rejected, of: rows, by: Vec::new(), advice: None })
            .into_iter()
            .collect();
        let group = self.roles.group.clone().filter(|_| is_grouped);
        let reading = Reading { group, ..reading_of(&schema, &read.na) };
        fit.model = fit.model.with_reading(reading);
        TrainReport::new(self, read, &schema, class_counts, &fit, [on_train, on_test], &warnings)
            .map(|report| Trained { model: fit.model, report, warnings })
    }
}

/// The figures of scores.
fn evaluated(model: &Model, scores: Vec<ScoreCount>, is_grouped: bool, is_test: bool) -> Evaluated {
    let (correction, threshold) = (model.correction(), model.parameters().threshold);
    let sample = Sample::Observations(ScoreCounts::new(scores));
    let mut metrics = sample.evaluate(correction, threshold);
    if is_test {
        sample.check_calibration(&mut metrics, correction);
    }
    if is_grouped {
        metrics.leave_out_intervals(SUMS_OF_GROUPS);
    }
    Evaluated { metrics, rejected_rows: 0, rejected_by: Vec::new() }
}

impl Settings {
    /// A model that was fitted from sums with the threshold that is asked for.
    ///
    /// # Errors
    ///
    /// A probability that no score reaches.
    pub fn deciding(&self, model: Model) -> Result<Model, Error> {
        match self.threshold {
            Some(probability) => crate::forms::deciding_above(model, probability),
            None => Ok(model),
        }
    }
}

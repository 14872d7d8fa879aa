//! `diff`: two models beside each other, and the users whose decision differs.

use assist_export::{Decision, Difference, DomainSettings, Error, diff};
use assist_learn::words::{count, percent};
use assist_learn::{Model, PredictSettings, Table, load, predict_table, unwatched};
use serde_json::json;

use crate::args::{DiffArguments, open_as};
use crate::failure::Failure;
use crate::output::{self, Output};

pub(crate) fn run(arguments: &DiffArguments, output: Output) -> Result<(), Failure> {
    let [model, against] = [load(&arguments.model.model)?, load(&arguments.against)?];
    let rows = match arguments.data.as_slice() {
        [] => None,
        files => Some(Rows::compare(&open_as(files, &arguments.written)?, [&model, &against])?),
    };
    let settings = DomainSettings { most_points: arguments.most_points, ..DomainSettings::default() };
    let points = match diff(&model, &against, settings) {
        // A table has the columns of both.
        Err(Error::OtherColumns(_)) if rows.is_some() => None,
        found => Some(found?),
    };
    output.json_document(&json!({
        "domain_points": points.as_ref().map(|found| found.points),
        "is_whole_domain": points.as_ref().map(|found| found.is_whole),
        "decisions_that_differ": {
            "points": points.as_ref().map(|found| found.decisions_that_differ),
            "rows": rows.as_ref().map(|rows| rows.differing),
            "of_rows": rows.as_ref().map(|rows| rows.all),
            "weighted_share": rows.as_ref().map(Rows::share),
        },
        "max_abs_probability_difference": points.as_ref().map(|found| found.max_probability_difference),
        "slices": points.as_ref().map_or(&[][..], |found| &found.slices),
    }))?;
    if let Some(rows) = &rows {
        output.answer(&format!(
            "the decision differs for {} of {} rows of the table ({})",
            count(rows.differing),
            count(rows.all),
            percent(rows.share())
        ))?;
    }
    points.map_or(Ok(()), |found| say(&found, output))
}

/// The rows of a table, and how many of them the two models decide differently; a row that one alone rejects is among these.
struct Rows {
    all: u64,
    differing: u64,
}

impl Rows {
    fn compare(table: &Table, models: [&Model; 2]) -> Result<Self, Failure> {
        let [first, second] = models.map(|model| decisions(model, table));
        let (first, second) = (first?, second?);
        let differing = first.iter().zip(&second).filter(|(a, b)| a != b).count();
        Ok(Self { all: first.len() as u64, differing: differing as u64 })
    }

    fn share(&self) -> f64 {
        self.differing as f64 / self.all.max(1) as f64
    }
}

/// What a model decides of each row; nothing where it rejects one.
fn decisions(model: &Model, table: &Table) -> Result<Vec<Option<u8>>, Failure> {
    let mut decisions = Vec::new();
    predict_table(model, table, &PredictSettings::default(), &unwatched, &mut |_, outcomes| {
        decisions.extend(outcomes.iter().map(|outcome| outcome.as_ref().ok().map(|scored| scored.prediction)));
        Ok(())
    })?;
    Ok(decisions)
}

fn say(found: &Difference, output: Output) -> Result<(), Failure> {
    let Difference { points, decisions_that_differ, .. } = *found;
    let what = if found.is_whole { "all combinations of values" } else { "a sample of the combinations of values" };
    let share = decisions_that_differ as f64 / points.max(1) as f64;
    output.answer(&format!(
        "the decision differs at {} of {} points, {what} ({})",
        count(decisions_that_differ as u64),
        count(points as u64),
        percent(share)
    ))?;
    if let Some(place) = &found.where_largest {
        output.answer(&format!(
            "probabilities differ by {} at most, where {place}",
            percent(found.max_probability_difference)
        ))?;
    }
    if found.slices.is_empty() {
        return Ok(());
    }
    let word = |decision: Decision| match decision {
        Decision::Negative => "0",
        Decision::Positive => "1",
        Decision::Rejected => "rejected",
    };
    let rows = found.slices.iter().map(|slice| {
        let change = format!("{} to {}", word(slice.from), word(slice.to));
        vec![slice.condition.clone(), change, count(slice.points as u64), count(slice.points_in_slice as u64)]
    });
    output.answer(&output::table(&["where", "change", "points that change", "points"], rows))?;
    output.answer("each combination of values counts once, however often it occurs among users; `--data` counts users")
}

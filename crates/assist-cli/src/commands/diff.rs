//! `diff`: two models beside each other, and the users whose decision differs.

use assist_export::{Decision, Difference, DomainSettings, diff};
use assist_learn::load;
use assist_learn::words::{count, percent};
use serde_json::json;

use crate::args::DiffArguments;
use crate::failure::Failure;
use crate::output::{self, Output};

pub(crate) fn run(arguments: &DiffArguments, output: Output) -> Result<(), Failure> {
    let [model, against] = [load(&arguments.model.model)?, load(&arguments.against)?];
    let settings = DomainSettings { most_points: arguments.most_points, ..DomainSettings::default() };
    let found = diff(&model, &against, settings)?;
    output.json_document(&json!({
        "domain_points": found.points,
        "is_whole_domain": found.is_whole,
        "decisions_that_differ": { "points": found.decisions_that_differ },
        "max_abs_probability_difference": found.max_probability_difference,
        "slices": found.slices,
    }))?;
    say(&found, output)
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
    output.answer("each combination of values counts once, however often it occurs among users")
}

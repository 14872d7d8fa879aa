//! `diff`: two models beside each other, and the users whose decision differs.

use assist_export::{Compared, Decision, Difference, DomainSettings, Error, ScoredRows, diff, diff_rows};
use assist_learn::words::{count, percent, percentage_points};
use assist_learn::{Model, Table, load, row_values, unwatched};
use serde_json::json;

use crate::args::{DiffArguments, open_as};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(arguments: &DiffArguments, output: Output) -> Result<(), Failure> {
    let [model, against] = [load(&arguments.model.model)?, load(&arguments.against)?];
    let rows = match arguments.data.as_slice() {
        [] => None,
        files => Some(users(&open_as(files, &arguments.written)?, [&model, &against])?),
    };
    let settings = DomainSettings { most_points: arguments.most_points, ..DomainSettings::default() };
    let points = match diff(&model, &against, settings) {
        // A table has the columns of both.
        Err(Error::OtherColumns(_)) if rows.is_some() => None,
        found => Some(found?),
    };
    let main = rows.as_ref().or(points.as_ref());
    output.json_document(&json!({
        "domain_points": points.as_ref().map(|found| found.points),
        "is_whole_domain": points.as_ref().map(|found| found.compared == Compared::AllPoints),
        "decisions_that_differ": {
            "points": points.as_ref().map(|found| found.decisions_that_differ),
            "rows": rows.as_ref().map(|rows| rows.decisions_that_differ),
            "of_rows": rows.as_ref().map(|rows| rows.points),
            "weighted_share": rows.as_ref().map(Difference::share),
        },
        "max_abs_probability_difference": points.as_ref().or(main).map(|found| found.max_probability_difference),
        "max_abs_probability_difference_of_rows": rows.as_ref().map(|rows| rows.max_probability_difference),
        "slices_of": main.map(|found| found.compared),
        "slices": main.map_or(&[][..], |found| &found.slices),
    }))?;
    for found in rows.iter().chain(&points) {
        say(found, output)?;
    }
    main.map_or(Ok(()), |found| slices(found, output))
}

/// What the models do differently with the rows of a table.
fn users(table: &Table, models: [&Model; 2]) -> Result<Difference, Failure> {
    let [first, second] = models.map(|model| -> Result<ScoredRows<'_>, Failure> {
        let mut rows = ScoredRows::new(model);
        row_values(model, table, &unwatched, &mut |row| rows.add(row))?;
        Ok(rows)
    });
    Ok(diff_rows(&first?, &second?)?)
}

fn say(found: &Difference, output: Output) -> Result<(), Failure> {
    let (differing, all) = (count(found.decisions_that_differ as u64), count(found.points as u64));
    let share = percent(found.share());
    output.answer(&match found.compared {
        Compared::Rows => format!("the decision differs for {differing} of {all} rows of the table ({share})"),
        Compared::AllPoints => {
            format!("the decision differs at {differing} of {all} points, all combinations of values ({share})")
        }
        Compared::SampledPoints => {
            format!(
                "the decision differs at {differing} of {all} points, a sample of the combinations of values ({share})"
            )
        }
    })?;
    let Some(place) = &found.where_largest else { return Ok(()) };
    let largest = percentage_points(found.max_probability_difference);
    output.answer(&format!("probabilities differ by {largest} at most, where {place}"))
}

fn slices(found: &Difference, output: Output) -> Result<(), Failure> {
    if found.slices.is_empty() {
        return Ok(());
    }
    let word = |decision: Decision| match decision {
        Decision::Negative => "0",
        Decision::Positive => "1",
        Decision::Rejected => "rejected",
    };
    let (what, note) = if found.compared == Compared::Rows {
        ("users", "each row of the table counts as one user; shares are of all rows")
    } else {
        ("points", "each combination of values counts once, however often it occurs among users; `--data` counts users")
    };
    for slice in &found.slices {
        // Conditions are too long for a table.
        let line = format!(
            "{} to {}: {} {what} ({}) of {} ({}) with {}",
            word(slice.from),
            word(slice.to),
            count(slice.points as u64),
            percent(slice.share),
            count(slice.points_in_slice as u64),
            percent(slice.share_in_slice),
            slice.condition
        );
        output.answer(&line)?;
    }
    output.answer(note)
}

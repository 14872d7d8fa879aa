//! The search from a table to a card with its proof.

use std::time::{Duration, Instant};

use crate::best::Best;
use crate::candidates::{Candidates, Table};
use crate::card::{Card, Line, Proof};
use crate::control::Control;
use crate::error::Error;
use crate::incumbent;
use crate::intersections::{Counted, Intersections};
use crate::saturated::Saturated;
use crate::settings::{CardSettings, MOST_PROVEN_LINES, Progress};
use crate::{everything, integer_points, longer, search};

/// The longest that a bound is sought after a search was interrupted.
const TIME_FOR_BOUND: Duration = Duration::from_secs(1);

/// Finds the card of at most [`CardSettings::lines`] lines with the least loss on the candidates, and proves it.
///
/// `stop` is asked many times a second, from several threads: once it says yes, or the time is over, the best card so
/// far is returned, with a bound if a second is enough for one. There is a card from the first milliseconds on. `progress` hears of each pair of first candidates that has been dealt with. The card
/// depends neither on the number of threads nor on their order, unless it is interrupted: among cards that are equally
/// good within the tolerance, of all those looked at, the one with the fewest lines is taken, then the one with the
/// smallest points. Above [`MOST_PROVEN_LINES`] lines the card comes from a beam search, with a bound.
///
/// Errors: settings out of their range; no candidate that varies.
pub fn optimal_card(
    candidates: &Candidates,
    settings: &CardSettings,
    stop: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Card, Error> {
    let settings = settings.checked()?;
    let control = Control::new(stop, settings.time_limit);
    let table = Table::of_strongest(candidates, settings.lines, settings.smoothing, settings.candidates)?;
    let mut best = Best::new(&table, settings.tolerance);
    let mut nodes = 0;
    let proven = settings.lines <= MOST_PROVEN_LINES;
    longer::greedy(&table, settings.lines.min(MOST_PROVEN_LINES), settings.points, &mut best, &control);
    // What is known of sets that the search did not come to.
    let mut open = None;
    let mut complete = false;
    if !control.is_over() {
        let counts = Intersections::new(&table, Counted::All, &control);
        if !control.is_over() {
            incumbent::search(&counts, &table, settings.lines.min(5), settings.points, &mut best, &control);
        }
        if proven && !control.is_over() {
            let loss = best.found().loss / table.n;
            let ones = Intersections::new(&table, Counted::Ones, &control);
            let saturated = Saturated::new(&table, settings.smoothing);
            let tables = search::Tables { table: &table, counts: &counts, ones: &ones, saturated: &saturated };
            let found = search::survivors(&tables, best.cut(), loss, &control, progress);
            nodes = found.nodes;
            complete = found.complete;
            for support in found.survivors.iter().filter(|_| complete) {
                if support.fit.bound >= best.cut() {
                    break;
                }
                integer_points::search(support, settings.points, &mut best, &control);
                // By bound, so none of the ones that are left goes below this one.
                if control.is_over() {
                    open = Some(support.fit.bound);
                    complete = false;
                    break;
                }
            }
        }
    }
    if !proven {
        nodes += longer::search(&table, settings.lines, settings.points, &mut best, &control);
    }
    let interrupted = if proven { !complete } else { control.is_over() };
    let proof = match (interrupted, proven) {
        (true, _) => Proof::Interrupted,
        (false, false) => Proof::Gap,
        (false, true) => Proof::Optimal { tolerance: settings.tolerance },
    };
    let bound = if proven && complete {
        Some(best.cut())
    } else {
        let ended = Instant::now();
        // Whoever ends a search does not wait for long.
        let is_over = || interrupted && ended.elapsed() >= TIME_FOR_BOUND;
        open.or_else(|| everything::bound(&table, &is_over)).map(|bound| bound.min(best.cut()))
    };
    Ok(card(&table, &best, bound, proof, nodes, &control))
}

/// The card in terms of the columns that were handed in, with a slope above 0.
fn card(table: &Table, best: &Best, bound: Option<f64>, proof: Proof, nodes: u64, control: &Control) -> Card {
    let found = best.found();
    let [mut intercept, slope] = found.scale;
    let sign = if slope < 0.0 { -1 } else { 1 };
    let slope = slope.abs();
    let mut lines = Vec::with_capacity(found.points.len());
    for &(feature, points) in &found.points {
        let source = table.sources[feature - table.padding];
        let mut points = sign * points;
        if source.complement {
            // Points for the complement are points for everybody less points for the candidate.
            intercept += slope * f64::from(points);
            points = -points;
        }
        lines.push(Line { candidate: source.candidate, points });
    }
    lines.sort_unstable_by_key(|line| line.candidate);
    // With labels mixed, the loss is the plain one with the margins of class 1 mixed.
    let plain_loss = plain_loss(table, best);
    Card {
        lines,
        intercept,
        slope,
        loss: found.loss / table.n,
        plain_loss,
        bound: bound.map(|bound| bound / table.n),
        proof,
        candidates: table.sources.len(),
        screened: table.screened,
        nodes,
        seconds: control.seconds(),
    }
}

/// The loss on labels as they are: it differs from the smoothed one by the masses of class 1 alone.
fn plain_loss(table: &Table, best: &Best) -> f64 {
    let found = best.found();
    let [intercept, slope] = found.scale;
    let less = |smoothed: f64, ones: u64| ones as f64 - smoothed;
    let mut difference = intercept * less(table.all_ones, table.classes[1]);
    for &(feature, points) in &found.points {
        let ones = table.sources[feature - table.padding].counts[1];
        difference += slope * f64::from(points) * less(table.ones[feature], ones);
    }
    (found.loss - difference) / table.n
}

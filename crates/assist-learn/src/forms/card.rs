//! The optimal scorecard of a design's rows, as a model.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use assist_card::{Candidates, Card, CardSettings, Proof, optimal_card};
use assist_features::Design;
use assist_metrics::words::count;
use assist_score::{Calibration, Form, ScoreTotal};

use super::candidates::{Candidate, candidates};
use super::form_report::{CardReport, Found};
use super::learned::Learned;
use super::points::{Points, Search, intervals_of_groups};
use crate::error::Error;
use crate::progress::{Progress, Stage, Watch};
use crate::settings::CardOptions;

/// How often it is asked whether the search goes on.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// Seeks the best card in the rows of a design, and makes a model of it.
pub(super) fn fit(
    design: &Design,
    options: CardOptions,
    base_rate: Option<f64>,
    watch: Watch<'_>,
) -> Result<Learned, Error> {
    let started = Instant::now();
    let all = candidates(design, options.candidates);
    let columns = all.iter().map(|candidate| candidate.holds.clone()).collect();
    let table = Candidates::new(columns, design.counts().collect())?;
    let card = search(&table, &options.search(), watch)?;
    if card.lines.is_empty() && card.proof == Proof::Interrupted {
        return Err(Error::Cancelled);
    }
    if card.lines.is_empty() {
        return Err(Error::NoCard);
    }
    let totals = totals_of(&card, &all, design);
    let (intercept, slope) = line(&totals);
    let points = Points {
        terms: card.lines.iter().map(|line| (all[line.candidate].term.clone(), f64::from(line.points))).collect(),
        intercept: 0.0,
        // Totals are whole: above it or not is exact.
        threshold: (-intercept / slope).floor() + 0.5,
    };
    let ended = ended(&card, &options);
    let search = Search { form: Form::Card, method: "branch and bound", ended, base_rate, started };
    let fit = points.into_fit(design, search, |_| Calibration::Sigmoid { slope, intercept })?;
    let intervals_of_groups = intervals_of_groups(&fit.model, design);
    Ok(Learned {
        fit,
        found: Found { card: Some(CardReport::new(&card, options)), intervals_of_groups, ..Found::default() },
    })
}

/// Searches on other threads, while this one asks whether to go on. A thread of the pool searches itself, and asks before: were it to wait,
/// the search could wait for it.
fn search(table: &Candidates, settings: &CardSettings, watch: Watch<'_>) -> Result<Card, Error> {
    let is_stopped = AtomicBool::new(false);
    let stop = &|| is_stopped.load(Ordering::Relaxed);
    let ask = || {
        if watch(Progress { stage: Stage::SearchingCard, rows: 0 }).is_break() {
            is_stopped.store(true, Ordering::Relaxed);
        }
    };
    ask();
    if rayon::current_thread_index().is_some() {
        return Ok(optimal_card(table, settings, stop, &|_| ())?);
    }
    std::thread::scope(|scope| {
        let (sender, found) = std::sync::mpsc::channel();
        let search = scope.spawn(move || sender.send(optimal_card(table, settings, stop, &|_| ())));
        loop {
            match found.recv_timeout(ASKED_EVERY) {
                Ok(card) => return Ok(card?),
                Err(RecvTimeoutError::Timeout) => ask(),
                // Nothing was sent: the search has panicked.
                Err(RecvTimeoutError::Disconnected) => match search.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(_) => return Err(Error::Cancelled),
                },
            }
        }
    })
}

/// What was proven, in words: of what, over which candidates, and by which measure.
fn ended(card: &Card, options: &CardOptions) -> String {
    let left_out = match card.screened {
        0 => String::new(),
        n => format!("; the {} weakest candidates were left out", count(n as u64)),
    };
    let CardOptions { lines, points, .. } = *options;
    let such = format!(
        "card of up to {lines} lines with points from -{points} to {points} on these {} candidates",
        count(card.candidates as u64)
    );
    let may_be = match (card.gap(), card.gap_share()) {
        (Some(gap), Some(share)) => format!(
            "another {such} may have a log-loss on the training rows that is lower by {:.6} nats ({:.2} % of it)",
            gap.max(0.0),
            100.0 * share.max(0.0)
        ),
        _ => format!("how much lower the log-loss of another {such} may be on the training rows is not known yet"),
    };
    match card.proof {
        Proof::Optimal { .. } => format!("no {such} has a lower log-loss on the training rows{left_out}"),
        Proof::Interrupted => format!("the search was ended before the proof: {may_be}{left_out}"),
        _ => format!("the best card that was found, without a proof: {may_be}{left_out}"),
    }
}

/// The training rows of each total.
fn totals_of(card: &Card, all: &[Candidate], design: &Design) -> Vec<ScoreTotal> {
    let mut totals = std::collections::BTreeMap::new();
    for (row, [n0, n1]) in design.counts().enumerate() {
        let total: i32 = card.lines.iter().filter(|line| all[line.candidate].holds[row]).map(|line| line.points).sum();
        let of_total: &mut [u64; 2] = totals.entry(total).or_default();
        *of_total = [of_total[0] + n0, of_total[1] + n1];
    }
    totals.into_iter().map(|(total, counts)| ScoreTotal { score: f64::from(total), counts }).collect()
}

/// The `a` and `b` of `1 / (1 + exp(-(a + b total)))` with the greatest likelihood, where half an observation of each class is added to
/// each total, so that they are finite for a card that separates the classes. Newton's method, halved where it overshoots.
fn line(totals: &[ScoreTotal]) -> (f64, f64) {
    let rows = || totals.iter().map(|of| (of.score, of.counts[0] as f64 + 0.5, of.counts[1] as f64 + 0.5));
    let loss = |a: f64, b: f64| -> f64 {
        let softplus = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
        rows().map(|(x, n0, n1)| n0 * softplus(a + b * x) + n1 * softplus(-a - b * x)).sum()
    };
    let (mut a, mut b, mut least) = (0.0, 0.0, loss(0.0, 0.0));
    for _ in 0..200 {
        let [mut ga, mut gb, mut haa, mut hab, mut hbb] = [0.0; 5];
        for (x, n0, n1) in rows() {
            let p = assist_score::sigmoid(a + b * x);
            let (residual, weight) = ((n0 + n1) * p - n1, (n0 + n1) * p * (1.0 - p));
            (ga, gb) = (ga + residual, gb + residual * x);
            (haa, hab, hbb) = (haa + weight, hab + weight * x, hbb + weight * x * x);
        }
        let determinant = haa * hbb - hab * hab;
        if determinant <= 0.0 {
            break;
        }
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        let mut step = 1.0;
        while step > 1e-9 && loss(a - step * da, b - step * db) > least {
            step /= 2.0;
        }
        (a, b) = (a - step * da, b - step * db);
        let next = loss(a, b);
        let is_done = least - next <= 1e-15 * least;
        least = next;
        if is_done {
            break;
        }
    }
    // Points that raise the total raise the share: a card of lines that tell something has a positive slope.
    (a, b.max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sm.GLM([[n1, n0]], Binomial())` of statsmodels on the counts with half an observation added.
    #[test]
    fn totals_have_the_line_of_greatest_likelihood() {
        let totals =
            [(0.0, [40, 2]), (1.0, [20, 11]), (3.0, [3, 24])].map(|(score, counts)| ScoreTotal { score, counts });
        let (a, b) = line(&totals);
        let gradient = totals.iter().fold([0.0, 0.0], |[ga, gb], of| {
            let [n0, n1] = of.counts.map(|n| n as f64 + 0.5);
            let residual = (n0 + n1) * assist_score::sigmoid(a + b * of.score) - n1;
            [ga + residual, gb + residual * of.score]
        });
        assert!(gradient.iter().all(|of| of.abs() < 1e-6) && b > 0.0, "{a} {b} {gradient:?}");
        let separating = [(0.0, [900, 0]), (5.0, [0, 700])].map(|(score, counts)| ScoreTotal { score, counts });
        let (a, b) = line(&separating);
        assert!(((a + 5.0 * b) - (700.5_f64 / 0.5).ln()).abs() < 1e-6 && (a + (900.5_f64 / 0.5).ln()).abs() < 1e-6);
    }
}

//! Every export against the scorer, at every point of the domain, in the runtimes that are there.

use assist_score::Model;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::domain::Domain;
use crate::error::Error;
use crate::export::{Format, print};
use crate::limits::Limits;
use crate::outcomes::{OUTCOME_BYTES, PointOutcome, expected, ulps_between};
use crate::plan::Plan;
use crate::points::Points;
use crate::runtimes::sql::KEY;
use crate::runtimes::{Ran, Runtime, Work, run};
use crate::settings::VerifySettings;
use crate::targets::dialect::SqlOptions;

/// How near to the threshold a score of 32-bit floats decides nothing, as a share of its size.
const NEAR: f64 = 1e-4;

/// What the comparison of one export with the scorer found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetReport {
    /// What was exported.
    pub format: String,
    /// What it ran in; an export may be compared in several runtimes.
    pub runtime: String,
    /// At how many points it was compared.
    pub points: usize,
    /// Points beyond the stated limits of the format, which were not compared.
    pub points_left_out: usize,
    /// Largest difference of a probability or raw probability.
    pub max_abs_probability_difference: f64,
    /// Largest number of floats between two scores or two probabilities of a point.
    pub max_ulp: u64,
    /// Largest number of floats between two scores of a point.
    pub max_score_ulp: u64,
    /// Points at which another class is predicted, or only one of the two has a score.
    pub decisions_that_differ: usize,
    /// Points at which another class is predicted because the score lies beside the threshold, nearer than the format promises: they are
    /// counted apart, and 0 where scores have the same bits.
    pub decisions_beside_threshold: usize,
    /// Points at which both have no score, but for another reason or column.
    pub reasons_that_differ: usize,
    /// The first point that differs, in words.
    pub first_difference: Option<String>,
    /// Whether this is a proof.
    #[serde(flatten)]
    pub status: Status,
    /// Whether the format promises scores of the same bits.
    pub has_exact_scores: bool,
    /// What the format promises: the largest difference of a probability; 0 stands for the same bits.
    pub tolerance: f64,
}

/// How much a comparison says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// Compared at every combination of values that the model takes.
    Verified,
    /// Compared at edges and at random points.
    Sampled,
    /// Compared at some points that the model takes; the others lie beyond the stated limits of the format.
    InPart {
        /// What the other points have that the format does not hold.
        limit: String,
    },
    /// The format cannot hold the model, and says so.
    Refused {
        /// The limit.
        limit: String,
    },
    /// The runtime did not do its work.
    Failed {
        /// What it said.
        message: String,
    },
    /// Not compared at all.
    NotRun {
        /// What was not there.
        reason: String,
    },
}

/// An export, and what it runs in.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    format: &'a Format,
    runtime: Runtime,
}

impl TargetReport {
    /// Whether outcomes were compared.
    pub fn is_compared(&self) -> bool {
        matches!(self.status, Status::Verified | Status::Sampled | Status::InPart { .. })
    }

    /// Whether it was compared, and keeps its promise. Scores have the same bits in every format of 64-bit floats.
    pub fn passes(&self) -> bool {
        let is_close = if self.tolerance == 0.0 {
            self.max_ulp == 0
        } else {
            self.max_abs_probability_difference <= self.tolerance
        };
        is_close
            && (self.max_score_ulp == 0 || !self.has_exact_scores)
            && self.decisions_that_differ == 0
            && self.reasons_that_differ == 0
            && self.is_compared()
    }

    fn refused(of: Target<'_>, limit: String) -> Self {
        Self { status: Status::Refused { limit }, ..Self::new(of, true) }
    }

    fn failed(of: Target<'_>, message: String) -> Self {
        Self { status: Status::Failed { message }, ..Self::new(of, true) }
    }

    fn not_run(of: Target<'_>, reason: String) -> Self {
        Self { status: Status::NotRun { reason }, ..Self::new(of, true) }
    }

    fn new(of: Target<'_>, is_whole: bool) -> Self {
        let Target { format, runtime } = of;
        Self {
            format: format.to_string(),
            runtime: runtime.name().into(),
            points: 0,
            points_left_out: 0,
            max_abs_probability_difference: 0.0,
            max_ulp: 0,
            max_score_ulp: 0,
            decisions_that_differ: 0,
            decisions_beside_threshold: 0,
            reasons_that_differ: 0,
            first_difference: None,
            status: if is_whole { Status::Verified } else { Status::Sampled },
            has_exact_scores: format.has_exact_scores(),
            tolerance: format.tolerance(),
        }
    }

    /// Takes one more point.
    fn add(&mut self, expected: &PointOutcome, found: &PointOutcome, point: &dyn Fn() -> String) {
        self.points += 1;
        let pairs = [
            (expected.score, found.score),
            (expected.probability, found.probability),
            (expected.raw_probability, found.raw_probability),
        ];
        let ulps = pairs.iter().map(|(a, b)| ulps_between(*a, *b)).max().unwrap_or(0);
        let both_scored = expected.is_scored() && found.is_scored();
        let is_other_decision = expected.is_scored() != found.is_scored() || expected.prediction != found.prediction;
        let is_other_reason = !expected.is_scored()
            && !found.is_scored()
            && (expected.reason, expected.column) != (found.reason, found.column);
        self.decisions_that_differ += usize::from(is_other_decision);
        self.reasons_that_differ += usize::from(is_other_reason);
        let mut is_far = false;
        if both_scored {
            self.max_ulp = self.max_ulp.max(ulps);
            self.max_score_ulp = self.max_score_ulp.max(ulps_between(expected.score, found.score));
            for (a, b) in &pairs[1..] {
                let distance = if a.is_nan() && b.is_nan() { 0.0 } else { (a - b).abs() };
                // What is no number on one side only is as far as can be.
                let distance = if distance.is_nan() { 1.0 } else { distance };
                self.max_abs_probability_difference = self.max_abs_probability_difference.max(distance);
                is_far |= distance > self.tolerance;
            }
            is_far |= self.tolerance == 0.0 && ulps > 0;
            is_far |= self.has_exact_scores && ulps_between(expected.score, found.score) > 0;
        }
        if self.first_difference.is_none() && (is_far || is_other_decision || is_other_reason) {
            self.first_difference = Some(format!("{}: expected {expected:?}, found {found:?}", point()));
        }
    }
}

/// Compares exports with the scorer. `progress` hears of each report as it is ready, and may end the work.
///
/// # Errors
///
/// What a format cannot hold, a runtime that fails, files that cannot be written.
pub fn verify(
    model: &Model,
    formats: &[Format],
    settings: impl Into<VerifySettings>,
    progress: &mut dyn FnMut(&TargetReport) -> ControlFlow<()>,
) -> Result<Vec<TargetReport>, Error> {
    verify_plan(model, &Plan::of(model)?, formats, &settings.into(), progress)
}

/// As [`verify`], of any plan.
pub(crate) fn verify_plan(
    model: &Model,
    plan: &Plan,
    formats: &[Format],
    settings: &VerifySettings,
    progress: &mut dyn FnMut(&TargetReport) -> ControlFlow<()>,
) -> Result<Vec<TargetReport>, Error> {
    let domain = Domain::with_settings(model, settings.domain);
    let folder = tempfile::tempdir()?;
    let points = Points::write(&domain, folder.path())?;
    let expected = expected(model, &domain);
    let targets = |format| Runtime::of(format).into_iter().map(move |runtime| Target { format, runtime });
    let targets: Vec<Target<'_>> = formats.iter().flat_map(targets).collect();
    let next = AtomicUsize::new(0);
    let is_cancelled = std::sync::atomic::AtomicBool::new(false);
    let n_workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(targets.len());
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..n_workers {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(target) = targets.get(place) else { break };
                    if is_cancelled.load(Ordering::Relaxed) {
                        break;
                    }
                    let report = compare(&domain, &expected, &points, plan, *target, settings, folder.path());
                    if sender.send((place, report)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut reports = Vec::new();
        for (place, report) in receiver {
            let report = match report {
                Ok(report) => report,
                Err(error) => {
                    is_cancelled.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            };
            if progress(&report).is_break() {
                is_cancelled.store(true, Ordering::Relaxed);
                return Err(Error::Cancelled);
            }
            reports.push((place, report));
        }
        reports.sort_by_key(|(place, _)| *place);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    })
}

fn compare(
    domain: &Domain,
    expected: &[PointOutcome],
    points: &Points,
    plan: &Plan,
    of: Target<'_>,
    settings: &VerifySettings,
    folder: &std::path::Path,
) -> Result<TargetReport, Error> {
    const NAME: &str = "assist_model";
    let Target { format, runtime } = of;
    let named = format!("{format} {}", runtime.name());
    let safe = named.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
    let folder = folder.join(safe.collect::<String>());
    fs_err::create_dir_all(&folder)?;
    let printed = match format {
        // Outcomes are put in order by a key that the rows of users do not have.
        Format::Sql(options) => &Format::Sql(SqlOptions { keys: vec![KEY.into()], ..options.clone() }),
        other => other,
    };
    let files = match print(plan, printed, NAME) {
        Err(Error::Limit { limit, .. }) => return Ok(TargetReport::refused(of, limit)),
        files => files?,
    };
    for file in files {
        fs_err::write(folder.join(file.name), file.bytes)?;
    }
    let work = Work {
        folder: &folder,
        name: NAME,
        format,
        runtime,
        plan,
        domain,
        compiler: settings.compiler.as_ref(),
        points,
    };
    let outcomes = match run(&work) {
        Err(Error::Runtime { program, message }) => {
            return Ok(TargetReport::failed(of, format!("`{program}` failed: {message}")));
        }
        Err(error) => return Err(error),
        Ok(Ran::Absent(reason)) => return Ok(TargetReport::not_run(of, reason)),
        Ok(Ran::Outcomes(file)) => fs_err::read(folder.join(file))?,
    };
    if outcomes.len() != expected.len() * OUTCOME_BYTES {
        let message = format!("{} bytes of outcomes for {} points", outcomes.len(), expected.len());
        return Ok(TargetReport::failed(of, message));
    }
    let mut report = TargetReport::new(of, domain.is_whole());
    let limits = Limits::new(format, plan, domain);
    let mut places = Vec::new();
    // Of the points that the model is meant to take, and not of those that are there to be refused.
    let mut regular_left_out = 0;
    for (point, (expected, bytes)) in expected.iter().zip(outcomes.chunks(OUTCOME_BYTES)).enumerate() {
        domain.places(point, &mut places);
        if limits.exclude(&places) {
            report.points_left_out += 1;
            regular_left_out += usize::from(point < domain.n_regular());
            continue;
        }
        if let Some(mut found) = PointOutcome::from_bytes(bytes) {
            let is_near = (expected.score - plan.threshold).abs() < NEAR * expected.score.abs().max(1.0);
            if !format.has_exact_scores() && is_near && found.is_scored() && found.prediction != expected.prediction {
                // Where scores are only near, those beside the threshold may fall on its other side.
                found.prediction = expected.prediction;
                report.decisions_beside_threshold += 1;
            }
            report.add(expected, &found, &|| format!("point {point}, {:?}", domain.row(point)));
        }
    }
    report.status = status(&report, domain, regular_left_out, Limits::in_words(format));
    Ok(report)
}

/// What a comparison says: nothing is proven where a combination that the model takes was left out, and a sample that has lost more
/// than a few edges is none of the whole input.
fn status(report: &TargetReport, domain: &Domain, regular_left_out: usize, limit: String) -> Status {
    /// As a share of the sample.
    const FEW: f64 = 0.01;
    let most = if domain.is_whole() { 0.0 } else { FEW * domain.n_regular() as f64 };
    if report.points == 0 {
        Status::NotRun { reason: format!("each point has {limit}") }
    } else if regular_left_out as f64 > most {
        Status::InPart { limit }
    } else {
        report.status.clone()
    }
}

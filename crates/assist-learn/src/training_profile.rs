//! What a model keeps of its training rows, so that later rows can be judged against them: made from the design of a fit.

use assist_features::{Design, Scores, edges};
use assist_score::{
    CategoricalColumn, Correction, FeatureSpace, Model, Parameters, ScoreProfile, Term, TrainingProfile,
};
use rayon::prelude::*;

/// Bins of the scores, at most: finer than those of columns, since probabilities are judged by them.
const MOST_BINS: usize = 20;
/// Rows that the edges of these are learnt from.
const LOOKED_AT: usize = 1024;
/// Rows that one thread counts at a time.
const CHUNK: usize = 1 << 14;

/// The profile of the rows of a design under a model of its columns.
pub(crate) fn training_profile(model: &Model, design: &Design) -> TrainingProfile {
    let of_columns = || {
        let code_counts = design.code_counts();
        let n_categorical = design.space().categorical.len();
        let of_levels = code_counts.iter().skip(code_counts.len().saturating_sub(n_categorical));
        let categorical = of_levels.map(|levels| levels.iter().map(|(_, [n0, n1])| n0 + n1).collect()).collect();
        (design.numeric_profiles(&code_counts), categorical, term_means(model, design, &code_counts))
    };
    let of_scores = || score_profile(design.scores(model), model.correction());
    let ((numeric, categorical, term_means), scores) = rayon::join(of_columns, of_scores);
    TrainingProfile { numeric, categorical, term_means, scores }
}

/// A profile in a space with some of the columns of another, or with levels that no row had. The terms are the same.
pub(crate) fn moved(profile: TrainingProfile, from: &FeatureSpace, to: &FeatureSpace) -> TrainingProfile {
    if profile.fits(to) {
        return profile;
    }
    let numbers = to.numeric.iter().filter_map(|column| {
        let place = from.numeric.iter().position(|known| known.name == column.name)?;
        profile.numeric.get(place).cloned()
    });
    let levels = to.categorical.iter().filter_map(|column| {
        let place = from.categorical.iter().position(|known| known.name == column.name)?;
        Some(moved_levels(profile.categorical.get(place)?, from.categorical.get(place)?, column))
    });
    TrainingProfile {
        numeric: numbers.collect(),
        categorical: levels.collect(),
        term_means: profile.term_means,
        scores: profile.scores,
    }
}

fn moved_levels(counts: &[u64], from: &CategoricalColumn, to: &CategoricalColumn) -> Vec<u64> {
    let of_level = |level: &String| {
        let place = from.levels.iter().position(|known| known == level);
        place.and_then(|place| counts.get(place).copied()).unwrap_or(0)
    };
    to.levels.iter().map(of_level).collect()
}

/// The mean of each term of a model over the rows of a design.
fn term_means(model: &Model, design: &Design, code_counts: &[Vec<(Option<usize>, [u64; 2])>]) -> Vec<f64> {
    let (of_model, of_design) = (model.space(), design.space());
    if of_model.form == of_design.form && of_model.additional == of_design.additional {
        let terms = of_model.terms().into_iter().zip(design.spreads(code_counts).means);
        let mean = |(term, mean): (Term, f64)| match term {
            Term::Slope { centre, .. } => mean - centre,
            _ => mean,
        };
        return terms.map(mean).collect();
    }
    // A card or a rule has a few terms, which the columns of the design do not have of themselves: each is the score of a model
    // that gives one point to it.
    let n_terms = of_model.n_features();
    let mean = |term: usize| {
        let coefficients = (0..n_terms).map(|of| f64::from(u8::from(of == term))).collect();
        let only = Model::new(of_model.clone(), Parameters { coefficients, ..Parameters::default() });
        only.map_or(0.0, |only| mean_score(&only, design))
    };
    (0..n_terms).map(mean).collect()
}

/// The mean score of the rows of a design, by their weights where they have some.
fn mean_score(model: &Model, design: &Design) -> f64 {
    let add = |[sum, all]: [f64; 2], score: f64, weight: f64| [sum + weight * score, all + weight];
    let scores = design.scores(model);
    let [sum, all] = if design.is_weighted() {
        let weights = design.weights().map(|weights| weights.sums[0] + weights.sums[1]);
        scores.iter().zip(weights).fold([0.0; 2], |sums, ((score, _), weight)| add(sums, score, weight))
    } else {
        scores.iter().fold([0.0; 2], |sums, (score, [n0, n1])| add(sums, score, (n0 + n1) as f64))
    };
    if all > 0.0 { sum / all } else { 0.0 }
}

/// The profile of scores. Those that overflow are left out, as a prediction does.
fn score_profile(scores: Scores, correction: Correction<'_>) -> ScoreProfile {
    match scores {
        Scores::Narrow(scores) => profile_of(&scores, |counts| counts.map(u64::from), correction),
        Scores::Wide(scores) => profile_of(&scores, |counts| counts, correction),
    }
}

/// Edges between scores, each with its observations. They lie midway, so that what rounds otherwise elsewhere, such as a probability
/// that was written to a log, keeps its bin; and where a calibration has level stretches only on the slopes between these,
/// since of a probability nobody could tell on which side of an edge its score was.
fn score_edges(scores: Vec<(f64, u64)>, correction: Correction<'_>) -> Vec<f64> {
    let Correction::Curve { scores: points, probabilities, .. } = correction else {
        return edges(scores, MOST_BINS, |last, next| f64::midpoint(last, next).max(last));
    };
    let rises = points.windows(2).zip(probabilities.windows(2)).filter(|(_, of)| of[0] < of[1]);
    let slopes: Vec<f64> = rises.map(|(ends, _)| f64::midpoint(ends[0], ends[1])).collect();
    let mut by_level = vec![0; slopes.len() + 1];
    for (score, n) in scores {
        by_level[slopes.partition_point(|slope| *slope < score)] += n;
    }
    // Each level by its place, behind which its slope is.
    let levels = (0_u32..).map(f64::from).zip(by_level).filter(|(_, n)| *n > 0).collect();
    let places = edges(levels, MOST_BINS, |last, _| last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places are whole numbers from 0")]
    let ends: Vec<f64> = places.into_iter().filter_map(|place| slopes.get(place as usize).copied()).collect();
    ends
}

fn profile_of<N: Copy + Sync>(
    scores: &[(f64, [N; 2])],
    counts_of: impl Fn([N; 2]) -> [u64; 2] + Sync,
    correction: Correction<'_>,
) -> ScoreProfile {
    let step = scores.len().div_ceil(LOOKED_AT).max(1);
    let looked_at = scores.iter().step_by(step).filter(|(score, _)| score.is_finite());
    let looked_at = looked_at.map(|(score, counts)| (*score, counts_of(*counts).iter().sum()));
    let edges = score_edges(looked_at.collect(), correction);
    let empty = ScoreProfile { counts: vec![[0; 2]; edges.len() + 1], edges, mean_probability: None };
    let of_chunk = |chunk: &[(f64, [N; 2])]| {
        let (mut counted, mut sum) = (empty.clone(), 0.0);
        for (score, counts) in chunk.iter().filter(|(score, _)| score.is_finite()) {
            let [n0, n1] = counts_of(*counts);
            let bin = counted.bin(*score);
            let [of_0, of_1] = &mut counted.counts[bin];
            (*of_0, *of_1) = (*of_0 + n0, *of_1 + n1);
            sum += (n0 + n1) as f64 * correction.probability(*score);
        }
        (counted.counts, sum)
    };
    let chunks: Vec<_> = scores.par_chunks(CHUNK).map(of_chunk).collect();
    let (mut all, mut sum) = (empty.clone(), 0.0);
    for (counts, of_chunk) in chunks {
        all.counts.iter_mut().zip(counts).for_each(|([n0, n1], [a, b])| (*n0, *n1) = (*n0 + a, *n1 + b));
        sum += of_chunk;
    }
    let [n0, n1] = all.class_counts();
    let mean = sum / (n0 + n1) as f64;
    ScoreProfile { mean_probability: mean.is_finite().then(|| mean.clamp(0.0, 1.0)), ..all }
}

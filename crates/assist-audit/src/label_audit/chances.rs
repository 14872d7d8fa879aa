//! How likely random labels would have a rule as good as one that was found: a bound, by counting rules and labels.

use std::collections::BTreeMap;

use assist_draw::ln_choose;

use super::axis::log_rules;
use super::refine::Refined;
use super::search::Search;
use crate::coded::CodedColumn;

/// A rule that random labels would have with a greater probability than this is no finding.
pub(super) const CHANCE: f64 = 1e-6;
/// Distinct rows that rules are sought on; of more, some are picked, and what is found is put to all.
pub(super) const MOST_SEARCHED: usize = 1 << 20;
/// Of the rules found the one that random labels would have least likely, with the logarithm of that bound. Each condition more
/// has to pay for itself: there are more rules with it.
pub(super) fn likeliest(
    found: &Search,
    columns: &[CodedColumn],
    counts: &[[u64; 2]],
    share: f64,
) -> Option<(Refined, f64)> {
    with_chances(found, columns, counts, share).reduce(|best, next| if next.1 < best.1 { next } else { best })
}

/// Of the rules found the one with the fewest exceptions, of equal ones the shortest, with the same bound.
pub(super) fn fewest_exceptions(
    found: &Search,
    columns: &[CodedColumn],
    counts: &[[u64; 2]],
    share: f64,
) -> Option<(Refined, f64)> {
    with_chances(found, columns, counts, share).min_by_key(|(rule, _)| (rule.exceptions, rule.rule.predicates.len()))
}

/// As how large a share of the observations their labels count, where observations of a group are alike: so many independent
/// ones would have the variance that the share of class 1 has between groups (the design effect, Kish 1965).
pub(super) fn effective_share(counts: &[[u64; 2]], clusters: &[u32]) -> f64 {
    let mut groups: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for ([n0, n1], cluster) in counts.iter().zip(clusters) {
        let [of, hits] = groups.entry(*cluster).or_default();
        *of += (n0 + n1) as f64;
        *hits += *n1 as f64;
    }
    let (n, n1) = groups.values().fold((0.0, 0.0), |(n, n1), [of, hits]| (n + of, n1 + hits));
    let (g, p) = (groups.len() as f64, n1 / n);
    if g < 2.0 || n < 2.0 {
        return 1.0 / n.max(1.0);
    }
    let squares: f64 = groups.values().map(|[of, hits]| (hits - p * of).powi(2)).sum();
    let variance = g / (g - 1.0) * squares / (n * n);
    if variance > 0.0 { (p * (1.0 - p) / (variance * n)).min(1.0) } else { 1.0 }
}

/// The rules found, each with the logarithm of a bound on the probability that random labels have one as good; only a share of
/// the observations tells anything.
fn with_chances<'a>(
    found: &'a Search,
    columns: &'a [CodedColumn],
    counts: &[[u64; 2]],
    share: f64,
) -> impl Iterator<Item = (Refined, f64)> + 'a {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let scaled = move |n: u64| if share < 1.0 { (n as f64 * share).ceil() as u64 } else { n };
    let [n0, n1] = counts.iter().fold([0, 0], |[a, b], [n0, n1]| [a + n0, b + n1]).map(scaled);
    let n = n0 + n1;
    let chance = move |rule: &Refined| {
        // Labels that differ from a rule's in at most so many places: fewer than (e + 1) times n over e.
        let exceptions = scaled(rule.exceptions);
        let near = ((exceptions + 1) as f64).ln() + ln_choose(n, exceptions.min(n / 2));
        log_rules(columns, rule.rule.predicates.len()) + near - ln_choose(n, n1)
    };
    found.rules.iter().map(move |rule| (rule.clone(), chance(rule)))
}

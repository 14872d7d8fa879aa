//! Bends and interactions that a model of a comparison lacks, tested on its training rows.

use std::collections::BTreeSet;

use assist_audit::{CandidateKind, Comparison, ProposedTerm, TermTest, TermTests, TermsNotTested};
use assist_features::{AddedTerms, Design};
use assist_model::score_tests;
use assist_score::Term;

/// A number with fewer distinct values is not tried along a curve.
const FEWEST_VALUES: usize = 6;
/// Columns of which every two are tried.
const MOST_COLUMNS: usize = 8;
/// Observations of the rarer class for each parameter of a model, at least.
const A_PARAMETER: u64 = 10;
/// Features of a model up to which terms are tried.
const MOST_FEATURES: usize = 256;

/// Tests each number for a bend, and every two of the columns that are worth most to the tree or the forest for an interaction,
/// but for those that the design has. `rows` are the most that are looked at; more are drawn from.
pub(crate) fn term_tests(design: &Design, comparison: &Comparison, rows: usize) -> TermTests {
    if design.n_features() > MOST_FEATURES {
        let (features, most) = (design.n_features(), MOST_FEATURES);
        return TermTests::none(TermsNotTested::ManyFeatures { features, most });
    }
    let sample = (design.n_rows() > rows).then(|| design.sample(rows));
    let design = sample.as_ref().unwrap_or(design);
    tested(design, candidates(design, comparison))
}

/// Tests terms, but for those with too few rows.
fn tested(design: &Design, candidates: Vec<(ProposedTerm, AddedTerms)>) -> TermTests {
    let n_parameters = design.n_features() + 1;
    let observations = design.class_counts().into_iter().min().unwrap_or(0);
    let needed = |n_terms: usize| A_PARAMETER * (n_parameters + n_terms) as u64;
    let (mut proposed, mut terms, mut fewest) = (Vec::new(), Vec::new(), None::<u64>);
    for (term, added) in candidates {
        // What has no term on these rows, such as levels that never meet, is no candidate.
        let Ok(of_term) = design.learn_terms(&added) else { continue };
        let needed = needed(of_term.len());
        fewest = Some(fewest.map_or(needed, |fewest| fewest.min(needed)));
        if observations >= needed {
            proposed.push(term);
            terms.push(of_term);
        }
    }
    match fewest {
        None => return TermTests::none(TermsNotTested::NoCandidate),
        Some(needed) if proposed.is_empty() => {
            return TermTests::none(TermsNotTested::FewRows { observations, needed });
        }
        Some(_) => {}
    }
    let Some(tests) = score_tests(design, &terms) else { return TermTests::none(TermsNotTested::Separated) };
    let tested = proposed.into_iter().zip(tests).filter_map(|(term, test)| {
        let test = test?;
        let found = TermTest::new(term, test.statistic, test.degrees_of_freedom, test.p_value);
        Some(match test.denominator {
            Some(denominator) => found.with_denominator(denominator),
            None => found,
        })
    });
    TermTests::of(tested.collect())
}

/// The terms that may be tried.
fn candidates(design: &Design, comparison: &Comparison) -> Vec<(ProposedTerm, AddedTerms)> {
    let space = design.space();
    let name = |place: usize| space.column_name(place).unwrap_or_default().to_owned();
    let bent: BTreeSet<usize> = space.additional.iter().filter_map(bent_column).collect();
    let known: BTreeSet<Vec<usize>> = space.additional.iter().map(sorted_columns).collect();
    let numbers = (0..space.numeric.len()).filter(|place| !bent.contains(place));
    let numbers = numbers.filter(|place| design.distinct_numbers(*place) >= FEWEST_VALUES);
    let bends = numbers.map(|place| {
        let added = AddedTerms::new(vec![name(place)], Vec::new());
        (ProposedTerm::Bend { column: name(place) }, added)
    });
    let mut columns = most_important(design, comparison);
    columns.sort_unstable();
    let pairs = columns.iter().enumerate().flat_map(|(at, b)| columns[..at].iter().map(move |a| [*a, *b]));
    let interactions = pairs.filter(|[a, b]| !known.contains(&vec![*a, *b])).map(|[a, b]| {
        let columns = [name(a), name(b)];
        (ProposedTerm::Interaction { columns: columns.clone() }, AddedTerms::new(Vec::new(), vec![columns]))
    });
    bends.chain(interactions).collect()
}

fn bent_column(term: &Term) -> Option<usize> {
    if let Term::Basis { column, .. } = term { Some(*column) } else { None }
}

fn sorted_columns(term: &Term) -> Vec<usize> {
    let mut columns = term.columns();
    columns.sort_unstable();
    columns
}

/// The places of the columns that are worth most to the tree or the forest.
fn most_important(design: &Design, comparison: &Comparison) -> Vec<usize> {
    let of_trees = [CandidateKind::RandomForest, CandidateKind::DecisionTree].map(|kind| comparison.model(kind));
    let worth = |name: &str| {
        let importances = of_trees.iter().flatten().flat_map(|model| &model.importances);
        importances.filter(|of| of.column == name).fold(f64::NEG_INFINITY, |most, of| most.max(of.permutation))
    };
    let mut columns: Vec<(usize, f64)> = design.space().column_names().map(worth).enumerate().collect();
    columns.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    columns.into_iter().take(MOST_COLUMNS).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toss(n: u64) -> f64 {
        let mixed = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f64 / f64::from(1 << 24)
    }

    /// A table of noise: two numbers, one of them skewed, a whole number, three devices, and labels that one number raises.
    fn noise(seed: u64, rows: u64) -> Design {
        let value = |column: u64, row: u64| toss(seed * 1_000_003 + column * 100_000_007 + row);
        let numbers =
            |column: u64, of: fn(f64) -> f64| (0..rows).map(|row| of(value(column, row))).collect::<Vec<f64>>();
        let (a, b) = (numbers(1, |x| x), numbers(2, |x| -x.ln()));
        let whole = numbers(3, |x| (x * 12.0).floor());
        let device: Vec<&str> = numbers(4, |x| (x * 3.0).floor())
            .iter()
            .map(|x| {
                if *x < 1.0 {
                    "p"
                } else if *x < 2.0 {
                    "q"
                } else {
                    "r"
                }
            })
            .collect();
        let y: Vec<bool> =
            a.iter().zip(numbers(5, |x| x)).map(|(a, chance)| assist_score::sigmoid(2.0 * a - 1.5) > chance).collect();
        let columns = Design::builder().number("a", &a).number("b", &b).number("whole", &whole);
        columns.category("device", &device).labels(&y).build().expect("usable")
    }

    fn all_candidates() -> Vec<(ProposedTerm, AddedTerms)> {
        let names = ["a", "b", "whole", "device"];
        let bend = |name: &&str| {
            let column = (*name).to_owned();
            (ProposedTerm::Bend { column: column.clone() }, AddedTerms::new(vec![column], vec![]))
        };
        let pairs =
            names.iter().enumerate().flat_map(|(at, b)| names[..at].iter().map(move |a| [*a, *b].map(str::to_owned)));
        let pair = |columns: [String; 2]| {
            (ProposedTerm::Interaction { columns: columns.clone() }, AddedTerms::new(vec![], vec![columns]))
        };
        names[..3].iter().map(bend).chain(pairs.map(pair)).collect()
    }

    /// Where neither a bend nor an interaction is true, some is clear at 5 % in at most 5 % of the tables, up to three standard errors
    /// of so many tables; and p-values of single tests are not crowded at small ones.
    #[test]
    fn of_additive_tables_few_have_a_clear_term() {
        const TABLES: u64 = 300;
        let (mut clear, mut small, mut tried) = (0_u64, 0_u64, 0_u64);
        for seed in 0..TABLES {
            let tests = tested(&noise(seed, 400), all_candidates());
            assert_eq!((tests.tried, tests.not_tested), (9, None));
            clear += u64::from(tests.clear(0.05).next().is_some());
            small += tests.tests.iter().filter(|test| test.p_value < 0.05).count() as u64;
            tried += tests.tried as u64;
        }
        let most = |n: u64| 0.05 * n as f64 + 3.0 * (0.05 * 0.95 * n as f64).sqrt();
        assert!(clear as f64 <= most(TABLES), "{clear} of {TABLES}");
        assert!(small as f64 <= most(tried), "{small} of {tried}");
    }

    #[test]
    fn few_rows_and_many_features_are_not_tried() {
        let few = tested(&noise(1, 60), all_candidates());
        assert!(matches!(few.not_tested, Some(TermsNotTested::FewRows { needed: 70, .. })), "{few:?}");
        assert_eq!(tested(&noise(1, 60), Vec::new()).not_tested, Some(TermsNotTested::NoCandidate));
    }
}

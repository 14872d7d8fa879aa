//! What may go wrong, one case a test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assist_card::{Candidates, Card, CardSettings, Error, Missing, Proof, optimal_card};

use crate::tables::{random, table};

fn card(candidates: &Candidates, settings: CardSettings) -> Card {
    optimal_card(candidates, &settings, &|| false, &|_| ()).expect("some candidate varies")
}

#[test]
fn a_card_that_separates_is_finite_and_short() {
    let (mut columns, _) = random(3, 9, 200, 1);
    let label: Vec<bool> = (0..200).map(|row| columns[4][row] || columns[7][row]).collect();
    columns.push(columns[0].clone());
    let counts = label.iter().map(|&label| if label { [0, 3] } else { [2, 0] }).collect();
    let found = card(&Candidates::new(columns, counts).expect("a table"), CardSettings::default());
    assert!(matches!(found.proof, Proof::Optimal { .. }));
    assert!(found.slope.is_finite() && found.intercept.is_finite() && found.slope < 100.0);
    assert!(found.lines.iter().map(|line| line.candidate).all(|candidate| candidate != 9));
    assert!(found.plain_loss < 0.01, "{found:?}");
}

#[test]
fn one_candidate_that_says_it_all_is_one_line() {
    let (mut columns, _) = random(5, 12, 300, 1);
    let counts = columns[6].iter().map(|&label| if label { [0, 1] } else { [1, 0] }).collect();
    columns.swap(0, 6);
    let found = card(&Candidates::new(columns, counts).expect("a table"), CardSettings::default());
    assert_eq!(found.lines.iter().map(|line| (line.candidate, line.points)).collect::<Vec<_>>(), [(0, 1)]);
    // The loss is the entropy of the smoothing.
    let entropy = -(1e-4_f64 * 1e-4_f64.ln() + 0.9999 * 0.9999_f64.ln());
    assert!((found.loss - entropy).abs() < 1e-9);
    assert!((found.slope - 2.0 * 9999_f64.ln()).abs() < 1e-6);
}

#[test]
fn counts_a_hundred_thousand_times_as_large_give_the_same_card() {
    let (columns, counts) = random(11, 16, 300, 4);
    let larger = counts.iter().map(|row| row.map(|count| count * 100_000)).collect();
    let small = card(&Candidates::new(columns.clone(), counts).expect("a table"), CardSettings::default());
    let large = card(&Candidates::new(columns, larger).expect("a table"), CardSettings::default());
    assert_eq!(small.lines, large.lines);
    assert!((small.loss - large.loss).abs() < 1e-12 && (small.slope - large.slope).abs() < 1e-9);
    assert!(small.nodes.abs_diff(large.nodes) <= small.nodes / 100);
}

#[test]
fn rows_may_be_split_and_shuffled() {
    let (columns, counts) = random(13, 14, 120, 6);
    let order: Vec<usize> = (0..240).map(|place| place * 7 % 240).collect();
    let split: Vec<[u64; 2]> = order
        .iter()
        .map(|&place| if place < 120 { [counts[place][0], 0] } else { [0, counts[place - 120][1]] })
        .collect();
    let shuffled =
        columns.iter().map(|column| order.iter().map(|&place| column[place % 120]).collect::<Vec<bool>>()).collect();
    let one = card(&Candidates::new(columns, counts).expect("a table"), CardSettings::default());
    let other = card(&Candidates::new(shuffled, split).expect("a table"), CardSettings::default());
    assert_eq!((&one.lines, one.loss, one.bound, one.nodes), (&other.lines, other.loss, other.bound, other.nodes));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let candidates = table(17, 20, 400, 2);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let mut found = pool.install(|| card(&candidates, CardSettings::default()));
        found.seconds = 0.0;
        found
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn fewer_candidates_than_lines() {
    let candidates = table(19, 3, 50, 3);
    let found = card(&candidates, CardSettings::default());
    assert!(found.lines.len() <= 3 && found.candidates == 3);
    assert!(matches!(found.proof, Proof::Optimal { .. }) && found.gap_share() <= Some(1e-7));
    let long = card(&candidates, CardSettings::default().with_lines(9));
    assert!((long.loss - found.loss).abs() < 1e-9 && long.proof == Proof::Gap);
}

#[test]
fn more_lines_lower_the_loss_and_more_candidates_are_screened() {
    let candidates = table(23, 125, 150, 1);
    let short = card(&candidates, CardSettings::default().with_lines(2));
    assert_eq!((short.candidates, short.screened), (120, 5));
    let candidates = table(29, 15, 600, 1);
    let five = card(&candidates, CardSettings::default());
    let seven = card(&candidates, CardSettings::default().with_lines(7));
    assert!(seven.loss < five.loss && seven.lines.len() > 5 && seven.proof == Proof::Gap, "{seven:?}");
    let bound = seven.bound.expect("a bound");
    assert!(bound <= seven.loss && bound > 0.5 * seven.loss, "{seven:?}");
}

#[test]
fn a_search_that_is_interrupted_has_a_bound() {
    let candidates = table(31, 30, 500, 2);
    let whole = card(&candidates, CardSettings::default());
    for patience in [0, 1, 40, 200, 1000, 3000] {
        let asked = AtomicUsize::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= patience;
        let found = optimal_card(&candidates, &CardSettings::default(), &stop, &|_| ()).expect("candidates vary");
        assert_eq!(found.proof, Proof::Interrupted, "{patience}");
        let [bound, proven] = [&found, &whole].map(|card| card.bound.expect("a bound"));
        assert!(bound <= whole.loss && found.loss >= proven && bound > 0.0, "{patience}: {found:?}");
        assert!(found.gap() >= Some(0.0) && found.gap_share() < Some(1.0));
        assert!(!found.lines.is_empty(), "{patience}: there is a card before anything takes long");
    }
    let first = card(&candidates, CardSettings::default().with_time_limit(Duration::ZERO));
    assert_eq!((first.proof, first.lines.len(), first.lines[0].points.abs()), (Proof::Interrupted, 1, 1));
}

#[test]
fn progress_is_told_for_every_pair() {
    let told = AtomicUsize::new(0);
    let most = AtomicUsize::new(0);
    let progress = |progress: assist_card::Progress| {
        told.fetch_add(1, Ordering::Relaxed);
        most.fetch_max(progress.pairs_done, Ordering::Relaxed);
        assert!(progress.pairs_done <= progress.pairs && progress.loss > 0.0);
    };
    optimal_card(&table(37, 9, 60, 2), &CardSettings::default(), &|| false, &progress).expect("candidates vary");
    // First and second of five among nine.
    assert_eq!((told.into_inner(), most.into_inner()), (15, 15));
}

#[test]
fn tables_and_settings_that_make_no_sense() {
    let check = |columns: Vec<Vec<bool>>, counts: Vec<[u64; 2]>, expected: Error| {
        let found = Candidates::new(columns, counts)
            .and_then(|table| optimal_card(&table, &CardSettings::default(), &|| false, &|_| ()));
        assert_eq!(found.expect_err("there is no card"), expected);
    };
    let column = vec![true, false];
    check(vec![], vec![[1, 1]], Error::Empty { what: Missing::Candidates });
    check(vec![vec![]], vec![], Error::Empty { what: Missing::Observations });
    check(vec![column.clone()], vec![[0, 0], [0, 0]], Error::Empty { what: Missing::Observations });
    check(vec![column.clone()], vec![[1, 1], [0, 0]], Error::Empty { what: Missing::VaryingCandidates });
    check(vec![column.clone()], vec![[0, 5], [0, 7]], Error::OneClass { class: 1 });
    check(vec![column.clone()], vec![[5, 0], [7, 0]], Error::OneClass { class: 0 });
    check(vec![column.clone()], vec![[1, 1]], Error::Lengths { candidate: 0, rows: 2, counts: 1 });
    check(vec![column.clone()], vec![[u64::MAX, 1], [1, u64::MAX]], Error::TooManyObservations);
    let table = Candidates::new(vec![column], vec![[3, 1], [1, 3]]).expect("a table");
    let settings = CardSettings::default();
    for (settings, setting) in [
        (settings.with_lines(0), "lines"),
        (settings.with_points(0), "points"),
        (settings.with_smoothing(0.0), "smoothing"),
        (settings.with_smoothing(f64::NAN), "smoothing"),
        (settings.with_tolerance(0.0), "tolerance"),
    ] {
        let found = optimal_card(&table, &settings, &|| false, &|_| ());
        assert!(matches!(found, Err(Error::Setting { setting: named, .. }) if named == setting), "{setting}");
    }
}

#[test]
fn the_most_observations_are_no_trouble() {
    let table = Candidates::new(vec![vec![true, false]], vec![[1 << 52, 1], [1, (1 << 52) - 2]]).expect("2^53 in all");
    let found = card(&table, CardSettings::default());
    assert!(found.lines.len() == 1 && found.slope > 10.0 && found.bound <= Some(found.loss));
}

//! Tables that a sum of lines cannot tell: what a comparison proposes, and what the model is worth that takes it up.

use assist_learn::{CandidateKind, CompareSettings, Comparison, ProposedTerm, Settings, Table, compare, unwatched};

/// A number between 0 and 1 that nothing tells from chance.
fn toss(n: u64) -> f64 {
    let mixed = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 40) as f64 / f64::from(1 << 24)
}

/// A table of four columns; a row has its cells, and how probably its label is 1.
fn table(row: impl Fn([f64; 4]) -> (String, f64)) -> Table {
    let line = |i: u64| {
        let (cells, probability) = row([1, 2, 3, 4].map(|column| toss(i * 8 + column)));
        format!("{cells},{}\n", u8::from(toss(i * 8 + 5) < probability))
    };
    let rows: String = (0..2000).map(line).collect();
    Table::from_csv_text("t.csv", &format!("a,b,noise,device,y\n{rows}")).expect("readable")
}

fn compared(table: &Table, settings: &Settings) -> Comparison {
    let mut few = CompareSettings::default();
    few.trees = 60;
    compare(table, settings, &few, &unwatched).expect("compared").comparison
}

/// The comparison proposes this term first; and the model that has it ranks and decides the test rows as well as the forest.
#[track_caller]
#[expect(clippy::print_stdout, reason = "both models are to be read side by side")]
fn check(name: &str, table: &Table, expected: &ProposedTerm) {
    let plain = compared(table, &Settings::new("y"));
    let tests = plain.term_tests.as_ref().expect("tested");
    let first = tests.tests.first().unwrap_or_else(|| panic!("{tests:?}"));
    assert!(first.term == *expected && first.p_holm < 1e-6, "{name}: {tests:?}");
    let mut taken_up = Settings::new("y");
    match expected {
        ProposedTerm::Bend { column } => taken_up.fit.splines.push(column.clone()),
        ProposedTerm::Interaction { columns } if first.steps.is_some_and(|steps| steps.are_steps_better()) => {
            taken_up.fit.steps.push(columns.clone());
        }
        ProposedTerm::Interaction { columns } => taken_up.fit.interactions.push(columns.clone()),
        other => panic!("{other:?}"),
    }
    let with = compared(table, &taken_up);
    let tests = with.term_tests.as_ref().expect("tested");
    assert!(tests.tests.iter().all(|test| test.term != *expected), "{name}: what the model has is not tried");
    assert!(tests.clear(0.001).next().is_none(), "{name}: {tests:?}");
    let figures = |comparison: &Comparison, kind| {
        let test = &comparison.model(kind).expect("compared").test;
        (test.roc_auc.expect("two classes"), test.accuracy.expect("rows"))
    };
    let lines = figures(&plain, CandidateKind::LogisticRegression);
    let (auc, accuracy) = figures(&with, CandidateKind::LogisticRegression);
    let forest = figures(&with, CandidateKind::RandomForest);
    println!(
        "{name}: AUC {:.4} and accuracy {:.4} without the term, {auc:.4} and {accuracy:.4} with it, {:.4} and {:.4} of the forest",
        lines.0, lines.1, forest.0, forest.1
    );
    assert!(auc >= forest.0 && accuracy >= forest.1, "{name}: as good as the forest");
    assert!(lines.0 < 0.6, "{name}: {lines:?}");
}

fn interaction(a: &str, b: &str) -> ProposedTerm {
    ProposedTerm::Interaction { columns: [a.to_owned(), b.to_owned()] }
}

#[test]
fn either_or_of_two_numbers_is_an_interaction() {
    let number = |x: f64| 2.0 * x - 1.0;
    let real = table(|[a, b, noise, d]| {
        let (a, b) = (number(a), number(b));
        (format!("{a},{b},{noise},{}", ["p", "q"][usize::from(d < 0.5)]), f64::from(u8::from((a > 0.0) != (b > 0.0))))
    });
    check("either or of two numbers", &real, &interaction("a", "b"));
    let whole = table(|[a, b, noise, d]| {
        let (a, b) = ((a * 12.0).floor(), (b * 12.0).floor());
        (format!("{a},{b},{noise},{}", ["p", "q"][usize::from(d < 0.5)]), f64::from(u8::from((a > 5.0) != (b > 5.0))))
    });
    check("either or of two whole numbers", &whole, &interaction("a", "b"));
}

/// Either, but not both, of two numbers above a cut, with some labels turned.
fn noisy(x: f64, y: f64, sure: f64) -> Table {
    table(|[a, b, noise, d]| {
        let (a, b) = (2.0 * a - 1.0, 2.0 * b - 1.0);
        let is_one = (a > x) != (b > y);
        (format!("{a},{b},{noise},{}", ["p", "q"][usize::from(d < 0.5)]), if is_one { sure } else { 1.0 - sure })
    })
}

#[test]
fn either_or_of_two_numbers_is_found_in_noise() {
    check("a tenth of the labels turned", &noisy(0.0, 0.0, 0.9), &interaction("a", "b"));
}

/// Away from the middle each number tells something by itself, and what it tells is in steps as well.
#[test]
fn steps_away_from_the_middle_decide_as_the_forest_does() {
    let table = noisy(0.4, -0.3, 0.85);
    let tests = compared(&table, &Settings::new("y")).term_tests.expect("tested");
    let first = &tests.tests[0];
    assert!(first.term == interaction("a", "b") && first.steps.is_some_and(|it| it.are_steps_better()), "{tests:?}");
    let mut taken_up = Settings::new("y");
    taken_up.fit.steps.push(["a".to_owned(), "b".to_owned()]);
    let with = compared(&table, &taken_up);
    let accuracy = |kind| with.model(kind).expect("compared").test.accuracy.expect("rows");
    let [of_steps, of_forest] = [CandidateKind::LogisticRegression, CandidateKind::RandomForest].map(accuracy);
    assert!(of_steps >= of_forest, "{of_steps} beside {of_forest}");
}

/// Where the effect of one number grows evenly with the other, the product is that, and no steps are proposed.
#[test]
fn an_even_interaction_is_a_product() {
    let even = table(|[a, b, noise, d]| {
        let (a, b) = (2.0 * a - 1.0, 2.0 * b - 1.0);
        (format!("{a},{b},{noise},{}", ["p", "q"][usize::from(d < 0.5)]), 1.0 / (1.0 + (-4.0 * a * b).exp()))
    });
    let tests = compared(&even, &Settings::new("y")).term_tests.expect("tested");
    let first = &tests.tests[0];
    let steps = first.steps.expect("two numbers");
    assert!(first.term == interaction("a", "b") && !steps.are_steps_better(), "{first:?}");
    assert!(tests.tests[1..].iter().all(|test| test.steps.is_none()), "only what is clear has a shape");
}

#[test]
fn either_or_of_two_categories_is_an_interaction() {
    let levels = table(|[a, b, noise, d]| {
        let of = |x: f64| ["x", "y"][usize::from(x < 0.5)];
        (
            format!("{},{},{noise},{}", of(a), of(b), ["p", "q"][usize::from(d < 0.5)]),
            f64::from(u8::from((a < 0.5) != (b < 0.5))),
        )
    });
    check("either or of two categories", &levels, &interaction("a", "b"));
}

#[test]
fn what_is_high_at_both_ends_is_a_bend() {
    let bent = table(|[u, b, noise, d]| {
        let (score, u) = (8.0 * (2.0 * u - 1.0) * (2.0 * u - 1.0) - 2.5, 10.0 * u);
        (format!("{u},{b},{noise},{}", ["p", "q"][usize::from(d < 0.5)]), 1.0 / (1.0 + (-score).exp()))
    });
    check("high at both ends", &bent, &ProposedTerm::Bend { column: "a".to_owned() });
}

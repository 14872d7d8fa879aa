//! One cause has one hint, and following it works.

use assist_learn::{Advice, Error, PenaltyKind, Settings, Table, train, unwatched};

/// A level that has one class only beside a year, whose values lie far from zero.
fn separated_beside_a_year() -> Table {
    let mut text = "when,meal,y\n".to_owned();
    for row in 0..200 {
        let meal = if row % 10 == 3 { "breakfast" } else { "none" };
        let is_one = meal == "breakfast" || row * 7 % 13 > 5;
        text.push_str(&format!("{},{meal},{}\n", 2016.0 + f64::from(row) / 200.0, u8::from(is_one)));
    }
    Table::from_csv_text("meals.csv", &text).expect("a table")
}

#[test]
fn beside_a_separation_nothing_is_said_of_a_year() {
    let mut settings = Settings::new("y");
    settings.fit.penalty = PenaltyKind::None;
    settings.fit.class_weight = assist_learn::ClassWeight::None;
    let error = train(&separated_beside_a_year(), &settings, &unwatched).expect_err("separated");
    let Error::NotConverged(facts) = &error else { panic!("{error}") };
    assert_eq!(facts.separation, Some((vec!["meal_none".to_owned()], false)));
    assert_eq!(error.advice(), Some(Advice::Penalise));
    // Followed to the letter, either way.
    for penalty in [PenaltyKind::L2, PenaltyKind::Firth] {
        settings.fit.penalty = penalty;
        train(&separated_beside_a_year(), &settings, &unwatched).expect("trained");
    }
}

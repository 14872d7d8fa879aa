//! Rare levels: advised where most levels have few rows, pooled where that is asked, and named to nobody.

use assist_learn::{
    Advice, CompareSettings, Error, Outcome, Settings, Table, Trained, Value, Warning, report, train, unwatched,
};

/// Two frequent cities, and eighty that a few rows have.
fn table() -> Table {
    let mut text = "wait,city,help\n".to_owned();
    for row in 0..600 {
        let city = match row % 4 {
            0 | 1 => "Rome".to_owned(),
            2 => "Oslo".to_owned(),
            _ => format!("town {}", row / 4 % 80),
        };
        text.push_str(&format!("{},{city},{}\n", row % 7, u8::from(row % 7 + row % 3 > 4)));
    }
    Table::from_csv_text("t.csv", &text).expect("a table")
}

fn trained(rare: Option<u64>) -> Trained {
    let mut settings = Settings::new("help");
    settings.rare = rare;
    train(&table(), &settings, &unwatched).expect("trained")
}

#[test]
fn pooling_is_advised_once_and_works_as_advised() {
    let advised = trained(Some(1));
    let warning = advised.warnings.iter().find(|warning| matches!(warning, Warning::RareLevels { .. }));
    let Some(Advice::PoolRare { column, rows }) = warning.and_then(Warning::advice) else {
        panic!("{:?}", advised.warnings)
    };
    assert_eq!((column.as_str(), rows), ("city", 20));
    let row = [Value::Number(3.0), Value::Text("Atlantis")];
    assert!(advised.model.score(&row).is_err());

    let pooled = trained(Some(rows));
    assert!(!pooled.warnings.iter().any(|warning| warning.advice().is_some()), "{:?}", pooled.warnings);
    assert_eq!(pooled.report.test.rejected_rows, 0);
    let (unknown, rare) = (pooled.model.score(&row), pooled.model.score(&[Value::Number(3.0), Value::Text("town 7")]));
    assert!(matches!(Outcome::from(unknown.clone()), Outcome::Scored(_)));
    assert_eq!(unknown, rare);
    let of_city = &pooled.report.data.pooled[0];
    let n_levels = advised.model.space().categorical[0].levels.len();
    assert_eq!((of_city.column.as_str(), of_city.levels), ("city", n_levels - 2));
    let json = serde_json::to_string(&pooled.report).expect("written");
    assert!(json.contains(r#""rare":20"#) && !json.contains("town"));
}

/// Where more than a twentieth of the rows have a level of their own, about as many of the next ones would be rejected.
#[test]
fn single_levels_are_pooled_by_themselves_where_they_crowd_a_column() {
    let unasked = trained(None);
    assert_eq!(unasked.report.test.rejected_rows, 0);
    assert!(unasked.model.score(&[Value::Number(3.0), Value::Text("Atlantis")]).is_ok());
    assert!(unasked.report.data.pooled[0].rows > 0 && unasked.report.data.rare.is_none());
}

#[test]
fn a_page_says_that_rare_levels_disclose_people_and_names_no_pooled_ones() {
    let pages = |rare| {
        let Trained { model, report: trained, .. } = trained(rare);
        let pages = report(&model, &trained, &table(), &CompareSettings::default(), &unwatched).expect("a report");
        pages.html + &pages.model_card
    };
    let named = pages(Some(1));
    assert!(named.contains("Rare levels can disclose people") && named.contains("town 1"));
    let pooled = pages(Some(20));
    assert!(!pooled.contains("disclose") && !pooled.contains("town 1"));
    assert!(pooled.contains("Anything else counts as `(rare)`"));
}

#[test]
fn a_level_has_at_least_one_row() {
    let mut settings = Settings::new("help");
    settings.rare = Some(0);
    let refused = settings.check().expect_err("refused");
    assert!(matches!(refused, Error::Setting { .. }));
    let expected = "the number of training rows below which a level is rare must be at least 1, not 0";
    assert_eq!(refused.to_string(), expected);
}

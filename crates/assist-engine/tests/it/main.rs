//! The query as its callers meet it. That engines make the same counts of it is tested where the program is.

use assist_engine::{Error, QueryOptions, counts_query};
use assist_export::Dialect;
use assist_learn::{CategoricalRole, NumericRole, Settings, SplitMethod};

fn settings(number: &str) -> Settings {
    let mut settings = Settings::new("needs_help");
    settings.roles.positive = Some("yes".into());
    settings.roles.numeric.insert(number.into(), NumericRole::default());
    settings.roles.categorical.insert("device".into(), CategoricalRole::default());
    settings
}

#[test]
fn what_divides_rows_is_grouped_by_and_comes_first_in_the_order() {
    let mut settings = settings("errors");
    settings.roles.split_key = Some("session".into());
    settings.split.method = SplitMethod::Hash;
    let query = counts_query(&settings, &QueryOptions::new(Dialect::DuckDb, "t")).expect("a query");
    assert!(query.contains("MD5('assist split 42:' || assist_key) < '3333333333333400'"), "{query}");
    assert!(
        query.contains("GROUP BY \"errors\", \"device\", \"split\"\nORDER BY \"split\" DESC, \"errors\""),
        "{query}"
    );
    // What keeps the groups divides by them later.
    (settings.roles.group, settings.roles.split_key) = (Some("session".into()), None);
    let mut options = QueryOptions::new(Dialect::DuckDb, "t");
    options.with_group = true;
    let query = counts_query(&settings, &options).expect("a query");
    assert!(query.contains("GROUP BY \"errors\", \"device\", \"session\"\n") && !query.contains("MD5"), "{query}");
}

#[test]
fn names_are_those_of_the_engine() {
    let taken = |number: &str, dialect| {
        let query = counts_query(&settings(number), &QueryOptions::new(dialect, "t"));
        matches!(query, Err(Error::FeatureTwice { .. }))
    };
    assert!(Dialect::ALL.into_iter().all(|dialect| taken("n0", dialect) && taken("split", dialect)));
    // Some tell letters of either case apart.
    assert!(taken("Split", Dialect::DuckDb) && !taken("Split", Dialect::Postgres));
}

#[test]
fn a_number_of_a_bin_is_that_of_the_bin_and_what_is_none_is_left() {
    let mut settings = settings("seconds");
    settings.roles.numeric.get_mut("seconds").expect("declared").cuts = vec![2.5, 9.0];
    let query = counts_query(&settings, &QueryOptions::new(Dialect::DuckDb, "t")).expect("a query");
    let bins = "WHEN \"seconds\" <= 2.5 THEN 2.5 WHEN \"seconds\" <= 9 THEN 9 WHEN \"seconds\" > 9 THEN 10 ELSE \"seconds\" END";
    assert!(query.contains(bins) && query.contains("1.7976931348623157e308 THEN \"seconds\""), "{query}");
}

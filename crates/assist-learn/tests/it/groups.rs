//! Rows of one user stay together: in the split, in every fold, and in what intervals are made of.

use assist_learn::{
    CalibrationMethod, CalibrationSettings, DivisionFault, Error, EvaluateSettings, Figure, IntervalMethod, Settings,
    SplitMethod, Table, Trained, TuneSettings, Warning, evaluate, inspect, split, train, tune, unwatched,
};

/// Users of eight rows each with a label tossed for the user: the columns say nothing of it, but for who the user is.
/// `order` says which rows come where.
fn users(n_users: u64, order: impl Fn(u64) -> u64) -> String {
    let mixed = |n: u64| (n ^ 0x1234_5678_9abc).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let row = |row: u64| {
        let user = row / 8;
        let (x, label) = (mixed(user) % 100, mixed(user + 1_000_000) % 2);
        format!("u{user},{x},{},{},{label}\n", mixed(row + 7) % 50, ["a", "b", "c"][(mixed(row) % 3) as usize])
    };
    let rows: String = (0..n_users * 8).map(|place| row(order(place) % (n_users * 8))).collect();
    format!("user,x,noise,level,y\n{rows}")
}

fn table(text: &str) -> Table {
    Table::from_csv_text("users.csv", text).expect("a table")
}

fn by_user() -> Settings {
    let mut settings = Settings::new("y");
    settings.roles.group = Some("user".to_owned());
    settings
}

fn trained(text: &str) -> Trained {
    train(&table(text), &by_user(), &unwatched).expect("trained")
}

#[test]
fn no_user_is_on_both_sides() {
    let report = trained(&users(200, |row| row)).report;
    let groups = report.split.groups.expect("grouped");
    assert_eq!((groups.train + groups.test, groups.shared, groups.unnamed_rows), (200, 0, 0));
    assert!((39..=41).contains(&groups.test), "{groups:?}");
    assert_eq!((report.split.method, report.split.test_rows), (SplitMethod::Groups, 8 * groups.test));
    assert_eq!(report.data.dropped, ["user"]);
    let shares =
        [report.split.train_class_counts, report.split.test_class_counts].map(|[n0, n1]| n1 as f64 / (n0 + n1) as f64);
    assert!((shares[0] - shares[1]).abs() < 0.02, "{shares:?}");
    let subsets = split(&table(&users(200, |row| row)), &by_user(), &unwatched).expect("split");
    assert_eq!([subsets.train.num_rows() as u64, subsets.test.num_rows() as u64], [8 * groups.train, 8 * groups.test]);
}

#[test]
fn neither_the_order_of_the_rows_nor_the_threads_decide() {
    let plain = trained(&users(100, |row| row)).report;
    let turned = trained(&users(100, |row| row * 37 + 11)).report;
    assert_eq!(plain.split, turned.split);
    assert_eq!(plain.test.metrics.confusion_matrix, turned.test.metrics.confusion_matrix);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let alone = one.install(|| trained(&users(100, |row| row)).report);
    assert_eq!((&alone.test, &alone.coefficients), (&plain.test, &plain.coefficients));
}

#[test]
fn intervals_are_those_of_users() {
    let by_group = trained(&users(200, |row| row)).report.test.metrics;
    assert_eq!(by_group.intervals.methods[&Figure::Accuracy], IntervalMethod::ClusteredWilson);
    assert_eq!(by_group.intervals.methods[&Figure::RocAuc], IntervalMethod::ObuchowskiLogit);
    let [low, high] = by_group.intervals.accuracy.expect("an interval");
    // Of 40 users, not of 320 rows.
    let (share, n) = (by_group.accuracy.expect("rows"), by_group.rows as f64);
    let of_rows = 2.0 * 1.96 * (share * (1.0 - share) / n).sqrt();
    assert!(high - low > 1.1 * of_rows, "{low} {high} {of_rows}");
    let mut none = by_user();
    none.roles.group = Some("none".to_owned());
    none.roles.drop = Some(vec!["user".to_owned()]);
    let naive = train(&table(&users(200, |row| row)), &none, &unwatched).expect("trained").report;
    assert_eq!((naive.split.method, &naive.split.groups), (SplitMethod::Sklearn, &None));
    assert_eq!(naive.test.metrics.intervals.methods[&Figure::Accuracy], IntervalMethod::Wilson);
}

#[test]
fn folds_are_of_whole_users() {
    let mut settings = by_user();
    settings.calibration = Some(CalibrationSettings::new(CalibrationMethod::Sigmoid, 5));
    let text = users(200, |row| row);
    assert!(train(&table(&text), &settings, &unwatched).expect("trained").report.split.groups.is_some());
    // A label that belongs to the user, and a column that tells users apart: folds of rows would call it known.
    let mut asked = TuneSettings::default();
    asked.cs = vec![1.0];
    let tuned = tune(&table(&text), &by_user(), &asked, &unwatched).expect("tuned");
    assert!((1272..=1288).contains(&tuned.rows) && tuned.rows.is_multiple_of(8), "{}", tuned.rows);
}

#[test]
fn what_cannot_be_divided_is_said() {
    let refused = |text: &str, settings: &Settings| train(&table(text), settings, &unwatched).expect_err("refused");
    let text = users(20, |row| row);
    let mut settings = by_user();
    settings.roles.group = Some("nobody".to_owned());
    assert!(refused(&text, &settings).to_string().contains("`nobody`"));
    settings.roles.group = Some("y".to_owned());
    assert!(refused(&text, &settings).to_string().contains("holds the label"));
    let mut settings = by_user();
    settings.split.method = SplitMethod::Selection;
    assert!(matches!(refused(&text, &settings), Error::Division(DivisionFault::RowsOfGroups { .. })));
    let two = "user,x,y\na,1,0\na,2,0\na,3,0\nb,4,1\nb,5,1\nb,6,0\n";
    let error = refused(two, &by_user());
    assert!(error.to_string().contains("occurs in 1 group"), "{error}");
    assert!(error.advice().is_some());
    // Looking at it needs no split.
    assert!(inspect(&table(two), &by_user(), &unwatched).is_ok());
}

#[test]
fn rows_without_a_user_are_one_group() {
    let text = users(60, |row| row).replace("\nu1,", "\n,").replace("\nu2,", "\n,");
    let report = trained(&text).report;
    let groups = report.split.groups.expect("grouped");
    assert_eq!((groups.train + groups.test, groups.shared, groups.unnamed_rows), (59, 0, 16));
}

/// The rows of `users` whose number is in a range.
fn part(of: std::ops::Range<u64>) -> String {
    let text = users(200, |row| row);
    let rows = text.lines().skip(1).enumerate().filter(|(row, _)| of.contains(&(*row as u64)));
    format!("user,x,noise,level,y\n{}\n", rows.map(|(_, row)| row).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_model_remembers_by_what_its_rows_were_grouped() {
    let model = trained(&part(0..800)).model;
    assert_eq!(model.reading().group.as_deref(), Some("user"));
    let mut settings = EvaluateSettings::default();
    settings.slices = vec!["level".to_owned()];
    let others = part(800..1600);
    let evaluation = evaluate(&model, &table(&others), &settings, &unwatched).expect("evaluated");
    assert_eq!(evaluation.read.group.as_ref().map(|group| (group.column.as_str(), group.groups)), Some(("user", 100)));
    let methods = &evaluation.all.metrics.intervals.methods;
    assert_eq!(methods[&Figure::Accuracy], IntervalMethod::ClusteredWilson);
    assert_eq!(methods[&Figure::Brier], IntervalMethod::ClusterBootstrap { samples: 1000, seed: 42 });
    let of_slice = evaluation.slices[0].slices[0].metrics.as_ref().expect("rows");
    assert_eq!(of_slice.intervals.methods[&Figure::Accuracy], IntervalMethod::ClusteredWilson);
    assert!(evaluation.warnings.is_empty(), "{:?}", evaluation.warnings);

    settings.group = Some("none".to_owned());
    let naive = evaluate(&model, &table(&others), &settings, &unwatched).expect("evaluated");
    assert_eq!(naive.all.metrics.intervals.methods[&Figure::Accuracy], IntervalMethod::Wilson);
    assert_eq!(naive.all.metrics.confusion_matrix, evaluation.all.metrics.confusion_matrix);
    settings.group = Some("level".to_owned());
    let few = evaluate(&model, &table(&others), &settings, &unwatched).expect("evaluated");
    assert!(matches!(few.warnings.as_slice(), [Warning::FewGroups(3)]), "{:?}", few.warnings);
    settings.group = Some("nobody".to_owned());
    assert!(evaluate(&model, &table(&others), &settings, &unwatched).is_err());
    // Without the column there are no groups, and nobody is asked for them.
    let without: String = others.lines().map(|row| row.split_once(',').expect("cells").1.to_owned() + "\n").collect();
    let evaluation = evaluate(&model, &table(&without), &EvaluateSettings::default(), &unwatched).expect("evaluated");
    assert_eq!(evaluation.read.group, None);
}

#[test]
fn few_users_are_warned_of() {
    let trained = trained(&part(0..240));
    let groups = trained.report.split.groups.expect("grouped");
    assert_eq!(groups.train + groups.test, 30);
    let is_said = |warning: &Warning| matches!(warning, Warning::FewGroups(few) if *few == groups.train);
    assert!(trained.warnings.iter().any(is_said), "{:?}", trained.warnings);
}

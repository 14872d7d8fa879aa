//! Later rows beside those that a model was trained on: what is kept of these, what is called a drift, and what is said.

use assist_learn::{
    CalibrationMethod, CalibrationSettings, ColumnDrift, DriftSize, Form, LoggedPrediction, Model, MonitorReport,
    MonitorSettings, MonitorTopic, RejectReason, Settings, Table, Trained, monitor, monitor_outcomes, row_values,
    train, unwatched,
};

/// Bits without any order (the finaliser of `MurmurHash3`).
fn hash(i: u32) -> u32 {
    let mixed = (i ^ i >> 16).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    mixed ^ mixed >> 16
}

/// A user: errors 0 to 4, a wait of many values, a device, and whether help is needed.
#[derive(Clone)]
struct User {
    errors: String,
    wait: String,
    device: String,
    help: String,
}

/// The users of a seed, whose label follows errors and wait with chance.
fn users(seed: u32, n: u32) -> Vec<User> {
    let user = |i: u32| {
        let of = |salt: u32| hash(seed.wrapping_mul(1_000_003).wrapping_add(salt * 50_021 + i));
        let (errors, wait) = (of(1) % 5, f64::from(of(2) % 10_000) / 100.0);
        let p = 1.0 / (1.0 + (4.0 - f64::from(errors) - wait / 40.0).exp());
        let help = f64::from(of(4) % 100_000) < p * 100_000.0;
        let device = ["Phone", "Watch", "Desk"][(of(3) % 3) as usize].to_owned();
        User { errors: errors.to_string(), wait: wait.to_string(), device, help: u8::from(help).to_string() }
    };
    (0..n).map(user).collect()
}

fn table(users: &[User]) -> Table {
    let row = |user: &User| format!("{},{},{},{}\n", user.errors, user.wait, user.device, user.help);
    let rows: String = users.iter().map(row).collect();
    Table::from_csv_text("users.csv", &format!("errors,wait,device,help\n{rows}")).expect("a table")
}

/// The same without the label.
fn unlabelled(users: &[User]) -> Table {
    let row = |user: &User| format!("{},{},{}\n", user.errors, user.wait, user.device);
    let rows: String = users.iter().map(row).collect();
    Table::from_csv_text("users.csv", &format!("errors,wait,device\n{rows}")).expect("a table")
}

fn trained(users: &[User], change: &dyn Fn(&mut Settings)) -> Trained {
    let mut settings = Settings::new("help");
    change(&mut settings);
    train(&table(users), &settings, &unwatched).expect("trained")
}

/// Of all rows, so that the profile is that of the table.
fn of_all(users: &[User]) -> Model {
    trained(users, &|settings| settings.all_rows = true).model
}

fn monitored(model: &Model, table: &Table) -> MonitorReport {
    monitor(model, table, &MonitorSettings::default(), &unwatched).expect("monitored")
}

fn column<'a>(report: &'a MonitorReport, name: &str) -> &'a ColumnDrift {
    report.columns.iter().find(|column| column.column == name).expect("a column")
}

fn said(report: &MonitorReport, about: MonitorTopic) -> String {
    let findings = report.findings.iter().filter(|finding| finding.about == about);
    findings.map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Counted by hand; the mean probability is that of an evaluation.
#[test]
fn a_model_keeps_what_its_rows_look_like() {
    let users = users(1, 3000);
    let model = of_all(&users);
    let profile = model.training_profile().expect("a profile");
    assert!(profile.fits(model.space()));
    let count = |is: &dyn Fn(&User) -> bool| users.iter().filter(|user| is(user)).count() as u64;
    let errors: Vec<u64> = (0..5).map(|n| count(&|user| user.errors == n.to_string())).collect();
    assert_eq!((&profile.numeric[0].edges, &profile.numeric[0].counts), (&vec![0.0, 1.0, 2.0, 3.0], &errors));
    let devices: Vec<u64> = ["Desk", "Phone", "Watch"].iter().map(|of| count(&|user| user.device == *of)).collect();
    assert_eq!(profile.categorical[0], devices);
    let waits = &profile.numeric[1].counts;
    assert_eq!((waits.len(), waits.iter().sum::<u64>(), profile.numeric[1].missing), (10, 3000, 0));
    assert!(waits.iter().all(|n| (200..400).contains(n)), "about equal: {waits:?}");
    let (of_1, mean) = (count(&|user| user.help == "1"), errors.iter().zip(0..).map(|(n, e)| n * e).sum::<u64>());
    assert_eq!(profile.scores.class_counts(), [3000 - of_1, of_1]);
    let means = [(0, mean as f64 / 3000.0), (2, devices[1] as f64 / 3000.0), (3, devices[2] as f64 / 3000.0)];
    let centre = model.space().numeric[0].centre;
    for (term, mean) in means {
        let mean = if term == 0 { mean - centre } else { mean };
        assert!((profile.term_means[term] - mean).abs() < 1e-9, "{term}: {} is not {mean}", profile.term_means[term]);
    }
    // A fit with a free intercept has the mean probability of its labels where classes weigh the same; corrected it is near.
    let mean_probability = profile.scores.mean_probability.expect("a mean");
    let report = monitored(&model, &table(&users));
    assert!((report.probability.now.expect("a mean") - mean_probability).abs() < 1e-12);
    assert!(report.columns.iter().all(|column| column.drift.psi == Some(0.0) && column.drift.p_holm == Some(1.0)));
    assert_eq!(report.score.as_ref().and_then(|score| score.psi), Some(0.0));
}

/// The terms of every form have their means: intercept and coefficients times these are the mean score of the training rows.
#[test]
fn means_of_terms_make_the_mean_score() {
    type Change = fn(&mut Settings);
    let users = users(2, 1200);
    let all = table(&users);
    let changes: [Change; 5] = [
        |_| (),
        |settings| settings.fit.form = Form::Card,
        |settings| settings.fit.form = Form::Rule,
        |settings| settings.fit.bins = true,
        |settings| settings.fit.splines = vec!["wait".into()],
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let model = trained(&users, &|settings| {
            settings.all_rows = true;
            change(settings);
        })
        .model;
        let profile = model.training_profile().expect("a profile");
        assert!(profile.fits(model.space()), "form {place}");
        let parameters = model.parameters();
        let terms = parameters.coefficients.iter().zip(&profile.term_means);
        let of_means = terms.fold(parameters.intercept, |sum, (coefficient, mean)| sum + coefficient * mean);
        let (mut sum, mut n) = (0.0, 0.0);
        row_values(&model, &all, &unwatched, &mut |row| {
            sum += model.score(row).expect("scored").score;
            n += 1.0;
        })
        .expect("rows");
        assert!((of_means - sum / n).abs() < 1e-9, "form {place}: {of_means} is not {}", sum / n);
        let report = monitored(&model, &all);
        assert_eq!((report.drift, report.rejected_rows), (Some(DriftSize::None), 0), "form {place}");
        assert_eq!(report.columns.len(), model.space().n_columns());
    }
}

/// Of tables of the same law at most one in twenty has a clear difference in any column or in the scores, and none drifts.
#[test]
fn tables_of_one_law_do_not_drift() {
    let (tables, mut clear, mut drifted) = (120, 0, 0);
    for seed in 0..tables {
        let model = of_all(&users(1000 + seed, 1500));
        let report = monitored(&model, &unlabelled(&users(5000 + seed, 900)));
        let all = report.columns.iter().map(|column| &column.drift).chain(&report.score);
        clear += u32::from(all.clone().any(|drift| drift.p_holm.is_some_and(|p| p < 0.05)));
        drifted += u32::from(report.drift != Some(DriftSize::None));
    }
    // Of 120 tables at 5 % more than 13 are clear in one of a hundred cases.
    assert!(clear <= 13 && drifted == 0, "{clear} clear, {drifted} drifted");
}

#[test]
fn what_has_drifted_is_named() {
    let model = of_all(&users(3, 2000));
    let mut later = users(4, 2000);
    for user in &mut later {
        user.wait = (user.wait.parse::<f64>().expect("a number") + 35.0).to_string();
    }
    let report = monitored(&model, &table(&later));
    assert_eq!((report.columns[0].column.as_str(), report.columns[0].drift.size), ("wait", DriftSize::Large));
    assert_eq!(column(&report, "device").drift.size, DriftSize::None);
    assert_eq!(report.drift, Some(DriftSize::Large));
    let cell = report.columns[0].drift.cells.last().expect("a cell");
    assert!(cell.shares[1] > 0.4 && cell.shares[0] < 0.15 && cell.name.starts_with("> "), "{cell:?}");
    let range = &report.outside_training_range[0];
    assert!(range.column == "wait" && range.above > 600 && range.below == 0, "{range:?}");
    let text = said(&report, MonitorTopic::Columns);
    assert!(text.starts_with("`wait` has drifted much") && !text.contains("device"), "{text}");
    // A third of all users now have one device.
    let mut later = users(5, 2000);
    later.iter_mut().step_by(3).for_each(|user| user.device = "Watch".into());
    let report = monitored(&model, &unlabelled(&later));
    assert_eq!((report.columns[0].column.as_str(), report.columns[0].drift.size), ("device", DriftSize::Moderate));
}

#[test]
fn unknown_levels_and_missing_cells_are_counted() {
    let model = of_all(&users(6, 1000));
    let mut later = users(7, 1000);
    later.iter_mut().take(200).for_each(|user| user.device = "Tablet".into());
    later.iter_mut().take(40).for_each(|user| user.device = "Glasses".into());
    later.iter_mut().rev().take(100).for_each(|user| user.errors = String::new());
    later.iter_mut().skip(500).take(30).for_each(|user| user.wait = "long".into());
    for (table, has_outcomes) in [(table(&later), true), (unlabelled(&later), false)] {
        let report = monitored(&model, &table);
        // An evaluation does not go past a cell that it cannot read, and that is said.
        assert_eq!(report.outcomes_unknown.is_some(), has_outcomes);
        assert_eq!(said(&report, MonitorTopic::Calibration).contains("line 502"), has_outcomes);
        assert_eq!((report.rows, report.scored_rows, report.rejected_rows), (1000, 670, 330));
        let by = &report.rejected_by[0];
        assert_eq!((by.column.as_str(), by.reason, by.rows), ("device", RejectReason::UnknownLevel, 200));
        let levels: Vec<(&str, u64)> = by.levels.iter().map(|of| (of.level.as_str(), of.rows)).collect();
        assert_eq!(levels, [("Tablet", 160), ("Glasses", 40)]);
        let others: Vec<_> =
            report.rejected_by[1..].iter().map(|by| (by.column.as_str(), by.reason, by.rows)).collect();
        assert_eq!(others, [("errors", RejectReason::Missing, 100), ("wait", RejectReason::NotAllowed, 30)]);
        // A cell counts in its column whether or not its row has a prediction.
        let cell = |name: &str, cell: &str| {
            column(&report, name).drift.cells.iter().find(|of| of.name == cell).map(|of| of.rows)
        };
        assert_eq!(cell("device", "(unknown)"), Some([0, 200]));
        assert_eq!(cell("errors", "(missing)"), Some([0, 100]));
        assert_eq!(cell("wait", "(not allowed)"), Some([0, 30]));
        assert_eq!(column(&report, "device").drift.size, DriftSize::Large);
        assert!(said(&report, MonitorTopic::Rejected).contains("`Tablet` 160, `Glasses` 40"));
        assert!(said(&report, MonitorTopic::Advice).contains("Look at the unknown levels of `device`"));
    }
}

/// Of a column of hundreds of levels the index is large by chance, and is no drift: of tables of one law, and of one where a level has
/// become a little more frequent (an index of 0.05), which the test finds in 97 of 100 such tables.
#[test]
fn columns_of_many_levels_do_not_drift_by_chance() {
    let of_many = |seed: u32, often: u32| {
        let mut users = users(seed, 4000);
        for (i, user) in (0..).zip(&mut users) {
            let draw = hash(seed.wrapping_mul(7_919).wrapping_add(i));
            let level = if draw % 100 < often { 0 } else { draw / 128 % 300 };
            user.device = format!("Device {level}");
        }
        users
    };
    let model = of_all(&of_many(41, 5));
    for (seed, often) in [(42, 5), (43, 5), (44, 11)] {
        let report = monitored(&model, &unlabelled(&of_many(seed, often)));
        let drift = &column(&report, "device").drift;
        assert!(drift.psi > Some(0.1) && drift.psi_beyond_chance < Some(0.1), "{:?}", drift.psi_beyond_chance);
        assert_eq!((drift.size, drift.p_holm < Some(0.05)), (DriftSize::None, often == 11), "{:?}", drift.p_holm);
        assert!(said(&report, MonitorTopic::Columns).contains("chance alone gives"));
    }
    let report = monitored(&model, &unlabelled(&of_many(45, 40)));
    assert_eq!((report.columns[0].column.as_str(), report.columns[0].drift.size), ("device", DriftSize::Large));
    assert!(said(&report, MonitorTopic::Columns).contains("of it beyond what chance gives"));
}

/// Missing cells that the training had are cells like others.
#[test]
fn missing_cells_may_drift() {
    let holes = |mut users: Vec<User>, every: usize| {
        users.iter_mut().step_by(every).for_each(|user| user.wait = String::new());
        users.iter_mut().skip(1).step_by(every).for_each(|user| user.device = String::new());
        users
    };
    let model = of_all(&holes(users(8, 1500), 20));
    let profile = model.training_profile().expect("a profile");
    assert_eq!((profile.numeric[1].missing, profile.categorical[0][0]), (75, 75));
    let as_before = monitored(&model, &table(&holes(users(9, 1500), 20)));
    assert_eq!((as_before.drift, as_before.rejected_rows), (Some(DriftSize::None), 0));
    let report = monitored(&model, &table(&holes(users(10, 1500), 4)));
    for name in ["wait", "device"] {
        assert!(column(&report, name).drift.size > DriftSize::None, "{name}");
        let cells = &column(&report, name).drift.cells;
        assert_eq!(cells.iter().find(|cell| cell.name == "(missing)").expect("a cell").rows, [75, 375]);
    }
}

#[test]
fn outcomes_judge_probabilities() {
    let model = of_all(&users(11, 20_000));
    let report = monitored(&model, &table(&users(12, 3000)));
    let outcomes = report.outcomes.as_ref().expect("outcomes");
    assert_eq!(outcomes.rows, 3000);
    let rate = users(12, 3000).iter().filter(|user| user.help == "1").count() as f64 / 3000.0;
    assert!((outcomes.base_rate.now - rate).abs() < 1e-12 && !outcomes.base_rate.difference.is_clear());
    assert!((outcomes.mean_probability - report.probability.now.expect("a mean")).abs() < 1e-9);
    let slope = outcomes.slope.expect("a slope").interval;
    assert!(slope[0] < 1.0 && slope[1] > 1.0 && outcomes.roc_auc > Some(0.7), "{outcomes:?}");
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are not shown to differ"));
    assert_eq!(said(&report, MonitorTopic::Advice), "Nothing that is seen here asks for another model.");
    // Two thirds of class 1 are gone: another base rate, and nothing else.
    let mut n = 0_u32;
    let fewer = users(13, 9000).into_iter().filter(|user| {
        n += 1;
        user.help == "0" || n.is_multiple_of(3)
    });
    let fewer: Vec<User> = fewer.collect();
    let report = monitored(&model, &table(&fewer));
    let outcomes = report.outcomes.as_ref().expect("outcomes");
    assert!(outcomes.base_rate.difference.interval[1] < -0.1, "{outcomes:?}");
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are too high on the whole"));
    let advice = said(&report, MonitorTopic::Advice);
    assert!(advice.starts_with("Train the model with a stated base rate of"), "{advice}");
    // Labels that follow nothing.
    let mut tossed = users(14, 3000);
    (0..).zip(&mut tossed).for_each(|(i, user)| user.help = (hash(i + 77) % 2).to_string());
    let report = monitored(&model, &table(&tossed));
    assert!(said(&report, MonitorTopic::Ranking).contains("not shown to rank better than chance"));
    assert!(said(&report, MonitorTopic::Advice).contains("no longer tell users apart"));
}

#[test]
fn without_outcomes_calibration_is_not_known() {
    let model = of_all(&users(15, 1000));
    let report = monitored(&model, &unlabelled(&users(16, 1000)));
    assert_eq!((report.outcomes.as_ref(), report.drift), (None, Some(DriftSize::None)));
    assert!(said(&report, MonitorTopic::Calibration).starts_with("The table has no column `help`"));
    // Some outcomes are known: these judge, and all rows count for the rest.
    let mut some = users(17, 1000);
    some.iter_mut().skip(300).for_each(|user| user.help = String::new());
    let report = monitored(&model, &table(&some));
    assert_eq!((report.rows, report.rows_without_label), (1000, 700));
    assert_eq!(report.outcomes.as_ref().map(|outcomes| outcomes.rows), Some(300));
    assert_eq!(report.outcomes.as_ref().and_then(|outcomes| outcomes.selected), None);
    // They are known of those with many errors alone, who are no random share.
    some = users(17, 1000);
    some.iter_mut().filter(|user| user.errors.as_str() < "3").for_each(|user| user.help = String::new());
    let report = monitored(&model, &table(&some));
    let [judged, others] = report.outcomes.as_ref().and_then(|outcomes| outcomes.selected).expect("a selection");
    let predicted_1 = report.predicted_positive as f64;
    let known = (1000 - report.rows_without_label) as f64;
    assert!((judged * known + others * (1000.0 - known) - predicted_1).abs() < 1e-6 && judged > others + 0.2);
    assert!(said(&report, MonitorTopic::BaseRate).starts_with("Whether the base rate has changed cannot be told"));
}

/// A table of counts says what the table of its rows says.
#[test]
fn counts_say_what_their_rows_say() {
    let mut before = users(18, 2000);
    let round = |users: &mut Vec<User>| {
        users.iter_mut().for_each(|user| user.wait = user.wait.split('.').next().expect("whole").to_owned());
    };
    round(&mut before);
    let model = of_all(&before);
    let mut later = users(19, 2000);
    round(&mut later);
    later.iter_mut().step_by(2).for_each(|user| user.errors = "4".into());
    let mut counted = std::collections::BTreeMap::<[String; 3], [u64; 2]>::new();
    for user in &later {
        let key = [user.errors.clone(), user.wait.clone(), user.device.clone()];
        counted.entry(key).or_default()[usize::from(user.help == "1")] += 1;
    }
    let row = |([a, b, c], [n0, n1]): (&[String; 3], &[u64; 2])| format!("{a},{b},{c},{n0},{n1}\n");
    let rows: String = counted.iter().map(row).collect();
    let counts = Table::from_csv_text("counts.csv", &format!("errors,wait,device,n0,n1\n{rows}")).expect("a table");
    let mut settings = MonitorSettings::default();
    settings.counts = true;
    let of_counts = monitor(&model, &counts, &settings, &unwatched).expect("monitored");
    let of_rows = monitored(&model, &table(&later));
    assert_eq!((&of_counts.columns, of_counts.rows), (&of_rows.columns, of_rows.rows));
    assert_eq!(of_counts.score.as_ref().map(|of| &of.cells), of_rows.score.as_ref().map(|of| &of.cells));
    let rates = [&of_counts, &of_rows].map(|of| of.outcomes.as_ref().expect("outcomes").base_rate);
    assert_eq!(rates[0], rates[1]);
    assert_eq!(column(&of_counts, "errors").drift.size, DriftSize::Large);
}

/// Rows that weigh are counted as they are; an average user, and the base rate of the training, are those of the weights.
#[test]
fn weights_enter_means_and_not_counts() {
    let users = users(30, 1000);
    let weight = |user: &User| if user.device == "Watch" { 3.0 } else { 0.5 };
    let row = |user: &User| format!("{},{},{},{},{}\n", user.errors, user.wait, user.device, user.help, weight(user));
    let rows: String = users.iter().map(row).collect();
    let table = Table::from_csv_text("users.csv", &format!("errors,wait,device,help,w\n{rows}")).expect("a table");
    let mut settings = Settings::new("help");
    (settings.all_rows, settings.roles.weight) = (true, Some("w".into()));
    let model = train(&table, &settings, &unwatched).expect("trained").model;
    let profile = model.training_profile().expect("a profile");
    let watches = users.iter().filter(|user| user.device == "Watch").count();
    assert_eq!((profile.categorical[0][2], profile.scores.class_counts().iter().sum::<u64>()), (watches as u64, 1000));
    let all: f64 = users.iter().map(weight).sum();
    assert!((profile.term_means[3] - 3.0 * watches as f64 / all).abs() < 1e-9);
    let of_1: f64 = users.iter().filter(|user| user.help == "1").map(weight).sum();
    let report = monitored(&model, &table);
    let rate = report.outcomes.as_ref().expect("outcomes").base_rate.training;
    assert!((rate - of_1 / all).abs() < 1e-12 && report.drift == Some(DriftSize::None), "{rate}");
}

/// A calibration with level stretches maps many scores to one probability: logged ones are put where those of the training are.
#[test]
fn probabilities_that_many_scores_have_are_one_bin() {
    let users = users(31, 2000);
    let model = trained(&users, &|settings| {
        settings.all_rows = true;
        settings.calibration = Some(CalibrationSettings::new(CalibrationMethod::Isotonic, 5));
    })
    .model;
    let mut log = Vec::new();
    row_values(&model, &table(&users), &unwatched, &mut |row| {
        let assist_learn::Scored { probability, prediction, .. } = model.score(row).expect("scored");
        log.push(LoggedPrediction { probability, prediction, truth: None, arm: None });
    })
    .expect("rows");
    let report = monitor_outcomes(&model, log.into_iter()).expect("a report");
    let drift = report.drift.as_ref().expect("a profile");
    assert!(drift.cells.len() > 2 && drift.psi < Some(1e-9), "{drift:?}");
    assert!(drift.cells.iter().all(|cell| cell.rows[0] == cell.rows[1]), "{drift:?}");
}

/// What a drift too small for a table is, is said.
#[test]
fn few_rows_say_what_they_cannot_show() {
    let model = of_all(&users(20, 1000));
    let report = monitored(&model, &unlabelled(&users(21, 60)));
    let psi = report.detectable_psi.expect("an index");
    assert!((0.2..0.9).contains(&psi), "{psi}");
    assert!(said(&report, MonitorTopic::Limits).contains("may go unseen"));
    let report = monitored(&model, &unlabelled(&users(22, 4)));
    assert!(report.columns.iter().all(|column| column.drift.p_value.is_none()));
    assert_eq!(said(&report, MonitorTopic::Columns), "There are too few rows to tell whether a column has drifted.");
}

/// A model of an older version keeps no profile: the rest is said, and that it is not all.
#[test]
fn a_model_without_a_profile_says_what_it_can() {
    let model = of_all(&users(23, 1000)).with_training_profile(None);
    let mut later = users(24, 500);
    later.iter_mut().take(50).for_each(|user| user.device = "Tablet".into());
    let report = monitored(&model, &table(&later));
    assert_eq!((report.drift, report.score.as_ref(), report.columns.len()), (None, None, 0));
    assert_eq!((report.rejected_rows, report.probability.training), (50, None));
    assert!(report.outcomes.is_some() && said(&report, MonitorTopic::Columns).contains("keeps no profile"));
}

/// Profiles leave a model its name, and the same rows give the same profile however many threads read them.
#[test]
fn a_report_is_written_and_read_again() {
    let model = of_all(&users(25, 800));
    assert_eq!(model.clone().with_training_profile(None).pair_id(), model.pair_id());
    let mut later = users(26, 800);
    later.iter_mut().take(9).for_each(|user| user.device = "Tablet".into());
    let report = monitored(&model, &table(&later));
    let text = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<MonitorReport>(&text).expect("a report"), report);
}

#[test]
fn nothing_is_no_table() {
    let model = of_all(&users(27, 300));
    let empty = Table::from_csv_text("empty.csv", "errors,wait,device\n").expect("a table");
    assert!(monitor(&model, &empty, &MonitorSettings::default(), &unwatched).is_err());
    let other = Table::from_csv_text("other.csv", "errors,device\n1,Phone\n").expect("a table");
    assert!(monitor(&model, &other, &MonitorSettings::default(), &unwatched).is_err());
    let stop = |_| std::ops::ControlFlow::Break(());
    let cancelled = monitor(&model, &table(&users(28, 300)), &MonitorSettings::default(), &stop);
    assert!(matches!(cancelled, Err(assist_learn::Error::Cancelled)));
}

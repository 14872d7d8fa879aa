//! Cards and rules as models: found on training rows, saved, and used as any other model is.

use std::cell::Cell;
use std::ops::ControlFlow;

use assist_learn::{
    CandidateKind, CategoricalRole, CompareSettings, Form, FormReport, Model, Progress, SCORE_CARD_FILE, Settings,
    Stage, Table, Trained, Value, Warning, compare, load, train, unwatched,
};

/// Some rows of a table whose label is a function of them; the function sees the number of the row.
fn table(header: &str, n: u32, row: impl Fn(u32) -> String) -> Table {
    let rows: String = (0..n).map(|i| row(i) + "\n").collect();
    Table::from_csv_text("table.csv", &format!("{header}\n{rows}")).expect("a table")
}

/// Bits without any order, so that columns of different offsets are independent (the finaliser of `MurmurHash3`).
fn hash(i: u32) -> u32 {
    let mixed = (i ^ i >> 16).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    mixed ^ mixed >> 16
}

fn trained(table: &Table) -> Trained {
    let mut settings = Settings::new("y");
    settings.fit.form = Form::Rule;
    train(table, &settings, &unwatched).expect("trained")
}

fn card_of(table: &Table, change: &dyn Fn(&mut Settings)) -> Trained {
    let mut settings = Settings::new("y");
    settings.fit.form = Form::Card;
    change(&mut settings);
    train(table, &settings, &unwatched).expect("trained")
}

fn rule_of(trained: &Trained) -> String {
    trained.report.form.as_ref().and_then(|form| form.rule.as_ref()).expect("a rule").rule.clone()
}

fn prediction(model: &Model, row: &[(&str, Value<'_>)]) -> u8 {
    model.score_named(row.iter().copied()).expect("scored").prediction
}

#[test]
fn every_shape_of_a_rule_becomes_points() {
    // (a, b, device, note) of a row.
    type Law = fn(u32, u32, u32) -> bool;
    let laws: [(&str, Law); 8] = [
        ("a > 2", |a, _, _| a > 2),
        ("a > 2 OR b > 60", |a, b, _| a > 2 || b > 60),
        ("a > 2 AND b > 60", |a, b, _| a > 2 && b > 60),
        ("device = \"Watch\"", |_, _, d| d == 2),
        ("b > 60 AND device != \"Watch\"", |_, b, d| b > 60 && d != 2),
        ("a <= 2 OR device != \"Phone\"", |a, _, d| a < 3 || d != 0),
        ("b > 60 AND (a > 2 OR device = \"Watch\")", |a, b, d| b > 60 && (a > 2 || d == 2)),
        ("b > 60 OR (a > 2 AND device = \"Watch\")", |a, b, d| b > 60 || (a > 2 && d == 2)),
    ];
    for (words, law) in laws {
        let cells = |i: u32| (hash(i) % 6, hash(i + 7000) % 100, hash(i + 90_000) % 4);
        let names = ["Phone", "Tablet", "Watch", "Desk"];
        let table = table("id,a,b,device,other,y", 1500, |i| {
            let (a, b, d) = cells(i);
            format!("{i},{a},{b},{},{},{}", names[d as usize], hash(i + 5) % 3, u8::from(law(a, b, d)))
        });
        let trained = trained(&table);
        let rule = rule_of(&trained);
        assert_eq!(rule, words, "it is told with the cuts that it is saved with");
        assert_eq!(trained.report.test.metrics.accuracy, Some(1.0), "{words}: {rule}");
        for a in 0..6 {
            for b in [0, 60, 61, 99] {
                for d in 0..4 {
                    let all = [
                        ("a", Value::Number(f64::from(a))),
                        ("b", Value::Number(f64::from(b))),
                        ("device", Value::Text(names[d as usize])),
                    ];
                    // A rule asks for its own columns alone.
                    let names: Vec<&str> = trained.model.space().column_names().collect();
                    assert!(names.iter().all(|name| words.contains(name)), "{words}: {names:?}");
                    let row: Vec<_> = all.into_iter().filter(|(name, _)| names.contains(name)).collect();
                    assert_eq!(prediction(&trained.model, &row) == 1, law(a, b, d), "{words}: {rule} of {row:?}");
                }
            }
        }
    }
}

#[test]
fn a_missing_value_makes_a_condition_false_unless_it_was_learnt() {
    let names = ["Phone", "Tablet", "Watch"];
    let row = |i: u32| (hash(i) % 100, hash(i + 90_000) % 3);
    let without = table("b,device,y", 900, |i| {
        let (b, d) = row(i);
        format!("{b},{},{}", names[d as usize], u8::from(b > 60 || d != 2))
    });
    let of_complete = trained(&without);
    assert_eq!(of_complete.report.form.expect("a rule").never_missing, ["b", "device"]);
    let model = of_complete.model;
    assert_eq!(prediction(&model, &[("b", Value::Missing), ("device", Value::Text("Watch"))]), 0);
    assert_eq!(prediction(&model, &[("b", Value::Missing), ("device", Value::Text("Phone"))]), 1);
    assert_eq!(prediction(&model, &[("b", Value::Number(7.0)), ("device", Value::Missing)]), 0);
    assert_eq!(prediction(&model, &[("b", Value::Number(70.0)), ("device", Value::Missing)]), 1);
    let unknown = model.score_named([("b", Value::Number(7.0)), ("device", Value::Text("Car"))]);
    assert!(unknown.is_err(), "an unknown level is no missing one");
    // Where training rows had none, and it told nothing, it makes a condition false.
    let ignored = table("b,device,y", 900, |i| {
        let (b, d) = row(i);
        let is_missing = i % 5 == 0;
        let cell = if is_missing { String::new() } else { b.to_string() };
        format!("{cell},{},{}", names[d as usize], u8::from((!is_missing && b > 60) || d == 2))
    });
    let model = trained(&ignored).model;
    assert_eq!(prediction(&model, &[("b", Value::Missing), ("device", Value::Text("Phone"))]), 0);
    assert_eq!(prediction(&model, &[("b", Value::Missing), ("device", Value::Text("Watch"))]), 1);
    // Here a missing number means need.
    let with = table("b,device,y", 900, |i| {
        let (b, d) = row(i);
        let cell = if i % 5 == 0 { String::new() } else { b.to_string() };
        format!("{cell},{},{}", names[d as usize], u8::from(i % 5 == 0))
    });
    let model = trained(&with).model;
    assert_eq!(prediction(&model, &[("b", Value::Missing)]), 1);
    assert_eq!(prediction(&model, &[("b", Value::Number(7.0))]), 0);
}

#[test]
fn a_rule_is_saved_loaded_and_told() -> Result<(), Box<dyn std::error::Error>> {
    // One row in twenty is an exception: no rule reproduces the label, and the best one is used.
    let table = table("a,b,y", 2000, |i| {
        let (a, b) = (hash(i) % 6, hash(i + 7000) % 100);
        format!("{a},{b},{}", u8::from((a > 2 || b > 60) != hash(i + 40).is_multiple_of(20)))
    });
    let trained = trained(&table);
    let form = trained.report.form.as_ref().expect("a rule");
    let rule = form.rule.as_ref().expect("its words");
    assert_eq!(rule.rule, "a > 2 OR b > 60");
    assert!(!rule.reproduces_label && rule.exceptions > 50 && rule.rows == 1600, "{rule:?}");
    // Half an observation is added to each class, so that nothing is certain.
    let shares: Vec<f64> = form.totals.iter().map(|total| total.probability).collect();
    assert!(shares[0] > 0.02 && shares[0] < 0.1 && shares[1] > 0.9 && shares[1] < 0.98, "{form:?}");
    let folder = tempfile::tempdir()?;
    trained.save(folder.path())?;
    let loaded = load(folder.path())?;
    assert_eq!((loaded.space().form, &loaded), (Form::Rule, &trained.model));
    Ok(())
}

/// Two steps, a level and a missing number that count, and columns that do not.
fn of_points() -> Table {
    table("errors,time,device,other,y", 4000, |i| {
        let (errors, time, device, other) = (hash(i) % 6, hash(i + 7000) % 100, hash(i + 90_000) % 4, hash(i + 5) % 50);
        let is_missing = hash(i + 77).is_multiple_of(9);
        let points =
            2 * u32::from(errors > 2) + u32::from(time > 60) + u32::from(device == 2) + 3 * u32::from(is_missing);
        // From 3 % to 97 % in six steps.
        let need = hash(i + 123_456) % 100 < [3, 15, 50, 85, 92, 95, 97, 97][points as usize];
        let other = if is_missing { String::new() } else { other.to_string() };
        format!("{errors},{time},{},{other},{}", ["Phone", "Tablet", "Watch", "Desk"][device as usize], u8::from(need))
    })
}

#[test]
fn the_best_card_finds_what_counts_and_is_proven_to_be_the_best() {
    let trained = card_of(&of_points(), &|_| ());
    let form = trained.report.form.as_ref().expect("a card");
    let card = form.card.as_ref().expect("a proof");
    assert!(card.proven && card.gap_share < Some(1e-6) && card.screened == 0 && card.candidates > 20, "{card:?}");
    let lines: Vec<&str> = form.points.iter().map(|line| line.feature.as_str()).collect();
    for line in ["errors > 2", "time > 60", "device_Watch", "other_missing"] {
        assert!(lines.contains(&line), "{line} in {lines:?}");
    }
    assert!(form.points.len() <= 5 && form.points.iter().all(|line| line.points.abs() <= 5.0), "{form:?}");
    // Totals rise, and so do their probabilities; what is observed lies about them.
    assert!(form.totals.is_sorted_by(|a, b| a.total < b.total && a.probability < b.probability), "{form:?}");
    let is_near = |of: &&assist_learn::TotalFigures| {
        of.rows < 100 || (of.probability - of.positives as f64 / of.rows as f64).abs() < 0.1
    };
    assert!(form.totals.iter().all(|of| is_near(&of)), "{form:?}");
    assert_eq!(form.totals.iter().map(|of| of.rows).sum::<u64>(), trained.report.split.train_rows);
    // A missing number that was not learnt is refused, as by any model.
    let names: Vec<&str> = trained.model.space().column_names().collect();
    let row: Vec<(&str, Value<'_>)> = names.iter().map(|name| (*name, Value::Missing)).collect();
    assert!(trained.model.score_named(row).is_err());
    let folder = tempfile::tempdir().expect("a folder");
    trained.save(folder.path()).expect("saved");
    assert_eq!(load(folder.path()).expect("loaded"), trained.model);
    let page = fs_err::read_to_string(folder.path().join(SCORE_CARD_FILE)).expect("a page");
    assert!(page.contains("errors is above 2"), "{page}");
}

#[test]
fn a_smaller_card_is_asked_for_and_a_search_can_be_ended() {
    let table = of_points();
    let small = card_of(&table, &|settings| (settings.fit.lines, settings.fit.points) = (Some(2), Some(1)));
    let form = small.report.form.as_ref().expect("a card");
    assert!(form.points.len() <= 2 && form.points.iter().all(|line| line.points.abs() == 1.0), "{form:?}");
    // Whoever watches may settle for the best so far, with the gap that is left; that cancels nothing.
    let mut settings = Settings::new("y");
    settings.fit.form = Form::Card;
    let asked = Cell::new(0);
    let enough = |at: Progress| {
        asked.set(asked.get() + u32::from(at.stage == Stage::SearchingCard));
        if asked.get() > 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = train(&table, &settings, &enough).expect("trained");
    let card = ended.report.form.as_ref().and_then(|form| form.card).expect("a card");
    assert!(card.proven || card.gap_nats > Some(0.0), "{card:?}");
    // Enough at once: there is a card from the first milliseconds on.
    let at_once = |at: Progress| {
        if at.stage == Stage::SearchingCard { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ended = train(&table, &settings, &at_once).expect("trained");
    let form = ended.report.form.as_ref().expect("a card");
    let card = form.card.expect("with what is known of it");
    assert!(!card.proven && !form.points.is_empty() && card.gap_nats > Some(0.0), "{form:?}");
    let termination = &ended.model.parameters().training.fit.termination;
    assert!(termination.starts_with("the search was ended before the proof: another card"), "{termination}");
    settings.fit.time_limit = Some(1e-9);
    assert!(train(&table, &settings, &unwatched).is_ok());
    let more = card_of(&table, &|settings| settings.fit.lines = Some(7));
    let card = more.report.form.as_ref().and_then(|form| form.card).expect("a card");
    assert!(
        !card.proven && card.gap_nats > Some(0.0) && card.gap_share < Some(0.2),
        "seven lines have a bound: {card:?}"
    );
}

#[test]
fn a_rule_that_tells_nothing_is_no_model() {
    let rare = table("a,b,y", 1000, |i| {
        format!("{},{},{}", hash(i) % 50, hash(i + 7000) % 3, u8::from(hash(i + 40).is_multiple_of(90)))
    });
    let mut settings = Settings::new("y");
    settings.fit.form = Form::Rule;
    let error = train(&rare, &settings, &unwatched).expect_err("no rule").to_string();
    assert!(error.starts_with("no rule of up to three conditions is right for more training rows"), "{error}");
    let mut few = CompareSettings::default();
    few.trees = 2;
    let compared = compare(&rare, &Settings::new("y"), &few, &unwatched).expect("compared");
    assert!(compared.comparison.model(CandidateKind::Rule).is_none());
}

#[test]
fn noise_has_no_card_that_is_better_than_chance_says() {
    let noise = table("a,b,y", 400, |i| format!("{},{},{}", hash(i) % 9, hash(i + 7000) % 100, hash(i + 40) % 2));
    let trained = card_of(&noise, &|_| ());
    let auc = trained.report.test.metrics.intervals.roc_auc.expect("an interval");
    assert!(auc[0] < 0.5, "{auc:?}");
    let constant = table("a,y", 100, |i| format!("5,{}", i % 2));
    let mut settings = Settings::new("y");
    settings.fit.form = Form::Card;
    assert!(train(&constant, &settings, &unwatched).is_err());
}

#[test]
fn what_only_a_regression_has_is_refused() {
    let refusal = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings::new("y");
        settings.fit.form = Form::Rule;
        change(&mut settings);
        settings.check().expect_err("refused").to_string()
    };
    assert_eq!(refusal(&|of| of.fit.c = Some(0.5)), "C has no effect with the form `rule`");
    assert_eq!(refusal(&|of| of.fit.bins = true), "binning numeric columns has no effect with the form `rule`");
    assert_eq!(refusal(&|of| of.fit.lines = Some(3)), "the number of lines has no effect with the form `rule`");
    let weighed = "a rule does not know weights of rows, and rows are to weigh what column `w` says";
    assert_eq!(refusal(&|of| of.roles.weight = Some("w".into())), weighed);
}

/// Decimal values, whose cuts have fewer digits than they have.
#[test]
fn a_rule_is_one_wherever_it_is_told() {
    let table = table("dose,other,y", 900, |i| {
        let dose = f64::from(hash(i) % 9973) / 4986.5;
        format!("{dose},{},{}", hash(i + 5) % 7, u8::from(dose > 1.1))
    });
    let trained = trained(&table);
    let form = trained.report.form.as_ref().expect("a rule");
    assert_eq!(rule_of(&trained), form.points[0].feature, "the sentence has the cut of the term");
    let folder = tempfile::tempdir().expect("a folder");
    trained.save(folder.path()).expect("saved");
    let page = fs_err::read_to_string(folder.path().join(SCORE_CARD_FILE)).expect("a page");
    let cut = form.points[0].feature.strip_prefix("dose > ").expect("a cut");
    assert!(page.contains(&format!("<td>dose is above {cut}</td>")), "{cut} in {page}");
    assert_eq!(
        (trained.report.train.metrics.accuracy, form.rule.as_ref().map(|of| of.exceptions)),
        (Some(1.0), Some(0))
    );
}

/// The total from which on class 1 is predicted is that of the threshold that was chosen, wherever it is told.
#[test]
fn a_chosen_threshold_is_told_of_the_model_as_it_is_saved() {
    let table = of_points();
    for (form, probabilities) in [(Form::Card, [0.05, 0.5, 0.9, 0.9999]), (Form::Rule, [0.0001, 0.5, 0.7, 0.9999])] {
        for probability in probabilities {
            let mut settings = Settings::new("y");
            (settings.fit.form, settings.threshold) = (form, Some(probability));
            let trained = train(&table, &settings, &unwatched).expect("trained");
            let told = trained.report.form.as_ref().expect("points");
            let threshold = trained.model.parameters().threshold;
            assert_eq!((told.decides_above, threshold.fract().abs()), (threshold, 0.5), "{form} {probability}");
            for of in &told.totals {
                assert_eq!(of.is_positive, of.probability > probability, "{form} {probability}: {of:?}");
                assert_eq!(of.is_positive, trained.model.scored(of.total).prediction == 1);
                assert!(!of.is_positive || told.decides_from.is_none_or(|from| from <= of.total));
            }
            let folder = tempfile::tempdir().expect("a folder");
            trained.save(folder.path()).expect("saved");
            let page = fs_err::read_to_string(folder.path().join(SCORE_CARD_FILE)).expect("a page");
            let n_positive = told.totals.iter().filter(|of| of.is_positive).count();
            assert_eq!(page.matches("<tr class=\"yes\">").count(), n_positive, "{page}");
        }
    }
}

/// Test rows are refused for what the model asks for, and for nothing else.
#[test]
fn columns_that_are_not_asked_for_reject_no_test_row() {
    let table = table("a,b,code,y", 400, |i| {
        let (a, b) = (hash(i) % 6, hash(i + 7000) % 100);
        format!("{a},{b},c{},{}", hash(i + 5) % 150, u8::from(a > 2 || b > 60))
    });
    for form in [Form::Rule, Form::Card] {
        let mut settings = Settings::new("y");
        settings.fit.form = form;
        settings.rare = Some(1);
        settings.fit.lines = (form == Form::Card).then_some(2);
        settings.roles.categorical.insert("code".into(), CategoricalRole::default());
        let trained = train(&table, &settings, &unwatched).expect("trained");
        assert!(trained.model.space().column_names().all(|name| name != "code"));
        assert_eq!(trained.report.test.rejected_rows, 0, "{form}");
        assert!(trained.warnings.iter().all(|of| !matches!(of, Warning::TestRowsRejected { .. })));
    }
}

/// Probabilities and intervals move to the base rate together.
#[test]
fn intervals_are_those_of_the_base_rate() {
    let table = of_points();
    let plain = card_of(&table, &|_| ());
    let moved = card_of(&table, &|settings| settings.fit.base_rate = Some(0.05));
    let [plain, moved] = [&plain, &moved].map(|of| &of.report.form.as_ref().expect("a card").totals);
    for (before, after) in plain.iter().zip(moved) {
        let [low, high] = after.interval.expect("an interval");
        let [plain_low, plain_high] = before.interval.expect("an interval");
        assert!(
            low < plain_low && high <= plain_high && after.probability < before.probability,
            "{before:?} {after:?}"
        );
        let was_inside = plain_low <= before.probability && before.probability <= plain_high;
        assert_eq!(was_inside, low <= after.probability && after.probability <= high, "{before:?} {after:?}");
    }
}

/// Twenty rows of each user, all alike: they tell as much as one.
#[test]
fn intervals_of_grouped_rows_are_those_of_groups() {
    let rows = table("user,a,b,y", 3000, |i| {
        let user = i / 20;
        let (a, b) = (hash(user) % 6, hash(user + 7000) % 100);
        let need = hash(user + 40) % 100 < if a > 2 { 80 } else { 20 };
        format!("u{user},{a},{b},{}", u8::from(need))
    });
    let grouped = card_of(&rows, &|settings| settings.roles.group = Some("user".into()));
    let alone = card_of(&rows, &|settings| {
        settings.roles.group = Some("none".into());
        settings.roles.drop = Some(vec!["user".into()]);
    });
    let width = |of: &Trained| {
        let totals = &of.report.form.as_ref().expect("a card").totals;
        let widths = totals.iter().filter_map(|of| of.interval.map(|[low, high]| high - low));
        widths.fold(0.0, f64::max)
    };
    assert!(width(&grouped) > 2.0 * width(&alone), "{} {}", width(&grouped), width(&alone));
    let told = FormReport::of_model(&grouped.model).expect("a card");
    assert!(told.interval_method.is_none() && told.totals.iter().all(|of| of.interval.is_none()), "{told:?}");
}

/// A caller may use all threads of the pool: none of them waits for a search that needs it.
#[test]
fn cards_are_sought_side_by_side_on_threads_of_the_pool() {
    use rayon::prelude::*;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let rows: Vec<String> = (0..200).map(|i| format!("{},{},{}\n", i % 7, i % 5, u8::from(i % 7 > 3))).collect();
    let rows = rows.concat();
    let table = Table::from_csv_text("t.csv", &format!("a,b,y\n{rows}")).expect("readable");
    let cards = pool.install(|| {
        let train_one = |seed: u32| {
            let mut settings = Settings::new("y");
            settings.fit.form = Form::Card;
            settings.split.seed = seed;
            train(&table, &settings, &unwatched).map(|trained| trained.model.space().form)
        };
        (0..8).into_par_iter().map(train_one).collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(cards.expect("cards"), vec![Form::Card; 8]);
}

/// In a fold without the only row that differs there is nothing that a card could be made of; there is a comparison all the same.
#[test]
fn a_comparison_needs_no_card() {
    let mut few = CompareSettings::default();
    few.trees = 5;
    let one_differs =
        table("a,y", 60, |i| format!("{},{}", if i == 7 { 2 } else { 1 }, u8::from(hash(i).is_multiple_of(3))));
    let trial = compare(&one_differs, &Settings::new("y"), &few, &unwatched).expect("compared");
    assert!(trial.comparison.model(CandidateKind::LogisticRegression).is_some());
}

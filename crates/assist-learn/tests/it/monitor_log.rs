//! A service's predictions beside the outcomes that came to be known.

use assist_learn::{
    Arm, DriftSize, JudgedBy, LoggedPrediction, Model, MonitorTopic, OutcomeReport, Table, monitor_outcomes,
    row_values, unwatched,
};

use crate::tables::{model, table};

/// Bits without any order (the finaliser of `MurmurHash3`), as a number from 0 to 1.
fn drawn(i: u32) -> f64 {
    let mixed = (i ^ i >> 16).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ mixed >> 13).wrapping_mul(0xc2b2_ae35);
    f64::from(mixed ^ mixed >> 16) / f64::from(u32::MAX)
}

/// The predictions of a model for the rows of a table, over and over, with outcomes drawn by their probabilities.
fn log(model: &Model, table: &Table, n: usize) -> Vec<LoggedPrediction> {
    let mut scored = Vec::new();
    row_values(model, table, &unwatched, &mut |row| scored.extend(model.score(row))).expect("rows");
    let logged = |(i, scored): (u32, &assist_learn::Scored)| LoggedPrediction {
        probability: scored.probability,
        prediction: scored.prediction,
        truth: Some(drawn(i * 7 + 3) < scored.probability),
        arm: None,
    };
    (0..).zip(scored.iter().cycle().take(n)).map(logged).collect()
}

fn monitored(model: &Model, log: &[LoggedPrediction]) -> OutcomeReport {
    monitor_outcomes(model, log.iter().copied()).expect("a report")
}

fn said(report: &OutcomeReport, about: MonitorTopic) -> String {
    let findings = report.findings.iter().filter(|finding| finding.about == about);
    findings.map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// The training rows themselves, with labels drawn by what was predicted: no drift, and right probabilities.
#[test]
fn predictions_are_judged_by_outcomes() {
    let model = model();
    let mut log = log(&model, &table(300), 3000);
    log.iter_mut().skip(2000).for_each(|logged| logged.truth = None);
    let report = monitored(&model, &log);
    assert_eq!((report.predictions, report.with_outcome, report.judged_by), (3000, 2000, JudgedBy::All));
    let drift = report.drift.as_ref().expect("a profile");
    assert_eq!((drift.size, drift.cells.iter().map(|cell| cell.rows[1]).sum::<u64>()), (DriftSize::None, 3000));
    let outcomes = report.outcomes.as_ref().expect("outcomes");
    let large = outcomes.in_the_large.expect("a line").interval;
    assert!(outcomes.rows == 2000 && large[0] < 0.0 && large[1] > 0.0, "{outcomes:?}");
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are not shown to differ"));
    assert!(said(&report, MonitorTopic::Limits).contains("of 2,000 of 3,000 predictions"));
    assert!(said(&report, MonitorTopic::Help).contains("nobody is marked as held out"));
    assert!(said(&report, MonitorTopic::Advice).contains("Leave a random share of the users at risk without help"));
    let text = serde_json::to_string(&report).expect("JSON");
    assert_eq!(serde_json::from_str::<OutcomeReport>(&text).expect("a report"), report);
}

#[test]
fn probabilities_that_move_have_drifted() {
    let model = model();
    let mut log = log(&model, &table(300), 1000);
    log.iter_mut().for_each(|logged| logged.probability = logged.probability.powi(4));
    let report = monitored(&model, &log);
    assert_eq!(report.drift.as_ref().map(|drift| drift.size), Some(DriftSize::Large));
    assert!(said(&report, MonitorTopic::Scores).starts_with("The predicted probabilities have drifted much"));
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are too"));
    assert!(said(&report, MonitorTopic::Advice).starts_with("First make sure that it is not help"));
}

/// Helped users do better, and the held out ones as was predicted: the model is right, and help is what changed outcomes.
#[test]
fn help_is_told_from_wrong_probabilities() {
    let model = model();
    let mut log = log(&model, &table(300), 6000);
    for (i, logged) in (0..).zip(&mut log) {
        let is_held_out = logged.prediction == 0 || drawn(i + 500_000) < 0.2;
        logged.arm = Some(if is_held_out { Arm::HeldOut } else { Arm::Helped });
        if !is_held_out && drawn(i + 900_000) < 0.4 {
            logged.truth = Some(false);
        }
    }
    let report = monitored(&model, &log);
    assert_eq!(report.judged_by, JudgedBy::HeldOut);
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are not shown to differ"));
    let help = report.help.as_ref().expect("arms");
    let difference = help.difference.expect("users");
    assert!(difference.is_clear() && (-0.5..-0.2).contains(&difference.value), "{help:?}");
    assert!(help.more_users.is_none());
    let text = said(&report, MonitorTopic::Help);
    assert!(text.starts_with("Help has lowered the share") && text.contains("At risk is not yet helped"), "{text}");
    // Taken together they look wrong.
    log.iter_mut().for_each(|logged| logged.arm = None);
    let report = monitored(&model, &log);
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are too"));
    assert!(said(&report, MonitorTopic::Limits).contains("since nobody is marked as held out"));
}

#[test]
fn few_users_ask_for_more() {
    let model = model();
    let logged = |truth, arm| LoggedPrediction { probability: 0.8, prediction: 1, truth: Some(truth), arm: Some(arm) };
    let of = |arm, hits: usize, n: usize| (0..n).map(move |i| logged(i < hits, arm));
    let log: Vec<_> = of(Arm::Helped, 24, 40).chain(of(Arm::HeldOut, 28, 40)).collect();
    let report = monitored(&model, &log);
    let help = report.help.as_ref().expect("arms");
    assert_eq!((help.helped, help.held_out, help.more_users), ([24, 40], [28, 40], Some([316, 316])));
    let text = said(&report, MonitorTopic::Help);
    assert!(text.starts_with("It is not shown that help changes anything") && text.contains("About 632 more users"));
    // Users who were not predicted to be at risk say nothing of help.
    let others = |logged: &LoggedPrediction| LoggedPrediction { prediction: 0, ..*logged };
    let report = monitored(&model, &log.iter().map(others).collect::<Vec<_>>());
    assert_eq!(report.help.as_ref().map(|help| (help.difference, help.more_users)), Some((None, None)));
    assert!(said(&report, MonitorTopic::Help).starts_with("What help changes cannot be told"));
}

#[test]
fn what_is_no_probability_is_left_out() {
    let model = model();
    let of = |probability, truth| LoggedPrediction { probability, prediction: 1, truth, arm: None };
    let log = [f64::NAN, -0.1, 1.1, f64::INFINITY].map(|p| of(p, Some(true)));
    let report = monitored(&model, &log);
    assert_eq!((report.predictions, report.invalid, report.outcomes.as_ref()), (0, 4, None));
    assert!(said(&report, MonitorTopic::Scores).starts_with("There is no prediction"));
    // Certain ones are probabilities, whatever became of them.
    let report = monitored(&model, &[of(0.0, Some(true)), of(1.0, Some(false)), of(1.0, Some(true)), of(0.5, None)]);
    assert_eq!((report.predictions, report.with_outcome), (4, 3));
    let drift = report.drift.as_ref().expect("a profile");
    assert_eq!((drift.p_value, drift.size), (None, DriftSize::Unknown));
    // No profile, no drift.
    let report = monitored(&model.with_training_profile(None), &[of(0.5, None)]);
    assert!(report.drift.is_none() && said(&report, MonitorTopic::Scores).contains("keeps no profile"));
}

/// Held out may be users at risk alone, or outcomes be known of these alone: they tell whether probabilities are right, and not the
/// share of all users that is of class 1, which here has not changed.
#[test]
fn users_at_risk_alone_say_nothing_of_the_base_rate() {
    let model = model();
    let mut log = log(&model, &table(300), 6000);
    let of_all = monitored(&model, &log);
    assert_eq!(of_all.outcomes.as_ref().and_then(|outcomes| outcomes.selected), None);
    assert!(said(&of_all, MonitorTopic::BaseRate).starts_with("The base rate is not shown to have changed"));
    for (i, logged) in (0..).zip(&mut log).filter(|(_, logged)| logged.prediction == 1) {
        logged.arm = Some(if drawn(i + 500_000) < 0.3 { Arm::HeldOut } else { Arm::Helped });
    }
    let held_out = monitored(&model, &log);
    log.iter_mut().for_each(|logged| logged.arm = None);
    log.iter_mut().filter(|logged| logged.prediction == 0).for_each(|logged| logged.truth = None);
    let known = monitored(&model, &log);
    for report in [held_out, known] {
        let [judged, others] = report.outcomes.as_ref().and_then(|outcomes| outcomes.selected).expect("a selection");
        assert!(judged == 1.0 && others < 0.5, "{others}");
        let text = said(&report, MonitorTopic::BaseRate);
        assert!(text.starts_with("Whether the base rate has changed cannot be told: of those"), "{text}");
        assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are not shown to differ"));
        assert!(said(&report, MonitorTopic::Ranking).contains("not as far apart as among all"));
    }
    // Probabilities that are wrong by a shift ask for no base rate, which is not known.
    log.iter_mut().for_each(|logged| logged.probability /= 2.0 - logged.probability);
    let report = monitored(&model, &log);
    assert!(said(&report, MonitorTopic::Calibration).starts_with("Probabilities are too low on the whole"));
    assert!(said(&report, MonitorTopic::Advice).contains("cannot be told from these"));
}

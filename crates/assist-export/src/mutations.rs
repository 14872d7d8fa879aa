//! Whether a wrong export is found: plans are changed in the ways in which printers go wrong, and every target has to be caught.

use assist_score::{Calibration, CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target};
use std::ops::ControlFlow;

use crate::domain::DomainSettings;
use crate::export::Format;
use crate::plan::{InputKind, Plan, ProbabilityMap, Step};
use crate::targets::dialect::{Dialect, SqlOptions};
use crate::targets::onnx::OnnxProfile;
use crate::verify::{Status, TargetReport, verify_plan};

fn model() -> Model {
    model_with(|_| ())
}

fn model_with(change: impl FnOnce(&mut Parameters)) -> Model {
    let mut wait = NumericColumn::new("wait", 0.0, 9.0);
    (wait.integer, wait.max, wait.fill_value) = (true, Some(9.0), Some(4.25));
    let mut age = NumericColumn::new("age", 18.0, 80.0);
    (age.integer, age.cuts, age.fill_value) = (true, vec![30.0, 50.5], Some(41.0));
    let device = CategoricalColumn::new("device", ["a", "b", "c"].map(Into::into).to_vec());
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let space = FeatureSpace::new(target, vec![], vec![wait, age], vec![device]);
    let coefficients = vec![0.31, -0.73, 0.21, 1.37, -0.66, -0.57, 0.93];
    let mut parameters = Parameters { coefficients, intercept: -0.4, ..Parameters::default() };
    change(&mut parameters);
    Model::new(space, parameters).expect("sound")
}

/// Formats whose scores have the same bits.
fn exact() -> Vec<Format> {
    let dialects = [Dialect::DuckDb, Dialect::Sqlite, Dialect::Postgres];
    let sql = dialects.map(|dialect| Format::Sql(SqlOptions::new(dialect)));
    let others = [Format::C, Format::JavaScript, Format::Json, Format::Wasm];
    others.into_iter().chain(sql).chain([Format::Onnx(OnnxProfile::Server)]).collect()
}

/// These, and the formats whose scores are only near.
fn all() -> Vec<Format> {
    exact().into_iter().chain([Format::CFixed, Format::Onnx(OnnxProfile::Web)]).collect()
}

/// What is found of a changed plan, in the runtimes that are here.
fn reports(model: &Model, formats: &[Format], change: impl FnOnce(&mut Plan)) -> Vec<TargetReport> {
    let mut plan = Plan::of(model).expect("a plan");
    change(&mut plan);
    let settings = DomainSettings { most_points: 50_000, sample: 100, seed: 1 };
    let reports =
        verify_plan(model, &plan, formats, &settings.into(), &mut |_| ControlFlow::Continue(())).expect("run");
    reports.into_iter().filter(|report| !matches!(report.status, Status::NotRun { .. })).collect()
}

/// Which of them pass all the same.
fn passing(formats: &[Format], change: impl FnOnce(&mut Plan)) -> Vec<String> {
    passing_of(&model(), formats, change)
}

fn passing_of(model: &Model, formats: &[Format], change: impl FnOnce(&mut Plan)) -> Vec<String> {
    let passing = reports(model, formats, change).into_iter().filter(TargetReport::passes);
    passing.map(|report| report.format).collect()
}

fn slope(plan: &mut Plan) -> (&mut f64, &mut Option<f64>) {
    let found = plan.steps.iter_mut().find_map(|step| match step {
        Step::Slope { slope, missing, .. } => Some((slope, missing)),
        _ => None,
    });
    found.expect("a slope")
}

#[test]
fn a_wrong_coefficient_is_found() {
    assert_eq!(passing(&exact(), |plan| *slope(plan).0 = slope(plan).0.next_up()), [""; 0]);
    // Where scores are only near, one float off is none.
    assert_eq!(passing(&all(), |plan| *slope(plan).0 += 0.01), [""; 0]);
}

#[test]
fn swapped_levels_are_found() {
    let swap = |plan: &mut Plan| {
        for step in &mut plan.steps {
            if let Step::Levels { added, .. } = step {
                added.swap(1, 2);
            }
        }
    };
    assert_eq!(passing(&all(), swap), [""; 0]);
}

#[test]
fn a_dropped_refusal_is_found() {
    let change_number = |change: fn(&mut crate::plan::NumberInput)| {
        move |plan: &mut Plan| {
            if let Some(InputKind::Number(number)) = plan.inputs.first_mut().map(|input| &mut input.kind) {
                change(number);
            }
        }
    };
    assert_eq!(passing(&all(), change_number(|number| number.maximum = None)), [""; 0]);
    assert_eq!(passing(&all(), change_number(|number| number.whole = false)), [""; 0]);
}

/// As exports of other projects do, where all indicators of an unknown level are 0.
#[test]
fn an_unknown_level_scored_as_the_reference_is_found() {
    let any_level = |plan: &mut Plan| {
        if let Some(InputKind::Level(level)) = plan.inputs.last_mut().map(|input| &mut input.kind) {
            level.other = Some(0);
        }
    };
    assert_eq!(passing(&all(), any_level), [""; 0]);
}

/// Score and decision are right, and the probability is that of the other class.
#[test]
fn probabilities_of_swapped_classes_are_found() {
    let swapped = |plan: &mut Plan| plan.probability = ProbabilityMap::Sigmoid { slope: -1.0, shift: 0.0 };
    assert_eq!(passing(&all(), swapped), [""; 0]);
}

/// A comparison with NaN is false, so that a missing number falls on whichever side is left.
#[test]
fn a_missing_number_on_the_other_side_of_a_cut_is_found() {
    for side in [0, 2] {
        let routed = |plan: &mut Plan| {
            for step in &mut plan.steps {
                if let Step::Bins { added, missing, .. } = step {
                    *missing = Some(added[side]);
                }
            }
        };
        assert_eq!(passing(&all(), routed), [""; 0], "{side}");
    }
}

/// A number as 32 bits hold it.
#[expect(clippy::cast_possible_truncation, reason = "what is lost is what has to be found")]
fn narrow(number: &mut f64) {
    *number = f64::from(*number as f32);
}

/// What is changed, of which model, and how.
type Change<'a> = (&'a str, &'a Model, &'a dyn Fn(&mut Plan));

#[test]
fn constants_of_32_bits_for_64_are_found() {
    let shifted = |p: &mut Parameters| {
        p.training.class_counts = [300, 700];
        p.training.base_rate = Some(0.12);
    };
    let curve = Calibration::Isotonic { scores: vec![-1.0, 1.0], probabilities: vec![0.1, 0.9] };
    let shifted = model_with(shifted);
    let sigmoid = model_with(|p| p.calibration = Some(Calibration::Sigmoid { slope: 1.1, intercept: 0.3 }));
    let curve = model_with(|p| p.calibration = Some(curve));
    let intercept = |plan: &mut Plan| narrow(&mut plan.intercept);
    let terms = |plan: &mut Plan| {
        for step in &mut plan.steps {
            match step {
                Step::Slope { slope, .. } => narrow(slope),
                Step::Bins { added, .. } | Step::Levels { added, .. } => added.iter_mut().for_each(narrow),
                Step::Term { coefficient, .. } => narrow(coefficient),
            }
        }
    };
    let missing = |plan: &mut Plan| {
        for step in &mut plan.steps {
            if let Step::Slope { missing: Some(missing), .. } | Step::Bins { missing: Some(missing), .. } = step {
                narrow(missing);
            }
        }
    };
    let probability = |plan: &mut Plan| match &mut plan.probability {
        ProbabilityMap::Shift { odds } => narrow(odds),
        ProbabilityMap::Sigmoid { slope, shift } => [slope, shift].into_iter().for_each(narrow),
        ProbabilityMap::Curve { probabilities, .. } => probabilities.iter_mut().for_each(narrow),
    };
    // Each kind of constant alone: bits of scores tell of the first three, and the probability, within 1e-14, of the last.
    let changes: [Change<'_>; 6] = [
        ("intercept", &shifted, &intercept),
        ("terms", &shifted, &terms),
        ("missing", &shifted, &missing),
        ("shift", &shifted, &probability),
        ("sigmoid", &sigmoid, &probability),
        ("curve", &curve, &probability),
    ];
    for (name, model, change) in changes {
        assert_eq!(passing_of(model, &exact(), change), [""; 0], "{name}");
    }
    // Constants of 32 bits are what a graph for browsers is made of, and what fractions of whole numbers lose is less than the 2e-4 that
    // these promise: both stay within their stated bounds, which find the first change that is larger.
    let near = [Format::CFixed, Format::Onnx(OnnxProfile::Web)];
    let all_of = |plan: &mut Plan| changes[..4].iter().for_each(|(_, _, change)| change(plan));
    let found = reports(&shifted, &near, all_of);
    assert!(found.iter().all(TargetReport::passes), "{found:#?}");
    assert_eq!(passing_of(&shifted, &near, |plan| *slope(plan).0 += 0.001), [""; 0]);
}

#[test]
fn a_missing_number_scored_as_the_mean_is_found() {
    assert_eq!(passing(&all(), |plan| *slope(plan).1 = Some(*slope(plan).0 * 4.25)), [""; 0]);
}

#[test]
fn a_cut_that_does_not_belong_to_its_bin_is_found() {
    // What is below or at the float before a cut is what is below the cut.
    let open = |plan: &mut Plan| {
        for step in &mut plan.steps {
            if let Step::Bins { cuts, .. } = step {
                cuts[0] = cuts[0].next_down();
            }
        }
    };
    assert_eq!(passing(&exact(), open), [""; 0]);
    // Of whole numbers the one before.
    let moved = |plan: &mut Plan| {
        for step in &mut plan.steps {
            if let Step::Bins { cuts, .. } = step {
                cuts[0] -= 1.0;
            }
        }
    };
    assert_eq!(passing(&all(), moved), [""; 0]);
}

#[test]
fn what_is_not_changed_passes() {
    let found = reports(&model(), &all(), |_| ());
    assert!(found.iter().all(TargetReport::passes), "{found:#?}");
}

//! Whether a wrong export is found: plans are changed in the ways in which printers go wrong, and every target has to be caught.

use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target};
use std::ops::ControlFlow;

use crate::domain::DomainSettings;
use crate::export::Format;
use crate::plan::{InputKind, Plan, Step};
use crate::targets::dialect::{Dialect, SqlOptions};
use crate::targets::onnx::OnnxProfile;
use crate::verify::{Status, TargetReport, verify_plan};

fn model() -> Model {
    let mut wait = NumericColumn::new("wait", 0.0, 9.0);
    (wait.integer, wait.max, wait.fill_value) = (true, Some(9.0), Some(4.25));
    let mut age = NumericColumn::new("age", 18.0, 80.0);
    (age.integer, age.cuts) = (true, vec![30.0, 50.5]);
    let device = CategoricalColumn::new("device", ["a", "b", "c"].map(Into::into).to_vec());
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let space = FeatureSpace::new(target, vec![], vec![wait, age], vec![device]);
    let coefficients = vec![0.31, -0.73, 0.21, 1.37, -0.57, 0.93];
    Model::new(space, Parameters { coefficients, intercept: -0.4, ..Parameters::default() }).expect("sound")
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
fn reports(formats: &[Format], change: impl FnOnce(&mut Plan)) -> Vec<TargetReport> {
    let model = model();
    let mut plan = Plan::of(&model).expect("a plan");
    change(&mut plan);
    let settings = DomainSettings { most_points: 50_000, sample: 100, seed: 1 };
    let reports = verify_plan(&model, &plan, formats, settings, &mut |_| ControlFlow::Continue(())).expect("run");
    reports.into_iter().filter(|report| !matches!(report.status, Status::NotRun { .. })).collect()
}

/// Which of them pass all the same.
fn passing(formats: &[Format], change: impl FnOnce(&mut Plan)) -> Vec<String> {
    let passing = reports(formats, change).into_iter().filter(TargetReport::passes);
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
    let any_level = |plan: &mut Plan| {
        if let Some(InputKind::Level(level)) = plan.inputs.last_mut().map(|input| &mut input.kind) {
            level.other = Some(0);
        }
    };
    assert_eq!(passing(&all(), any_level), [""; 0]);
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
    let found = reports(&all(), |_| ());
    assert!(found.iter().all(TargetReport::passes), "{found:#?}");
}

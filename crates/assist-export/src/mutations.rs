//! Whether a wrong export is found: plans are changed in the ways in which printers go wrong, and every target has to be caught.

use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target};
use std::ops::ControlFlow;

use crate::domain::DomainSettings;
use crate::export::Format;
use crate::plan::{InputKind, Plan, Step};
use crate::targets::dialect::{Dialect, SqlOptions};
use crate::targets::onnx::OnnxProfile;
use crate::verify::{Status, verify_plan};

fn model() -> Model {
    let mut wait = NumericColumn::new("wait", 0.0, 9.0);
    (wait.integer, wait.max, wait.fill_value) = (true, Some(9.0), Some(4.25));
    let mut age = NumericColumn::new("age", 18.0, 80.0);
    age.cuts = vec![30.0, 50.5];
    let device = CategoricalColumn::new("device", ["a", "b", "c"].map(Into::into).to_vec());
    let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    let space = FeatureSpace::new(target, vec![], vec![wait, age], vec![device]);
    let coefficients = vec![0.31, -0.73, 0.21, 1.37, -0.57, 0.93];
    Model::new(space, Parameters { coefficients, intercept: -0.4, ..Parameters::default() }).expect("sound")
}

fn formats() -> Vec<Format> {
    let sql = [Dialect::DuckDb, Dialect::Sqlite].map(|dialect| Format::Sql(SqlOptions::new(dialect)));
    [Format::C, Format::JavaScript, Format::Json, Format::Wasm]
        .into_iter()
        .chain(sql)
        .chain([Format::Onnx(OnnxProfile::Server)])
        .collect()
}

/// Which formats pass with a changed plan, and which have no runtime here.
fn passing(change: impl FnOnce(&mut Plan)) -> Vec<String> {
    let model = model();
    let mut plan = Plan::of(&model).expect("a plan");
    change(&mut plan);
    let settings = DomainSettings { most_points: 50_000, sample: 100, seed: 1 };
    let reports = verify_plan(&model, &plan, &formats(), settings, &mut |_| ControlFlow::Continue(())).expect("run");
    let passing =
        reports.into_iter().filter(|report| !matches!(report.status, Status::NotRun { .. }) && report.passes());
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
fn a_coefficient_one_float_off_is_found() {
    assert_eq!(passing(|plan| *slope(plan).0 = slope(plan).0.next_up()), [""; 0]);
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
    assert_eq!(passing(swap), [""; 0]);
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
    assert_eq!(passing(change_number(|number| number.maximum = None)), [""; 0]);
    assert_eq!(passing(change_number(|number| number.whole = false)), [""; 0]);
    let any_level = |plan: &mut Plan| {
        if let Some(InputKind::Level(level)) = plan.inputs.last_mut().map(|input| &mut input.kind) {
            level.other = Some(0);
        }
    };
    assert_eq!(passing(any_level), [""; 0]);
}

#[test]
fn a_missing_number_scored_as_the_mean_is_found() {
    assert_eq!(passing(|plan| *slope(plan).1 = Some(*slope(plan).0 * 4.25)), [""; 0]);
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
    assert_eq!(passing(open), [""; 0]);
}

#[test]
fn what_is_not_changed_passes() {
    assert!(passing(|_| ()).contains(&"json".to_owned()));
}

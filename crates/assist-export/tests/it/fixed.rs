//! C without floats: near the scorer, and the same decisions away from the threshold.

use assist_export::{DomainSettings, Error, Format, export, verify};
use assist_score::{Calibration, CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Term};
use std::ops::ControlFlow;

use crate::models::{calibrated, is_excused, model, plain, rich, target, texts};

fn whole_numbers(change: impl FnOnce(&mut Parameters)) -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 20.0);
    (errors.integer, errors.min, errors.max, errors.centre) = (true, Some(0.0), Some(20.0), 7.3);
    errors.fill_value = Some(6.5);
    let mut wait = NumericColumn::new("wait", 0.0, 60.0);
    (wait.integer, wait.cuts, wait.fill_value) = (true, vec![10.0, 30.5], Some(20.0));
    let device = CategoricalColumn::new("device", texts(&["a", "b", "true"]));
    let mut space = FeatureSpace::new(target(), vec![], vec![errors, wait], vec![device]);
    let slope = Term::Slope { column: 0, centre: 3.0 };
    space.additional = vec![
        Term::Product { factors: vec![slope, Term::Level { column: 2, code: 1 }] },
        Term::Product {
            factors: vec![Term::Missing { column: 1 }, Term::Cut { column: 0, low: Some(2.0), high: Some(9.0) }],
        },
    ];
    model(space, change)
}

#[test]
fn whole_numbers_are_near_and_decide_alike() {
    let shifted = |p: &mut Parameters| {
        p.training.class_counts = [300, 700];
        p.training.class_weights = [1.7, 0.6];
        p.threshold = 0.21;
    };
    let sigmoid = |p: &mut Parameters| p.calibration = Some(Calibration::Sigmoid { slope: 1.7, intercept: 0.3 });
    for model in [plain(), whole_numbers(|_| ()), whole_numbers(shifted), whole_numbers(sigmoid)] {
        let formats = [Format::CFixed];
        let reports = verify(&model, &formats, DomainSettings::default(), &mut |_| ControlFlow::Continue(()));
        for report in reports.expect("the compiler does its work") {
            assert!(report.passes() || is_excused(&report), "{report:#?}");
        }
    }
}

#[test]
fn what_whole_numbers_cannot_do_is_refused() {
    let refusal = |model: &Model| match export(model, &Format::CFixed, "m") {
        Err(Error::Limit { limit, .. }) => limit,
        other => panic!("{other:?}"),
    };
    assert!(refusal(&rich(|_| ())).contains("has fractions"));
    assert!(calibrated().iter().all(|model| refusal(model).contains("has fractions")));
    let scores = vec![-1.0, 1.0];
    let curve = Calibration::Isotonic { scores, probabilities: vec![0.25, 0.75] };
    assert!(refusal(&whole_numbers(|p| p.calibration = Some(curve))).contains("calibration by a curve"));
    assert!(refusal(&whole_numbers(|p| p.coefficients[0] = 1e12)).contains("64 bits leave no fraction"));
}

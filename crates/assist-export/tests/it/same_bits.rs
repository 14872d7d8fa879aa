//! Every target gives the bits of the scorer.

use assist_export::{Dialect, DomainSettings, Format, OnnxProfile, SqlOptions, Status, TargetReport, export, verify};
use assist_score::{CategoricalColumn, FeatureSpace, Form, Model, NumericColumn};
use std::ops::ControlFlow;

use crate::models::{calibrated, is_excused, model, of_points, plain, rich, target};

fn all() -> Vec<Format> {
    let dialects = [Dialect::Ansi, Dialect::DuckDb, Dialect::Postgres, Dialect::Sqlite];
    let sql = dialects.map(|dialect| Format::Sql(SqlOptions::new(dialect)));
    let onnx = [OnnxProfile::Server, OnnxProfile::Web].map(Format::Onnx);
    [Format::C, Format::JavaScript, Format::Json, Format::Wasm].into_iter().chain(sql).chain(onnx).collect()
}

fn check(model: &Model, sample: usize) -> Vec<TargetReport> {
    let settings = DomainSettings { sample, ..DomainSettings::default() };
    let reports = verify(model, &all(), settings, &mut |_| ControlFlow::Continue(())).expect("runtimes do their work");
    for report in &reports {
        assert!(report.passes() || is_excused(report), "{report:#?}");
    }
    reports
}

#[test]
fn a_countable_input_is_verified_whole() {
    let mut reports = check(&plain(), 0);
    reports.retain(|report| !matches!(report.status, Status::NotRun { .. }));
    let are_whole = |report: &TargetReport| report.points > 31 * 116 * 6 && report.status == Status::Verified;
    assert!(reports.iter().all(are_whole), "{reports:#?}");
}

#[test]
fn missing_values_bins_curves_and_products_score_alike() {
    check(&rich(|_| ()), 5_000);
    check(&rich(|p| p.intercept = -0.0), 1_000);
}

/// Of the floats of a column with fractions few are of 32 bits, and what was not compared is not verified.
#[test]
fn what_a_format_leaves_out_makes_a_comparison_one_in_part() {
    let formats = [Format::Onnx(OnnxProfile::Web), Format::C];
    let settings = DomainSettings { sample: 500, ..DomainSettings::default() };
    let reports = verify(&rich(|_| ()), &formats, settings, &mut |_| ControlFlow::Continue(())).expect("run");
    let [web, c] = reports.as_slice() else { panic!("{reports:#?}") };
    assert!(c.status == Status::Sampled || is_excused(c), "{c:#?}");
    if is_excused(web) {
        return;
    }
    let Status::InPart { limit } = &web.status else { panic!("{web:#?}") };
    assert!(limit.contains("32-bit floats") && web.passes() && web.points < web.points_left_out, "{web:#?}");
    let json = serde_json::to_value(web).expect("JSON");
    assert_eq!((&json["status"], &json["points"]), (&"in_part".into(), &web.points.into()));
    assert!(json["limit"].is_string() && json["points_left_out"].is_number(), "{json}");
    // Where no column has fractions, nothing that the model takes is left out.
    let whole = verify(&plain(), &formats[..1], DomainSettings::default(), &mut |_| ControlFlow::Continue(()));
    let whole = whole.expect("run").remove(0);
    assert!(whole.status == Status::Verified && whole.points_left_out > 0, "{whole:#?}");
}

#[test]
fn every_map_to_probabilities_gives_the_same_bits() {
    for model in calibrated() {
        check(&model, 3_000);
    }
}

#[test]
fn cards_and_rules_score_alike() {
    for form in [Form::Card, Form::Rule] {
        let model = of_points(form);
        check(&model, 0);
        let settings = DomainSettings::default();
        let fixed = verify(&model, &[Format::CFixed], settings, &mut |_| ControlFlow::Continue(())).expect("run");
        // A total is a whole number, so that whole numbers are as good as any.
        assert_eq!((fixed[0].decisions_that_differ, fixed[0].decisions_beside_threshold), (0, 0), "{fixed:#?}");
        assert!(fixed[0].passes() && fixed[0].max_abs_probability_difference < 1e-9, "{fixed:#?}");
    }
}

#[test]
fn a_module_of_fifteen_terms_is_smaller_than_a_page() {
    let model = rich(|_| ());
    assert!(model.terms().count() >= 15);
    let files = export(&model, &Format::Wasm, "m").expect("an export");
    let size = files.iter().find(|file| file.name == "m.wasm").map(|file| file.bytes.len());
    assert!(size.is_some_and(|size| size < 4_096), "{size:?}");
}

#[test]
fn the_schema_has_what_the_form_has() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/export/model.schema.json")).expect("JSON");
    let file = export(&rich(|_| ()), &Format::Json, "m").expect("an export").remove(0);
    let form: serde_json::Value = serde_json::from_slice(&file.bytes).expect("JSON");
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
    };
    assert_eq!(keys(&form), keys(&schema["properties"]));
    for (kind, steps) in [("number", "columns"), ("level", "columns"), ("slope", "steps"), ("bins", "steps")] {
        let found = form[steps].as_array().and_then(|all| all.iter().find(|one| one["kind"] == kind)).expect(kind);
        let name = if steps == "steps" { format!("{kind}_step") } else { kind.to_owned() };
        assert_eq!(keys(found), keys(&schema["$defs"][name.as_str()]["properties"]), "{kind}");
    }
}

/// onnxruntime takes constants within an epsilon of 0 and 1 for these.
#[test]
fn constants_beside_zero_and_one_are_not_left_out() {
    for (intercept, centre) in [(0.0, 1e-17), (1e-17, 0.0), (-0.0, 0.0)] {
        let mut column = NumericColumn::new("x", -1.0, 1.0);
        column.centre = centre;
        let device = CategoricalColumn::new("device", vec!["a".into(), "b".into()]);
        let space = FeatureSpace::new(target(), vec![], vec![column], vec![device]);
        let coefficients = vec![1.0_f64.next_up(), 1e-18];
        check(&model(space, |p| (p.intercept, p.coefficients) = (intercept, coefficients)), 1_000);
    }
}

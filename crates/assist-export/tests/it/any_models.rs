//! Models of any shape, with numbers of any size: whatever the scorer does, overflow among it, the targets do too.

use assist_export::{Dialect, DomainSettings, Format, OnnxProfile, SqlOptions, verify};
use assist_score::{Calibration, CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Term};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::ops::ControlFlow;

use crate::models::{is_excused, target, texts};

/// A number that a fit may give, or one that no fit should.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![8 => -3.0..3.0_f64, 1 => Just(0.0), 1 => Just(-0.0), 1 => -1e300..1e300_f64, 1 => -1e-300..1e-300_f64]
}

fn column(place: usize) -> impl Strategy<Value = NumericColumn> {
    let cuts = proptest::collection::btree_set(-40..40_i32, 0..4);
    (any::<[bool; 4]>(), cuts, -9.0..9.0_f64).prop_map(move |([whole, bounded, missing, centred], cuts, centre)| {
        let mut column = NumericColumn::new(&format!("x{place}"), -10.0, 10.0);
        column.integer = whole;
        (column.min, column.max) = (bounded.then_some(-12.5), bounded.then_some(11.0));
        column.fill_value = missing.then_some(centre / 2.0);
        column.centre = if centred { centre } else { 0.0 };
        column.cuts = cuts.into_iter().map(|cut| f64::from(cut) / 4.0).collect();
        column
    })
}

fn term(missing: bool) -> impl Strategy<Value = Term> {
    let basis = (proptest::collection::vec(number(), 12)).prop_map(|numbers| Term::Basis {
        column: 0,
        knots: vec![-1.5, 2.25],
        pieces: numbers.chunks(4).map(|piece| [piece[0], piece[1], piece[2], piece[3]]).collect(),
    });
    let indicator = if missing { Term::Missing { column: 0 } } else { Term::Level { column: 2, code: 1 } };
    prop_oneof![
        number().prop_map(|centre| Term::Slope { column: 1, centre }),
        Just(Term::Cut { column: 1, low: Some(-0.5), high: None }),
        Just(Term::Level { column: 2, code: 2 }),
        Just(indicator),
        basis,
    ]
}

fn model() -> impl Strategy<Value = Option<Model>> {
    let parts = (column(0), column(1), any::<[bool; 3]>());
    let calibration = prop_oneof![
        2 => Just(None),
        1 => (0.01..50.0_f64, number()).prop_map(|(slope, intercept)| Some(Calibration::Sigmoid { slope, intercept })),
        1 => proptest::collection::btree_set(-20..20_i32, 1..6).prop_map(|scores| {
            let n = scores.len() as f64;
            let probabilities = (0..scores.len()).map(|place| place as f64 / n).collect();
            Some(Calibration::Isotonic { scores: scores.into_iter().map(|score| f64::from(score) / 3.0).collect(), probabilities })
        }),
    ];
    parts.prop_flat_map(move |(first, second, [missing, rare, spelt])| {
        let has_missing = first.fill_value.is_some();
        let product = proptest::collection::vec(term(has_missing), 1..4);
        let additional = proptest::collection::vec(product, 0..4);
        let levels = if spelt { ["(missing)", "(rare)", "1.0", "False"] } else { ["(missing)", "(rare)", "a", "b"] };
        let mut device = CategoricalColumn::new("device", texts(&levels));
        (device.missing, device.rare) = (missing.then_some(0), rare.then_some(1));
        let coefficients = proptest::collection::vec(number(), 40);
        (additional, coefficients, number(), number(), calibration.clone(), proptest::option::of(0.01..0.99_f64))
            .prop_map(move |(additional, mut coefficients, intercept, threshold, calibration, base_rate)| {
                let mut space =
                    FeatureSpace::new(target(), vec![], vec![first.clone(), second.clone()], vec![device.clone()]);
                space.additional = additional
                    .into_iter()
                    .map(|mut factors| if factors.len() == 1 { factors.remove(0) } else { Term::Product { factors } })
                    .collect();
                coefficients.truncate(space.n_features());
                let mut parameters =
                    Parameters { coefficients, intercept, threshold, calibration, ..Parameters::default() };
                parameters.training.class_counts = [30, 70];
                parameters.training.base_rate = base_rate;
                // Two terms of one name are no model.
                Model::new(space, parameters).ok()
            })
    })
}

#[test]
fn any_model_scores_alike() {
    let mut runner =
        TestRunner::new(Config { cases: 8, max_shrink_iters: 10, failure_persistence: None, ..Config::default() });
    let run = runner.run(&model(), |model| {
        let Some(model) = model else { return Ok(()) };
        let sql = [Dialect::DuckDb, Dialect::Sqlite].map(|dialect| Format::Sql(SqlOptions::new(dialect)));
        let others = sql.into_iter().chain([Format::Onnx(OnnxProfile::Server)]);
        let formats: Vec<Format> =
            [Format::C, Format::JavaScript, Format::Json, Format::Wasm].into_iter().chain(others).collect();
        let settings = DomainSettings { most_points: 3_000, sample: 500, ..DomainSettings::default() };
        let reports = verify(&model, &formats, settings, &mut |_| ControlFlow::Continue(()));
        for report in reports.expect("runtimes do their work") {
            let passes = report.passes() || is_excused(&report);
            prop_assert!(passes, "{:#?} of {:#?}", report, model);
        }
        Ok(())
    });
    run.expect("every model");
}

//! Models that between them have everything that a model may have.

use assist_export::{Status, TargetReport};
use assist_score::{
    Calibration, CategoricalColumn, FeatureSpace, Form, MISSING_LEVEL, Model, NumericColumn, Parameters, RARE_LEVEL,
    Target, Term,
};

pub(crate) fn target() -> Target {
    Target { name: "needs_help".into(), negative: "0".into(), positive: "1".into() }
}

pub(crate) fn texts(levels: &[&str]) -> Vec<String> {
    levels.iter().map(ToString::to_string).collect()
}

/// Coefficients that look like those of a fit: no short decimals.
pub(crate) fn coefficients(n: usize) -> Vec<f64> {
    (0..n).map(|place| (place as f64 * 1.7 + 0.3).sin() * 1.234_567_890_123).collect()
}

pub(crate) fn model(space: FeatureSpace, change: impl FnOnce(&mut Parameters)) -> Model {
    let mut parameters =
        Parameters { coefficients: coefficients(space.n_features()), intercept: -0.765_432_1, ..Parameters::default() };
    change(&mut parameters);
    Model::new(space, parameters).expect("a sound model")
}

/// Whole numbers and levels only: all of its input can be counted.
pub(crate) fn plain() -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 9.0);
    (errors.integer, errors.min, errors.max) = (true, Some(0.0), Some(30.0));
    let mut time = NumericColumn::new("time (s)", 5.0, 120.0);
    (time.integer, time.min, time.centre) = (true, Some(0.0), 57.3);
    let device = CategoricalColumn::new("device", texts(&["Feature Phone", "Smartphone", "Smartwatch"]));
    let premium = CategoricalColumn::new("premium", texts(&["False", "True"]));
    model(FeatureSpace::new(target(), vec![], vec![errors, time], vec![device, premium]), |_| ())
}

/// Everything at once, with a fraction in a column, so that points are drawn.
pub(crate) fn rich(change: impl FnOnce(&mut Parameters)) -> Model {
    let mut errors = NumericColumn::new("errors", -2.0, 9.0);
    errors.fill_value = Some(3.25);
    errors.centre = 2.1;
    let mut wait = NumericColumn::new("wait", 0.0, 99.0);
    (wait.cuts, wait.fill_value) = (vec![10.5, 60.0, 75.0], Some(40.0));
    let mut age = NumericColumn::new("age", 18.0, 80.0);
    (age.integer, age.min, age.max) = (true, Some(0.0), Some(120.0));
    let mut binned = NumericColumn::new("binned", -1.0, 1.0);
    binned.cuts = vec![0.1];
    let mut device = CategoricalColumn::new("device", texts(&[MISSING_LEVEL, RARE_LEVEL, "a", "b", "c"]));
    (device.missing, device.rare, device.reference) = (Some(0), Some(1), 2);
    let count = CategoricalColumn::new("count", texts(&["0", "1", "12.0", "7"]));
    let mut space = FeatureSpace::new(target(), vec![], vec![errors, wait, age, binned], vec![device, count]);
    let basis = Term::Basis {
        column: 0,
        knots: vec![-1.0, 0.3, 4.0],
        pieces: vec![[0.1, 0.2, 0.0, 0.0], [0.1, 0.2, -0.3, 0.07], [0.5, -0.2, 0.13, -0.01], [0.9, 0.3, 0.0, 0.0]],
    };
    let slope = Term::Slope { column: 2, centre: 41.7 };
    let level = |code| Term::Level { column: 4, code };
    let cut = Term::Cut { column: 1, low: Some(20.0), high: Some(30.0) };
    let product = |factors: &[&Term]| Term::Product { factors: factors.iter().copied().cloned().collect() };
    space.additional = vec![
        basis.clone(),
        product(&[&slope, &level(3)]),
        product(&[&basis, &Term::Missing { column: 1 }]),
        product(&[&slope, &cut, &level(1)]),
        Term::Cut { column: 3, low: None, high: Some(-0.5) },
    ];
    model(space, change)
}

/// All ways from a score to a probability.
pub(crate) fn calibrated() -> Vec<Model> {
    let counts = |p: &mut Parameters| {
        p.training.class_counts = [300, 700];
        p.training.class_weights = [1.7, 0.6];
        p.training.base_rate = Some(0.12);
    };
    vec![
        rich(|p| {
            counts(p);
            p.threshold = 0.37;
        }),
        rich(|p| {
            counts(p);
            p.calibration = Some(Calibration::Sigmoid { slope: 1.13, intercept: -0.21 });
            p.threshold = f64::INFINITY;
        }),
        rich(|p| {
            counts(p);
            p.calibration = Some(Calibration::Sigmoid { slope: 260.7, intercept: 0.4 });
        }),
        rich(|p| {
            counts(p);
            let (scores, probabilities) = (vec![-2.5, -0.3, 0.1, 1.9], vec![0.0, 0.11, 0.6, 1.0]);
            p.calibration = Some(Calibration::Isotonic { scores, probabilities });
            p.threshold = f64::NEG_INFINITY;
        }),
    ]
}

/// A rule with every kind of condition, and a card whose classes nearly separate: points on terms, and no terms of the columns.
pub(crate) fn of_points(form: Form) -> Model {
    let mut errors = NumericColumn::new("errors", 0.0, 9.0);
    (errors.integer, errors.min, errors.fill_value) = (true, Some(0.0), Some(0.0));
    let mut wait = NumericColumn::new("wait", 0.0, 200.0);
    (wait.integer, wait.max) = (true, Some(300.0));
    let mut device = CategoricalColumn::new("device", texts(&["(missing)", "Phone", "Watch"]));
    device.missing = Some(0);
    let mut space = FeatureSpace::new(target(), vec![], vec![errors, wait], vec![device]);
    space.form = form;
    space.additional = vec![
        Term::Cut { column: 0, low: Some(2.0), high: None },
        Term::Cut { column: 1, low: None, high: Some(60.5) },
        Term::Missing { column: 0 },
        Term::Level { column: 2, code: 2 },
        Term::Level { column: 2, code: 0 },
    ];
    model(space, |parameters| {
        parameters.coefficients = vec![5.0, 1.0, -2.0, -1.0, -1.0];
        if form == Form::Rule {
            (parameters.intercept, parameters.threshold) = (1.0, 1.5);
            let (scores, probabilities) = (vec![1.0, 2.0], vec![0.001, 0.9995]);
            parameters.calibration = Some(Calibration::Isotonic { scores, probabilities });
        } else {
            (parameters.intercept, parameters.threshold) = (0.0, 2.5);
            parameters.calibration = Some(Calibration::Sigmoid { slope: 7.25, intercept: -18.5 });
        }
    })
}

/// Whether it is no failure that a runtime is not here: `ASSIST_REQUIRE_TOOLS=1` makes it one, but for engines that cannot be had.
pub(crate) fn is_excused(report: &TargetReport) -> bool {
    let cannot_be_had = report.format.contains("spark") || report.format.contains("bigquery");
    let is_required = std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() && !cannot_be_had;
    matches!(report.status, Status::NotRun { .. }) && !is_required
}

//! Bins of a number are levels of a category by another name, in a fit and in all that is known of it.

use assist_features::Design;
use assist_score::{ClassWeight, Inference, Penalty};

use crate::rows::{exact, fit, in_turn, labels, numbers, same};

#[test]
fn bins_are_levels_by_another_name() {
    let a = numbers(400, |i| f64::from(i * i % 97) / 9.0);
    let b = numbers(400, |i| f64::from(i % 11));
    let d = in_turn(400, &["p", "q", "r"]);
    let bins: Vec<usize> = a.iter().map(|a| usize::from(*a > 2.0) + usize::from(*a > 7.5)).collect();
    let y = labels(400, |i| (i * 7 % 13) as usize + 4 * bins[i as usize] > 9);
    let numeric = Design::builder().number("b", &b).number("a", &a).category("d", &d).labels(&y);
    let numeric = numeric.encode().expect("usable");
    let mut space = numeric.learn_space().expect("learnt");
    space.numeric[1].cuts = vec![2.0, 7.5];
    let levels: Vec<&str> = bins.iter().map(|bin| ["bin0", "bin1", "bin2"][*bin]).collect();
    let by_level = Design::builder().number("b", &b).category("a", &levels).category("d", &d).labels(&y);
    let (binned, by_level) = (numeric.design(&space).design, by_level.build().expect("usable"));
    let settings = exact().with_class_weight(ClassWeight::None);
    for penalty in [Penalty::L2, Penalty::None, Penalty::L1] {
        let settings = settings.clone().with_penalty(penalty);
        let (binned, by_level) = (fit(&binned, &settings), fit(&by_level, &settings));
        same(&binned, &by_level, 1e-9);
        let (own, other) = (&binned.inference, &by_level.inference);
        let effects = |inference: &Inference| inference.marginal_effects.clone().expect("effects");
        for (own, other) in effects(own).into_iter().zip(effects(other)) {
            assert!((own.value - other.value).abs() < 1e-9);
        }
        let tests = |inference: &Inference| inference.factor_tests.clone().expect("tests").factors;
        for own in tests(own) {
            let other = tests(other).into_iter().find(|test| test.columns == own.columns).expect("the same columns");
            assert!(own.df == other.df && (own.statistic - other.statistic).abs() < 1e-6);
        }
        assert_eq!(own.undefined, other.undefined);
    }
}

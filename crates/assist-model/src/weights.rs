//! Class weights become weights of observations here, and go into the objective by this one door.

use assist_score::ClassWeight;

use crate::error::Error;

/// The weight of an observation of class 0 and of class 1, where all weigh the same otherwise. `balanced` is
/// `n / (2 n_class)`, as in scikit-learn, counted on the rows that are fitted.
///
/// # Errors
///
/// A class without rows; a stated weight that is not positive and finite.
pub fn class_weights(mode: ClassWeight, class_counts: [u64; 2]) -> Result<[f64; 2], Error> {
    class_weights_of(mode, class_counts, class_counts.map(|n| n as f64))
}

/// As [`class_weights`], of observations that have weights: `class_totals` is what those of each class weigh together.
/// `balanced` is `W / (2 W_class)`, the same with sums of weights in the place of counts, as scikit-learn has it where it is
/// given a `sample_weight` (`compute_class_weight` of version 1.9). Class weights multiply the weights of observations.
///
/// # Errors
///
/// As [`class_weights`]; a class whose observations weigh nothing.
pub fn class_weights_of(mode: ClassWeight, class_counts: [u64; 2], class_totals: [f64; 2]) -> Result<[f64; 2], Error> {
    if class_counts.contains(&0) {
        return Err(Error::OneClass(class_counts));
    }
    if let Some(class) = class_totals.iter().position(|total| !(*total > 0.0 && total.is_finite())) {
        return Err(Error::ClassTotal { class, total: class_totals[class] });
    }
    match mode {
        ClassWeight::None => Ok([1.0, 1.0]),
        ClassWeight::Stated(w0, w1) => {
            for value in [w0, w1] {
                if !(value > 0.0 && value.is_finite()) {
                    return Err(Error::Setting { name: "a class weight", value, expected: "a positive number" });
                }
            }
            Ok([w0, w1])
        }
        _ => {
            let all = class_totals[0] + class_totals[1];
            Ok(class_totals.map(|total| all / (2.0 * total)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        let weights = class_weights(ClassWeight::Balanced, [3268, 7932]).expect("two classes");
        assert!((weights[0] - 1.713_586_291_309_67).abs() < 1e-14);
        assert!((weights[1] - 0.706_001_008_572_869_4).abs() < 1e-14);
    }

    /// `LogisticRegression(class_weight="balanced").fit(X, y, sample_weight=w)` of scikit-learn 1.9 multiplies `w` with these.
    #[test]
    fn balanced_weights_are_of_what_the_classes_weigh() {
        let weights = class_weights_of(ClassWeight::Balanced, [10, 20], [3.0, 12.0]);
        assert_eq!(weights.expect("two classes"), [2.5, 0.625]);
        let nothing = class_weights_of(ClassWeight::None, [10, 20], [3.0, 0.0]);
        assert!(matches!(nothing, Err(Error::ClassTotal { class: 1, .. })));
    }

    #[test]
    fn what_is_no_weight_is_refused() {
        assert!(matches!(class_weights(ClassWeight::Balanced, [0, 5]), Err(Error::OneClass(_))));
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(class_weights(ClassWeight::Stated(1.0, weight), [1, 1]).is_err());
        }
    }
}

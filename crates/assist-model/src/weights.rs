//! Class weights become weights of observations here, and go into the objective by this one door.

use assist_score::ClassWeight;

use crate::error::Error;

/// The weight of an observation of class 0 and of class 1. `balanced` is `n / (2 n_class)`, as in scikit-learn, counted on
/// the rows that are fitted.
///
/// # Errors
///
/// A class without rows; a stated weight that is not positive and finite.
pub fn class_weights(mode: ClassWeight, class_counts: [u64; 2]) -> Result<[f64; 2], Error> {
    if class_counts.contains(&0) {
        return Err(Error::OneClass(class_counts));
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
            let total = (class_counts[0] + class_counts[1]) as f64;
            Ok(class_counts.map(|count| total / (2.0 * count as f64)))
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

    #[test]
    fn what_is_no_weight_is_refused() {
        assert!(matches!(class_weights(ClassWeight::Balanced, [0, 5]), Err(Error::OneClass(_))));
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(class_weights(ClassWeight::Stated(1.0, weight), [1, 1]).is_err());
        }
    }
}

//! Values of options: what one text must be.

use assist_learn::{CLASS_WEIGHT_EXPECTED, ClassWeight, class_weight_of};

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a positive number".to_owned())
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && *number < 1.0);
    number.ok_or_else(|| "expected a number between 0 and 1, such as 0.2".to_owned())
}

pub(super) fn share_or_all(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| "expected a number above 0 and at most 1, such as 0.9".to_owned())
}

pub(super) fn ratio(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub(super) fn costs(text: &str) -> Result<[f64; 2], String> {
    let costs = text.split_once(',').and_then(|(fp, fne)| Some([fp.trim().parse().ok()?, fne.trim().parse().ok()?]));
    costs
        .filter(|costs: &[f64; 2]| costs.iter().all(|cost| *cost > 0.0 && cost.is_finite()))
        .ok_or_else(|| "expected two positive numbers such as `1,5`".to_owned())
}

pub(super) fn class_weight(text: &str) -> Result<ClassWeight, String> {
    class_weight_of(text).ok_or_else(|| CLASS_WEIGHT_EXPECTED.to_owned())
}

//! Weights are rows that are written more than once.

use assist_model::Recipe;
use assist_score::ClassWeight;
use proptest::prelude::*;

use crate::rows::{any_rows, exact, fit, same};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_weight_of_two_is_the_row_twice(rows in any_rows()) {
        let unweighted = exact().with_class_weight(ClassWeight::None);
        let weighted = exact().with_class_weight(ClassWeight::Stated(2.0, 2.0));
        same(&fit(&rows.repeated(|_| 2).design(), &unweighted), &fit(&rows.design(), &weighted), 1e-9);
    }

    /// Class 1 three times: by its weight, and by writing each such row three times. The penalty is in raw units: rows written
    /// more often count in a feature's spread, and class weights do not.
    #[test]
    fn class_weights_are_the_same_sample_weights(rows in any_rows()) {
        let repeated = rows.repeated(|y| if y { 3 } else { 1 });
        let exact = || exact().with_recipe(Recipe::Original);
        let unweighted = exact().with_class_weight(ClassWeight::None);
        let weighted = exact().with_class_weight(ClassWeight::Stated(1.0, 3.0));
        same(&fit(&repeated.design(), &unweighted), &fit(&rows.design(), &weighted), 1e-9);
    }

    #[test]
    fn counts_are_the_rows_written_out(rows in any_rows()) {
        let counts: Vec<[u64; 2]> = rows.y.iter().map(|y| if *y { [0, 1] } else { [1, 0] }).collect();
        let counted = rows.columns().counts(&counts).build().expect("usable");
        same(&fit(&rows.design(), &exact()), &fit(&counted, &exact()), 1e-9);
    }
}

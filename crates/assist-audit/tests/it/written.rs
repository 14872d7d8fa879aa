//! What is written as JSON is read back as it was.

use std::fmt::Debug;

use assist_audit::{CandidateKind, Comparison};
use assist_score::Penalty;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tables::{Coded, Random, User, csv, users};

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(written: &T) {
    let text = serde_json::to_string(written).expect("JSON");
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(&read, written);
    assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
}

fn coded(label: impl FnMut(&User) -> bool) -> Coded {
    Coded::of(&csv(&users(400, 1), label))
}

#[test]
fn audits_with_and_without_a_rule() {
    check(&coded(|user| user.errors >= 3 || user.device == "Watch").audit());
    let mut random = Random::new(2);
    check(&coded(|_| random.share() < 0.5).audit());
}

#[test]
fn a_profile_with_all_its_columns() {
    check(&coded(|user| user.time > 60).profile());
}

#[test]
fn a_comparison_with_its_names() {
    let coded = coded(|user| user.errors >= 3 || user.time > 60);
    let compared = coded.compare(&coded.fit(Penalty::L2));
    let Comparison { models, paired_tests, .. } = &compared.comparison;
    check(&compared.comparison);
    let names: Vec<String> =
        models.iter().map(|model| serde_json::to_string(&model.name).expect("JSON").replace('"', "")).collect();
    assert_eq!(
        names,
        [
            "logistic_regression",
            "decision_tree",
            "random_forest",
            "decision_tree_depth_2",
            "majority_class",
            "decision_tree_on_permuted_labels"
        ]
    );
    let text = serde_json::to_string(&paired_tests[0]).expect("JSON");
    assert!(text.starts_with(r#"{"a":"logistic_regression","b":"decision_tree","b_only_wrong":"#), "{text}");
    for model in models {
        let scores = compared.test_scores.of(model.name).expect("each has scores");
        assert_eq!(scores.rows(), model.test.rows);
    }
    assert!(compared.comparison.paired(CandidateKind::MajorityClass, CandidateKind::LogisticRegression).is_some());
}

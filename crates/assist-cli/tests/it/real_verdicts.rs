//! The verdicts of sixteen real tables, made by `cargo xtask golden` and read sentence by sentence: their words follow from their
//! figures as they did then, and no two sentences of one verdict contradict each other.

use assist_learn::{Finding, Topic, contradictions};
use serde_json::Value;

use crate::run::repository;

/// Each table with the findings of its verdict.
fn verdicts() -> Vec<(String, Vec<Finding>)> {
    let path = repository().join("crates/assist-cli/tests/golden/real_verdicts.json");
    let text = fs_err::read(path).expect("verdicts");
    let all: Vec<Value> = serde_json::from_slice(&text).expect("JSON");
    let of_table = |of: Value| {
        let findings = serde_json::from_value(of["findings"].clone()).expect("findings");
        (format!("{} {}", of["table"], of["options"]), findings)
    };
    all.into_iter().map(of_table).collect()
}

#[test]
fn words_follow_from_figures() {
    let verdicts = verdicts();
    assert_eq!(verdicts.len(), 16);
    for (table, findings) in verdicts {
        for finding in &findings {
            assert_eq!(finding.text, finding.statement.text(), "{table}");
            assert_eq!(
                (finding.about, &finding.figures),
                (finding.statement.topic(), &finding.statement.figures()),
                "{table}"
            );
        }
        assert_eq!(findings[0].about, Topic::Recommendation, "{table}: what to do comes first");
        assert_eq!(contradictions(&findings), [], "{table}");
    }
}

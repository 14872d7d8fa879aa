//! The page and the card hold what they must, whatever a table is called.

use assist_report::{
    Coefficient, Curve, CurvePoint, DisclosingColumn, InteractionEffect, InteractionEffects, Report, Topic,
    VerdictInput, verdict,
};
use assist_score::Penalty;

use crate::tables::{Coded, Random, csv, users};

fn made(text: &str, table: &str) -> (String, String) {
    let coded = Coded::of(text);
    let fit = coded.fit(Penalty::L2);
    let (audit, compared, profile) = (coded.audit(), coded.compare(&fit), coded.profile());
    let input = VerdictInput {
        audit: &audit,
        comparison: &compared.comparison,
        model: &fit.model,
        saved: assist_audit::CandidateKind::LogisticRegression,
        copied_rows: None,
    };
    let findings = verdict(&input);
    let coefficient = |(feature, value): (assist_score::Feature, &f64)| Coefficient {
        feature: feature.name,
        value: *value,
        evidence: Some(*value),
        interval: Some([value - 0.1, value + 0.1]),
        p_value: Some(0.5),
    };
    let features = coded.space.features().into_iter().zip(&fit.model.parameters().coefficients);
    let coefficients: Vec<Coefficient> = features.map(coefficient).collect();
    let point = |value: f64| CurvePoint { value, log_odds: value - 2.0, odds_ratio: (value - 2.0).exp() };
    let curves = [Curve { column: "wait".into(), compared_with: 2.0, points: [0.0, 2.0, 5.0].map(point).to_vec() }];
    let effect = |level: &str| InteractionEffect {
        at: format!("device = {level}"),
        change: "errors from 0 to 4".into(),
        log_odds: 0.7,
        odds_ratio: 2.0,
    };
    let effects = ["Phone", "Watch"].map(effect).to_vec();
    let interactions = [InteractionEffects { columns: ["errors".into(), "device".into()], effects, left_out: 0 }];
    let warnings = ["the <b>table</b> is small".to_owned()];
    let report = Report {
        all_rows: None,
        table,
        model: &fit.model,
        model_id: "abc",
        version: "0",
        split: "the split of scikit-learn, seed 42",
        profile: &profile,
        audit: &audit,
        comparison: &compared.comparison,
        test_scores: &compared.test_scores,
        probabilities: &compared.comparison.models[0].test,
        fit: None,
        influential: &[],
        findings: &findings,
        coefficients: &coefficients,
        intervals: None,
        curves: &curves,
        interactions: &interactions,
        disclosing: &[DisclosingColumn { column: "device".to_owned(), levels: 3 }],
        warnings: &warnings,
    };
    assert_eq!(findings[0].about, Topic::Recommendation, "what to do comes first");
    (report.html(), report.model_card())
}

#[test]
fn the_page_is_whole_and_loads_nothing() {
    let text = csv(&users(1200, 1), |user| user.errors >= 3 || user.time > 60);
    let (page, card) = made(&text, "a <script>alert(1)</script> & more.csv");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)"), "names are text");
    assert!(page.contains("the &lt;b&gt;table&lt;/b&gt; is small"));
    for address in ["http:", "https:", "src=", "@import", "url(", "<link", "<iframe"] {
        let found = page.replace("http://www.w3.org/2000/svg", "").contains(address);
        assert!(!found, "`{address}` would be loaded");
    }
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("<figure>"), count("<svg role=\"img\" aria-label="), "every drawing has words");
    assert_eq!(count("<figure>"), count("The figures behind it"), "and a table");
    assert_eq!(count("<figure>"), 12, "one of them the saved model's own confusion matrix");
    assert!(page.contains("Curve of wait") && page.contains("Interaction of errors and device"));
    assert!(!page.contains("NaN") && !page.contains(">inf<"));
    let verdict = page.find("<h2>Verdict</h2>").expect("a verdict");
    let first_drawing = page.find("<svg").expect("a drawing");
    assert!(verdict < first_drawing, "the verdict comes first");
    for colour in ["#010203", "#010204", "#010205", "#010206", "#010207", "#010208", "#010209"] {
        assert!(!page.contains(colour), "a stand-in for a colour is left");
    }
    let disclosure = "levels that fewer than 5 training rows have are listed by name (3 of `device`)";
    assert!(card.contains(disclosure) && page.contains("Rare levels can disclose people"));
    for heading in ["# Model card", "## Metrics on test rows", "## Findings", "## Limits", "## Label audit"] {
        assert!(card.contains(heading), "{heading}");
    }
    assert!(card.contains("Use the rule itself, `errors >= 3 OR time > 60`"));
    assert!(card.contains("a &lt;script>alert(1)&lt;/script> & more.csv") && !card.contains("<script>"));
}

#[test]
fn the_page_of_a_table_without_a_rule_says_other_things() {
    let mut random = Random::new(2);
    let (page, _) = made(&csv(&users(1200, 1), |_| random.share() < 0.5), "users.csv");
    let warns = ["Use none of these models", "Collect more rows"].iter().any(|words| page.contains(words));
    assert!(warns && !page.contains("Use the rule itself"));
    assert!(page.contains("In no segment are the errors of a model shown to concentrate"));
}

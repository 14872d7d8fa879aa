//! Each file of `examples/` runs to its end.

#[path = "../../examples/from_scores.rs"]
mod from_scores;

#[test]
fn metrics_from_scores_and_from_probabilities() {
    from_scores::main().expect("scores with their labels");
}

//! The examples run as they stand.

#[path = "../../examples/score_json.rs"]
mod score_json;

#[test]
fn score_json() -> Result<(), Box<dyn std::error::Error>> {
    score_json::main()
}

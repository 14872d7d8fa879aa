//! Scores a JSON object by the names of its columns, with this crate alone.

use assist_score::Model;

/// Loads the two artifacts of a folder and scores one user.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::decode(
        include_bytes!("../tests/artifacts/v4_model.bin"),
        include_bytes!("../tests/artifacts/v4_features.bin"),
    )?;
    let user = r#"{"device": "Phone", "time": 33, "score": 7.5, "errors": 1, "not a column": []}"#;
    let scored = model.score_from(&mut serde_json::Deserializer::from_str(user))??;
    assert!(scored.prediction == 0 && scored.probability < 0.5);
    Ok(())
}

//! A JSON object scored by the names of its columns, with no more than a device has of a saved model.

use assist_score::Model;

const MODEL: &[u8] = include_bytes!("../../crates/assist-score/tests/artifacts/v3_model.bin");
const FEATURES: &[u8] = include_bytes!("../../crates/assist-score/tests/artifacts/v3_features.bin");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::decode(MODEL, FEATURES)?;
    let user = r#"{"device": "Phone", "score": 2.5, "time": 30, "errors": "3", "plan": "unknown to the model"}"#;
    let scored = model.score_from(&mut serde_json::Deserializer::from_str(user))??;
    println!("probability {:.4}, prediction {}", scored.probability, scored.prediction);
    Ok(())
}

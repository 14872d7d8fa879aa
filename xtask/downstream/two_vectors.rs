//! A model fitted to two vectors of numbers and a list of texts, and evaluated.

use assist_metrics::{ScoreCounts, evaluate};
use assist_model::{Design, LogisticRegression};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let errors = [0.0, 4.0, 1.0, 3.0, 0.0, 5.0, 2.0, 2.0];
    let minutes = [1.5, 6.0, 2.5, 3.5, 4.0, 9.5, 2.0, 5.0];
    let device = ["watch", "watch", "phone", "phone", "phone", "watch", "watch", "phone"];
    let needs_help = [false, true, false, true, false, true, true, false];

    let design = Design::builder().number("errors", &errors).number("minutes", &minutes);
    let design = design.category("device", &device).labels(&needs_help).build()?;
    let model = LogisticRegression::default().fit(&design)?.model;
    let scores = ScoreCounts::new(design.scores(&model));
    let metrics = evaluate(&scores, model.correction(), model.parameters().threshold);
    for term in model.terms() {
        println!("{:>14} {:+.3}", term.name, term.coefficient);
    }
    println!("accuracy {:?}, ROC AUC {:?}", metrics.accuracy, metrics.roc_auc);
    Ok(())
}

//! A model fitted to two vectors and a list of texts, and judged.

use assist_features::Design;
use assist_metrics::Metrics;
use assist_model::LogisticRegression;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let errors = [0.0, 4.0, 1.0, 3.0, 0.0, 5.0, 2.0, 2.0];
    let minutes = [1.5, 6.0, 2.5, 3.5, 4.0, 9.5, 2.0, 5.0];
    let device = ["watch", "watch", "phone", "phone", "phone", "watch", "watch", "phone"];
    let needs_assistance = [false, true, false, true, false, true, true, false];

    let design = Design::builder()
        .number("errors", &errors)
        .number("minutes", &minutes)
        .category("device", &device)
        .labels(&needs_assistance)
        .build()?;
    let fit = LogisticRegression::default().fit(&design)?;
    let metrics = Metrics::from_scores(&design.scores(&fit.model)?, &needs_assistance, fit.model.threshold())?;
    println!("accuracy {:.3}, converged: {}", metrics.accuracy, fit.report.converged);
    Ok(())
}

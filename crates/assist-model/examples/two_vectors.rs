//! A model fitted from two vectors of numbers and a list of texts.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use assist_model::{Design, LogisticRegression};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let errors = [4.0, 0.0, 3.0, 1.0, 2.0, 2.0, 5.0, 0.0];
    let seconds = [61.0, 20.5, 30.0, 44.0, 70.0, 15.0, 38.0, 52.0];
    let devices = ["Phone", "Watch", "Watch", "Phone", "Phone", "Watch", "Phone", "Phone"];
    let needs_help = [true, false, true, false, true, false, true, false];

    let columns = Design::builder().number("errors", &errors).number("seconds", &seconds).category("device", &devices);
    let fit = LogisticRegression::default().fit(&columns.labels(&needs_help).build()?)?;
    for term in fit.model.terms() {
        println!("{}: {:+.3}", term.name, term.coefficient);
    }
    Ok(())
}

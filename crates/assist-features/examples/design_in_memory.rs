//! A design from slices: coded columns, distinct rows with their counts, and the names of its features.
#![expect(clippy::print_stdout, reason = "an example shows what it made")]

use assist_features::{Design, Error, MissingPolicy};

pub(crate) fn main() -> Result<(), Error> {
    let errors = [3.0, 0.0, 3.0, 1.0, f64::NAN, 0.0];
    let devices = ["Phone", "Watch", "Phone", "Phone", "Watch", "Watch"];
    let design = Design::builder()
        .number("errors", &errors)
        .category("device", &devices)
        .labels(&[true, false, true, false, true, false])
        .target("help", "no", "yes")
        .missing(MissingPolicy::Level)
        .reference("device", "Phone")
        .build()?;
    let names: Vec<String> = design.space().features().into_iter().map(|feature| feature.name).collect();
    println!("{names:?}");
    for (row, [n0, n1]) in design.to_dense().rows().into_iter().zip(design.counts()) {
        println!("{row} was seen {n0} times without and {n1} times with help");
    }
    Ok(())
}

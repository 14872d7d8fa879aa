//! Each file of `examples/` runs to its end.

#[path = "../../examples/report.rs"]
mod report;

#[test]
fn a_page_and_a_model_card() {
    report::main().expect("a report");
}

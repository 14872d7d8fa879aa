//! Each file of `examples/` runs to its end.

#[path = "../../examples/sample.rs"]
mod sample;

#[test]
fn a_sample_of_a_table_of_counts() {
    sample::main();
}

//! The examples run.

#[path = "../../examples/two_vectors.rs"]
mod two_vectors;

#[test]
fn a_model_is_fitted_from_two_vectors() {
    two_vectors::main().expect("the example runs");
}

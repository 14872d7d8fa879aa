//! The examples run as they stand.

#[path = "../../examples/record_batch.rs"]
mod record_batch;

#[test]
fn a_record_batch_is_trained_on_and_predicted() {
    record_batch::main().expect("it runs");
}

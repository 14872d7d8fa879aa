//! The examples run as they stand.

#[path = "../../examples/record_batch.rs"]
#[expect(clippy::print_stdout, reason = "an example shows what it has made")]
#[expect(clippy::default_trait_access, reason = "it is shorter, and the type is in the signature")]
mod record_batch;

#[test]
fn a_record_batch_is_trained_on_and_predicted() {
    record_batch::main().expect("it runs");
}

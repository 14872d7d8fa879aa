//! The examples run, and what they assert holds.

#[path = "../../examples/read_and_split.rs"]
mod read_and_split;

#[test]
fn a_table_is_read_and_split() {
    read_and_split::main().expect("it runs");
}

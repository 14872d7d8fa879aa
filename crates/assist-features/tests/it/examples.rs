//! The examples run.

#[path = "../../examples/design_in_memory.rs"]
mod design_in_memory;

#[test]
fn a_design_is_built_in_memory() {
    design_in_memory::main().expect("the example runs");
}

//! Each file of `examples/` runs to its end.

#[path = "../../examples/label_audit.rs"]
mod label_audit;

#[test]
fn the_rule_behind_a_label() {
    label_audit::main().expect("a rule");
}

//! A command of the program is a file that knows no other command, and nobody but `main.rs` knows it.

use std::collections::BTreeMap;

use super::imports::Import;

const PROGRAM: &str = "crates/assist-cli/src";

/// Imports of a command by another, or by the rest of the program.
pub(super) fn commands(crates: &BTreeMap<String, Vec<Import>>) -> Vec<String> {
    let folder = format!("{PROGRAM}/commands/");
    let (declarer, main) = (format!("{folder}mod.rs"), format!("{PROGRAM}/main.rs"));
    let imports = crates.get(PROGRAM).into_iter().flatten();
    let wrong = imports.filter(|import| import.to.starts_with(&folder)).filter_map(|import| {
        let Import { from, line, to } = import;
        if *from == main || *from == declarer {
            None
        } else if !from.starts_with(&folder) {
            Some(format!("`{from}:{line}` uses the command `{to}`, which only `main.rs` may"))
        } else if *to == declarer {
            None
        } else {
            Some(format!("`{from}:{line}` uses another command, `{to}`"))
        }
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::super::imports::imports;
    use super::super::source::Source;
    use super::*;

    fn check(file: &str, text: &str, expected: &[&str]) {
        let paths = ["main.rs", "output.rs", "commands/mod.rs", "commands/train.rs", "commands/tune.rs"];
        let sources = paths.map(|path| Source {
            path: format!("{PROGRAM}/{path}"),
            text: if path == file { text.to_owned() } else { String::new() },
        });
        assert_eq!(commands(&imports(&sources)), expected, "{text}");
    }

    #[test]
    fn a_command_uses_another() {
        let message = "`crates/assist-cli/src/commands/tune.rs:1` uses another command, \
                       `crates/assist-cli/src/commands/train.rs`";
        check("commands/tune.rs", "use crate::commands::train::{check, settings};", &[message]);
        check("commands/tune.rs", "fn f() { super::train::check() }", &[message]);
    }

    #[test]
    fn the_rest_of_the_program_uses_a_command() {
        let message = "`crates/assist-cli/src/output.rs:1` uses the command `crates/assist-cli/src/commands/train.rs`, which \
                       only `main.rs` may";
        check("output.rs", "use crate::commands::train;", &[message]);
    }

    #[test]
    fn commands_are_declared_and_started() {
        check("main.rs", "fn main() { commands::train::run() }", &[]);
        check("commands/mod.rs", "mod train;\npub(crate) use train::run;", &[]);
        check("commands/tune.rs", "use crate::output::Output;\n/// Like [`super::train`].\nfn f() {}", &[]);
    }
}

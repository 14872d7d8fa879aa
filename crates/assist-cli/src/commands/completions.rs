//! `completions`: what a shell needs to complete commands and options.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::args::{Arguments, CompletionsArguments};
use crate::failure::Failure;

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "assist-cli", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}

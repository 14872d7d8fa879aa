//! `assist-cli`: learn which users need assistance from a table of interactions, and predict it for the next one.
//!
//! Arguments as typed are in `args`, what is asked of the library in `commands`; this file turns what became of it into an exit
//! status: 0 done, 1 the input or the outcome is at fault, 2 wrong usage or our bug.

mod args;
mod ask;
mod commands;
mod engines;
mod failure;
mod interrupted;
mod next_command;
mod one_user;
mod output;
mod outputs;
mod points;
mod printable;
mod progress;
mod tables;

use std::process::ExitCode;
use std::sync::Mutex;

use clap::Parser as _;

use crate::args::{Arguments, Command};
use crate::failure::Failure;
use crate::output::Output;

/// Where and over what the program last panicked.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => return output::usage(&refused),
    };
    arguments.color.apply();
    // A service ends by itself, when what it has begun is finished.
    if !matches!(arguments.command, Command::Serve(_)) {
        interrupted::watch();
    }
    let output = Output { json: arguments.json, quiet: arguments.quiet };
    let run = move || run(arguments.command, output);
    // What goes wrong inside a reader of a damaged file becomes an error like any other, so nothing is printed yet.
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = panic.to_string();
        }
    }));
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // The reader of our output has read enough.
        Ok(Err(failure)) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            output::error(&failure);
            ExitCode::from(failure.exit_status())
        }
        Err(_) => {
            output::error(&Failure::bug(LAST_PANIC.lock().as_deref().map_or("", String::as_str)));
            ExitCode::from(2)
        }
    }
}

fn run(command: Command, output: Output) -> Result<(), Failure> {
    if output.json && matches!(command, Command::Completions(_) | Command::Man) {
        let hint = "leave `--json` out".to_owned();
        return Err(Failure::usage("`--json` has no effect on a script for the shell or a manual page", hint));
    }
    match command {
        Command::Generate(arguments) => commands::generate::run(&arguments, output),
        Command::Inspect(arguments) => commands::inspect::run(&arguments, output),
        Command::Counts(arguments) => commands::counts::run(&arguments, output),
        Command::Split(arguments) => commands::split::run(&arguments, output),
        Command::Train(arguments) => commands::train::run(&arguments, output),
        Command::Tune(arguments) => commands::tune::run(&arguments, output),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments, output),
        Command::Explain(arguments) => commands::explain::run(&arguments, output),
        Command::Compare(arguments) => commands::compare::run(&arguments, output),
        Command::Report(arguments) => commands::report::run(&arguments, output),
        Command::Predict(arguments) => commands::predict::run(&arguments, output),
        Command::Export(arguments) => commands::export::run(&arguments, output),
        Command::Verify(arguments) => commands::verify::run(&arguments, output),
        Command::Diff(arguments) => commands::diff::run(&arguments, output),
        Command::Serve(arguments) => commands::serve::run(&arguments, output),
        Command::Monitor(arguments) => commands::monitor::run(&arguments, output),
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Man => commands::man::run(),
    }
}

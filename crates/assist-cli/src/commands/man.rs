//! `man`: the manual page of the program and of each of its commands.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::args::Arguments;
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let mut program = Arguments::command();
    program.build();
    let mut pages = Vec::new();
    Man::new(program.clone()).render(&mut pages)?;
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        // The sections of a command, under its name.
        let man = Man::new(command.clone());
        man.render_name_section(&mut pages)?;
        man.render_synopsis_section(&mut pages)?;
        man.render_description_section(&mut pages)?;
        man.render_options_section(&mut pages)?;
    }
    Ok(std::io::stdout().write_all(&pages)?)
}

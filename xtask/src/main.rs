//! The project's chores. `cargo xtask pipeline` is what a user runs first, `cargo xtask ci` is the whole gate.

mod bench;
mod browser;
mod check;
mod clients;
mod cluster;
mod devices;
mod downstream;
mod golden;
mod invariants;
mod pipeline;
mod python;
mod quick;
mod shell;
mod stores;
mod tree;
mod wheel;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The project's chores
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Build the release binary, then inspect, train, evaluate, explain, compare, report and predict; everything lands in
    /// `artifacts/`
    Pipeline(pipeline::Arguments),
    /// After a change: format, invariants of the sources, clippy, unit tests, in under two minutes
    Quick,
    /// Run every test, doc tests included, every example, the projects of `downstream`, open a report in a browser, ask the service
    /// by the clients of others, and test the Python package
    Test,
    /// Build and run short programs in empty projects of another user, as `xtask/downstream` has them
    Downstream,
    /// Build the Python package into `target/wheels`
    Wheel,
    /// Check format, clippy, docs, licences and the invariants of the architecture
    Lint,
    /// Lint and test: what must be green
    Ci,
    /// Open a report in Chromium on a bright and a dark screen and on a phone; pictures land in `target/browser/`
    Browser {
        /// The report
        #[arg(default_value = "artifacts/report.html")]
        report: PathBuf,
    },
    /// Serve models of every form and drive the page of the service in Chromium; pictures land in `target/browser/`
    Page,
    /// Ask the service by clients that others wrote, as `xtask/clients` has them, and hold it against its own description
    Clients,
    /// Read tables in an object store that answers, fails, stalls and breaks off, as `xtask/stores` has it
    Stores,
    /// Start a cluster of Ballista on this machine, wait until it is ready, and stop it on Ctrl-C, or when a command has run that is
    /// given, with the cluster's address in `ASSIST_SCHEDULER`
    Cluster {
        /// Run the tests of clusters instead: what is learnt there, and what happens when machines, files or the scheduler go
        #[arg(long, conflicts_with = "arguments")]
        check: bool,
        /// The command
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Compile the C export without floats for small processors, and run it in an emulator: flash, memory and instructions a score go
    /// to `benches/results/devices.json`
    Devices,
    /// Run the criterion benches
    Bench {
        /// Only benches whose name contains this
        filter: Option<String>,
    },
    /// Measure ours beside what users could pick instead; `-- --help` tells suites and options
    BenchPeers {
        /// Suites and options of `benches/peers/compare.py` [default: the original's script on the shipped table]; or
        /// `real-tables` and the options of `benches/peers/real_tables.py`; `cards` and those of `benches/peers/cards.py`; `scoring` and those of `benches/peers/scoring.py`; `warehouses` and those of `benches/peers/warehouses.py`; `engines` and those of `benches/peers/engines.py`; `frames` and those of
        /// `benches/peers/frames.py`; or `serve` and those of `benches/peers/serve.py`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Draw tables from known laws, and write into `benches/results/` how often intervals cover the truth (`coverage.json`,
    /// `grouped.json`), how often something is called out of noise (`noise.json`), how often equal levels are said to
    /// differ (`slices.json`), and how often each kind of sentence of the
    /// verdict is false (`sentences.json`)
    Simulate {
        /// Which of them; without a name all
        name: Option<String>,
        /// How many tables; without a number as many as each needs
        #[arg(long)]
        tables: Option<u32>,
    },
    /// Make the reference figures of the tests anew, with scikit-learn and statsmodels
    Golden,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Chore::Pipeline(arguments) => pipeline::run(&arguments),
        Chore::Quick => quick::quick(),
        Chore::Test => check::test(),
        Chore::Downstream => downstream::downstream(),
        Chore::Wheel => wheel::wheel().map(drop),
        Chore::Lint => check::lint(),
        Chore::Ci => check::lint().and_then(|()| check::test()),
        Chore::Clients => clients::clients(),
        Chore::Stores => stores::stores(),
        Chore::Cluster { check: true, .. } => cluster::test(),
        Chore::Cluster { arguments, .. } => cluster::cluster(&arguments),
        Chore::Devices => devices::run(),
        Chore::Browser { report } => browser::browser(&report),
        Chore::Page => browser::served_page(),
        Chore::Bench { filter } => bench::criterion(filter.as_deref()),
        Chore::BenchPeers { arguments } => bench::peers(&arguments),
        Chore::Simulate { name, tables } => bench::simulate(name.as_deref(), tables),
        Chore::Golden => golden::golden(),
    }
}

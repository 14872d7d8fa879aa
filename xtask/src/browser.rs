//! A report in a real browser: `xtask/browser` opens it in Chromium, on a bright and a dark screen and on a phone.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::SystemTime;

use anyhow::{Context as _, bail};

use crate::pipeline::binary;
use crate::shell::{command, root, run, say};

const CHROMIUM: &str = "/usr/bin/chromium";
/// As others name it.
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// Where pictures go, and the report of the tests.
const OUT: &str = "target/browser";
const INSTALL: &str = "`apt-get install chromium nodejs npm` makes it possible";

/// Opens a report; what the machine lacks for it is reported as `licences()` in `check.rs` does.
pub(crate) fn browser(report: &Path) -> anyhow::Result<()> {
    let report = std::env::current_dir()?.join(report);
    anyhow::ensure!(report.is_file(), "there is no report at `{}`", report.display());
    match tools() {
        Ok(chromium) => look(&report, &chromium),
        Err(missing) => skipped(&missing),
    }
}

/// Trains on the shipped table, writes the report of it and opens that, and then the page of a service of that model.
pub(crate) fn test() -> anyhow::Result<()> {
    match tools() {
        Ok(chromium) => {
            look(&report_for_the_browser()?, &chromium)?;
            page(&chromium)
        }
        Err(missing) => skipped(&missing),
    }
}

/// Trains on the shipped table and drives the page of a service of that model, and of others.
pub(crate) fn served_page() -> anyhow::Result<()> {
    match tools() {
        Ok(chromium) => {
            report_for_the_browser()?;
            page(&chromium)
        }
        Err(missing) => skipped(&missing),
    }
}

/// The page of a service of the model that the report is of, of a card and a rule of the same table, and of odd columns.
fn page(chromium: &Path) -> anyhow::Result<()> {
    let program = binary("debug")?;
    let place = |name: &str| format!("{OUT}/{name}");
    let train = |name: &str, options: &[&str]| {
        run(command(&program).args(["train", "--quiet", "--out", &place(name)]).args(options))
    };
    let data = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];
    for form in ["card", "rule"] {
        train(form, &[&data[..], &["--form", form]].concat())?;
    }
    let odd = place("odd.csv");
    fs_err::write(root().join(&odd), odd_users())?;
    train("odd", &["--data", &odd, "--target", "help", "--date", "signup", "--missing", "level"])?;
    for (users, scored, rows) in [("users.jsonl", "scored.jsonl", "10000"), ("users.csv", "scored.csv", "50")] {
        let (users, scored) = (place(users), place(scored));
        let options = ["--seed", "7", "--label", "noisy", "--quiet", "--rows", rows, "--out", &users];
        run(command(&program).arg("generate").args(options))?;
        let options = ["--quiet", "--model", &place("model"), "--input", &users, "--output", &scored];
        run(command(&program).arg("predict").args(options))?;
    }
    let served = [("default", "model"), ("card", "card"), ("rule", "rule"), ("odd", "odd")];
    let served = served.map(|(name, folder)| format!("{name}={}", place(folder)));
    let mut serving = Serving::start(&program, &served)?;
    let address = serving.address()?;
    run(command("node").args(["xtask/browser/page.mjs", &address, OUT]).env("ASSIST_CHROMIUM", chromium))
}

/// A table with dates, money as Germans write it, levels that are markup or turn the text around them, and missing ones.
fn odd_users() -> String {
    let mut csv = "signup;income & more;device;help\n".to_owned();
    for i in 0_u32..600 {
        let (day, month, income) = (1 + i % 28, 1 + i * 5 % 12, 1000 + i * 37 % 4000);
        let device = if i % 13 == 0 { "" } else { ["Phone", "Watch <b>", "Smart\u{202e}"][(i % 3) as usize] };
        let help = u8::from((income > 3000 || month > 9) != (i % 11 == 0));
        csv += &format!("{day:02}.{month:02}.2025;{}.{:03},50 €;{device};{help}\n", income / 1000, income % 1000);
    }
    csv
}

/// A service that ends when this is dropped.
struct Serving(Child);

impl Serving {
    fn start(program: &Path, models: &[String]) -> anyhow::Result<Self> {
        let mut serve = command(program);
        serve.args(["serve", "--json", "--log-level", "error", "--listen", "127.0.0.1:0"]);
        serve.args(models.iter().flat_map(|model| ["--model", model.as_str()]));
        Ok(Self(serve.stdout(Stdio::piped()).spawn()?))
    }

    /// Where it listens, when it does.
    fn address(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let output = self.0.stdout.take().context("its output is piped")?;
        BufReader::new(output).read_line(&mut line)?;
        let listening: serde_json::Value = serde_json::from_str(&line).context("the service does not listen")?;
        let address = listening["address"].as_str().context("the service says where it listens")?;
        Ok(format!("{address}/"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn report_for_the_browser() -> anyhow::Result<PathBuf> {
    let model = format!("{OUT}/model");
    let data = ["--data", "data/assistance.csv"];
    // The binary that the tests have just run: `cargo run` would build half of the tree again, with other features.
    let program = binary("debug")?;
    let train = ["train", "--schema", "data/assistance.schema.toml", "--out", &model];
    run(command(&program).args(train).args(data))?;
    run(command(&program).args(["report", "--model", &model]).args(data))?;
    Ok(root().join(model).join("report.html"))
}

fn look(report: &Path, chromium: &Path) -> anyhow::Result<()> {
    let node = |script: &str| {
        let mut node = command("node");
        node.arg(format!("xtask/browser/{script}")).env("ASSIST_CHROMIUM", chromium);
        node
    };
    run(&mut node("self-test.mjs"))?;
    run(node("report.mjs").arg(report).arg(OUT))
}

fn skipped(missing: &str) -> anyhow::Result<()> {
    let message = format!("the report in a browser: {missing}");
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}

/// The browser's path, with all else in place, or what is missing.
fn tools() -> Result<PathBuf, String> {
    for program in ["node", "npm"] {
        if !command(program).arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Err(format!("there is no `{program}`; {INSTALL}"));
        }
    }
    let chromium = chromium()?;
    packages().map_err(|error| format!("the packages of `xtask/browser` cannot be installed: {error}"))?;
    Ok(chromium)
}

fn chromium() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("ASSIST_CHROMIUM") {
        let named = PathBuf::from(named);
        return if named.is_file() {
            Ok(named)
        } else {
            Err(format!("`ASSIST_CHROMIUM` is `{}`, which is no file", named.display()))
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = CHROMIUM_NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut places = std::iter::once(PathBuf::from(CHROMIUM)).chain(places);
    places.find(|place| place.is_file()).ok_or_else(|| format!("there is no Chromium; {INSTALL}"))
}

/// Installs what the lock file names, unless that is done.
fn packages() -> anyhow::Result<()> {
    let folder = root().join("xtask/browser");
    let changed = |name: &str| -> Option<SystemTime> { fs_err::metadata(folder.join(name)).ok()?.modified().ok() };
    // npm writes this file at the end of an installation.
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    run(command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
}

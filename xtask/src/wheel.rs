//! The Python package: its wheel, and its tests in environments of their own, with what users have. What cannot run on a machine is
//! reported as skipped; `ASSIST_REQUIRE_TOOLS=1` turns that into a failure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::pipeline::binary;
use crate::shell::{command, output, root, run, say};

/// The tool that builds wheels.
const MATURIN: &str = "maturin==1.16.0";
/// Bytes of a wheel at most.
const MOST_BYTES: u64 = 12_000_000;
/// A processor as old as the instructions that every program for it may use.
const SSE2: &str = "qemu64,-sse3,-ssse3,-sse4.1,-sse4.2,-popcnt,-avx,-avx2,-cx16,-abm";
/// The oldest one that NumPy 1.26 itself runs on.
const SSE3: &str = "qemu64,-ssse3,-sse4.1,-sse4.2,-popcnt,-avx,-avx2,-cx16,-abm";

/// Builds the wheel into `target/wheels`, and checks its size.
pub(crate) fn wheel() -> anyhow::Result<PathBuf> {
    let tools = Environment::new("tools")?;
    tools.install(&[MATURIN])?;
    let folder = root().join("target/wheels");
    if folder.exists() {
        fs_err::remove_dir_all(&folder)?;
    }
    let mut build = tools.program("maturin");
    build.args(["build", "--release", "--locked", "--manifest-path", "crates/assist-python/Cargo.toml", "--out"]);
    // Its features are not those of the program, so that one folder would be built anew by either.
    run(build.arg(&folder).env("CARGO_TARGET_DIR", root().join("target/python")))?;
    let built = fs_err::read_dir(&folder)?.next().context("no wheel was built")??.path();
    let bytes = fs_err::metadata(&built)?.len();
    ensure!(bytes <= MOST_BYTES, "`{}` has {bytes} bytes, and {MOST_BYTES} are the most", built.display());
    say(&format!("wrote `{}`, {:.1} MB", built.display(), bytes as f64 / 1e6));
    Ok(built)
}

/// Builds the wheel and tests it: alone in an empty environment, beside the newest and the oldest packages that it works with, and on
/// an old processor.
pub(crate) fn test() -> anyhow::Result<()> {
    if !command("python3").args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success()) {
        return skipped("the tests of the Python package: Python with pip and venv makes them possible");
    }
    let wheel = wheel()?;
    let empty = Environment::anew("empty")?;
    let before = empty.packages()?;
    empty.install(&[&wheel.to_string_lossy()])?;
    let mut expected = before;
    expected.push("assist-learn".to_owned());
    expected.sort();
    let found = empty.packages()?;
    ensure!(found == expected, "installing the wheel brought more than itself: {found:?}");
    for (name, tests) in [
        ("newest", &[""][..]),
        (
            "oldest",
            &[
                "test_estimator_checks.py",
                "test_exactness.py",
                "test_composition.py",
                "test_frames.py",
                "test_odd_frames.py",
                "test_product.py",
            ],
        ),
    ] {
        let environment = Environment::with(name, &wheel)?;
        let mut pytest = environment.program("python");
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).env("ASSIST_CLI", binary("debug")?);
        pytest.args(tests.iter().map(|test| format!("crates/assist-python/tests/{test}")));
        run(&mut pytest)?;
    }
    on_old_processors(&empty)
}

/// The interpreter with the wheel beside the newest packages.
pub(crate) fn beside_the_newest() -> anyhow::Result<Command> {
    Ok(Environment::with("newest", &wheel()?)?.program("python"))
}

/// The module and the program without the instructions of newer processors.
fn on_old_processors(empty: &Environment) -> anyhow::Result<()> {
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return skipped("the run on an old processor: it is one of x86-64, under Linux");
    }
    if !command("qemu-x86_64").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return skipped("the run on an old processor: `qemu-x86_64` (Debian's qemu-user) makes it possible");
    }
    let emulated = |processor: &str, program: &Path| {
        let mut emulated = command("qemu-x86_64");
        emulated.args(["-cpu", processor]).arg(program);
        emulated
    };
    let script = "crates/assist-python/tests/old_processor.py";
    run(emulated(SSE2, &empty.path("python")).arg(script))?;
    run(emulated(SSE3, &Environment::new("oldest")?.path("python")).args([script, "numpy"]))?;
    let program = binary("debug")?;
    let model = root().join("target/python/model-of-an-old-processor");
    let mut train = emulated(SSE2, &program);
    train.args(["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--quiet", "--out"]);
    run(train.arg(&model))?;
    say("no illegal instruction");
    Ok(())
}

fn skipped(what: &str) -> anyhow::Result<()> {
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {what}");
    }
    say(&format!("\nskipped {what}"));
    Ok(())
}

/// A virtual environment of Python in `target/python`.
struct Environment(PathBuf);

impl Environment {
    /// The one of this name, which is made if it is missing.
    fn new(name: &str) -> anyhow::Result<Self> {
        let folder = root().join("target/python/environments").join(name);
        if !folder.join("pyvenv.cfg").exists() {
            run(command("python3").args(["-m", "venv"]).arg(&folder))?;
        }
        Ok(Self(folder))
    }

    /// The one of this name, with the packages that its tests ask for and the wheel.
    fn with(name: &str, wheel: &Path) -> anyhow::Result<Self> {
        let environment = Self::new(name)?;
        let requirements = format!("crates/assist-python/tests/requirements-{name}.txt");
        environment.install(&["--upgrade", "--requirement", &requirements])?;
        environment.install(&["--force-reinstall", "--no-deps", &wheel.to_string_lossy()])?;
        Ok(environment)
    }

    /// The one of this name, with nothing in it.
    fn anew(name: &str) -> anyhow::Result<Self> {
        let folder = root().join("target/python/environments").join(name);
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        Self::new(name)
    }

    fn path(&self, program: &str) -> PathBuf {
        let folder = self.0.join(if cfg!(windows) { "Scripts" } else { "bin" });
        folder.join(program).with_extension(if cfg!(windows) { "exe" } else { "" })
    }

    fn program(&self, program: &str) -> Command {
        let mut program = command(self.path(program));
        // Files of bytes are of no use in the sources.
        program.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
        program
    }

    fn install(&self, packages: &[&str]) -> anyhow::Result<()> {
        let mut pip = self.program("python");
        run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages))
    }

    /// The names of what is installed.
    fn packages(&self) -> anyhow::Result<Vec<String>> {
        let mut pip = self.program("python");
        let listed = output(pip.args(["-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"]))?;
        let name = |line: &str| line.split(['=', ' ', '@']).next().unwrap_or_default().replace('_', "-");
        let mut names: Vec<String> = listed.lines().map(name).collect();
        names.sort();
        Ok(names)
    }
}

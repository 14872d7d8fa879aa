//! Runs the binary in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A prediction for one user of the shipped table.
pub(crate) const PREDICT: [&str; 15] = [
    "predict",
    "--set",
    "error_count=2",
    "--set",
    "task_completion_time_sec=58",
    "--set",
    "user_satisfaction_score=5",
    "--set",
    "age_group=60+",
    "--set",
    "device_type=Smartwatch",
    "--set",
    "input_mode=Voice",
    "--set",
    "task_type=Make Payment",
];

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("a JSON document and nothing else")
    }

    /// All that can be seen of the run.
    pub(crate) fn transcript(&self) -> String {
        let stream =
            |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("{name}:\n{text}\n") };
        format!("exit {}\n{}{}", self.status, stream("stdout", &self.stdout), stream("stderr", &self.stderr))
    }
}

/// A folder with the shipped `data` in it, removed when dropped.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs_err::create_dir(folder.path().join("data")).expect("a folder");
        for file in ["assistance.csv", "assistance.schema.toml"] {
            fs_err::copy(repository().join("data").join(file), folder.path().join("data").join(file)).expect("copied");
        }
        Self { folder }
    }

    /// A sandbox with a model of the shipped table in `artifacts`.
    pub(crate) fn trained() -> Self {
        let sandbox = Self::new();
        let run = sandbox.run(&["train", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs_err::write(self.path(name), content.as_ref()).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).expect("read")
    }

    /// A file as text.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    pub(crate) fn metrics(&self, folder: &str) -> Value {
        serde_json::from_slice(&self.read(&format!("{folder}/metrics.json"))).expect("JSON")
    }

    /// The bytes of the two artifacts.
    pub(crate) fn artifacts(&self) -> [Vec<u8>; 2] {
        ["logistic_model.postcard", "model_features.postcard"].map(|name| self.read(&format!("artifacts/{name}")))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, b"")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("started");
        let mut stdin = child.stdin.take().expect("piped");
        // A run that ends before it has read everything is no fault of the test.
        let _ = std::io::Write::write_all(&mut stdin, input);
        drop(stdin);
        let output = child.wait_with_output().expect("ended");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// A run whose address space has so many KiB at most.
    pub(crate) fn run_within(&self, kibibytes: u64, arguments: &[&str]) -> Run {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -v {kibibytes} && exec \"$0\" \"$@\""));
        command.arg(env!("CARGO_BIN_EXE_assist-cli")).args(arguments).current_dir(self.folder.path());
        let output = command.env("NO_COLOR", "1").stdin(Stdio::null()).output().expect("started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assist-cli"));
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1").env("COLUMNS", "100");
        command
    }
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// The broken tables of the tests.
pub(crate) fn test_data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_data").join(name)
}

/// The public reference table and its figures, which are not part of the repository. `None` where they are absent: the test
/// that asks is then reported as skipped, which `ASSIST_REQUIRE_REFERENCE=1` turns into a failure.
pub(crate) fn reference(test: &str) -> Option<(PathBuf, Value)> {
    let data = std::env::var_os("ASSIST_REFERENCE_DATA")
        .map_or_else(|| repository().join("../shared/data/user_assistance.csv"), PathBuf::from);
    let golden = data.parent().and_then(Path::parent).map(|root| root.join("golden/seed.json"));
    let golden = golden.and_then(|path| fs_err::read(path).ok());
    if let (true, Some(golden)) = (data.exists(), golden) {
        return Some((data, serde_json::from_slice(&golden).expect("reference figures are JSON")));
    }
    let message = format!("{test}: the reference table is not at `{}`", data.display());
    assert!(std::env::var_os("ASSIST_REQUIRE_REFERENCE").is_none(), "{message}");
    skip(&message);
    None
}

/// A public folder of cases, which is no part of the repository. Where it is absent the test that asks is skipped, as above.
pub(crate) fn shared_folder(what: &str, name: &str) -> Option<PathBuf> {
    let folder = repository().join("../shared").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let message = format!("{what} are not at `{}`", folder.display());
    assert!(std::env::var_os("ASSIST_REQUIRE_REFERENCE").is_none(), "{message}");
    skip(&message);
    None
}

/// Reports a test as skipped: on standard error, and for `cargo xtask test` in the file that it names.
pub(crate) fn skip(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {message}");
    if let Some(list) = std::env::var_os("ASSIST_SKIPPED_TESTS") {
        let list = fs_err::OpenOptions::new().create(true).append(true).open(PathBuf::from(list));
        let _ = list.and_then(|mut list| writeln!(list, "{message}"));
    }
}

/// Whether what is not there is a failure: `ASSIST_REQUIRE_TOOLS=1` says so.
pub(crate) fn are_tools_required() -> bool {
    std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some()
}

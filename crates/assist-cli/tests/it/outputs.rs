//! Nothing of the user's is destroyed or lost: no output is one of the inputs, what stands in the way is treated as other
//! tools treat it, and what is cut short leaves nothing behind.

use crate::run::{Run, Sandbox};

const TRAIN: [&str; 6] = ["train", "--quiet", "--data", "data/assistance.csv", "--target", "needs_assistance_flag"];

fn small(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    let run = sandbox.run(&["generate", "--rows", "300", "--out", name]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    sandbox.read(name)
}

#[track_caller]
fn is_refused(run: &Run, words: &str) {
    assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{}", run.transcript());
    assert!(run.stderr.contains(words) && run.stderr.contains("\nhint: "), "{}", run.stderr);
}

/// Names of the files of a folder that are under way.
fn under_way(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let names = fs_err::read_dir(sandbox.path(folder)).expect("the folder");
    let names = names.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned());
    names.filter(|name| [".part", ".new"].iter().any(|end| name.ends_with(end))).collect()
}

#[test]
fn a_prediction_never_replaces_what_it_reads() {
    let sandbox = Sandbox::trained();
    for name in ["t.csv", "t.jsonl", "t.parquet", "t.arrow"] {
        let before = small(&sandbox, name);
        let mut outputs = vec![name.to_owned(), format!("./{name}"), format!("data/../{name}")];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(name, sandbox.path(&format!("link-{name}"))).expect("a link");
            std::fs::hard_link(sandbox.path(name), sandbox.path(&format!("hard-{name}"))).expect("a link");
            outputs.extend([format!("link-{name}"), format!("hard-{name}")]);
        }
        for output in outputs {
            let run = sandbox.run(&["predict", "--input", name, "--output", &output]);
            is_refused(&run, &format!("error: `{output}` is one of the inputs"));
            assert!(sandbox.read(name) == before, "{output} was written over");
        }
        // Named by a pattern, it is an input as well.
        let run = sandbox.run(&["predict", "--input", "t.*", "--output", name]);
        assert!(run.status == 1 && sandbox.read(name) == before, "{}", run.transcript());
    }
    // So it is as a file of a folder.
    fs_err::create_dir_all(sandbox.path("folder")).expect("a folder");
    let before = small(&sandbox, "folder/part.csv");
    let run = sandbox.run(&["predict", "--input", "folder", "--output", "folder/part.csv"]);
    is_refused(&run, "`folder/part.csv` is one of the inputs");
    assert_eq!(sandbox.read("folder/part.csv"), before);
    let metrics = sandbox.read("artifacts/metrics.json");
    let run = sandbox.run(&["predict", "--input", "t.csv", "--output", "artifacts/metrics.json"]);
    is_refused(&run, "`artifacts/metrics.json` is one of the inputs");
    assert_eq!(sandbox.read("artifacts/metrics.json"), metrics);
}

#[cfg(unix)]
#[test]
fn standard_streams_are_inputs_and_outputs_too() {
    let sandbox = Sandbox::trained();
    let before = small(&sandbox, "t.csv");
    let append = || fs_err::OpenOptions::new().append(true).open(sandbox.path("t.csv")).expect("opened").into_file();
    let mut command = sandbox.command(&["predict", "--input", "t.csv"]);
    let output = command.stdout(append()).output().expect("run");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.starts_with("error: standard output is one of the inputs, `t.csv`"), "{message}");
    let read = fs_err::File::open(sandbox.path("t.csv")).expect("opened").into_file();
    let mut command = sandbox.command(&["predict", "--input", "-", "--output", "t.csv"]);
    let output = command.stdin(read).output().expect("run");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.starts_with("error: `t.csv` is one of the inputs, standard input"), "{message}");
    assert_eq!(sandbox.read("t.csv"), before);
}

#[test]
fn splits_models_and_reports_replace_none_of_their_inputs() {
    let sandbox = Sandbox::trained();
    let target = ["--target", "needs_assistance_flag"];
    for name in ["train.csv", "test.csv"] {
        let before = small(&sandbox, name);
        let run = sandbox.run(&[&["split", "--data", name, "--out", "."], &target[..]].concat());
        is_refused(&run, "is one of the inputs");
        assert_eq!(sandbox.read(name), before);
        fs_err::remove_file(sandbox.path(name)).expect("removed");
    }
    // A table in the place of the report of a training; a schema in the place of an artifact.
    let table = small(&sandbox, "t.jsonl");
    fs_err::create_dir_all(sandbox.path("m")).expect("a folder");
    sandbox.write("m/metrics.json", &table);
    let run = sandbox.run(&[&["train", "--data", "m/metrics.json", "--out", "m"], &target[..]].concat());
    is_refused(&run, "`m/metrics.json` is one of the inputs");
    assert_eq!(sandbox.read("m/metrics.json"), table);
    sandbox.write("m/model_features.postcard", "target = 'needs_assistance_flag'\n");
    let schema = ["train", "--data", "data/assistance.csv", "--schema", "m/model_features.postcard", "--out", "./m"];
    is_refused(&sandbox.run(&schema), "is one of the inputs, `m/model_features.postcard`");
    // A schema that is written over the one that is read, or over the table.
    let inspect = ["inspect", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];
    for out in ["./data/assistance.schema.toml", "data/assistance.csv"] {
        is_refused(&sandbox.run(&[&inspect[..], &["--write-schema", out]].concat()), "is one of the inputs");
    }
    // The page and the card of a report.
    let csv = sandbox.read("data/assistance.csv");
    sandbox.write("model_card.md", &csv);
    let report = |data: &str, out: &str| sandbox.run(&["report", "--trees", "10", "--data", data, "--out", out]);
    is_refused(&report("model_card.md", "page.html"), "`model_card.md` is one of the inputs");
    is_refused(&report("data/assistance.csv", "data/assistance.csv"), "is one of the inputs");
    is_refused(&report("data/assistance.csv", "artifacts/metrics.json"), "is one of the inputs");
    assert!(sandbox.read("model_card.md") == csv && sandbox.read("data/assistance.csv") == csv);
}

#[test]
fn a_folder_that_cannot_take_a_model_is_known_before_the_training() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    for folder in ["file", "file/deeper"] {
        is_refused(&sandbox.run(&[&TRAIN[..], &["--out", folder]].concat()), "error: no model can be saved in `file");
    }
    assert_eq!(sandbox.run(&TRAIN).status, 0);
    let before = sandbox.artifacts();
    let path = sandbox.path("artifacts/logistic_model.postcard");
    let mut permissions = std::fs::metadata(&path).expect("there").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("set");
    is_refused(&sandbox.run(&TRAIN), "logistic_model.postcard` is write-protected");
    assert_eq!(sandbox.artifacts(), before);
}

#[test]
fn what_tells_of_another_model_is_named() {
    let sandbox = Sandbox::trained();
    let of_first = sandbox.metrics("artifacts")["model_id"].as_str().expect("a name").to_owned();
    let report = ["report", "--trees", "10", "--data", "data/assistance.csv"];
    assert_eq!(sandbox.run(&report).status, 0);
    let run = sandbox.run(&["explain"]);
    assert_eq!(run.stderr, "");
    // A training makes its own report; the page is still that of the first model.
    let run = sandbox.run(&[&TRAIN[..], &["--c", "0.1"]].concat());
    let of_second = sandbox.metrics("artifacts")["model_id"].as_str().expect("a name").to_owned();
    for file in ["artifacts/report.html", "artifacts/model_card.md"] {
        let said = format!(
            "warning: `{file}` tells of another model: of `{}`, and the model beside it is `{}`",
            &of_first[..16],
            &of_second[..16]
        );
        assert!(run.stderr.contains(&said), "{}", run.stderr);
    }
    assert_eq!(sandbox.run(&report).status, 0);
    assert_eq!(sandbox.run(&["explain"]).stderr, "");
    // Only the artifacts are put back.
    assert_eq!(sandbox.run(&[&TRAIN[..], &["--out", "other"]].concat()).status, 0);
    for name in ["logistic_model.postcard", "model_features.postcard"] {
        sandbox.write(&format!("artifacts/{name}"), sandbox.read(&format!("other/{name}")));
    }
    let of_other = sandbox.metrics("other")["model_id"].as_str().expect("a name").to_owned();
    is_refused(
        &sandbox.run(&report),
        &format!("it tells of `{}`, and the model is `{}`", &of_second[..16], &of_other[..16]),
    );
    for command in [&["explain"][..], &["evaluate", "--bootstrap", "0", "--data", "data/assistance.csv"]] {
        let run = sandbox.run(command);
        assert_eq!(run.status, 0, "{}", run.transcript());
        assert!(run.stderr.contains("warning: `artifacts/metrics.json` tells of another model"), "{}", run.stderr);
    }
}

#[test]
fn a_report_that_waits_for_its_place_is_found() {
    let sandbox = Sandbox::trained();
    let mark = sandbox.metrics("artifacts")["model_id"].as_str().expect("a name")[..16].to_owned();
    let waiting = sandbox.path(&format!("artifacts/.metrics.json.{mark}.new"));
    // As a training leaves it that stops before its last step.
    fs_err::rename(sandbox.path("artifacts/metrics.json"), &waiting).expect("renamed");
    sandbox.write("artifacts/metrics.json", "{\"model_id\": \"that of the model before\"}");
    assert_eq!(sandbox.run(&["explain"]).stderr, "");
    let run = sandbox.run(&["report", "--trees", "10", "--data", "data/assistance.csv"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(sandbox.run(&TRAIN).status, 0);
    assert_eq!(under_way(&sandbox, "artifacts"), Vec::<String>::new());
}

#[cfg(unix)]
mod on_unix {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn devices_and_pipes_are_written_through() {
        let sandbox = Sandbox::trained();
        small(&sandbox, "t.csv");
        let plain = sandbox.run(&["predict", "--input", "t.csv"]);
        // What is said beside does not get into the table.
        for output in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let run = sandbox.run(&["predict", "--input", "t.csv", "--output", output]);
            assert!(run.status == 0 && run.stdout == plain.stdout, "{output}: {}", run.stderr);
        }
        assert_eq!(sandbox.run(&["predict", "--input", "t.csv", "--output", "/dev/null"]).status, 0);
        let inspect = ["inspect", "--data", "t.csv", "--target", "needs_assistance_flag", "--write-schema"];
        let schema = sandbox.run(&[&inspect[..], &["/dev/stdout"]].concat());
        assert_eq!(sandbox.run(&[&inspect[..], &["s.toml"]].concat()).status, 0);
        assert_eq!(schema.stdout.as_bytes(), sandbox.read("s.toml"));
        let run = sandbox.run(&["generate", "--rows", "300", "--out", "/dev/stdout"]);
        assert_eq!(run.stdout.as_bytes(), sandbox.read("t.csv"));
        if std::path::Path::new("/dev/full").exists() {
            let run = sandbox.run(&["predict", "--input", "t.csv", "--output", "/dev/full"]);
            assert!(run.status == 1 && run.stderr.contains("No space left on device"), "{}", run.transcript());
        }
        for pipe in ["pipe", "pipe.parquet"] {
            assert!(Command::new("mkfifo").arg(sandbox.path(pipe)).status().expect("run").success());
            let reader = std::thread::spawn({
                let path = sandbox.path(pipe);
                move || fs_err::read(path).expect("read")
            });
            assert_eq!(sandbox.run(&["predict", "--input", "t.csv", "--output", pipe]).status, 0);
            let read = reader.join().expect("read");
            assert!(read == plain.stdout.as_bytes() || read.starts_with(b"PAR1"), "{pipe}");
        }
        is_wrong_usage(&sandbox.run(&["report", "--data", "data/assistance.csv", "--out", "/dev/stdout"]));
    }

    #[track_caller]
    fn is_wrong_usage(run: &Run) {
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.transcript());
    }

    /// A file that others append to as well keeps what is in it.
    #[test]
    fn standard_output_goes_on_where_it_was() {
        let sandbox = Sandbox::new();
        sandbox.write("all.csv", "before\n");
        let append = fs_err::OpenOptions::new().append(true).open(sandbox.path("all.csv")).expect("opened").into_file();
        let mut command = sandbox.command(&["generate", "--rows", "2", "--out", "/dev/stdout"]);
        assert!(command.stdout(append).status().expect("run").success());
        let text = String::from_utf8(sandbox.read("all.csv")).expect("text");
        assert!(text.starts_with("before\nuser_id,") && text.lines().count() == 4, "{text}");
    }

    #[test]
    fn links_are_followed_and_permissions_stay() {
        let sandbox = Sandbox::new();
        small(&sandbox, "real.csv");
        std::fs::set_permissions(sandbox.path("real.csv"), std::fs::Permissions::from_mode(0o640)).expect("set");
        symlink("real.csv", sandbox.path("link.csv")).expect("a link");
        symlink("made.csv", sandbox.path("dangling.csv")).expect("a link");
        for out in ["link.csv", "dangling.csv"] {
            assert_eq!(sandbox.run(&["generate", "--rows", "5", "--out", out]).status, 0);
            assert!(sandbox.path(out).is_symlink());
        }
        assert_eq!(sandbox.read("real.csv"), sandbox.read("made.csv"));
        let mode = std::fs::metadata(sandbox.path("real.csv")).expect("there").mode();
        assert_eq!(mode & 0o777, 0o640);
        std::fs::set_permissions(sandbox.path("real.csv"), std::fs::Permissions::from_mode(0o440)).expect("set");
        is_refused(&sandbox.run(&["generate", "--rows", "5", "--out", "link.csv"]), "`link.csv` is write-protected");
    }

    /// A link is given to somebody else, which only the superuser can.
    #[test]
    fn a_trap_in_a_folder_of_everybody_s_is_not_stepped_into() {
        let sandbox = Sandbox::trained();
        sandbox.write("mine.csv", "mine");
        fs_err::create_dir_all(sandbox.path("everybody")).expect("a folder");
        symlink("../mine.csv", sandbox.path("everybody/out.csv")).expect("a link");
        if lchown(sandbox.path("everybody/out.csv"), Some(12_345), None).is_err() {
            return;
        }
        std::fs::set_permissions(sandbox.path("everybody"), std::fs::Permissions::from_mode(0o1777)).expect("set");
        let run = sandbox.run(&["predict", "--input", "data/assistance.csv", "--output", "everybody/out.csv"]);
        is_refused(&run, "error: `everybody/out.csv` belongs to somebody else");
        assert_eq!(sandbox.read("mine.csv"), b"mine");
    }

    /// Whether this process ignores a signal, and with it those that it starts: shells let background jobs ignore interrupts,
    /// and `nohup` lets programs ignore the end of a session.
    fn is_ignored(signal: i32) -> bool {
        let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    }

    #[test]
    fn a_signal_leaves_nothing_behind() {
        let sandbox = Sandbox::new();
        let signals = [("TERM", 15), ("INT", 2), ("HUP", 1)];
        for (name, number) in signals.into_iter().filter(|(_, number)| !is_ignored(*number)) {
            let mut child =
                sandbox.command(&["generate", "--rows", "50000000", "--out", "big.csv"]).spawn().expect("run");
            while under_way(&sandbox, ".").is_empty() {
                assert!(child.try_wait().expect("a state").is_none(), "ended by itself");
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            let kill = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
            assert!(kill.expect("sent").success());
            assert_eq!(child.wait().expect("ended").signal(), Some(number));
            assert_eq!(under_way(&sandbox, "."), Vec::<String>::new());
            assert!(!sandbox.path("big.csv").exists());
        }
    }

    /// What `head` does.
    #[test]
    fn a_reader_that_has_enough_is_no_fault() {
        let sandbox = Sandbox::trained();
        for arguments in [
            &["predict", "--input", "data/assistance.csv"][..],
            &["predict", "--input", "data/assistance.csv", "--json"],
            &["predict", "--input", "data/assistance.csv", "--output", "/dev/stdout"],
            &["generate", "--rows", "100000", "--out", "/dev/stdout"],
        ] {
            let mut child = sandbox.command(arguments).stdin(Stdio::null()).spawn().expect("started");
            let mut line = String::new();
            BufReader::with_capacity(64, child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
            let mut said = String::new();
            child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
            let status = child.wait().expect("ended");
            assert!(status.success() && said.is_empty() && !line.is_empty(), "{arguments:?}: {status} {said}");
        }
    }
}

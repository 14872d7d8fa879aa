//! The service as a program: what it prints, what it refuses, what ends it, and what ten thousand connections do to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;

use crate::run::Sandbox;
#[cfg(target_os = "linux")]
use crate::run::{are_tools_required, skip};

const USER: &str = r#"{"error_count": 2, "task_completion_time_sec": 58, "user_satisfaction_score": 5, "age_group": "60+", "device_type": "Smartwatch", "input_mode": "Voice", "task_type": "Make Payment"}"#;

/// Tells a figure to whoever looks at what tests say.
#[cfg(target_os = "linux")]
fn say(figure: &str) {
    let _ = writeln!(std::io::stderr(), "{figure}");
}

/// A service that is killed when dropped.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(sandbox: &Sandbox, options: &[&str]) -> Self {
        Self::with(sandbox, &[&["serve", "--json", "--listen", "127.0.0.1:0"], options].concat())
    }

    fn with(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut child =
            sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let listening: Value = serde_json::from_str(&line).expect("JSON");
        let address = listening["address"].as_str().and_then(|address| address.strip_prefix("http://"));
        Self { address: address.expect("an address").replace("0.0.0.0", "127.0.0.1"), child }
    }

    /// The status and the body of an answer, over a connection of its own.
    fn ask(&self, path: &str, body: Option<&str>) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.unwrap_or("");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all((head + body).as_bytes());
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
    }

    /// Sends a signal.
    fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    /// What it logged, and how it ended.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().expect("a status").is_none() {
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut log = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
        (self.child.wait().expect("ended").code(), log)
    }

    /// Memory that it has, in MiB.
    fn memory(&self) -> Option<f64> {
        let status = fs_err::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs an example of the help as it is printed, but for its port, which may be in use, and for what it needs: a second model and
/// keys.
pub(crate) fn runs_as_printed(sandbox: &Sandbox, example: &[&str]) {
    sandbox.write("keys.txt", "a-key-that-nobody-guesses\n");
    let other = sandbox.path("models/other");
    fs_err::create_dir_all(&other).expect("a folder");
    for file in ["logistic_model.postcard", "model_features.postcard"] {
        fs_err::copy(sandbox.path("artifacts").join(file), other.join(file)).expect("copied");
    }
    let mut arguments: Vec<String> = example.iter().map(|word| word.replace(":8080", ":0")).collect();
    if !arguments.iter().any(|word| word == "--listen") {
        arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
    }
    arguments.push("--json".to_owned());
    let serving = Serving::with(sandbox, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(serving.ask("/readyz", None).0, 200);
}

#[test]
fn ten_thousand_users_have_the_scores_of_the_program() {
    let sandbox = Sandbox::trained();
    let generate = ["generate", "--rows", "10000", "--seed", "7", "--label", "noisy", "--out", "users.jsonl"];
    assert_eq!(sandbox.run(&generate).status, 0);
    let predict = ["predict", "--input", "users.jsonl", "--output", "scored.jsonl"];
    assert_eq!(sandbox.run(&predict).status, 0);
    let serving = Serving::start(&sandbox, &[]);
    let users = sandbox.text("users.jsonl");
    let list = format!("[{}]", users.lines().collect::<Vec<_>>().join(","));
    let (status, body) = serving.ask("/v1/predict", Some(&list));
    assert_eq!(status, 200);
    let served: Vec<Value> = serde_json::from_str(&body).expect("a list");
    let scored = sandbox.text("scored.jsonl");
    assert_eq!(served.len(), 10_000);
    assert_eq!(scored.lines().count(), 10_000);
    let bits = |row: &Value, key: &str| row[key].as_f64().expect("a number").to_bits();
    for (line, served) in scored.lines().zip(&served) {
        let row: Value = serde_json::from_str(line).expect("JSON");
        for key in ["probability", "raw_probability", "score"] {
            assert_eq!(bits(&row, key), bits(served, key), "{line}");
        }
        assert_eq!(row["prediction"], served["prediction"]);
    }
}

#[cfg(unix)]
#[test]
fn signals_load_again_and_end() {
    let sandbox = Sandbox::trained();
    let serving = Serving::start(&sandbox, &["--log-format", "json", "--log-level", "debug"]);
    assert_eq!(serving.ask("/v1/predict", Some(USER)).0, 200);
    assert_eq!(serving.ask("/v1/predict", Some(&USER.replace("Smartwatch", "Tablet"))).0, 422);
    serving.signal("-HUP");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !serving.ask("/metrics", None).1.contains(r#"assist_model_reloads_total{model="default",result="loaded"} 1"#)
    {
        assert!(Instant::now() < deadline, "the model is not loaded again");
        std::thread::sleep(Duration::from_millis(20));
    }
    serving.signal("-TERM");
    let (status, log) = serving.end();
    assert_eq!(status, Some(0));
    let events: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect();
    let messages: Vec<&str> = events.iter().filter_map(|event| event["message"].as_str()).collect();
    for message in ["listening", "answered", "model loaded", "ended"] {
        assert!(messages.contains(&message), "{log}");
    }
    assert!(!log.contains("Tablet") && !log.contains("Smartwatch"), "{log}");
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_idle_connections_take_little() {
    let sandbox = Sandbox::trained();
    let serving = Serving::start(&sandbox, &["--idle-timeout", "60"]);
    let before = serving.memory().expect("a figure");
    let mut idle: Vec<TcpStream> = Vec::new();
    let wanted = 10_000;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|maximum| maximum < 11_000) {
        let message = "ten thousand connections: a process may not open 11,000 files here";
        assert!(!are_tools_required(), "skipped {message}");
        return skip(message);
    }
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the maximum is allowed");
    for _ in 0..wanted {
        idle.push(TcpStream::connect(&serving.address).expect("a connection"));
    }
    let (status, metrics) = serving.ask("/metrics", None);
    assert_eq!(status, 200);
    let open = metrics.lines().find_map(|line| line.strip_prefix("assist_http_connections "));
    let open: usize = open.and_then(|open| open.parse().ok()).expect("a figure");
    assert!(open > wanted, "{open} are open");
    let taken = serving.memory().expect("a figure") - before;
    assert!(taken < 250.0, "{taken} MiB for {wanted} connections");
    say(&format!("{wanted} idle connections take {taken:.0} MiB"));
    assert_eq!(serving.ask("/v1/predict", Some(USER)).0, 200);
    drop(idle);
    assert_eq!(serving.ask("/v1/predict", Some(USER)).0, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn a_flood_leaves_the_service_as_it_was() {
    let sandbox = Sandbox::trained();
    // Eight requests at once are four times what it works on.
    let serving = Serving::start(&sandbox, &["--max-requests", "2", "--max-memory", "16"]);
    let list = format!("[{}]", vec![USER; 30_000].join(","));
    let until = Instant::now() + Duration::from_secs(3);
    let statuses = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = Vec::new();
                    while Instant::now() < until {
                        seen.push(serving.ask("/v1/predict", Some(&list)).0);
                    }
                    seen
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("answered")).collect::<Vec<u16>>()
    });
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    assert_eq!(serving.ask("/v1/predict", Some(USER)).0, 200);
    let memory = serving.memory().expect("a figure");
    assert!(memory < 300.0, "{memory} MiB after a flood");
    say(&format!("{memory:.0} MiB after a flood of {} requests", statuses.len()));
}

/// Every outcome and every prediction that was acknowledged is there after the service was killed.
#[cfg(target_os = "linux")]
#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let sandbox = Sandbox::trained();
    let options = ["--outcomes", "log", "--holdout", "50%", "--holdout-key", "user_id"];
    let (mut acknowledged, mut predicted) = (Vec::new(), 0_u64);
    for round in 0_u64..6 {
        let serving = Serving::start(&sandbox, &options);
        let told = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..4)
                .map(|client| {
                    let address = &serving.address;
                    scope.spawn(move || tell(address, client))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(300 + 70 * round));
            serving.signal("-KILL");
            clients.into_iter().map(|client| client.join().expect("it ends")).collect::<Vec<_>>()
        });
        for (ids, predictions) in told {
            acknowledged.extend(ids);
            predicted += predictions;
        }
    }
    assert!(acknowledged.len() > 20, "{} were acknowledged", acknowledged.len());
    let serving = Serving::start(&sandbox, &options);
    let (status, body) = serving.ask("/v1/monitor", None);
    assert_eq!(status, 200, "{body}");
    let report: Value = serde_json::from_str(&body).expect("JSON");
    let number = |key: &str| report[key].as_u64().expect("a number");
    // What was on disk and not yet acknowledged is there as well: at most what each client waited for.
    assert!((predicted..=predicted + 24).contains(&number("predictions")), "{predicted}: {report}");
    let least = acknowledged.len() as u64;
    assert!((least..=least + 24).contains(&number("with_outcome")), "{least}: {report}");
    assert_eq!(number("outcomes_of_unknown_predictions"), 0);
    drop(serving);
    let log: String = fs_err::read_dir(sandbox.path("log"))
        .expect("a folder")
        .filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|ending| ending == "log"))
        })
        .map(|entry| fs_err::read_to_string(entry.expect("a file").path()).expect("text"))
        .collect();
    for id in &acknowledged {
        let times = log.lines().filter(|line| line.contains("outcome") && line.contains(id.as_str())).count();
        assert_eq!(times, 1, "{id}");
    }
    assert!(!log.contains("Smartwatch") && !log.contains("\"u1\""), "no value of a user is in the log");
}

/// Asks for predictions and tells what became true of them until the service is gone: the outcomes that were acknowledged, and
/// how many predictions.
#[cfg(target_os = "linux")]
fn tell(address: &str, client: usize) -> (Vec<String>, u64) {
    let (mut ids, mut predictions) = (Vec::new(), 0);
    for user in 0.. {
        let body = USER.replace('{', &format!("{{\"user_id\": \"u{client}-{user}\","));
        let Some((200, answer)) = try_ask(address, "/v1/predict", &body) else { break };
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        predictions += 1;
        assert!(matches!(answer["arm"].as_str(), Some("helped" | "held_out")), "{answer}");
        let id = answer["id"].as_str().expect("an id").to_owned();
        let outcome = format!(r#"{{"id": "{id}", "truth": {}}}"#, user % 2);
        let Some((200, _)) = try_ask(address, "/v1/outcome", &outcome) else { break };
        ids.push(id);
    }
    (ids, predictions)
}

/// The status and the body of an answer; nothing where the service went away.
#[cfg(target_os = "linux")]
fn try_ask(address: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    // The end of a connection may come in the middle of an answer, which is then none.
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (length.parse() == Ok(body.len())).then_some(())?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[test]
fn what_cannot_be_served_is_told() {
    let sandbox = Sandbox::trained();
    sandbox.write("keys.txt", "short\n");
    fs_err::create_dir(sandbox.path("damaged")).expect("a folder");
    sandbox.write("damaged/logistic_model.postcard", b"none");
    let mut transcripts = String::new();
    for options in [
        &["--model", "nowhere"][..],
        &["--model", "help=damaged"],
        &["--model", "a=artifacts", "--model", "a=artifacts"],
        &["--model", "a="],
        &["--listen", "0.0.0.0:0"],
        &["--listen", "localhost"],
        &["--api-key-file", "keys.txt"],
        &["--api-key-file", "missing.txt"],
        &["--api-key-file", "keys.txt", "--no-auth"],
        &["--cors", "*"],
        &["--holdout", "10%"],
        &["--holdout", "110%", "--holdout-key", "user_id", "--outcomes", "log"],
        &["--holdout-key", "user_id"],
        &["--outcomes", "keys.txt"],
        &["--max-body", "0"],
        &["--timeout", "-1"],
    ] {
        let run = sandbox.run(&[&["serve"], options].concat());
        transcripts += &format!("$ serve {}\n{}\n", options.join(" "), run.transcript());
    }
    insta::assert_snapshot!("serve_failures", transcripts);
}

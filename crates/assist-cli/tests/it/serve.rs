//! The service as a program: what it prints, what it refuses, what ends it, and what ten thousand connections do to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::Sandbox;

const USER: &str = r#"{"error_count": 2, "task_completion_time_sec": 58, "user_satisfaction_score": 5, "age_group": "60+", "device_type": "Smartwatch", "input_mode": "Voice", "task_type": "Make Payment"}"#;

/// A service that is killed when dropped.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(sandbox: &Sandbox, options: &[&str]) -> Self {
        let arguments = [&["serve", "--json", "--listen", "127.0.0.1:0"], options].concat();
        let mut child =
            sandbox.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let listening: Value = serde_json::from_str(&line).expect("JSON");
        let address = listening["address"].as_str().and_then(|address| address.strip_prefix("http://"));
        Self { address: address.expect("an address").to_owned(), child }
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
    while !serving.ask("/metrics", None).1.contains(r#"assist_model_reloads_total{model="default",result="loaded"} 1"#) {
        assert!(Instant::now() < deadline, "the model is not loaded again");
        std::thread::sleep(Duration::from_millis(20));
    }
    serving.signal("-TERM");
    let (status, log) = serving.end();
    assert_eq!(status, Some(0));
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect();
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
    for _ in 0..wanted {
        match TcpStream::connect(&serving.address) {
            Ok(stream) => idle.push(stream),
            // This process may open fewer files than that.
            Err(error) => panic!("{} connections are open, and no more: {error}", idle.len()),
        }
    }
    let (status, metrics) = serving.ask("/metrics", None);
    assert_eq!(status, 200);
    let open = metrics.lines().find_map(|line| line.strip_prefix("assist_http_connections "));
    let open: usize = open.and_then(|open| open.parse().ok()).expect("a figure");
    assert!(open > wanted, "{open} are open");
    let taken = serving.memory().expect("a figure") - before;
    assert!(taken < 250.0, "{taken} MiB for {wanted} connections");
    println!("{wanted} idle connections take {taken:.0} MiB");
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
    println!("{memory:.0} MiB after a flood of {} requests", statuses.len());
}

#[test]
fn what_cannot_be_served_is_told() {
    let sandbox = Sandbox::trained();
    sandbox.write("keys.txt", "short\n");
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
        &["--max-body", "0"],
        &["--timeout", "-1"],
    ] {
        let run = sandbox.run(&[&["serve"], options].concat());
        transcripts += &format!("$ serve {}\n{}\n", options.join(" "), run.transcript());
    }
    insta::assert_snapshot!("serve_failures", transcripts);
}

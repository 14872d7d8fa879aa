//! Clients that are slow, many, or send what is no request. Afterwards the service answers as before.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::service::{Connection, Running, USER};

fn impatient() -> Running {
    Running::with(|settings| {
        settings.limits.header_time = Duration::from_millis(500);
        settings.limits.request_time = Duration::from_millis(700);
        settings.limits.write_time = Duration::from_millis(500);
    })
}

#[test]
fn slow_heads_and_idle_connections_are_closed() {
    let running = impatient();
    let mut slow = running.connect();
    slow.send(b"GET /healthz HTT").expect("sent");
    let mut silent = running.connect();
    let mut kept = running.connect();
    assert_eq!(kept.ask("GET", "/healthz", &[], b"").status, 200);
    let began = Instant::now();
    for connection in [&mut slow, &mut silent, &mut kept] {
        // Some are told why.
        let _ = connection.answer();
        assert!(connection.is_closed());
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(running.post("/v1/predict", USER).status, 200);
}

#[test]
fn a_slow_body_is_given_up() {
    let running = impatient();
    let mut slow = running.connect();
    slow.send(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{").expect("sent");
    let answer = slow.answer().expect("an answer");
    assert_eq!(answer.problem().0, 408);
    assert!(slow.is_closed());
    assert_eq!(running.post("/v1/predict", USER).status, 200);
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let running = impatient();
    let list = format!("[{}]", vec![USER; 20_000].join(","));
    let mut stream = TcpStream::connect(running.address).expect("a connection");
    let head = format!("POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", list.len());
    // Nothing is read, so that the answers fill all buffers.
    stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a time");
    for _ in 0..20 {
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(list.as_bytes())).is_err() {
            break;
        }
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let metrics = running.get("/metrics");
        // The one that asks is open.
        if metrics.text().contains("assist_http_connections 1\n") {
            break;
        }
        assert!(Instant::now() < deadline, "{}", metrics.text());
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(stream);
}

#[test]
fn too_many_connections_are_closed_and_those_before_go_on() {
    let running = Running::with(|settings| settings.limits.connections = 20);
    let mut first: Vec<Connection> = (0..20).map(|_| running.connect()).collect();
    for connection in &mut first {
        assert_eq!(connection.ask("GET", "/healthz", &[], b"").status, 200);
    }
    for _ in 0..30 {
        assert!(running.connect().is_closed());
    }
    for connection in &mut first {
        assert_eq!(connection.ask("POST", "/v1/predict", &[], USER.as_bytes()).status, 200);
    }
    drop(first);
    let deadline = Instant::now() + Duration::from_secs(10);
    while Connection::to(running.address).ask_if_open().is_none() {
        assert!(Instant::now() < deadline, "no connection is taken again");
    }
}

#[test]
fn load_beyond_what_is_worked_on_is_shed() {
    let running = Running::with(|settings| settings.limits.requests = 4);
    let head = format!("POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", USER.len());
    // Four requests wait for their bodies; four times as many come on top.
    let mut waiting: Vec<Connection> = (0..4).map(|_| running.connect()).collect();
    for connection in &mut waiting {
        connection.send(head.as_bytes()).expect("sent");
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = running.post("/v1/predict", USER);
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), Some("1"));
            break;
        }
        assert!(Instant::now() < deadline, "nothing is shed");
    }
    for _ in 0..16 {
        assert_eq!(running.post("/v1/predict", USER).status, 503);
    }
    // Whoever looks after the service still learns that it lives.
    assert_eq!(running.get("/healthz").status, 200);
    for connection in &mut waiting {
        connection.send(USER.as_bytes()).expect("sent");
        assert_eq!(connection.answer().expect("an answer").status, 200);
    }
    assert_eq!(running.post("/v1/predict", USER).status, 200);
    assert!(running.get("/metrics").text().contains(r#"assist_shed_total{reason="requests"}"#));
}

#[test]
fn bodies_take_no_more_memory_than_is_meant_for_them() {
    let running = Running::with(|settings| settings.limits.bodies_bytes = 1 << 20);
    let head = "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 700000\r\n\r\n";
    let mut first = running.connect();
    first.send(head.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(300));
    let mut second = running.connect();
    second.send(head.as_bytes()).expect("sent");
    assert_eq!(second.answer().expect("an answer").status, 503);
    assert_eq!(running.post("/v1/predict", USER).status, 200);
    first.send(format!("{USER}{}", " ".repeat(700_000 - USER.len())).as_bytes()).expect("sent");
    assert_eq!(first.answer().expect("an answer").status, 200);
}

#[test]
fn what_is_no_http_is_refused() {
    let running = Running::usual();
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET /healthz HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(5000));
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
        b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let mut connection = running.connect();
        let _ = connection.send(bytes);
        let status = connection.answer().map(|answer| answer.status);
        assert!(
            matches!(status, None | Some(400 | 414 | 431 | 505)),
            "{status:?} for {:?}",
            String::from_utf8_lossy(&bytes[..20.min(bytes.len())])
        );
    }
    assert_eq!(running.post("/v1/predict", USER).status, 200);
}

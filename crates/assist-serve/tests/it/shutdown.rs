//! What is begun is finished when the service ends.

use std::time::{Duration, Instant};

use crate::service::{Running, USER};

#[test]
fn a_request_under_way_is_answered() {
    let running = Running::usual();
    let mut connection = running.connect();
    let (first, last) = USER.split_at(10);
    let head = format!("POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{first}", USER.len());
    connection.send(head.as_bytes()).expect("sent");
    let mut idle = running.connect();
    assert_eq!(idle.ask("GET", "/healthz", &[], b"").status, 200);
    // The head has to be there before the end is.
    std::thread::sleep(Duration::from_millis(200));
    let address = running.address;
    running.stop();
    std::thread::sleep(Duration::from_millis(200));
    assert!(std::net::TcpStream::connect(address).is_err(), "no new connection is taken");
    connection.send(last.as_bytes()).expect("sent");
    assert_eq!(connection.answer().expect("an answer").json(200)["outcome"], "scored");
    assert!(idle.is_closed());
    let began = Instant::now();
    running.join();
    assert!(began.elapsed() < Duration::from_secs(10));
}

//! Other models in the place of these, while they are asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assist_learn::{Settings, load, save};
use serde_json::Value;

use crate::service::{Running, USER, trained, users};

#[test]
fn no_request_fails_and_each_answer_is_from_one_model() {
    let running = Running::usual();
    let first = running.model();
    let other_folder = tempfile::tempdir().expect("a folder");
    let mut settings = Settings::new("help");
    settings.fit.c = Some(0.001);
    let second = trained(&users(), &settings, other_folder.path());
    let id = |model: &assist_learn::Model| model.pair_id().expect("a name").to_string();
    let ids = [id(&first), id(&second)];
    assert_ne!(ids[0], ids[1]);
    let scores = [&first, &second].map(|model| {
        let row = [("errors", 2.into()), ("seconds", 58.into()), ("device", assist_learn::Value::from("Watch"))];
        model.score_named(row).expect("a score").score
    });
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let (mut seen, mut connection) = ([0_u32; 2], running.connect());
                    while !is_over.load(Ordering::Relaxed) {
                        let list = format!("[{USER},{USER}]");
                        let answer = connection.ask("POST", "/v1/predict", &[], list.as_bytes());
                        let named = answer.header("x-model-id").expect("a model").to_owned();
                        let place = ids.iter().position(|id| *id == named).expect("one of the two");
                        let body = answer.json(200);
                        for row in body.as_array().expect("a list") {
                            assert_eq!(row["score"].as_f64(), Some(scores[place]));
                        }
                        seen[place] += 1;
                    }
                    seen
                })
            })
            .collect();
        for model in [&second, &first, &second] {
            save(&running.folder(), model).expect("saved");
            wait_for(&running, &id(model));
        }
        is_over.store(true, Ordering::Relaxed);
        for worker in workers {
            let seen = worker.join().expect("no request failed");
            assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
        }
    });
}

#[test]
fn a_bad_model_is_refused_and_the_old_one_goes_on() {
    let running = Running::usual();
    let before = running.post("/v1/predict", USER).json(200);
    let file = running.folder().join("logistic_model.postcard");
    let good = fs_err::read(&file).expect("read");
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    fs_err::write(&file, &bad).expect("written");
    let refused = |running: &Running| {
        running.get("/metrics").text().contains(r#"assist_model_reloads_total{model="default",result="refused"} 1"#)
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while !refused(&running) {
        assert!(Instant::now() < deadline, "nobody noticed");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(running.post("/v1/predict", USER).json(200), before);
    assert_eq!(running.get("/readyz").status, 200);
    fs_err::write(&file, &good).expect("written");
    assert!(load(&running.folder()).is_ok());
}

fn wait_for(running: &Running, id: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let model: Value = running.get("/v1/model").json(200);
        if model["model_id"] == id {
            return;
        }
        assert!(Instant::now() < deadline, "the model is not loaded");
        std::thread::sleep(Duration::from_millis(20));
    }
}

//! Predictions for one user, for many, and for users who cannot be scored.

use assist_learn::Value as Cell;
use assist_serve::ErrorDetail;
use serde_json::{Value, json};

use crate::service::{Running, USER};

#[test]
fn one_user_has_the_scores_of_the_library() {
    let running = Running::usual();
    let model = running.model();
    let answer = running.post("/v1/predict", USER);
    let scored = model
        .score_named([("errors", Cell::from(2)), ("seconds", 58.into()), ("device", "Watch".into())])
        .expect("a score");
    let body = answer.json(200);
    assert_eq!(body["outcome"], "scored");
    assert_eq!(body["prediction"], scored.prediction);
    for (key, number) in
        [("probability", scored.probability), ("raw_probability", scored.raw_probability), ("score", scored.score)]
    {
        assert_eq!(body[key].as_f64().map(f64::to_bits), Some(number.to_bits()), "{key}");
    }
    assert_eq!(answer.header("x-model-id"), Some(model.pair_id().expect("a name").to_string().as_str()));
    assert!(answer.header("server-timing").is_some_and(|timing| timing.starts_with("app;dur=")));
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32));
    // Order and further names make no difference, and numbers may be texts.
    let other = r#" {"device":"Watch","name":"Ada","deep":{"er":[1]},"seconds":"58","errors":2.0} "#;
    let mut other = running.post("/v1/predict", other).json(200);
    assert_eq!(other.as_object_mut().and_then(|answer| answer.remove("ignored")), Some(json!(["name", "deep"])));
    assert_eq!(other, body);
}

#[test]
fn a_list_has_an_outcome_for_each() {
    let running = Running::usual();
    let list = format!(
        r#"[{USER}, {{"errors": 2, "seconds": 58, "device": "Tablet"}}, {{"errors": [2], "seconds": 1, "device": "Watch"}}, {USER}]"#
    );
    let body = running.post("/v1/predict", list).json(200);
    let outcomes: Vec<&Value> = body.as_array().expect("a list").iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["scored", "rejected", "rejected", "scored"]);
    assert_eq!(body[0], body[3]);
    assert_eq!(body[1]["column"], "device");
    assert_eq!(body[1]["known"], json!(["Phone", "Smart TV", "Watch"]));
    assert_eq!(body[2]["reason"], "a list or a map is no value");
    assert_eq!(running.post("/v1/predict", " [ ] ").json(200), json!([]));
    let metrics = running.get("/metrics");
    let metrics = metrics.text();
    assert!(
        metrics.contains(r#"assist_rejections_total{model="default",column="device",reason="unknown level"} 1"#),
        "{metrics}"
    );
    assert!(!metrics.contains("Tablet"), "{metrics}");
}

#[test]
fn who_cannot_be_scored_has_a_reason_and_a_status() {
    let running = Running::usual();
    for (user, column, reason) in [
        (r#"{"errors": 2, "seconds": 58, "device": "Tablet"}"#, "device", "unknown level `Tablet`"),
        (r#"{"errors": 2, "seconds": 58}"#, "device", "missing value"),
        (r#"{"errors": null, "seconds": 58, "device": "Watch"}"#, "errors", "missing value"),
        (r#"{"errors": "many", "seconds": 58, "device": "Watch"}"#, "errors", "`many` is not a number"),
        (r#"{"errors": 2, "seconds": {"s": 58}, "device": "Watch"}"#, "seconds", "a list or a map is no value"),
        (r#"{"errors": 2, "seconds": 58, "device": 7}"#, "device", "7 is a number where a level is expected"),
        ("{}", "errors", "missing value"),
    ] {
        for query in ["", "?explain=true"] {
            let body = running.post(&format!("/v1/predict{query}"), user).json(422);
            assert_eq!(body["outcome"], "rejected", "{user}");
            assert_eq!(body["column"], column, "{user}");
            assert_eq!(body["reason"], reason, "{user}");
        }
    }
    // All that is wrong with one user, and a name that may be a misspelt one.
    let body =
        running.post("/v1/predict", r#"{"errrors": 2, "help": 1, "seconds": [58], "device": "Tablet"}"#).json(422);
    let faults: Vec<[&Value; 2]> =
        body["also"].as_array().expect("a list").iter().map(|fault| [&fault["column"], &fault["reason"]]).collect();
    assert_eq!((&body["column"], &body["reason"]), (&json!("errors"), &json!("missing value")));
    assert_eq!(
        faults,
        [
            [&json!("seconds"), &json!("a list or a map is no value")],
            [&json!("device"), &json!("unknown level `Tablet`")]
        ]
    );
    assert_eq!(body["ignored"], json!(["errrors"]));
}

#[test]
fn names_that_nobody_knows_are_told() {
    let running = Running::usual();
    for query in ["", "?explain=true"] {
        // The label is a column of the training table.
        let mut user: Value = serde_json::from_str(USER).expect("JSON");
        user["help"] = json!(1);
        let path = format!("/v1/predict{query}");
        assert_eq!(running.post(&path, user.to_string()).json(200).get("ignored"), None);
        user["Errors"] = json!(1);
        assert_eq!(running.post(&path, user.to_string()).json(200)["ignored"], json!(["Errors"]));
        assert_eq!(running.post(&path, format!("[{user}]")).json(200)[0]["ignored"], json!(["Errors"]));
        for name in 0..100 {
            user[format!("x{name}")] = json!(name);
        }
        let ignored = &running.post(&path, user.to_string()).json(200)["ignored"];
        assert_eq!(ignored.as_array().map(Vec::len), Some(20));
    }
}

#[test]
fn how_much_is_told_is_a_setting() {
    let user = r#"{"errors": 2, "seconds": 58, "device": "Tablet"}"#;
    let names = Running::with(|settings| settings.error_detail = ErrorDetail::Names);
    let body = names.post("/v1/predict", user).json(422);
    assert_eq!(body, json!({"outcome": "rejected", "column": "device", "reason": "unknown level"}));
    let none = Running::with(|settings| settings.error_detail = ErrorDetail::None);
    assert_eq!(none.post("/v1/predict", user).json(422), json!({"outcome": "rejected"}));
    assert_eq!(none.post("/v1/predict", format!("[{user}]")).json(200), json!([{"outcome": "rejected"}]));
    let answer = none.post("/v1/predict", r#"{"errors": 1, "errors": 2}"#);
    assert_eq!(answer.problem(), (400, "the body is not JSON of this form".to_owned()));
}

#[test]
fn contributions_add_up_to_the_score() {
    let running = Running::usual();
    let body = running.post("/v1/predict?explain=true", USER).json(200);
    let contributions = body["contributions"].as_array().expect("a list");
    let sum: f64 = contributions.iter().map(|part| part["value"].as_f64().expect("a number")).sum();
    assert!((sum - body["score"].as_f64().expect("a score")).abs() < 1e-12);
    assert_eq!(contributions[0]["feature"], "intercept");
    assert_eq!(contributions.len(), 4);
}

#[test]
fn what_is_no_request_is_refused() {
    let running = Running::usual();
    let deep = format!(r#"{{"a": {}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for (body, status, words) in [
        (&b""[..], 400, "EOF while parsing"),
        (b"{", 400, "EOF while parsing"),
        (b"{} {}", 400, "trailing characters"),
        (b"7", 400, "expected a map from column names to values"),
        (b"\"text\"", 400, "expected a map from column names to values"),
        (b"[7]", 400, "expected a map from column names to values"),
        (b"[{}", 400, "EOF while parsing a list"),
        (br#"{"errors": 1e400, "seconds": 1, "device": "Watch"}"#, 400, "number out of range"),
        (br#"{"errors": NaN, "seconds": 1, "device": "Watch"}"#, 400, "expected value"),
        (br#"{"errors": 1, "seconds": 1, "errors": 2, "device": "Watch"}"#, 400, "column `errors` is given twice"),
        (b"{\"errors\": 1, \"device\": \"\xff\xfe\"}", 400, "invalid unicode"),
        (br#"{"errors": 1, "device": "\ud800"}"#, 400, "unexpected end of hex escape"),
        (deep.as_bytes(), 400, "JSON is nested deeper than 16 levels"),
    ] {
        for query in ["", "?explain=true"] {
            let (found, problem) = running.post(&format!("/v1/predict{query}"), body).problem();
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
            assert_eq!((found, problem.contains(words)), (status, true), "{shown}{query}: {problem}");
        }
    }
    let many = |query: &str| running.post(&format!("/v1/predict?{query}"), USER).status;
    assert_eq!(["model=default", "model=other", "explain=perhaps", "explain"].map(many), [200, 404, 400, 400]);
    assert_eq!(running.get("/v1/predict").status, 405);
    assert_eq!(running.get("/v1/predict").header("allow"), Some("POST"));
    assert_eq!(running.get("/v1/nothing").problem().0, 404);
    let compressed = running.connect().ask("POST", "/v1/predict", &[("Content-Encoding", "gzip")], b"\x1f\x8b");
    assert_eq!(compressed.problem().0, 415);
}

#[test]
fn limits_are_kept_to_the_row_and_the_byte() {
    let running = Running::with(|settings| {
        settings.limits.rows = 10;
        settings.limits.body_bytes = 2048;
    });
    let list = |rows: usize| format!("[{}]", vec![USER; rows].join(","));
    assert_eq!(running.post("/v1/predict", list(10)).json(200).as_array().map(Vec::len), Some(10));
    assert_eq!(running.post("/v1/predict", list(11)).problem(), (413, "the list has more than 10 rows".to_owned()));
    let padded = |bytes: usize| format!("{USER}{}", " ".repeat(bytes - USER.len()));
    assert_eq!(running.post("/v1/predict", padded(2048)).status, 200);
    let too_long = running.post("/v1/predict", padded(2049));
    assert_eq!(too_long.problem(), (413, "the body of the request has more than 2048 bytes".to_owned()));
    assert_eq!(too_long.header("connection"), Some("close"));
    // A body of no stated length is counted while it arrives.
    let mut connection = running.connect();
    connection.send(b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").expect("sent");
    for _ in 0..3 {
        let _ = connection.send(format!("400\r\n{}\r\n", " ".repeat(1024)).as_bytes());
    }
    assert_eq!(connection.answer().expect("an answer").status, 413);
}

#[test]
fn what_is_served_is_described() {
    let running = Running::usual();
    let model = running.get("/v1/model").json(200);
    assert_eq!(model["target"], json!({"name": "help", "negative": "0", "positive": "1"}));
    assert_eq!(model["columns"][0]["name"], "errors");
    assert_eq!(model["columns"][0]["training_range"], json!([0.0, 4.0]));
    assert_eq!(model["columns"][2]["levels"], json!(["Phone", "Smart TV", "Watch"]));
    assert_eq!(model["dropped"], json!(["user_id"]));
    assert!(model["metrics"]["roc_auc"].as_f64().is_some_and(|auc| auc > 0.7), "{}", model["metrics"]);
    assert_eq!(running.get("/v1/models").json(200)["models"][0]["model_id"], model["model_id"]);
    assert_eq!(running.get("/v1/model?model=other").status, 404);
    let described = running.get("/openapi.json").json(200);
    let user = &described["components"]["schemas"]["UserValues"];
    assert_eq!(user["required"], json!(["errors", "seconds", "device"]));
    assert_eq!(user["properties"]["device"]["enum"], json!(["Phone", "Smart TV", "Watch"]));
    assert_eq!(running.post("/v1/predict", user["example"].to_string()).json(200)["outcome"], "scored");
    for path in ["/healthz", "/readyz", "/ping", "/docs/"] {
        assert_eq!(running.get(path).status, 200, "{path}");
    }
}

#[test]
fn a_request_keeps_its_name() {
    let running = Running::usual();
    let name = |given: &str| {
        let answer = running.connect().ask("GET", "/healthz", &[("X-Request-Id", given)], b"");
        answer.header("x-request-id").expect("a name").to_owned()
    };
    assert_eq!(name("checkout-7:a.b_c"), "checkout-7:a.b_c");
    for none in ["two words", "<script>", &"x".repeat(129)] {
        assert_eq!(name(none).len(), 32, "{none}");
    }
}

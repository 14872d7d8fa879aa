//! The page without JavaScript: fill, predict, change, be rejected, upload.

use assist_learn::{Form, Settings};

use crate::service::{Connection, Running, users};

/// A form as a browser sends it.
fn submit(running: &Running, path: &str, fields: &[(&str, &str)]) -> crate::service::Answer {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    let form: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    running.connect().ask("POST", path, &headers, form.join("&").as_bytes())
}

#[test]
fn a_form_has_the_terms_of_the_model() {
    let running = Running::usual();
    let answer = running.get("/");
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-security-policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'; script-src 'self'"))
    );
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    let page = answer.text();
    for part in [
        r#"<label for="c0">errors</label>"#,
        r#"type="number""#,
        r#"data-low="0" data-high="4""#,
        r#"<option value="Smart TV">Smart TV</option>"#,
        "Fill in the values and press Predict.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Nothing stands inline, and nothing comes from elsewhere.
    assert!(
        !page.contains("<style")
            && !page.contains(" style=")
            && !page.contains("http://")
            && !page.contains("https://")
    );
    for path in ["/assets/page.css", "/assets/page.js", "/models/default/scorer.mjs", "/models/default"] {
        assert_eq!(running.get(path).status, 200, "{path}");
    }
    let report = running.get("/models/default/report");
    assert!(report.status == 404 && report.text().contains("assist-cli report --model"), "{}", report.text());
    assert_eq!(running.get("/models/other").status, 404);
}

#[test]
fn a_user_is_predicted_explained_and_changed() {
    let running = Running::usual();
    let answer = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "Watch")]);
    assert_eq!(answer.status, 200);
    let page = answer.text();
    for part in [
        "Predicted: help = 1",
        "probability of <code>1</code>",
        "base rate",
        "reference user",
        "What would change it",
        "seconds = ",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // What was entered stays.
    assert!(page.contains(r#"value="100""#) && page.contains(r#"<option value="Watch" selected>"#));
    // The change that is told does flip the prediction.
    let (_, told) = page.split_once("seconds = ").expect("a change");
    let seconds = told.split(' ').next().expect("a number");
    let changed = submit(&running, "/", &[("c0", "4"), ("c1", seconds), ("c2", "Watch")]);
    assert!(changed.text().contains("Predicted: help = 0"), "{}", changed.text());
    let mut fragment = running.connect();
    let fragment = fragment.ask("POST", "/", &[("X-Fragment", "result")], b"c0=4&c1=100&c2=Watch");
    assert!(fragment.text().starts_with("<p class=\"answer\"") && !fragment.text().contains("<form"));
}

#[test]
fn a_rejection_says_what_it_means_and_markup_is_text() {
    let running = Running::usual();
    let answer = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "<script>\u{202e}")]);
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("No prediction") && page.contains("The model does not guess"), "{page}");
    assert!(
        page.contains("`Phone`, `Smart TV` and `Watch`") || page.contains("`Phone`, `Smart TV`, `Watch`"),
        "{page}"
    );
    assert!(!page.contains("<script>\u{202e}") && !page.contains("unknown level `<script>"), "{page}");
    assert_eq!(submit(&running, "/", &[]).status, 422);
    assert_eq!(running.post("/", b"\xff\xfe&&==").status, 422);
}

#[test]
fn cards_are_shown_as_cards() {
    let mut settings = Settings::new("help");
    settings.fit.form = Form::Card;
    let running = Running::of(&users(), &settings, |_| {});
    let page = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "Watch")]);
    let page = page.text();
    for part in ["<h3>The card</h3>", "✓ holds", "Class 1 is predicted from a total of", "<tr class=\"holds\">"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// A file as a browser uploads it.
fn upload(running: &Running, name: &str, content: &[u8]) -> crate::service::Answer {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"table\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let headers = [("Content-Type", "multipart/form-data; boundary=edge")];
    Connection::to(running.address).ask("POST", "/models/default/table", &headers, &body)
}

#[test]
fn a_table_comes_back_with_predictions() {
    let running = Running::usual();
    let table = "user,errors,seconds,device\nada,2,58,Watch\nbob,1,7,Tablet\n";
    let answer = upload(&running, "users.csv", table.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"predicted.csv\""));
    assert_eq!((answer.header("x-rows"), answer.header("x-rejected")), (Some("2"), Some("1")));
    let lines: Vec<&str> = answer.text().lines().collect();
    assert!(lines[0].starts_with("user,errors,seconds,device,outcome,prediction"), "{lines:?}");
    let probability = running.post("/v1/predict", crate::service::USER).json(200)["probability"].to_string();
    assert!(lines[1].starts_with("ada,2,58,Watch,scored,") && lines[1].contains(&probability), "{lines:?}");
    assert!(lines[2].contains("rejected") && lines[2].contains("unknown level `Tablet`"), "{lines:?}");
    let json = upload(&running, "users.v2.jsonl", format!("{}\n", crate::service::USER).as_bytes());
    assert_eq!(json.header("content-disposition"), Some("attachment; filename=\"predicted.jsonl\""));
    assert!(json.text().contains(&probability));
    // What is no table, or is none of this model, is told on a page, without the place where it lay.
    for (name, content, words) in [
        ("users.csv", "a,b\n1,2\n", "errors"),
        ("../../etc/passwd", "", "The table was not scored"),
        ("users.parquet", "PAR1", "Parquet"),
        ("", "x", "No file was sent"),
    ] {
        let answer = upload(&running, name, content.as_bytes());
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.text().contains(words) && !answer.text().contains("/tmp/"), "{name}: {}", answer.text());
    }
    assert_eq!(running.post("/models/default/table", "x").status, 422);
}

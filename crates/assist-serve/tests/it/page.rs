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
        "Predicted to need assistance",
        "probability of <code>help = 1</code>",
        "base rate",
        "to a user of average values",
        "of the training users have help = 1: the base rate.",
        "Trained on ",
        " test rows, which it had not seen, it is right on ",
        "It is the base rate: above it are users at more than the average risk",
        "of 100 users like this one have help = 1.",
        "What would change it",
        "seconds: ",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // What was entered stays.
    assert!(page.contains(r#"value="100""#) && page.contains(r#"<option value="Watch" selected>"#));
    // The change that is told does flip the prediction.
    let (_, told) = page.split_once("seconds: ").expect("a change");
    let (seconds, told) = told.split_once(' ').expect("a number");
    assert!(told.starts_with("or less instead of 100 (probability then"), "{told}");
    let changed = submit(&running, "/", &[("c0", "4"), ("c1", seconds), ("c2", "Watch")]);
    assert!(changed.text().contains("Predicted not to need assistance"), "{}", changed.text());
    let mut fragment = running.connect();
    let fragment = fragment.ask("POST", "/", &[("X-Fragment", "result")], b"c0=4&c1=100&c2=Watch");
    assert!(fragment.text().starts_with("<div id=\"before\">") && !fragment.text().contains("<form"));
}

#[test]
fn a_rejection_says_what_it_means_and_markup_is_text() {
    let running = Running::usual();
    let answer = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "<script>\u{202e}")]);
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("No prediction") && page.contains("It takes one of the known levels"), "{page}");
    assert!(
        page.contains("`Phone`, `Smart TV` and `Watch`") || page.contains("`Phone`, `Smart TV`, `Watch`"),
        "{page}"
    );
    // The field is marked, and holds what was entered.
    assert!(page.contains(r#"data-kind="text" aria-describedby="c2-fault" aria-invalid="true""#), "{page}");
    assert!(page.contains(r#"<p class="fault" id="c2-fault">unknown level `"#), "{page}");
    // All faults are told at once.
    let answer = submit(&running, "/", &[("c0", "many"), ("c1", ""), ("c2", "Tablet")]);
    let page = answer.text();
    let faults = page.matches(r#"aria-invalid="true""#).count();
    assert!(faults == 3 && page.contains(r#"id="c0-fault">`many` is not a number<"#), "{page}");
    assert!(!page.contains("<script>\u{202e}") && !page.contains("unknown level `<script>"), "{page}");
    assert_eq!(submit(&running, "/", &[]).status, 422);
    assert_eq!(running.post("/", b"\xff\xfe&&==").status, 422);
}

#[test]
fn beyond_the_training_rows_nothing_is_promised() {
    let running = Running::usual();
    let near = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "Watch")]);
    assert!(near.text().contains("of 100 users") && !near.text().contains("extrapolates"), "{}", near.text());
    let far = submit(&running, "/", &[("c0", "4"), ("c1", "1000000"), ("c2", "Watch")]);
    let page = far.text();
    assert!(page.contains("<code>seconds</code> is outside the range of the training rows"), "{page}");
    assert!(page.contains("id=\"probability\">&#62;\u{a0}99.9\u{a0}%<"), "{page}");
    assert!(!page.contains("of 100 users") && !page.contains("test rows have about the same probability"), "{page}");
}

#[test]
fn cards_are_shown_as_cards() {
    let mut settings = Settings::new("help");
    settings.fit.form = Form::Card;
    let running = Running::of(&users(), &settings, |_| {});
    let page = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "Watch")]);
    let page = page.text();
    for part in
        ["<h3>The card</h3>", "✓ holds", "or more is predicted help = 1.", "<tr class=\"holds\">", "this user: "]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_probability_stands_beside_what_was_observed_unless_another_base_rate_was_stated() {
    let mut settings = Settings::new("help");
    settings.split.test_size = 0.5;
    for base_rate in [None, Some(0.1)] {
        settings.fit.base_rate = base_rate;
        let running = Running::of(&users(), &settings, |_| {});
        let page = submit(&running, "/", &[("c0", "4"), ("c1", "100"), ("c2", "Watch")]);
        let told = page.text().contains("30 test rows have about the same probability");
        assert_eq!(told, base_rate.is_none(), "{}", page.text());
    }
}

/// The figures in a column of numbers: what stands in the cells after these words.
fn cells<'a>(page: &'a str, class: &str) -> Vec<&'a str> {
    let begin = format!("<td class=\"{class}\">");
    page.split(&begin).skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[test]
fn shown_steps_add_up_to_the_shown_result() {
    let running = Running::usual();
    for (errors, seconds, device) in [("4", "100", "Watch"), ("0", "7.25", "Phone"), ("2", "33.3", "Smart TV")] {
        let page = submit(&running, "/", &[("c0", errors), ("c1", seconds), ("c2", device)]);
        let figures = cells(page.text(), "number less");
        let thousandths = figures.iter().map(|figure| figure.replace('.', "").parse::<i64>().expect("log-odds"));
        let thousandths: Vec<i64> = thousandths.collect();
        let (result, steps) = thousandths.split_last().expect("a result");
        // The base rate, an average user, three columns.
        assert_eq!((steps.len(), steps.iter().sum::<i64>()), (5, *result), "{figures:?}");
        let (then, probability) = (cells(page.text(), "number"), page.text().split("id=\"probability\">").nth(1));
        assert_eq!(then.last().copied(), probability.and_then(|rest| rest.split('<').next()));
    }
}

/// A table with dates, money as Germans write it, levels that are markup, and missing ones.
fn odd_users() -> String {
    let mut csv = "signup;income & more;device;help\n".to_owned();
    for i in 0_u32..400 {
        let (day, month, income) = (1 + i % 28, 1 + i * 5 % 12, 1000 + i * 37 % 4000);
        let device = if i % 13 == 0 { "" } else { ["Phone", "Watch <b>", "Smart\u{202e}"][(i % 3) as usize] };
        let help = u8::from(income > 3000 || month > 9);
        csv += &format!("{day:02}.{month:02}.2025;{}.{:03},50 €;{device};{help}\n", income / 1000, income % 1000);
    }
    csv
}

#[test]
fn dates_money_and_odd_levels_are_fields_for_people() {
    let settings = serde_json::json!({ "roles": { "target": "help", "date": { "signup": {} } }, "missing": "level" });
    let settings = serde_json::from_value(settings).expect("settings");
    let running = Running::of(&odd_users(), &settings, |_| {});
    let page = running.get("/");
    for part in [
        r#"type="date" data-column="signup""#,
        r#"<label for="c1">income &#38; more</label>"#,
        r"Watch &#60;b&#62;</option>",
        r"Smart\u{202e}</option>",
        ">not known</option>",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    // Numbers of a field are plain: two and a half is far below what the training rows have, and 2500.5 is not.
    let far = submit(&running, "/", &[("c0", "2025-02-03"), ("c1", "2.500"), ("c2", "")]);
    assert!(far.text().contains("<code>income &#38; more</code> is outside the range"), "{}", far.text());
    let usual = submit(&running, "/", &[("c0", "2025-02-03"), ("c1", "2500.5"), ("c2", "")]);
    assert!(!usual.text().contains("is outside the range"), "{}", usual.text());
    assert!(usual.text().contains("signup (days)") && usual.text().contains("Dates stay as they are."));
    // As the table has it.
    let table = submit(&running, "/", &[("c0", "03.02.2025"), ("c1", "2.500,50 €"), ("c2", "")]);
    let answer = |page: &str| page.split("id=\"probability\">").nth(1).map(|rest| rest[..8].to_owned());
    assert_eq!((usual.status, answer(usual.text())), (200, answer(table.text())));
    let soon = submit(&running, "/", &[("c0", "soon"), ("c1", "2500.5"), ("c2", "Phone")]);
    assert!(soon.status == 422 && soon.text().contains("`soon` is no date such as 17.11.2024"), "{}", soon.text());
    let nothing = submit(&running, "/", &[("c1", "2500.5")]);
    assert!(nothing.text().contains(r#"<code>signup</code>: <span class="reason">there is no value</span>."#));
    // The module takes no dates, so the page asks.
    assert!(page.text().contains(r#"data-scorer="""#) && running.get("/models/default/scorer.mjs").status == 404);
}

#[test]
fn what_is_too_large_is_told_on_a_page() {
    let running = Running::with(|settings| settings.limits.body_bytes = 1000);
    let answer = upload(&running, "users.csv", &[b'1'; 2000]);
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("<h1>That was not possible</h1>"), "{}", answer.text());
    let answer = submit(&running, "/", &[("c0", &"1".repeat(2000))]);
    assert!(answer.status == 413 && answer.text().contains("<h1>That was not possible</h1>"), "{}", answer.text());
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

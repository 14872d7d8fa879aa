//! Who may ask: keys, origins, addresses that others reach.

use assist_serve::{Access, Error, NamedModel, Service, ServiceSettings};

use crate::service::{Running, USER};

const KEY: &str = "a-key-for-the-tests-of-access";

fn with_keys(text: &str) -> (Running, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs_err::write(file.path(), text).expect("written");
    let path = file.path().to_owned();
    (Running::with(|settings| settings.access = Access::Keys(path)), file)
}

#[test]
fn without_a_key_only_life_is_told() {
    let (running, _file) = with_keys(&format!("# for tests\n{KEY}\n"));
    for path in ["/healthz", "/readyz", "/ping", "/v2/health/live", "/v2/health/ready"] {
        assert_eq!(running.get(path).status, 200, "{path}");
    }
    for path in
        ["/metrics", "/openapi.json", "/v1/model", "/v1/models", "/v2", "/v2/models/default", "/docs/", "/nothing"]
    {
        assert_eq!(running.get(path).status, 401, "{path}");
    }
    for path in ["/v1/predict", "/invocations", "/v2/models/default/infer"] {
        assert_eq!(running.post(path, USER).status, 401, "{path}");
    }
    let refused = running.post("/v1/predict", USER);
    assert_eq!(refused.header("www-authenticate"), Some(r#"Basic realm="assist", charset="UTF-8""#));
    let with =
        |name: &str, value: &str| running.connect().ask("POST", "/v1/predict", &[(name, value)], USER.as_bytes());
    assert_eq!(with("X-API-Key", KEY).status, 200);
    assert_eq!(with("Authorization", &format!("Bearer {KEY}")).status, 200);
    assert_eq!(with("Authorization", &format!("Bearer {KEY}x")).status, 401);
    assert!(
        running
            .connect()
            .ask("GET", "/openapi.json", &[("X-API-Key", KEY)], b"")
            .text()
            .contains("\"securitySchemes\"")
    );
}

#[test]
fn keys_are_replaced_while_the_service_runs() {
    let (running, file) = with_keys(KEY);
    let with = |key: &str| running.connect().ask("POST", "/v1/predict", &[("X-API-Key", key)], USER.as_bytes()).status;
    assert_eq!(with(KEY), 200);
    fs_err::write(file.path(), "the-key-of-another-day-1").expect("written");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while with("the-key-of-another-day-1") != 200 {
        assert!(std::time::Instant::now() < deadline, "the new key is not taken");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(with(KEY), 401);
}

#[test]
fn others_reach_it_only_if_that_is_said() {
    let bind = |access: Access| {
        let running = tempfile::tempdir().expect("a folder");
        crate::service::trained(&crate::service::users(), &assist_learn::Settings::new("help"), running.path());
        let mut settings = ServiceSettings::new(vec![NamedModel::new("default", running.path())]);
        settings.listen = "0.0.0.0:0".parse().expect("an address");
        settings.access = access;
        Service::bind(settings)
    };
    assert!(matches!(bind(Access::Loopback), Err(Error::OpenToOthers(_))));
    assert!(bind(Access::Anyone).is_ok());
    assert!(matches!(bind(Access::Keys("nowhere".into())), Err(Error::KeyFile(_))));
}

#[test]
fn pages_of_other_origins_ask_only_if_they_are_named() {
    let running = Running::with(|settings| settings.origins = vec!["https://app.example.org".to_owned()]);
    let ask =
        |method: &str, headers: &[(&str, &str)]| running.connect().ask(method, "/v1/predict", headers, USER.as_bytes());
    let preflight = |origin: &str| ask("OPTIONS", &[("Origin", origin), ("Access-Control-Request-Method", "POST")]);
    let allowed = preflight("https://app.example.org");
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.org"));
    assert_eq!(preflight("https://evil.example.org").status, 403);
    let named = ask("POST", &[("Origin", "https://app.example.org"), ("Sec-Fetch-Site", "cross-site")]);
    assert_eq!((named.status, named.header("access-control-allow-origin")), (200, Some("https://app.example.org")));
    let other = ask("POST", &[("Origin", "https://evil.example.org"), ("Sec-Fetch-Site", "cross-site")]);
    assert_eq!((other.status, other.header("access-control-allow-origin")), (403, None));
    assert_eq!(ask("POST", &[("Sec-Fetch-Site", "same-origin")]).status, 200);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::service::trained(&crate::service::users(), &assist_learn::Settings::new("help"), folder.path());
    let refused = |names: &[&str], origin: &str| {
        let models = names.iter().map(|name| NamedModel::new(name, folder.path())).collect();
        let mut settings = ServiceSettings::new(models);
        settings.listen = "127.0.0.1:0".parse().expect("an address");
        settings.origins = vec![origin.to_owned()];
        Service::bind(settings).expect_err("refused").to_string()
    };
    let origin = "https://a.example";
    assert_eq!(refused(&[], origin), "there is no model to serve");
    assert_eq!(refused(&["a", "a"], origin), "two models are called `a`");
    assert!(refused(&["a/b"], origin).starts_with("`a/b` cannot be the name of a model"));
    for none in ["*", "app.example.org", "https://", "https://app.example.org/"] {
        assert!(refused(&["a"], none).contains("is no origin"), "{none}");
    }
}

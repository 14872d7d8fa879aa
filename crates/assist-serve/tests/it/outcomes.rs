//! The log of outcomes: what is answered is on disk, and what became true is told in figures and sentences.

use assist_serve::{Error, Holdout, NamedModel, Service, ServiceSettings};
use serde_json::{Value, json};

use crate::service::{Running, USER};

fn with_log(log: &tempfile::TempDir, holdout: bool) -> Running {
    let folder = log.path().to_owned();
    Running::with(|settings| {
        settings.outcomes = Some(folder);
        settings.holdout = holdout.then(|| Holdout::new(0.5, "user_id").expect("a share"));
    })
}

fn user(id: usize) -> Value {
    let mut user: Value = serde_json::from_str(USER).expect("JSON");
    user["user_id"] = json!(id);
    user["errors"] = json!(id % 5);
    user
}

#[test]
fn predictions_have_names_by_which_their_truth_is_told() {
    let log = tempfile::tempdir().expect("a folder");
    let running = with_log(&log, false);
    let list: Vec<Value> = (0..200).map(user).collect();
    let answers = running.post("/v1/predict", Value::from(list).to_string()).json(200);
    let answers = answers.as_array().expect("a list");
    // What becomes true is what the model says, as often as it says it.
    let outcomes: Vec<Value> = answers
        .iter()
        .enumerate()
        .map(|(place, answer)| {
            let probability = answer["probability"].as_f64().expect("a probability");
            json!({ "id": answer["id"], "truth": (place * 37 % 200) as f64 / 200.0 < probability })
        })
        .collect();
    let noted = running.post("/v1/outcome", Value::from(outcomes).to_string()).json(200);
    assert_eq!(noted, json!({ "recorded": 200 }));
    let report = running.get("/v1/monitor").json(200);
    assert_eq!((&report["predictions"], &report["with_outcome"]), (&json!(200), &json!(200)));
    assert_eq!(report["judged_by"], "all");
    let findings = report["findings"].to_string();
    assert!(findings.contains("What help changes cannot be told, since nobody is marked as held out."), "{findings}");
    assert!(report["outcomes"]["rows"] == 200, "{report}");
    // The last outcome holds, in whatever form.
    let id = &answers[0]["id"];
    for truth in [json!(1), json!("0"), json!(true), json!(0)] {
        assert_eq!(running.post("/v1/outcome", json!({ "id": id, "truth": truth }).to_string()).status, 200);
    }
    assert_eq!(running.get("/v1/monitor").json(200)["contradicted"], 1);
    let unknown = json!({ "id": "01a2209b-6c29-71b1-af83-c96bbdfba1cd", "truth": 1 });
    assert_eq!(running.post("/v1/outcome", unknown.to_string()).status, 200);
    assert_eq!(running.get("/v1/monitor").json(200)["outcomes_of_unknown_predictions"], 1);
    for (body, words) in [
        (json!({ "id": "seven", "truth": 1 }), "outcome 0: `id` is not that of a prediction"),
        (json!([{ "id": id, "truth": 1 }, { "id": id, "truth": 2 }]), "outcome 1: `truth` is neither of the classes"),
        (json!({ "id": id, "truth": "perhaps" }), "outcome 0: `truth` is neither of the classes"),
        (json!({ "id": id }), "missing field `truth`"),
        (json!({}), "missing field `id`"),
        (json!([{}]), "missing field `id`"),
        (json!({ "id": id, "truth": null }), "`truth` is 1 or 0, `true` or `false`, or one of the two labels"),
    ] {
        let (status, problem) = running.post("/v1/outcome", body.to_string()).problem();
        assert_eq!((status, problem.contains(words)), (400, true), "{problem}");
    }
}

#[test]
fn the_same_users_are_held_out_whoever_asks() {
    let (log, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (running, again) = (with_log(&log, true), with_log(&other, true));
    let list = Value::from((0..400).map(user).collect::<Vec<_>>()).to_string();
    let arms = |running: &Running| -> Vec<String> {
        let answers = running.post("/v1/predict", &list).json(200);
        answers.as_array().expect("a list").iter().map(|row| row["arm"].as_str().expect("an arm").to_owned()).collect()
    };
    let first = arms(&running);
    assert_eq!(first, arms(&again));
    let helped = running.post("/v1/predict", &list).json(200);
    for row in helped.as_array().expect("a list") {
        assert_eq!(row["help"], json!(row["prediction"] == 1 && row["arm"] == "helped"), "{row}");
    }
    let held_out = first.iter().filter(|arm| *arm == "held_out").count();
    assert!((140..=260).contains(&held_out), "{held_out} of 400");
    // Help halves what becomes true.
    let answers = running.post("/v1/predict", &list).json(200);
    let outcomes = answers.as_array().expect("a list").iter().enumerate().map(|(place, row)| {
        let truth = row["arm"] == "held_out" || place % 2 == 0;
        json!({ "id": row["id"], "truth": truth })
    });
    running.post("/v1/outcome", Value::from(outcomes.collect::<Vec<_>>()).to_string()).json(200);
    let report = running.get("/v1/monitor").json(200);
    assert_eq!(report["judged_by"], "held_out");
    assert!(report["help"]["difference"]["interval"][1].as_f64().is_some_and(|high| high < 0.0), "{report}");
    let lowered = "Help has lowered the share of users who need assistance";
    assert!(report["findings"].to_string().contains(lowered), "{report}");
    // A user without a name cannot be in an arm.
    let nameless = running.post("/v1/predict", USER).json(422);
    assert_eq!((&nameless["column"], &nameless["reason"]), (&json!("user_id"), &json!("missing value")));
    let tables = json!({ "dataframe_records": [user(17), serde_json::from_str::<Value>(USER).expect("JSON")] });
    let tables = running.post("/invocations", tables.to_string()).json(200);
    assert_eq!(tables["arms"], json!([first[17], null]));
    assert_eq!(tables["predictions"][1], Value::Null);
    let tensor = |name: &str, datatype: &str, data: Value| json!({ "name": name, "shape": [1], "datatype": datatype, "data": [data] });
    let mut inputs = vec![
        tensor("errors", "FP64", json!(2)),
        tensor("seconds", "FP64", json!(58)),
        tensor("device", "BYTES", json!("Watch")),
    ];
    let without = running.post("/v2/models/default/infer", json!({ "inputs": inputs }).to_string()).problem();
    assert_eq!(without, (400, "there is no input for column `user_id`".to_owned()));
    // 17 and "17" are one user.
    inputs.push(tensor("user_id", "BYTES", json!("17")));
    let tensors = running.post("/v2/models/default/infer", json!({ "inputs": inputs }).to_string()).json(200);
    assert_eq!(tensors["outputs"][7]["data"][0], json!(first[17]));
    let help = &helped[17]["help"];
    assert_eq!(tensors["outputs"][8]["data"][0], json!(i64::from(help == true)));
    assert_eq!(tables["help"], json!([help, null]));
    // Spaces around a name count for nothing.
    let mut spaced = user(17);
    spaced["user_id"] = json!(" 17 ");
    assert_eq!(running.post("/v1/predict", spaced.to_string()).json(200)["arm"], json!(first[17]));
    // The page knows nobody, and says so.
    assert!(running.get("/").text().contains("This page does not know who, and records nothing"));
}

#[test]
fn a_service_without_a_log_says_so() {
    let running = Running::usual();
    for answer in [running.get("/v1/monitor"), running.post("/v1/outcome", "{}")] {
        assert_eq!(answer.problem(), (404, "this service keeps no log of outcomes".to_owned()));
    }
    assert!(running.post("/v1/predict", USER).json(200).get("id").is_none());
}

#[test]
fn a_log_has_one_service_and_a_holdout_has_a_log() {
    let log = tempfile::tempdir().expect("a folder");
    let running = with_log(&log, false);
    let bind = |change: &dyn Fn(&mut ServiceSettings)| {
        let mut settings = ServiceSettings::new(vec![NamedModel::new("default", &running.folder())]);
        settings.listen = "127.0.0.1:0".parse().expect("an address");
        change(&mut settings);
        Service::bind(settings)
    };
    let second = bind(&|settings| settings.outcomes = Some(log.path().to_owned()));
    assert!(matches!(second, Err(Error::Outcomes(assist_serve::LogError::InUse(_)))));
    let alone = bind(&|settings| settings.holdout = Holdout::new(0.1, "user_id"));
    assert!(matches!(alone, Err(Error::HoldoutWithoutLog)));
}

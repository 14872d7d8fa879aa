//! The Open Inference Protocol and that of `MLflow`, with what is wrong named by its column.

use serde_json::{Value, json};

use crate::service::{Running, USER};

const INFER: &str = "/v2/models/default/infer";

fn tensors() -> Value {
    json!({ "id": "seven", "inputs": [
        { "name": "errors", "shape": [2], "datatype": "INT64", "data": [2, 2] },
        { "name": "seconds", "shape": [2, 1], "datatype": "FP64", "data": [[58.0], [58.0]] },
        { "name": "device", "shape": [2], "datatype": "BYTES", "data": ["Watch", "Tablet"] },
    ] })
}

#[test]
fn tensors_are_scored_row_by_row() {
    let running = Running::usual();
    let single = running.post("/v1/predict", USER).json(200);
    let body = running.post(INFER, tensors().to_string()).json(200);
    assert_eq!((&body["model_name"], &body["id"]), (&json!("default"), &json!("seven")));
    let data: Vec<&Value> = body["outputs"].as_array().expect("tensors").iter().map(|output| &output["data"]).collect();
    assert_eq!(data[0], &json!([single["prediction"], -1]));
    assert_eq!(data[1], &json!([single["probability"], null]));
    assert_eq!(data[3], &json!([single["score"], null]));
    assert_eq!(data[4], &json!(["scored", "rejected"]));
    assert_eq!(data[5], &json!(["", "column `device`: unknown level `Tablet`"]));
    let version = body["model_version"].as_str().expect("a version");
    assert_eq!(
        running.post(&format!("/v2/models/default/versions/{version}/infer"), tensors().to_string()).json(200),
        body
    );
    assert_eq!(running.post("/v2/models/default/versions/1/infer", tensors().to_string()).status, 404);
    assert_eq!(running.post("/v2/models/other/infer", tensors().to_string()).status, 404);
    let metadata = running.get(&format!("/v2/models/default/versions/{version}")).json(200);
    assert_eq!(metadata, running.get("/v2/models/default").json(200));
    assert_eq!(metadata["inputs"][0], json!({"name": "errors", "datatype": "FP64", "shape": [-1]}));
    for path in ["/v2/models/default/ready", "/v2/health/ready", "/v2/health/live", "/v2"] {
        assert_eq!(running.get(path).status, 200, "{path}");
    }
}

#[test]
fn what_is_missing_in_a_tensor_is_missing() {
    let running = Running::usual();
    let nothing = tensors().to_string().replace("[58.0],[58.0]", "[NaN],[null]");
    assert!(nothing.contains("NaN"));
    let body = running.post(INFER, nothing).json(200);
    let reason = "column `seconds`: missing value";
    assert_eq!(body["outputs"][5]["data"], json!([reason, reason]));
}

#[test]
fn tensors_are_sent_as_bytes_both_ways() {
    let running = Running::usual();
    let mut request = tensors();
    request["inputs"][1] =
        json!({ "name": "seconds", "shape": [2], "datatype": "FP32", "parameters": { "binary_data_size": 8 } });
    request["inputs"][2] =
        json!({ "name": "device", "shape": [2], "datatype": "BYTES", "parameters": { "binary_data_size": 19 } });
    request["outputs"] = json!([{ "name": "score", "parameters": { "binary_data": true } }, { "name": "outcome" }]);
    let json = request.to_string();
    let mut body = json.clone().into_bytes();
    body.extend([58_f32, 58.0].iter().flat_map(|number| number.to_le_bytes()));
    body.extend(b"\x05\0\0\0Watch\x06\0\0\0Tablet");
    let length = json.len().to_string();
    let answer = running.connect().ask("POST", INFER, &[("Inference-Header-Content-Length", &length)], &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let length: usize = answer.header("inference-header-content-length").expect("a length").parse().expect("a number");
    let (json, binary) = answer.body.split_at(length);
    let json: Value = serde_json::from_slice(json).expect("JSON");
    assert_eq!(json["outputs"][0]["parameters"]["binary_data_size"], 16);
    assert_eq!(json["outputs"][1]["data"], json!(["scored", "rejected"]));
    let numbers: Vec<f64> = binary.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    assert_eq!(Some(numbers[0]), running.post("/v1/predict", USER).json(200)["score"].as_f64());
    assert!(numbers[1].is_nan() && numbers.len() == 2);
}

#[test]
fn what_is_wrong_with_a_tensor_is_named_by_its_column() {
    let running = Running::usual();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut request = tensors();
        change(&mut request);
        let (status, problem) = running.post(INFER, request.to_string()).problem();
        assert_eq!(status, 400, "{problem}");
        problem
    };
    let input = |place: usize, key: &'static str, value: Value| {
        move |request: &mut Value| request["inputs"][place][key] = value.clone()
    };
    for (change, words) in [
        (input(0, "shape", json!([3])), "input `errors` has 2 values and a shape of 3"),
        (input(1, "shape", json!([1, 2])), "input `seconds` has the shape [1, 2]"),
        (input(1, "shape", json!([])), "input `seconds` has the shape []"),
        (input(0, "shape", json!([2, 1, 1])), "input `errors` has the shape [2, 1, 1]"),
        (input(1, "datatype", json!("FP16")), "input `seconds` has the datatype `FP16`"),
        (input(0, "data", json!([2, 2.5])), "input `errors`: value 1 is not of the datatype `INT64`"),
        (input(1, "data", json!([58, "x"])), "input `seconds`: value 1 is not of the datatype `FP64`"),
        (input(2, "data", json!(["Watch", 7])), "input `device`: value 1 is not of the datatype `BYTES`"),
        (input(2, "name", json!("gadget")), "input `gadget`: the model has no such column"),
        (input(2, "name", json!("errors")), "input `errors` is given twice"),
        (input(2, "data", Value::Null), "input `device` has no `data`"),
        (
            input(2, "parameters", json!({"binary_data_size": 4})),
            "input `device` has both `data` and bytes behind the JSON",
        ),
        (
            input(2, "parameters", json!({"shared_memory_region": "r"})),
            "input `device`: shared memory is not supported",
        ),
    ] {
        assert_eq!(refused(&change), words);
    }
    let without = |request: &mut Value| {
        request["inputs"].as_array_mut().expect("tensors").pop();
    };
    assert_eq!(refused(&without), "there is no input for column `device`");
    let fewer = |request: &mut Value| {
        request["inputs"][2] = json!({"name": "device", "shape": [1], "datatype": "BYTES", "data": ["Watch"]});
    };
    assert_eq!(refused(&fewer), "input `device` has 1 rows and the inputs before it have 2");
    let unknown = |request: &mut Value| request["outputs"] = json!([{"name": "proba"}]);
    assert_eq!(refused(&unknown), "output `proba` is unknown");
    let ranked =
        |request: &mut Value| request["outputs"] = json!([{"name": "score", "parameters": {"classification": 3}}]);
    assert_eq!(refused(&ranked), "output `score`: neither classification nor shared memory is supported");
    for length in ["x", "100000"] {
        let headers = [("Inference-Header-Content-Length", length)];
        let answer = running.connect().ask("POST", INFER, &headers, tensors().to_string().as_bytes());
        assert!(answer.problem().1.contains("is no length within the body"), "{length}");
    }
}

#[test]
fn tables_of_mlflow_are_scored_row_by_row() {
    let running = Running::usual();
    let single = running.post("/v1/predict", USER).json(200);
    let records = json!({ "dataframe_records": [serde_json::from_str::<Value>(USER).expect("JSON"), {"errors": 2}] });
    let split = json!({ "params": null, "dataframe_split": { "index": [7, 8], "columns": ["device", "user_id", "seconds", "errors"],
        "data": [["Watch", "u1", 58, 2], [null, "u2", null, 2]] } });
    let of_records = running.post("/invocations", records.to_string()).json(200);
    assert_eq!(of_records["predictions"], json!([single["prediction"], null]));
    assert_eq!(of_records["probabilities"], json!([single["probability"], null]));
    assert_eq!(of_records["scores"], json!([single["score"], null]));
    assert_eq!(of_records["rejected"], 1);
    assert_eq!(of_records["rejections"], json!([{"row": 1, "reason": "column `seconds`: missing value"}]));
    assert_eq!(running.post("/invocations", split.to_string()).json(200), of_records);
    // As Python writes what is missing.
    let nan = split.to_string().replace("null,2", "NaN,2");
    assert!(nan.contains("NaN"));
    assert_eq!(running.post("/invocations", nan).json(200), of_records);
    for (body, words) in [
        (json!({ "inputs": [] }), "`inputs` is not known"),
        (json!({}), "there is no table"),
        (
            json!({ "dataframe_records": [], "dataframe_split": {"columns": [], "data": []} }),
            "there is more than one table",
        ),
        (
            json!({ "dataframe_split": {"columns": ["errors", "seconds"], "data": [[1]]} }),
            "row 0 has 1 values for 2 columns",
        ),
        (
            json!({ "dataframe_split": {"columns": ["errors", "errors"], "data": [[1, 2]]} }),
            "column `errors` is given twice",
        ),
    ] {
        let (status, problem) = running.post("/invocations", body.to_string()).problem();
        assert_eq!(status, 400);
        assert!(problem.starts_with(words), "{problem}");
    }
}

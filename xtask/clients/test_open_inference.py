"""Triton's client on the Open Inference Protocol: tensors of JSON and of bytes, both ways, and requests that are at fault."""

import numpy as np
import pytest
import requests
from tritonclient.http import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from inference import OUTPUTS, array, arrays, infer, tensor, tensors
from service import bits, column

SOME = 500
FIGURES = ("score", "raw_probability", "probability")


@pytest.fixture
def client(service):
    with InferenceServerClient(service.address) as client:
        yield client


@pytest.fixture
def some(users):
    return users[:SOME]


def refused(client, inputs, *words, **options):
    """The status of a request that has to be refused with these words."""
    with pytest.raises(InferenceServerException) as fault:
        client.infer("default", inputs, **options)
    for word in words:
        assert word in fault.value.message(), fault.value.message()
    return fault.value.status()


def test_it_lives_and_is_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("default")
    assert not client.is_model_ready("another")


def test_metadata(client, service):
    server = client.get_server_metadata()
    assert server["name"] and server["version"]
    assert "binary_tensor_data" in server["extensions"]
    model = client.get_model_metadata("default")
    assert model["name"] == "default"
    numbers = {"error_count", "task_completion_time_sec", "user_satisfaction_score"}
    texts = {"age_group", "device_type", "input_mode", "task_type"}
    kinds = {tensor["name"]: tensor["datatype"] for tensor in model["inputs"]}
    assert kinds == dict.fromkeys(numbers, "FP64") | dict.fromkeys(texts, "BYTES")
    kinds = {tensor["name"]: tensor["datatype"] for tensor in model["outputs"]}
    assert {name: kinds[name] for name in OUTPUTS} == {
        "prediction": "INT64",
        "probability": "FP64",
        "raw_probability": "FP64",
        "score": "FP64",
        "outcome": "BYTES",
    }
    assert all(tensor["shape"] == [-1] for side in ("inputs", "outputs") for tensor in model[side])
    [version] = model["versions"]
    assert client.is_model_ready("default", version)
    assert not client.is_model_ready("default", "1")
    assert client.get_model_metadata("default", version) == model
    assert service.post("/v1/predict", []).headers["X-Model-Id"] == version
    with pytest.raises(InferenceServerException):
        client.get_model_metadata("another")


@pytest.mark.parametrize("is_sent_binary", [True, False], ids=["bytes sent", "JSON sent"])
@pytest.mark.parametrize("is_answered_binary", [True, False], ids=["bytes answered", "JSON answered"])
@pytest.mark.parametrize("is_column", [True, False], ids=["[n, 1]", "[n]"])
def test_tensors_both_ways(client, some, predicted, is_sent_binary, is_answered_binary, is_column):
    result = infer(client, tensors(some, is_sent_binary, is_column), is_answered_binary, request_id="a request")
    assert result.get_response()["id"] == "a request"
    assert result.get_response()["model_name"] == "default"
    assert result.as_numpy("prediction").tolist() == column(predicted[:SOME], "prediction")
    assert [outcome.decode() if is_answered_binary else outcome for outcome in result.as_numpy("outcome")] == ["scored"] * SOME
    for name in FIGURES:
        assert result.as_numpy(name).shape == (SOME,)
        assert bits(result.as_numpy(name)) == bits(column(predicted[:SOME], name))


def test_outputs_that_are_not_named_are_all_answered(client, some, predicted):
    result = client.infer("default", tensors(some))
    assert {output["name"] for output in result.get_response()["outputs"]} >= set(OUTPUTS)
    assert bits(result.as_numpy("score")) == bits(column(predicted[:SOME], "score"))


def test_outputs_that_are_named_are_all_that_is_answered(client, some):
    result = infer(client, tensors(some), names=("score",))
    assert [output["name"] for output in result.get_response()["outputs"]] == ["score"]
    with pytest.raises(InferenceServerException, match="certainty"):
        infer(client, tensors(some), names=("certainty",))


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.int32, np.int16, np.int8, np.uint8, np.uint64])
@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_numbers_of_any_kind(client, some, predicted, kind, is_binary):
    kinds = {name: values if values.dtype == np.object_ else values.astype(kind) for name, values in arrays(some).items()}
    result = infer(client, [tensor(name, values, is_binary) for name, values in kinds.items()])
    assert bits(result.as_numpy("score")) == bits(column(predicted[:SOME], "score"))


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_truth_values_are_numbers(client, service, users, is_binary):
    few = [user for user in users if user["error_count"] in (0, 1)][:50]
    assert {user["error_count"] for user in few} == {0, 1}
    kinds = arrays(few)
    kinds["error_count"] = kinds["error_count"].astype(bool)
    result = infer(client, [tensor(name, values, is_binary) for name, values in kinds.items()])
    assert bits(result.as_numpy("score")) == bits(column(service.predict(few), "score"))


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_inputs_may_come_in_any_order(client, some, predicted, is_binary):
    result = infer(client, tensors(some, is_binary)[::-1])
    assert bits(result.as_numpy("score")) == bits(column(predicted[:SOME], "score"))


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_levels_that_are_not_ascii(foreign, foreign_users, is_binary):
    service, predicted = foreign
    with InferenceServerClient(service.address) as client:
        result = infer(client, tensors(foreign_users, is_binary), is_binary)
        assert bits(result.as_numpy("score")) == bits(column(predicted, "score"))
        # A name that looks the same, in another normal form of Unicode, is another level, and is not guessed at.
        strange = {"größe": 3, "ort": "Ko\u0308ln", "gerät": "📱"}
        result = client.infer("default", tensors([foreign_users[0], strange], is_binary))
        assert result.as_numpy("outcome").tolist() == [b"scored", b"rejected"]
        assert "`ort`" in result.as_numpy("reason")[1].decode()


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
@pytest.mark.parametrize("level", ["Größenwahn", "スマートフォン", "📱", "Smartwatch\u200b", "a\nb", '"', "x" * 10_000])
def test_unknown_levels_are_rejected_row_by_row(client, some, predicted, level, is_binary):
    rows = [dict(user) for user in some[:3]]
    rows[1]["device_type"] = level
    result = infer(client, tensors(rows, is_binary), is_binary, names=(*OUTPUTS, "reason"))
    text = [value.decode() if is_binary else value for value in result.as_numpy("outcome")]
    assert text == ["scored", "rejected", "scored"]
    assert result.as_numpy("prediction").tolist() == [predicted[0]["prediction"], -1, predicted[2]["prediction"]]
    for name in FIGURES:
        first, none, last = result.as_numpy(name)
        assert bits([first, last]) == bits([predicted[0][name], predicted[2][name]])
        assert np.isnan(none)
    reasons = [value.decode() if is_binary else value for value in result.as_numpy("reason")]
    assert reasons[0] == reasons[2] == ""
    assert "device_type" in reasons[1]
    # Of what was sent no more than a line is told.
    assert len(reasons[1]) < 1000 and "\n" not in reasons[1]


def test_what_is_not_text_is_refused(client, some):
    levels = array(column(some, "device_type"))
    levels[7] = b"\xff\xfeSmartphone"
    inputs = [given for given in tensors(some) if given.name() != "device_type"]
    assert refused(client, [*inputs, tensor("device_type", levels)], "`device_type`", "7", "UTF-8") == "400"


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_missing_values_are_rejected_by_name(client, some, is_binary):
    # In JSON this client writes `NaN`, as Python does.
    columns = arrays(some[:3])
    columns["error_count"][1] = np.nan
    columns["age_group"][2] = b""
    result = infer(client, [tensor(name, values, is_binary) for name, values in columns.items()], names=("outcome", "reason"))
    assert result.as_numpy("outcome").tolist() == [b"scored", b"rejected", b"rejected"]
    _, first, second = (reason.decode() for reason in result.as_numpy("reason"))
    assert "error_count" in first and "age_group" in second


def test_an_input_that_is_missing_is_named(client, some):
    for left_out in ("error_count", "task_type"):
        inputs = [given for given in tensors(some) if given.name() != left_out]
        assert refused(client, inputs, f"`{left_out}`") == "400"
    assert refused(client, []) == "400"


def test_an_input_that_is_unknown_or_given_twice_is_named(client, some):
    inputs = tensors(some)
    assert refused(client, [*inputs, tensor("shoe_size", array([1.0] * SOME))], "`shoe_size`") == "400"
    assert refused(client, [*inputs, inputs[0]], f"`{inputs[0].name()}`") == "400"


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_wrong_shapes_are_named(client, some, is_binary):
    inputs = [given for given in tensors(some, is_binary) if given.name() != "error_count"]
    counts = array(column(some, "error_count"))
    for shaped in (counts.reshape(2, -1), counts.reshape(1, 1, -1), counts[:-1], counts[:0], np.array(3.0)):
        assert refused(client, [*inputs, tensor("error_count", shaped, is_binary)], "`error_count`") == "400"


def test_a_shape_that_its_values_do_not_have_is_named(client, some):
    inputs = [given for given in tensors(some) if given.name() != "error_count"]
    for is_binary in (True, False):
        given = tensor("error_count", array(column(some, "error_count")), is_binary)
        for shape in ([SOME + 1], [SOME - 1], [2**63], [SOME, 2]):
            assert refused(client, [*inputs, given.set_shape(shape)], "`error_count`") in ("400", "413")


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_wrong_kinds_are_named(client, some, is_binary):
    inputs = {given.name(): given for given in tensors(some, is_binary)}
    text = tensor("error_count", array(["four"] * SOME), is_binary)
    number = tensor("age_group", array([1.0] * SOME), is_binary)
    for name, wrong in (("error_count", text), ("age_group", number)):
        others = [given for given in inputs.values() if given.name() != name]
        # A text may hold a number as a table has it, so it is judged with its row.
        result = client.infer("default", [*others, wrong])
        assert set(result.as_numpy("outcome")) == {b"rejected"}
        assert name in result.as_numpy("reason")[0].decode()
    half = InferInput("error_count", [SOME], "FP16")
    half.set_data_from_numpy(np.ones(SOME, dtype=np.float16), binary_data=True)
    others = [given for given in inputs.values() if given.name() != "error_count"]
    assert refused(client, [*others, half], "`error_count`", "FP16") == "400"


def test_no_rows_are_no_fault(client, users):
    inputs = [tensor(name, array([value])[:0]) for name, value in users[0].items()]
    result = client.infer("default", inputs)
    assert result.as_numpy("score").shape == (0,)


def test_an_unknown_model(client, some):
    with pytest.raises(InferenceServerException) as fault:
        client.infer("another", tensors(some))
    assert fault.value.status() == "404"


def test_bytes_that_are_cut_are_refused(service, some):
    body, length = InferenceServerClient.generate_request_body(tensors(some))
    address = f"{service.url}/v2/models/default/infer"
    send = lambda body, length: requests.post(address, body, headers={"Inference-Header-Content-Length": str(length)}, timeout=30)
    assert send(body, length).status_code == 200
    for cut in (body[:-1], body[: length + 3], body[:length], body[: length - 1], body + b"\0", b""):
        answer = send(cut, length)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]
    for wrong in (0, 1, length - 1, length + 1, len(body), len(body) + 1, -1, 2**70, "x"):
        answer = send(body, wrong)
        assert answer.status_code == 400, (wrong, answer.text)


def test_what_is_compressed_is_refused_or_understood(client, some, predicted):
    answered = infer(client, tensors(some), response_compression_algorithm="gzip")
    assert bits(answered.as_numpy("score")) == bits(column(predicted[:SOME], "score"))
    try:
        answered = infer(client, tensors(some), request_compression_algorithm="gzip")
        assert bits(answered.as_numpy("score")) == bits(column(predicted[:SOME], "score"))
    except InferenceServerException as fault:
        assert fault.status() == "415"

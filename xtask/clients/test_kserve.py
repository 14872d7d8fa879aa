"""KServe's client on the Open Inference Protocol."""

import asyncio

import httpx
import numpy as np
import pytest
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

from inference import arrays
from service import bits, column

SOME = 500
FIGURES = ("score", "raw_probability", "probability")


def asked(question):
    """What a client answers to a question, in an event loop of its own."""

    async def ask():
        async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
            return await question(client)

    return asyncio.run(ask())


def request(users, is_binary):
    inputs = []
    for name, values in arrays(users).items():
        given = InferInput(name, list(values.shape), "BYTES" if values.dtype == np.object_ else "FP64")
        given.set_data_from_numpy(values, binary_data=is_binary)
        inputs.append(given)
    return InferRequest("default", inputs, request_id="a request")


def test_it_lives_and_is_ready(service):
    assert asked(lambda client: client.is_server_live(service.url)) is True
    assert asked(lambda client: client.is_server_ready(service.url)) is True
    assert asked(lambda client: client.is_model_ready(service.url, "default")) is True
    assert asked(lambda client: client.is_model_ready(service.url, "another")) is False


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_users_are_scored(service, users, predicted, is_binary):
    answer = asked(lambda client: client.infer(service.url, request(users[:SOME], is_binary), model_name="default"))
    assert answer.id == "a request"
    assert answer.model_name == "default"
    outputs = {output.name: output.as_numpy() for output in answer.outputs}
    assert outputs["prediction"].tolist() == column(predicted[:SOME], "prediction")
    assert outputs["outcome"].tolist() in (["scored"] * SOME, [b"scored"] * SOME)
    for name in FIGURES:
        assert bits(outputs[name]) == bits(column(predicted[:SOME], name))


@pytest.mark.parametrize("is_binary", [True, False], ids=["bytes", "JSON"])
def test_what_is_missing_is_named(service, users, is_binary):
    incomplete = [{name: value for name, value in user.items() if name != "input_mode"} for user in users[:SOME]]
    with pytest.raises(httpx.HTTPStatusError, match="input_mode"):
        asked(lambda client: client.infer(service.url, request(incomplete, is_binary), model_name="default"))


def test_an_unknown_model(service, users):
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        asked(lambda client: client.infer(service.url, request(users[:1], True), model_name="another"))

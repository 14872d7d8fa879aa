"""Ten thousand users scored by the program and by its service: one scorer, the same bits."""

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient

from inference import infer, tensors
from service import bits, column

FIGURES = ("score", "raw_probability", "probability")


def held_against(predicted, found):
    """Whether every figure of `found`, a list by name, is the program's."""
    assert column(predicted, "prediction") == list(found["prediction"])
    for name in FIGURES:
        assert bits(column(predicted, name)) == bits(found[name]), name


def test_lists_of_a_thousand(service, users, predicted):
    answers = []
    for start in range(0, len(users), 1000):
        answers += service.predict(users[start : start + 1000])
    held_against(predicted, {name: column(answers, name) for name in ("prediction", *FIGURES)})
    assert {row["outcome"] for row in answers} == {"scored"}


def test_one_by_one(service, users, predicted):
    answers = [service.predict(user) for user in users[:200]]
    held_against(predicted[:200], {name: column(answers, name) for name in ("prediction", *FIGURES)})


@pytest.mark.parametrize("is_binary", [True, False], ids=["binary tensors", "tensors of JSON"])
def test_tensors(service, users, predicted, is_binary):
    with InferenceServerClient(service.address) as client:
        result = infer(client, tensors(users, is_binary=is_binary), is_binary)
        held_against(predicted, {name: result.as_numpy(name) for name in ("prediction", *FIGURES)})
        assert result.as_numpy("prediction").dtype == np.int64
        assert all(result.as_numpy(name).dtype == np.float64 for name in FIGURES)

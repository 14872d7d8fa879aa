"""Tensors of users, a column each, for the clients of the Open Inference Protocol."""

import numpy as np
from tritonclient.http import InferInput, InferRequestedOutput
from tritonclient.utils import np_to_triton_dtype

OUTPUTS = ("prediction", "probability", "raw_probability", "score", "outcome")


def array(values):
    """Numbers as 64-bit floats, texts as their bytes."""
    if isinstance(values[0], str):
        return np.array([value.encode() for value in values], dtype=np.object_)
    return np.array(values, dtype=np.float64)


def arrays(users):
    return {name: array([user[name] for user in users]) for name in users[0]}


def tensor(name, values, is_binary=True):
    given = InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    given.set_data_from_numpy(values, binary_data=is_binary)
    return given


def tensors(users, is_binary=True, is_column=False):
    """One input for each column, of the shape `[n]`, or `[n, 1]` as some senders have it."""
    shaped = (lambda values: values.reshape(-1, 1)) if is_column else (lambda values: values)
    return [tensor(name, shaped(values), is_binary) for name, values in arrays(users).items()]


def infer(client, inputs, is_binary=True, names=OUTPUTS, **options):
    outputs = [InferRequestedOutput(name, binary_data=is_binary) for name in names]
    return client.infer("default", inputs, outputs=outputs, **options)

"""What every peer's job has in common.

C multiplies the sum of the losses. A tool that minimises their mean gets the strength 1 / rows, for balanced weights
add up to the number of rows.
"""

import contextlib
import time

IDENTIFIER = "user_id"
SPLIT = {"test_size": 0.2, "random_state": 42}


class NotRun(Exception):
    """The tool cannot do this job on this machine."""


class Clock:
    """Seconds by phase."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def __call__(self, phase):
        started = time.perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0) + time.perf_counter() - started


def split(labels):
    import numpy as np
    from sklearn.model_selection import train_test_split

    return train_test_split(np.arange(len(labels)), stratify=labels, **SPLIT)


def class_weights(labels):
    """As scikit-learn's "balanced"."""
    ones = int(labels.sum())
    return len(labels) / (2 * (len(labels) - ones)), len(labels) / (2 * ones)


def metrics(labels, probability):
    from sklearn import metrics as of

    decision = probability > 0.5
    return {
        "accuracy": of.accuracy_score(labels, decision),
        "confusion_matrix": of.confusion_matrix(labels, decision).tolist(),
        "roc_auc": of.roc_auc_score(labels, probability),
        "average_precision": of.average_precision_score(labels, probability),
        "log_loss": of.log_loss(labels, probability),
        "brier": of.brier_score_loss(labels, probability),
    }


def result(names, coefficients, intercept, intercept_penalised, train, test):
    return {
        "coefficients": dict(zip(names, map(float, coefficients), strict=True)),
        "intercept": float(intercept),
        "intercept_penalised": intercept_penalised,
        "train": train,
        "test": test,
    }

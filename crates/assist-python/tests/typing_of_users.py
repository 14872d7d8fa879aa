"""Code as users write it, which a type checker reads and nobody runs: what the package promises of types, it sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from typing_extensions import assert_type

import assist_learn
from assist_learn import (
    AssistClassifier,
    AssistError,
    AssistWarning,
    Comparison,
    Evaluation,
    Inspection,
    Model,
    Page,
    Report,
    Training,
    Tuning,
)


def a_training(frame: pl.DataFrame, folder: Path) -> None:
    training = assist_learn.train(
        frame,
        target="help",
        positive=1,
        drop=["note"],
        numeric={"errors": {"min": 0, "integer": True}},
        date={"when": {"form": "%Y-%m-%d", "parts": ["weekday"]}},
        class_weight=(1.0, 2.0),
        interactions=[("errors", "device")],
        calibration="sigmoid",
        form="logistic",
        C=0.5,
        n_jobs=2,
    )
    assert_type(training, Training)
    assert_type(training.model, Model)
    assert_type(training.metrics, Report)
    assert_type(training.warnings, list[str])
    assert_type(training.left_out, dict[str, str])
    page = training.report(trees=10)
    assert_type(page, Page)
    assert_type(page.html, str)
    assert_type(page.comparison.verdict, str)
    page.save(folder / "report.html")
    training.save(str(folder))


def a_model(folder: Path, table: dict[str, list[Any]]) -> None:
    model = assist_learn.load(folder)
    assert_type(model, Model)
    assert_type(model.id, str)
    assert_type(model.levels, dict[str, list[str]])
    assert_type(model.export(folder / "helper.c", arithmetic="fixed"), list[Path])
    assert_type(model.predict_one(errors=3, device=None), dict[str, Any])
    assert_type(model.predict_one({"errors": 3}), dict[str, Any])
    assert_type(model.evaluate(table, slices=["device"], bootstrap=100), Evaluation)
    assert_type(assist_learn.evaluate(model, table), Evaluation)
    for name, figure in model.explain().items():
        assert_type(name, str)
        print(figure)


def reports(frame: pd.DataFrame) -> None:
    assert_type(assist_learn.compare(frame, target="help", trees=10, seed=1), Comparison)
    assert_type(assist_learn.tune(frame, target="help", Cs=[0.1, 1.0], cost=(1, 5), capacity=(200, 1_000)), Tuning)
    inspection = assist_learn.inspect(frame, target="help", na=["-"])
    assert_type(inspection, Inspection)
    assert_type(inspection.schema, str)
    assert_type(inspection["rows"], Any)
    assert_type(assist_learn.train(frame, counts=True).metrics.to_dict(), dict[str, Any])


def an_estimator(frame: pd.DataFrame, labels: npt.NDArray[np.int64]) -> None:
    classifier = AssistClassifier(C=np.inf, class_weight={0: 1.0, 1: 5.0}, recipe="standard").fit(frame, labels)
    assert_type(classifier, AssistClassifier)
    assert_type(classifier.model_, Model)
    assert_type(classifier.coef_, npt.NDArray[np.float64])
    assert_type(classifier.p_values_, npt.NDArray[np.float64])
    assert_type(classifier.conf_int_, npt.NDArray[np.float64])
    assert_type(classifier.evidence_, dict[str, npt.NDArray[Any]])
    assert_type(classifier.predict_proba(frame), npt.NDArray[np.float64])
    assert_type(classifier.predict(frame), npt.NDArray[Any])
    assert_type(classifier.column_tests_, dict[str, dict[str, Any]])
    assert_type(classifier.undefined_, dict[str, str])


def errors(frame: pl.DataFrame) -> str | None:
    try:
        assist_learn.train(frame, target="help")
    except AssistError as error:
        return error.advice
    except AssistWarning:
        return None
    return None


def mistakes(frame: pl.DataFrame) -> None:
    # Each of these is a mistake that a type checker finds; where it found none, it would say that the comment is idle.
    assist_learn.train(frame, target="help", penalti="l1")  # pyright: ignore[reportCallIssue]
    assist_learn.train(frame, target="help", penalty="l3")  # pyright: ignore[reportArgumentType]
    assist_learn.train(frame, target="help", numeric={"errors": {"least": 0}})  # pyright: ignore[reportArgumentType]
    assist_learn.compare(frame, target="help", threshold=0.3)  # pyright: ignore[reportCallIssue]
    AssistClassifier(recipe="liblinear")  # pyright: ignore[reportArgumentType]

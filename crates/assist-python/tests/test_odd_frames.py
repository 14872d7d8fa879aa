"""Where frames end: columns of no type, empty ones, values that are none, and what stands in a frame and is no column of ours."""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import assist_learn
from assist_learn import AssistClassifier, AssistWarning, train

N = 300


def table() -> dict[str, Any]:
    rng = np.random.default_rng(20)
    return {
        "errors": rng.integers(0, 9, N).tolist(),
        "seconds": [None if i % 7 == 0 else float(value) for i, value in enumerate(rng.normal(60, 20, N))],
        "device": [None if i % 11 == 0 else str(level) for i, level in enumerate(rng.choice(["Phone", "Watch"], N))],
    }


def labels() -> np.ndarray:
    rng = np.random.default_rng(21)
    return (0.6 * np.array(table()["errors"]) - 2.5 + rng.logistic(size=N) > 0).astype(int)


def of_polars(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("polars").DataFrame(columns)


def of_arrow(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("pyarrow").table(columns)


def of_polars_series(columns: dict[str, Any]) -> Any:
    polars = pytest.importorskip("polars")
    return {name: polars.Series(name, values) for name, values in columns.items()}


def of_arrow_arrays(columns: dict[str, Any]) -> Any:
    arrow = pytest.importorskip("pyarrow")
    return {name: arrow.array(values) for name, values in columns.items()}


def of_pandas_series(columns: dict[str, Any]) -> Any:
    return {name: pd.Series(values) for name, values in columns.items()}


Maker = Callable[[dict[str, Any]], Any]
MAKERS: list[Maker] = [dict, pd.DataFrame, of_polars, of_arrow, of_polars_series, of_arrow_arrays, of_pandas_series]


@pytest.fixture(scope="module")
def fitted() -> AssistClassifier:
    return AssistClassifier().fit(table(), labels())


@pytest.mark.parametrize("make", MAKERS)
def test_a_mapping_of_columns_is_the_frame(make: Maker, fitted: AssistClassifier) -> None:
    found = AssistClassifier().fit(make(table()), labels())
    assert list(found.get_feature_names_out()) == list(fitted.get_feature_names_out())
    assert np.array_equal(found.coef_, fitted.coef_)
    codes = make({"code": ["0", "1", "2"] * 100, "often": [True, False, None] * 100})
    names = AssistClassifier().fit(codes, labels()).get_feature_names_out()
    assert {"code_1", "code_2", "often_true"} <= set(names), names


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("row", [{"seconds": None}, {"device": None}, {"seconds": None, "device": None}], ids=str)
def test_a_column_without_a_value_is_missing(make: Maker, row: dict[str, None], fitted: AssistClassifier) -> None:
    one: dict[str, Any] = {"errors": 3, "seconds": 50.0, "device": "Phone", **row}
    expected = fitted.model_.predict_one(one)["score"]
    assert fitted.decision_function(make({name: [value] for name, value in one.items()})) == pytest.approx([expected])
    trained = train(make({**table(), "nothing": [None] * N, "help": labels().tolist()}), target="help")
    assert "nothing" in trained.left_out


@pytest.mark.parametrize("make", MAKERS)
def test_an_empty_batch_has_all_columns(make: Maker, fitted: AssistClassifier) -> None:
    none: dict[str, Any] = {"errors": np.array([], float), "seconds": np.array([], float), "device": np.array([], str)}
    scored = fitted.model_.predict(make(none))
    names = list(getattr(scored, "column_names", None) or (scored if isinstance(scored, dict) else scored.columns))
    assert names[:3] == ["errors", "seconds", "device"]
    assert {"prediction", "probability", "rejection"} <= set(names)
    del none["device"]
    with pytest.raises(ValueError, match="device"):
        fitted.model_.predict(make(none))


def test_a_cell_that_is_no_value_is_not_missing(fitted: AssistClassifier) -> None:
    for wrong in ({"a": np.ones((N, 2))}, {"a": [np.array([1.0, 2.0])] * N}, {"a": [[1]] * N}):
        with pytest.raises(TypeError, match="`a`"):
            AssistClassifier().fit(wrong, labels())
    with pytest.raises((TypeError, ValueError)):
        fitted.model_.predict_one(errors=1, seconds=np.array([10.0, 20.0]), device="Phone")
    masked = np.ma.MaskedArray(np.arange(N, dtype=float), mask=np.arange(N) % 5 == 0)
    assert "missing" in " ".join(AssistClassifier().fit({"a": masked}, labels()).get_feature_names_out())


@pytest.mark.parametrize("has_arrow", [True, False])
def test_pandas_means_the_same_with_and_without_pyarrow(has_arrow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = pd.Series(table()["errors"])
    dates = pd.Series(pd.date_range("2024-01-01", periods=N))
    of_levels = {
        "intervals": pd.cut(errors, 3),
        "dates": pd.Series(["2024-01-01", "2024-02-01"] * 150, dtype="datetime64[ns]").astype("category"),
        "numbers": errors.clip(upper=2).astype("category"),
    }
    refused = {"moments": dates, "periods": dates.dt.to_period("D"), "spans": dates - dates[0]}
    if not has_arrow:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name, series in of_levels.items():
        found = AssistClassifier().fit(pd.DataFrame({name: series}), labels())
        assert len(found.coef_[0]) == series.nunique() - 1, name
    for name, series in refused.items():
        with pytest.raises(ValueError, match=name):
            AssistClassifier().fit(pd.DataFrame({name: series}), labels())
    dense = AssistClassifier().fit(pd.DataFrame({"a": errors}), labels())
    sparse = AssistClassifier().fit(pd.DataFrame({"a": errors.astype(pd.SparseDtype("int64", 0))}), labels())
    assert np.array_equal(dense.coef_, sparse.coef_)


def test_other_columns_are_passed_on_whatever_they_hold(fitted: AssistClassifier) -> None:
    frame = pd.DataFrame(table()).head(2)
    scored = fitted.model_.predict(frame.assign(notes=[1, "a"]))
    assert list(scored["notes"]) == [1, "a"] and scored["probability"].notna().all()
    rejected = fitted.model_.predict(frame.assign(device=["Phone", "Glasses"]))
    whole = fitted.model_.predict(frame)
    assert list(rejected.dtypes)[3:] == list(whole.dtypes)[3:] and str(whole["prediction"].dtype) == "Int64"


def test_a_column_that_is_not_given_is_named(fitted: AssistClassifier) -> None:
    with pytest.raises(ValueError, match="`seconds` is not given"):
        fitted.model_.predict_one(errors=1, device="Phone")
    assert fitted.model_.predict_one(errors=1, device="Phone", seconds=None)["score"] is not None


def test_a_training_keeps_its_table() -> None:
    frame = pd.DataFrame(table()).assign(help=labels())
    frame["errors"] = frame["errors"].astype(float)
    trained = train(frame, target="help")
    before = trained.report(trees=5).comparison["models"]
    frame.iloc[:, 0] = 1000.0
    assert trained.report(trees=5).comparison["models"] == before


def test_few_groups_and_few_rows_are_warned_of() -> None:
    """Where the figures are read: who predicts alone is left alone."""
    found = AssistClassifier().fit(table(), labels(), groups=np.arange(N) % 3)
    assert len(found.warnings_) == 1
    with pytest.warns(AssistWarning, match="3 groups are few"):
        found.p_values_
    rng = np.random.default_rng(22)
    found = AssistClassifier().fit(rng.normal(size=(60, 12)), rng.integers(0, 2, 60))
    with pytest.warns(AssistWarning, match="fewer than 10 each"):
        found.conf_int_
    assert AssistClassifier().fit(table(), labels()).warnings_ == []


def test_a_fit_that_fails_leaves_the_one_before_it() -> None:
    found = AssistClassifier().fit(table(), labels())
    before = found.predict(table())
    with pytest.raises(ValueError, match="sample_weight"):
        found.fit(table(), np.where(labels(), "yes", "no"), sample_weight=-np.ones(N))
    assert np.array_equal(found.predict(table()), before)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted as Linux tells them")
def test_threads_are_given_back() -> None:
    before = len(os.listdir("/proc/self/task"))
    for n_jobs in range(1, 30):
        AssistClassifier(n_jobs=n_jobs, inference="none").fit(table(), labels())
    time.sleep(0.5)
    assert len(os.listdir("/proc/self/task")) < before + 130


def test_hints_work_to_the_letter() -> None:
    frame = {**table(), "twice": [2 * value for value in table()["errors"]], "help": labels().tolist()}
    with pytest.raises(ValueError, match='penalty="l2"'):
        train(frame, target="help", penalty="none")
    train(frame, target="help", penalty="l2", C=1.0)
    trained = train({**table(), "help": labels().tolist()}, target="help")
    unknown = {**table(), "help": labels().tolist(), "device": ["Glasses", *table()["device"][1:]]}
    with pytest.raises(ValueError, match="allow_rejected=True"):
        assist_learn.evaluate(trained.model, unknown)
    assert assist_learn.evaluate(trained.model, unknown, allow_rejected=True)["rejected_rows"] == 1
    with pytest.raises(ValueError, match="numeric"):
        train(frame, target="help", numeric=["errors"], categorical=["errors"])
    moments = [datetime.datetime(2024, 1, 1 + i % 28) for i in range(N)]
    assert "when" in train({**frame, "when": pd.Series(moments)}, target="help", drop=["twice"]).left_out

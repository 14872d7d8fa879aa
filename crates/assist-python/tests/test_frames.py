"""Frames of every library, as they are."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from assist_learn import AssistClassifier, AssistError, train

N = 400


def columns() -> dict[str, list]:
    rng = np.random.default_rng(10)
    return {
        "errors": rng.integers(0, 9, N).tolist(),
        "device": rng.choice(["Phone", "Watch", "Tablet"], N).tolist(),
        "seconds": rng.normal(60, 20, N).tolist(),
        "repeated": (rng.random(N) < 0.3).tolist(),
    }


def labels() -> np.ndarray:
    table = columns()
    score = 0.6 * np.array(table["errors"]) + (np.array(table["device"]) == "Watch") - 3
    return (score + np.random.default_rng(11).logistic(size=N) > 0).astype(int)


def as_pandas() -> pd.DataFrame:
    return pd.DataFrame(columns())


def as_categories() -> pd.DataFrame:
    return pd.DataFrame(columns()).astype({"device": "category"})


def as_nullable() -> pd.DataFrame:
    return pd.DataFrame(columns()).convert_dtypes()


def as_polars() -> object:
    return pytest.importorskip("polars").DataFrame(columns())


def as_polars_categories() -> object:
    pl = pytest.importorskip("polars")
    return pl.DataFrame(columns()).with_columns(pl.col("device").cast(pl.Categorical))


def as_polars_enums() -> object:
    pl = pytest.importorskip("polars")
    return pl.DataFrame(columns()).with_columns(pl.col("device").cast(pl.Enum(["Tablet", "Watch", "Phone"])))


def as_arrow() -> object:
    return pytest.importorskip("pyarrow").table(columns())


def as_arrow_batch() -> object:
    pa = pytest.importorskip("pyarrow")
    return pa.RecordBatch.from_pydict(columns())


def as_relation() -> object:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    connection = duckdb.connect()
    frame = as_pandas()
    connection.register("users", frame)
    return connection.sql("SELECT * FROM users")


FRAMES = [
    columns, as_pandas, as_categories, as_nullable, as_polars, as_polars_categories, as_polars_enums, as_arrow,
    as_arrow_batch, as_relation,
]  # fmt: skip


@pytest.mark.parametrize("make", FRAMES)
def test_every_frame_is_the_same_table(make: object) -> None:
    frame, y = make(), labels()
    expected = AssistClassifier().fit(columns(), y)
    found = AssistClassifier().fit(frame, y)
    names = ["errors", "seconds", "device_Tablet", "device_Watch", "repeated_true"]
    assert list(found.get_feature_names_out()) == names
    assert np.array_equal(found.coef_, expected.coef_)
    assert found.n_features_in_ == 4 and list(found.feature_names_in_) == list(columns())
    assert np.array_equal(found.decision_function(make()), expected.decision_function(columns()))
    assert found.score(make(), y) > 0.7


@pytest.mark.parametrize("make", FRAMES)
def test_predictions_come_in_a_frame_of_the_same_library(make: object) -> None:
    frame = make()
    y = labels()
    trained = train({**columns(), "help": y.tolist()}, target="help")
    scored = trained.model.predict(frame)
    library = {"duckdb": "pyarrow", "builtins": "builtins"}.get(type(frame).__module__.split(".")[0])
    assert type(scored).__module__.split(".")[0] == (library or type(frame).__module__.split(".")[0])
    predictions = scored["prediction"]
    predictions = predictions.to_pylist() if hasattr(predictions, "to_pylist") else list(predictions)
    assert predictions == trained.model.predict(columns())["prediction"]
    assert len(predictions) == N


@pytest.mark.parametrize("make", [as_pandas, as_categories, as_nullable])
def test_pandas_needs_no_pyarrow(make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, y = make(), labels()
    expected = AssistClassifier().fit(frame, y)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = AssistClassifier().fit(frame, y)
    assert np.array_equal(found.coef_, expected.coef_)
    scored = train(frame.assign(help=y), target="help").model.predict(frame)
    assert list(scored.index) == list(frame.index) and "probability" in scored


def test_an_index_is_no_column() -> None:
    frame, y = as_pandas(), labels()
    moved = frame.set_axis(pd.Index(range(1000, 1000 + N), name="id"), axis=0)
    found = AssistClassifier().fit(moved, y)
    assert np.array_equal(found.coef_, AssistClassifier().fit(frame, y).coef_)
    assert list(found.model_.predict(moved).index) == list(moved.index)


def test_missing_values_are_learnt_from_or_refused() -> None:
    frame, y = as_pandas(), labels()
    frame.loc[:50, "seconds"] = np.nan
    frame.loc[30:90, "device"] = None
    found = AssistClassifier().fit(frame, y)
    names = list(found.get_feature_names_out())
    assert "seconds_missing" in " ".join(names) or any("missing" in name for name in names)
    assert np.isfinite(found.decision_function(frame)).all()
    with pytest.raises(ValueError, match="missing"):
        AssistClassifier(missing="error").fit(frame, y)


def test_a_row_that_cannot_be_scored() -> None:
    frame, y = as_pandas(), labels()
    found = AssistClassifier().fit(frame, y)
    unknown = frame.head(3).assign(device=["Phone", "Fridge", "Watch"])
    with pytest.raises(ValueError, match="row 2 of X.*Fridge") as told:
        found.predict(unknown)
    assert all(word in str(told.value) for word in ("device", "Phone", "Tablet", "Watch", "handle_unknown"))
    found.set_params(handle_unknown="nan")
    scores = found.decision_function(unknown)
    assert np.isnan(scores).tolist() == [False, True, False]
    for probabilities in (
        found.predict_proba(unknown),
        found.predict_corrected_proba(unknown),
        found.predict_log_proba(unknown),
    ):
        assert np.isnan(probabilities).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(found.predict(unknown)).tolist() == [False, True, False]
    texts = AssistClassifier(handle_unknown="nan").fit(frame, np.where(y, "yes", "no")).predict(unknown)
    assert texts[1] is np.nan or texts[1] != texts[1]
    # Rare levels stand for unknown ones as well.
    assert np.isfinite(AssistClassifier(rare=200).fit(frame, y).decision_function(unknown)).all()


def test_columns_that_are_none() -> None:
    frame, y = as_pandas(), labels()
    dated = frame.assign(when=pd.Timestamp("2024-01-01"))
    with pytest.raises(ValueError, match="'when'"):
        AssistClassifier().fit(dated, y)
    with pytest.raises(ValueError, match="seconds"):
        AssistClassifier().fit(frame.assign(seconds=np.inf), y)
    with pytest.raises(TypeError, match="mixed"):
        AssistClassifier().fit({**columns(), "mixed": [1, "a"] * (N // 2)}, y)
    with pytest.raises(ValueError, match="feature names"):
        AssistClassifier().fit(frame, y).predict(frame.rename(columns={"errors": "mistakes"}))
    with pytest.raises(ValueError, match="mistakes"):
        AssistClassifier().fit(columns(), y).predict(
            {"mistakes" if k == "errors" else k: v for k, v in columns().items()}
        )
    # What a name collides with is ours to avoid.
    assert AssistClassifier().fit(
        {**columns(), "class": [1.0] * N, "weight": [2.0] * N, "y": [0.5] * N}, y, sample_weight=np.ones(N)
    ).coef_.shape == (1, 8)


@pytest.mark.parametrize(
    "classes", [(0, 1), (False, True), ("no", "yes"), (1.0, 2.0), (-1, 1), ("", "NA"), (np.int8(3), np.int8(7))]
)
def test_labels_are_what_they_are(classes: tuple) -> None:
    y = labels()
    of_classes = np.array(classes)[y]
    found = AssistClassifier().fit(as_pandas(), of_classes)
    assert list(found.classes_) == sorted(set(of_classes))
    assert np.array_equal(found.coef_, AssistClassifier().fit(as_pandas(), y).coef_)
    assert set(found.predict(as_pandas())) <= set(of_classes)


def test_wrong_labels() -> None:
    frame = as_pandas()
    for wrong, words in [
        (np.arange(N) % 3, "Only binary"),
        (np.ones(N), "1 class"),
        (np.linspace(0, 1, N), "continuous"),
        (labels()[:-1], "inconsistent"),
        (None, "requires y"),
    ]:
        with pytest.raises(ValueError, match=words):
            AssistClassifier().fit(frame, wrong)
    assert issubclass(AssistError, ValueError)


@pytest.mark.parametrize(
    "settings",
    [
        {"C": -1}, {"C": "1"}, {"C": np.nan}, {"l1_ratio": 2}, {"recipe": "liblinear"}, {"missing": "drop"}, {"tol": 0},
        {"max_iter": 0}, {"inference": "all"}, {"handle_unknown": "ignore"}, {"class_weight": {2: 1.0}},
        {"class_weight": "even"}, {"base_rate": 2}, {"rare": 0}, {"solver": "saga"}, {"std_errors": "hc5"},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_settings_are_named(settings: dict) -> None:
    ((name, value),) = settings.items()
    with pytest.raises(ValueError) as told:
        AssistClassifier(**settings).fit(as_pandas(), labels())
    text = str(told.value).replace(" ", "_").replace("-", "_")
    assert name in text or "standard_errors" in text or "rare" in text, text


def test_no_copy_of_the_columns() -> None:
    """The peak of memory while a large frame is fitted stays far below what its columns take."""
    import subprocess

    pytest.importorskip("polars")
    code = """
import numpy as np, polars as pl
from assist_learn import AssistClassifier
n = 6_000_000
rng = np.random.default_rng(0)
frame = pl.DataFrame({"a": rng.integers(0, 9, n), "b": rng.integers(20, 120, n).astype(float), "c": rng.integers(0, 5, n).astype(float)})
y = rng.random(n) < 0.3
AssistClassifier().fit(frame[:1000], y[:1000])
def status(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) / 1024
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
AssistClassifier().fit(frame, y).decision_function(frame[:1000])
print(frame.estimated_size() / 2**20, status("VmHWM") - before)
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("the peak of memory is read as Linux tells it")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    size, peak = map(float, told)
    print(f"columns of {size:.0f} MB, {peak:.0f} MB beyond them at the peak")
    assert peak < 0.6 * size

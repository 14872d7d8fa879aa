"""Training, comparing, reporting and exporting in Python, and the same artifacts as the program's."""

from __future__ import annotations

import json
import pickle
import subprocess
import warnings
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import assist_learn
from assist_learn import AssistClassifier, AssistError, AssistWarning


@pytest.fixture(scope="module")
def users() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    n = 500
    frame = pd.DataFrame({
        "errors": rng.integers(0, 9, n),
        "device": rng.choice(["Phone", "Watch", "Tablet"], n),
        "seconds": rng.normal(60, 20, n).round(1),
    })  # fmt: skip
    score = 0.7 * frame["errors"] + 1.5 * (frame["device"] == "Watch") - 3.5
    return frame.assign(help=np.where(score + rng.logistic(size=n) > 0, "yes", "no"))


@pytest.fixture(scope="module")
def training(users: pd.DataFrame) -> assist_learn.Training:
    return assist_learn.train(users, target="help")


def test_training(training: assist_learn.Training, users: pd.DataFrame) -> None:
    report = training.metrics
    assert report["data"]["rows"] == 500 and report["split"]["test_rows"] == 100
    assert report["test"]["roc_auc"] > 0.75
    assert training.model.columns == ["errors", "seconds", "device"]
    assert training.model.levels == {"device": ["Phone", "Tablet", "Watch"]}
    assert (training.model.target, training.model.negative, training.model.positive) == ("help", "no", "yes")
    html = training._repr_html_()
    assert "<table>" in html and "accuracy" in html and f"{report['test']['roc_auc']:.3f}" in html
    assert "ROC AUC" in repr(training)


def test_the_split_and_the_fit_are_those_of_scikit_learn(training: assist_learn.Training, users: pd.DataFrame) -> None:
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(users, test_size=0.2, stratify=users["help"], random_state=42)
    X = train.drop(columns="help")
    same = AssistClassifier(recipe="standard", class_weight="balanced").fit(X, train["help"])
    order = [training.model.features.index(name) for name in same.get_feature_names_out()]
    coefficients = {of["feature"]: of["value"] for of in training.metrics["coefficients"]}
    assert [*coefficients] and len(order) == len(coefficients)
    for name, value in zip(same.get_feature_names_out(), same.coef_[0]):
        assert coefficients[name] == pytest.approx(value, abs=1e-10)
    assert training.metrics["test"]["accuracy"] == pytest.approx(same.score(test.drop(columns="help"), test["help"]))


def test_forms(users: pd.DataFrame) -> None:
    card = assist_learn.train(users, target="help", form="card", lines=3)
    assert card.model.form == "card" and card.metrics["points"]
    rule = assist_learn.train(users, target="help", form="rule")
    assert rule.model.form == "rule"
    predicted = card.model.predict(users)["prediction"]
    assert ((predicted == 1) == (users["help"] == "yes")).mean() > 0.7
    assert card._repr_html_()


def test_comparison_inspection_tuning(users: pd.DataFrame) -> None:
    comparison = assist_learn.compare(users, target="help", trees=10)
    assert comparison.verdict and comparison.verdict in " ".join(f["text"] for f in comparison["findings"])
    assert {model["name"] for model in comparison["models"]} >= {"logistic_regression", "decision_tree"}
    assert escape(comparison["findings"][0]["text"]).split("`")[0] in comparison._repr_html_()
    inspection = assist_learn.inspect(users, target="help")
    assert inspection["rows"] == 500 and "target" in inspection.schema and "device" in inspection._repr_html_()
    tuning = assist_learn.tune(users, target="help", cost=(1, 5), Cs=[0.1, 1.0], folds=3)
    assert "cost" in tuning._repr_html_()
    dropped = assist_learn.train(users.assign(notes=[1, "a"] * 250), target="help", drop=["notes"])
    assert "accuracy" in dropped.model.evaluate(users)._repr_html_()
    assert tuning["best_c"] in (0.1, 1.0) and "cost" in tuning["thresholds"]


def test_counts(users: pd.DataFrame) -> None:
    keyed = users.assign(key=[number // 2 for number in range(len(users))])
    rows = assist_learn.train(keyed, target="help", split="hash", split_key="key")
    counted = assist_learn.counts(keyed, target="help", split="hash", split_key="key")
    assert counted["observations"] == 500 and "distinct rows" in counted._repr_html_()
    assert list(counted.table.columns[-3:]) == ["n0", "n1", "split"] and "key" not in counted.table
    again = assist_learn.train(counted.table, counts=True)
    for metric in ("roc_auc", "log_loss"):
        assert again.metrics["test"][metric] == pytest.approx(rows.metrics["test"][metric], abs=1e-9)
    assert rows.metrics["split"]["key"] == "key" and again.metrics["split"]["method"] == "stated"
    grouped = assist_learn.counts(keyed, target="help", group="key", with_group=True)
    assert "key" in grouped.table
    with pytest.raises(AssistError, match="no column groups the rows"):
        assist_learn.counts(users, target="help", with_group=True)
    with pytest.raises(AssistError, match="split_key"):
        assist_learn.train(users, target="help", split="hash")


def test_page(training: assist_learn.Training, users: pd.DataFrame, tmp_path: Path) -> None:
    page = training.report(trees=10)
    page.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "model_card.md").read_text(encoding="utf-8") == page.model_card
    assert "srcdoc" in page._repr_html_() and page.comparison.verdict
    training.save(tmp_path / "model")
    again = assist_learn.report(tmp_path / "model", users, trees=10)
    assert again.model_card == page.model_card
    with pytest.raises(AssistError):
        assist_learn.report(tmp_path / "model", users.head(100))
    with pytest.raises(TypeError, match="frame"):
        assist_learn.report(tmp_path / "model")
    assert assist_learn.explain(training)["target"] == "help"


def test_artifacts_are_those_of_the_program(
    program: Path, training: assist_learn.Training, users: pd.DataFrame, tmp_path: Path
) -> None:
    users.to_csv(tmp_path / "users.csv", index=False)
    training.save(tmp_path / "ours")
    run = [
        program,
        "predict",
        "--model",
        tmp_path / "ours",
        "--input",
        tmp_path / "users.csv",
        "--output",
        tmp_path / "scored.csv",
    ]
    subprocess.run(run, check=True, capture_output=True)
    scored = pd.read_csv(tmp_path / "scored.csv", dtype={"score": str}).astype({"score": float})
    assert np.array_equal(scored["score"].to_numpy(), training.model.predict(users)["score"].to_numpy())
    # And the other way round.
    run = [program, "train", "--data", tmp_path / "users.csv", "--target", "help", "--out", tmp_path / "theirs"]
    subprocess.run(run, check=True, capture_output=True)
    theirs = assist_learn.load(tmp_path / "theirs")
    assert np.array_equal(theirs.predict(users)["score"].to_numpy(), scored["score"].to_numpy())
    metrics = json.loads((tmp_path / "theirs" / "metrics.json").read_text())
    assert metrics["coefficients"] == training.metrics["coefficients"]
    # The program takes the estimator as well, and so does whoever exports it.
    fitted = AssistClassifier().fit(users.drop(columns="help"), users["help"])
    fitted.model_.save(tmp_path / "estimator")
    run = [program, "evaluate", "--model", tmp_path / "estimator", "--data", tmp_path / "users.csv", "--json"]
    told = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    assert told["accuracy"] == pytest.approx(fitted.score(users.drop(columns="help"), users["help"]))


def test_the_shipped_table(shipped_table: Path) -> None:
    frame = pd.read_csv(shipped_table)
    trained = assist_learn.train(frame, target="needs_assistance_flag", drop=["user_id"])
    evaluated = trained.model.evaluate(frame, slices=["device_type"])
    assert evaluated["rows"] == len(frame) and evaluated["slices"][0]["column"] == "device_type"


def test_models_travel(training: assist_learn.Training, users: pd.DataFrame, tmp_path: Path) -> None:
    training.model.save(tmp_path / "model")
    loaded = assist_learn.load(tmp_path / "model")
    pickled = pickle.loads(pickle.dumps(training.model))
    assert loaded.id == pickled.id == training.model.id
    assert loaded.predict(users).equals(training.model.predict(users))
    one = loaded.predict_one(errors=8, device="Watch", seconds=60)
    assert one["prediction"] == 1 and {c["feature"] for c in one["contributions"]} >= {"errors"}
    for name in ("c", "mjs", "wasm", "json", "onnx", "sql"):
        written = loaded.export(tmp_path / f"helper.{name}")
        assert all(path.stat().st_size > 0 for path in written)
    assert "CASE" in loaded.export(tmp_path / "x.sql", dialect="duckdb", table="users")[0].read_text()
    assert not list(tmp_path.glob(".*part"))


def test_an_exported_query_scores_as_the_model(
    training: assist_learn.Training, users: pd.DataFrame, tmp_path: Path
) -> None:
    duckdb = pytest.importorskip("duckdb")
    training.model.export(tmp_path / "score.sql", dialect="duckdb", table="users")
    connection = duckdb.connect()
    connection.register("users", users)
    scored = connection.sql((tmp_path / "score.sql").read_text()).df()
    assert np.array_equal(
        scored["assist_prediction"].to_numpy(), training.model.predict(users)["prediction"].to_numpy()
    )


def test_warnings_are_warnings() -> None:
    separated = {"errors": [0, 1, 2, 7, 8, 9] * 20, "help": [0, 0, 0, 1, 1, 1] * 20}
    with pytest.warns(AssistWarning, match="separated"):
        trained = assist_learn.train(separated, target="help")
    assert any("separated" in warning for warning in trained.warnings)
    assert "separated" in trained._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"target": "hlp"}, ["hlp", "help"]),
        ({"target": "help", "C": -1}, ["C", "positive"]),
        ({"target": "help", "solver": "saga"}, ["solver", "lbfgs"]),
        ({"target": "help", "test_size": 2}, ["test size"]),
        ({"target": "help", "form": "card", "C": 2.0}, ["card", 'form="logistic"']),
        ({"target": "help", "penalty": "l2", "l1_ratio": 0.5}, ["l1_ratio", 'penalty="elastic-net"']),
        ({"target": "help", "drop": ["errors", "device", "seconds"]}, ["column"]),
        ({"target": "help", "class_weight": "even"}, ["class_weight"]),
        ({"target": "help", "C": np.inf, "penalty": "l1"}, ["C=inf"]),
        ({"target": "help", "calibration_folds": 3}, ["calibration"]),
    ],
)
def test_errors_speak_of_arguments(users: pd.DataFrame, arguments: dict, words: list[str]) -> None:
    with pytest.raises(ValueError) as told:
        assist_learn.train(users, **arguments)
    assert all(word in str(told.value) for word in words), told.value
    assert "--" not in str(told.value)
    if isinstance(told.value, AssistError) and told.value.advice:
        assert str(told.value).endswith(told.value.advice)


def test_unknown_arguments_are_refused(users: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="penalty"):
        assist_learn.train(users, target="help", penatly="l1")


def test_a_hint_works(users: pd.DataFrame) -> None:
    twice = users.assign(again=users["errors"] * 2)
    with pytest.raises(AssistError, match="again") as told:
        assist_learn.train(twice, target="help", C=np.inf)
    assert 'drop=["again"]' in told.value.advice
    assert assist_learn.train(twice, target="help", C=np.inf, drop=["again"]).model.columns == [
        "errors",
        "seconds",
        "device",
    ]


def test_nothing_is_where_no_model_can_be(training: assist_learn.Training, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="train"):
        assist_learn.load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="choose another folder"):
        training.model.save(tmp_path / "file")
    with pytest.raises(ValueError, match="format"):
        training.model.export(tmp_path / "helper.txt")
    with pytest.raises(ValueError, match="no file of the format"):
        training.model.export(tmp_path / "helper.mjs", format="c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pickle.loads(pickle.dumps(training.model)).id == training.model.id

"""Coefficients beside the exact optimum of scikit-learn's objective, and evidence beside statsmodels."""

from __future__ import annotations

import itertools
import warnings
from inspect import signature

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from assist_learn import AssistClassifier

TOLERANCE = 1e-8
# Before 1.8 scikit-learn balanced the classes by their rows, whatever these weigh.
BALANCES_WEIGHTS = "sample_weight" in signature(compute_class_weight).parameters


def dense() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(400, 6)) * [1, 10, 0.1, 1, 5, 1] + [0, 50, 0, 3, 0, 0]
    return X, (X[:, 0] + rng.normal(size=400) > 0.3).astype(int)


def wide() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 300))
    return X, (X[:, 0] + X[:, 1] + rng.normal(size=60) > 0).astype(int)


def with_a_constant() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, size=(500, 8)).astype(float)
    X[:, 3] = 1.0
    return X, (X[:, 0] + rng.normal(size=500) > 0.5).astype(int)


def text(n: int = 600) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({
        "errors": rng.integers(0, 9, n),
        "device": rng.choice(["Phone", "Watch", "Tablet"], n),
        "seconds": rng.normal(60, 20, n),
        "age": rng.choice(["18-30", "30-45", "45-60", "60+"], n),
    })  # fmt: skip
    score = 0.5 * frame["errors"] + (frame["device"] == "Watch") - 2.5
    return frame, (score + rng.logistic(size=n) > 0).to_numpy().astype(int)


def exact(X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, **settings: object) -> LogisticRegression:
    return LogisticRegression(solver="newton-cholesky", tol=1e-15, max_iter=1000, **settings).fit(X, y, weights)


def gradient(X: np.ndarray, y: np.ndarray, weights: np.ndarray, model: object, C: float, l1_ratio: float) -> float:
    """How far coefficients are from the conditions of the optimum, in the largest entry of the mean subgradient."""
    w, b = model.coef_[0], model.intercept_[0]
    residual = weights * (expit(X @ w + b) - y)
    slope = X.T @ residual + (1 - l1_ratio) * w / C
    limit = l1_ratio / C
    beyond = np.where(w != 0, np.abs(slope + limit * np.sign(w)), np.maximum(np.abs(slope) - limit, 0))
    return float(max(np.max(beyond), abs(residual.sum()) if model.fit_intercept else 0) / weights.sum())


def off(found: AssistClassifier, expected: LogisticRegression) -> float:
    size = max(1.0, float(np.abs(expected.coef_).max()))
    return float(
        max(np.abs(found.coef_ - expected.coef_).max(), np.abs(found.intercept_ - expected.intercept_).max()) / size
    )


@pytest.mark.parametrize("table", [dense, wide, with_a_constant])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_l2_is_the_optimum_of_scikit_learn(table: object, weighted: bool, fit_intercept: bool) -> None:
    X, y = table()
    weights = np.random.default_rng(5).uniform(0, 3, len(y)) if weighted else None
    if weights is not None:
        weights[:5] = 0
    for C, class_weight in itertools.product([0.01, 1.0, 100.0], [None, "balanced", {0: 1.0, 1: 3.0}]):
        if class_weight == "balanced" and weighted and not BALANCES_WEIGHTS:
            continue
        settings = {"C": C, "class_weight": class_weight, "fit_intercept": fit_intercept}
        found = AssistClassifier(**settings, inference="none").fit(X, y, sample_weight=weights)
        assert off(found, exact(X, y, weights, **settings)) < TOLERANCE, settings


@pytest.mark.parametrize("C", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("l1_ratio", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("table", [dense, wide, with_a_constant])
def test_l1_and_the_elastic_net_fulfil_the_conditions_of_the_optimum(table: object, l1_ratio: float, C: float) -> None:
    """scikit-learn's saga stops far from it, so that the conditions themselves are checked."""
    X, y = table()
    found = AssistClassifier(C=C, l1_ratio=l1_ratio, inference="none").fit(X, y)
    assert gradient(X, y, np.ones(len(y)), found, C, l1_ratio) < 1e-10


def test_without_a_penalty() -> None:
    X, y = dense()
    assert off(AssistClassifier(C=np.inf).fit(X, y), exact(X, y, None, C=np.inf)) < TOLERANCE
    X, y = with_a_constant()
    found = AssistClassifier(C=np.inf).fit(X, y)
    kept = [0, 1, 2, 4, 5, 6, 7]
    expected = exact(X[:, kept], y, None, C=np.inf)
    assert found.coef_[0, 3] == 0
    assert np.abs(found.coef_[0, kept] - expected.coef_[0]).max() < TOLERANCE


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_text_columns_are_those_of_the_usual_encoder(class_weight: str | None) -> None:
    frame, y = text()
    found = AssistClassifier(class_weight=class_weight).fit(frame, y)
    encoder = ColumnTransformer(
        [("numbers", "passthrough", ["errors", "seconds"]), ("texts", OneHotEncoder(drop="first"), ["device", "age"])],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    X = encoder.fit_transform(frame)
    assert list(found.get_feature_names_out()) == list(encoder.get_feature_names_out())
    assert off(found, exact(X, y, None, class_weight=class_weight)) < TOLERANCE
    plain = AssistClassifier(class_weight=class_weight).fit(X, y)
    assert np.abs(plain.coef_ - found.coef_).max() < 1e-12


def test_the_standard_recipe_is_a_scaler_and_a_regression() -> None:
    X, y = dense()
    found = AssistClassifier(recipe="standard", C=0.3).fit(X, y)
    pipeline = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.3, solver="newton-cholesky", tol=1e-15, max_iter=1000)
    ).fit(X, y)
    assert np.abs(found.decision_function(X) - pipeline.decision_function(X)).max() < TOLERANCE
    # Neither units nor offsets matter.
    moved = AssistClassifier(recipe="standard", C=0.3).fit(X * 1000 + 5, y)
    assert np.abs(found.predict_proba(X) - moved.predict_proba(X * 1000 + 5)).max() < 1e-10


def test_the_original_recipe_is_liblinear_at_its_optimum() -> None:
    X, y = dense()
    found = AssistClassifier(recipe="original", C=0.7).fit(X, y)
    # Its intercept is the coefficient of a column of ones.
    ones = np.column_stack([X, np.ones(len(y))])
    expected = exact(ones, y, None, C=0.7, fit_intercept=False)
    assert np.abs(found.coef_[0] - expected.coef_[0, :-1]).max() < TOLERANCE
    assert abs(found.intercept_[0] - expected.coef_[0, -1]) < TOLERANCE


def test_a_weight_of_two_is_a_row_twice() -> None:
    X, y = dense()
    weights = np.random.default_rng(6).integers(0, 4, len(y))
    for settings in [{}, {"recipe": "standard"}, {"class_weight": "balanced"}, {"C": np.inf}, {"l1_ratio": 0.5}]:
        weighted = AssistClassifier(**settings).fit(X, y, sample_weight=weights)
        repeated = AssistClassifier(**settings).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
        assert np.abs(weighted.coef_ - repeated.coef_).max() <= 1e-12 * max(1, np.abs(repeated.coef_).max()), settings
        assert np.abs(weighted.intercept_ - repeated.intercept_).max() <= 1e-12 * max(1, abs(repeated.intercept_[0])), (
            settings
        )


def test_evidence_is_that_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    X, y = dense()
    found = AssistClassifier(C=0.1, class_weight="balanced").fit(X, y)
    expected = sm.Logit(y, sm.add_constant(X)).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
    order = [1, 2, 3, 4, 5, 6, 0]
    size = np.maximum(1, np.abs(expected.params[order]))
    assert (np.abs(found.evidence_["value"] - expected.params[order]) / size).max() < TOLERANCE
    assert (np.abs(found.evidence_["std_error"] - expected.bse[order]) / expected.bse[order]).max() < TOLERANCE
    assert np.abs(found.evidence_["p_value"] - expected.pvalues[order]).max() < TOLERANCE
    assert (np.abs(found.conf_int_ - expected.conf_int()[1:]) / size[:-1, None]).max() < TOLERANCE
    assert np.abs(found.p_values_ - expected.pvalues[1:]).max() < TOLERANCE


def test_evidence_of_groups_is_that_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    X, y = dense()
    groups = np.repeat(np.arange(100), 4)
    found = AssistClassifier().fit(X, y, groups=[f"user {group}" for group in groups])
    expected = sm.Logit(y, sm.add_constant(X)).fit(
        disp=0, method="newton", tol=1e-14, maxiter=100, cov_type="cluster", cov_kwds={"groups": groups}
    )
    errors = expected.bse[[1, 2, 3, 4, 5, 6, 0]]
    assert (np.abs(found.evidence_["std_error"] - errors) / errors).max() < TOLERANCE


def test_column_tests_are_likelihood_ratios() -> None:
    sm = pytest.importorskip("statsmodels.api")
    frame, y = text()
    found = AssistClassifier().fit(frame, y)
    assert list(found.column_tests_) == ["errors", "seconds", "device", "age"]
    X = pd.get_dummies(frame, columns=["device", "age"], drop_first=True, dtype=float)

    def likelihood(columns: list[str]) -> float:
        return sm.Logit(y, sm.add_constant(X[columns])).fit(disp=0, method="newton", tol=1e-14, maxiter=100).llf

    whole = likelihood(list(X))
    for column in frame:
        kept = [name for name in X if name != column and not name.startswith(f"{column}_")]
        test = found.column_tests_[column]
        assert abs(test["statistic"] - 2 * (whole - likelihood(kept))) < 1e-7
        assert test["df"] == len(X.columns) - len(kept)


def test_separated_classes_have_evidence_of_firth() -> None:
    """`sex2` of logistf has such a column; here the same in small: a level whose rows are all of one class."""
    X = np.array([[0.0], [0], [0], [0], [0], [1], [1], [1]])
    y = np.array([0, 0, 1, 0, 1, 1, 1, 1])
    found = AssistClassifier().fit(X, y)
    assert found.separation_ == {"kind": "quasi-complete", "features": ["x0"]}
    assert np.isfinite(found.conf_int_).all()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        AssistClassifier(C=np.inf).fit(X, y)
    assert any("finite `C`" in str(warning.message) for warning in told)

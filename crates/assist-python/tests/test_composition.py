"""The estimator among those of scikit-learn: in pipelines, searches, ensembles, other processes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from assist_learn import AssistClassifier


@pytest.fixture(scope="module")
def users() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """A frame with texts, labels, and whose rows these are."""
    rng = np.random.default_rng(7)
    n = 600
    user = np.repeat(np.arange(150), 4)
    frame = pd.DataFrame({
        "errors": rng.integers(0, 9, n),
        "handset": rng.choice(["Phone", "Watch", "Tablet"], n),
        "seconds": rng.normal(60, 20, n),
    })  # fmt: skip
    score = 0.6 * frame["errors"] + (frame["handset"] == "Watch") - 3 + rng.normal(size=150)[user]
    return frame, (score + rng.logistic(size=n) > 0).to_numpy().astype(int), user


@pytest.fixture(scope="module")
def numbers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(300, 5))
    return X, (X[:, 0] - X[:, 1] + rng.normal(size=300) > 0).astype(int)


def test_pipeline(numbers: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = numbers
    ours = make_pipeline(StandardScaler(), AssistClassifier()).fit(X, y)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-12, solver="newton-cholesky")).fit(X, y)
    assert np.abs(ours.decision_function(X) - theirs.decision_function(X)).max() < 1e-8
    assert list(ours[:-1].get_feature_names_out()) == list(ours[-1].get_feature_names_out())


def test_behind_a_column_transformer_that_makes_frames(users: tuple) -> None:
    frame, y, _ = users
    encoder = make_column_transformer(
        (OneHotEncoder(drop="first", sparse_output=False), make_column_selector(dtype_exclude="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    ours = make_pipeline(encoder, AssistClassifier()).fit(frame, y)
    plain = AssistClassifier().fit(frame, y)
    assert set(ours[-1].get_feature_names_out()) == {"handset_Tablet", "handset_Watch", "errors", "seconds"}
    assert np.abs(ours.decision_function(frame) - plain.decision_function(frame)).max() < 1e-9


def test_grid_search(users: tuple) -> None:
    frame, y, _ = users
    grid = {"C": [0.01, 1.0, np.inf], "recipe": ["sklearn", "standard"], "class_weight": [None, "balanced"]}
    search = GridSearchCV(AssistClassifier(), grid, scoring="roc_auc", cv=3).fit(frame, y)
    assert search.best_score_ > 0.75
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict_proba(frame).shape == (len(frame), 2)


def test_cross_validation_by_groups(users: tuple) -> None:
    frame, y, user = users
    scores = cross_val_score(AssistClassifier(), frame, y, groups=user, cv=GroupKFold(5), scoring="roc_auc")
    assert scores.shape == (5,) and (scores > 0.6).all()


def test_metadata_is_routed_to_the_fit(users: tuple) -> None:
    frame, y, user = users
    weights = np.random.default_rng(9).uniform(0.5, 2, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = AssistClassifier().set_fit_request(sample_weight=True, groups=True)
        estimator.set_score_request(sample_weight=True)
        routed = cross_validate(
            estimator, frame, y, cv=GroupKFold(3), return_estimator=True,
            params={"sample_weight": weights, "groups": user},
        )  # fmt: skip
    first = routed["estimator"][0]
    train, _ = next(GroupKFold(3).split(frame, y, user))
    alone = AssistClassifier().fit(frame.iloc[train], y[train], sample_weight=weights[train], groups=user[train])
    assert np.abs(first.coef_ - alone.coef_).max() == 0
    assert np.allclose(first.conf_int_, alone.conf_int_, rtol=0, atol=1e-12)
    assert not np.allclose(first.conf_int_, AssistClassifier().fit(frame.iloc[train], y[train]).conf_int_)


def test_calibration(users: tuple) -> None:
    frame, y, _ = users
    calibrated = CalibratedClassifierCV(AssistClassifier(class_weight="balanced"), cv=3).fit(frame, y)
    assert abs(calibrated.predict_proba(frame)[:, 1].mean() - y.mean()) < 0.02


def test_ensembles(users: tuple, numbers: tuple) -> None:
    X, y = numbers
    others = [("ours", AssistClassifier()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]
    for ensemble in [
        VotingClassifier(others, voting="soft"),
        VotingClassifier(others),
        StackingClassifier(others, final_estimator=AssistClassifier(), cv=3),
        BaggingClassifier(AssistClassifier(inference="none"), n_estimators=5, random_state=0),
    ]:
        assert ensemble.fit(X, y).score(X, y) > 0.75
    frame, labels, _ = users
    both = [("a", AssistClassifier()), ("b", AssistClassifier(recipe="standard"))]
    assert VotingClassifier(both, voting="soft").fit(frame, labels).score(frame, labels) > 0.7


def test_selection_by_coefficients(numbers: tuple) -> None:
    X, y = numbers
    assert set(np.flatnonzero(RFE(AssistClassifier(), n_features_to_select=2).fit(X, y).support_)) == {0, 1}
    chosen = SelectFromModel(AssistClassifier(l1_ratio=1.0, C=0.05)).fit(X, y)
    assert {0, 1} <= set(np.flatnonzero(chosen.get_support()))


def test_permutation_importance(users: tuple) -> None:
    frame, y, _ = users
    found = permutation_importance(
        AssistClassifier().fit(frame, y), frame, y, n_repeats=5, random_state=0, scoring="roc_auc"
    )
    assert found.importances_mean.argmax() == 0


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_parallel(users: tuple, backend: str) -> None:
    """In processes that were started anew, in threads, and in processes that were forked while this one has threads."""
    frame, y, _ = users
    alone = [AssistClassifier(C=C).fit(frame, y).coef_ for C in (0.1, 1.0, 10.0, 100.0)]
    fit = delayed(lambda C: AssistClassifier(C=C).fit(frame, y).coef_) if backend == "threading" else delayed(_fitted)
    arguments = [(C,) if backend == "threading" else (C, frame, y) for C in (0.1, 1.0, 10.0, 100.0)]
    found = Parallel(n_jobs=2, backend=backend)(fit(*of) for of in arguments)
    assert all(np.array_equal(a, b) for a, b in zip(alone, found))
    scores = cross_val_score(AssistClassifier(), frame, y, cv=StratifiedKFold(4), n_jobs=2)
    assert np.array_equal(scores, cross_val_score(AssistClassifier(), frame, y, cv=StratifiedKFold(4)))


def _fitted(C: float, frame: pd.DataFrame, y: np.ndarray) -> np.ndarray:
    return AssistClassifier(C=C).fit(frame, y).coef_


def test_results_do_not_depend_on_threads(users: tuple) -> None:
    frame, y, _ = users
    big, labels = pd.concat([frame] * 200, ignore_index=True), np.tile(y, 200)
    of = {n: AssistClassifier(n_jobs=n).fit(big, labels) for n in (1, 2, -1)}
    assert all(np.array_equal(of[1].coef_, other.coef_) for other in of.values())
    assert all(np.array_equal(of[1].decision_function(big), other.decision_function(big)) for other in of.values())
    with pytest.raises(ValueError, match="n_jobs"):
        AssistClassifier(n_jobs=0).fit(frame, y)


def test_cloning_copying_and_pickling(users: tuple) -> None:
    frame, y, _ = users
    fitted = AssistClassifier(C=0.3, class_weight={0: 1.0, 1: 2.0}).fit(frame, y)
    assert not hasattr(clone(fitted), "coef_")
    assert clone(fitted).get_params() == fitted.get_params()
    assert fitted.set_params(C=0.3) is fitted
    for other in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        assert np.array_equal(other.predict_proba(frame), fitted.predict_proba(frame))
        assert other.model_.id == fitted.model_.id
        assert np.array_equal(other.conf_int_, fitted.conf_int_)


def test_figures_of_predictions(users: tuple) -> None:
    frame, y, _ = users
    fitted = AssistClassifier(class_weight="balanced").fit(frame, y)
    scores, probabilities = fitted.decision_function(frame), fitted.predict_proba(frame)
    assert np.array_equal(fitted.predict(frame), probabilities.argmax(axis=1))
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.allclose(fitted.predict_log_proba(frame), np.log(probabilities))
    corrected = fitted.predict_corrected_proba(frame)[:, 1]
    assert abs(corrected.mean() - y.mean()) < 0.01 < abs(probabilities[:, 1].mean() - y.mean())
    elsewhere = fitted.predict_corrected_proba(frame, base_rate=0.05)[:, 1]
    assert elsewhere.mean() < corrected.mean()
    of_fit = (
        AssistClassifier(class_weight="balanced", base_rate=0.05).fit(frame, y).predict_corrected_proba(frame)[:, 1]
    )
    assert np.allclose(elsewhere, of_fit)
    assert roc_auc_score(y, scores) == pytest.approx(roc_auc_score(y, elsewhere))
    unweighted = AssistClassifier().fit(frame, y)
    assert np.allclose(unweighted.predict_corrected_proba(frame), unweighted.predict_proba(frame))
    out_of_fold = cross_val_predict(AssistClassifier(), frame, y, method="predict_proba")
    assert out_of_fold.shape == (len(y), 2)


def test_written_coefficients_predict(users: tuple) -> None:
    """As in scikit-learn what stands in `coef_` and `intercept_` is what predicts, and what is carried elsewhere."""
    frame, y, _ = users
    fitted = AssistClassifier().fit(frame, y)
    before, model_id = fitted.decision_function(frame), fitted.model_.id
    fitted.intercept_ = fitted.intercept_ + 1.5
    assert np.allclose(fitted.decision_function(frame), before + 1.5, rtol=0, atol=1e-12)
    assert fitted.model_.id != model_id and not fitted.model_.explain()["converged"]
    fitted.intercept_ = fitted.intercept_ - 1.5
    fitted.coef_[:] = 0
    assert np.unique(fitted.decision_function(frame)).size == 1
    fitted.coef_ = fitted.coef_[:, :1]
    with pytest.raises(ValueError, match="coef_ must have the shape"):
        fitted.predict(frame)

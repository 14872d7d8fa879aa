"""Stand-ins with the names and arguments of scikit-learn's own tests, which let `AssistClassifier` do the work."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import linear_model
from sklearn._loss import HalfBinomialLoss
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning

from assist_learn import AssistClassifier

# The one of scikit-learn, before a stand-in takes its place.
_THEIRS = linear_model.LogisticRegression

# How each of scikit-learn's solvers says that it has not converged. A test asks for these words; ours come after them.
_NOT_CONVERGED = {
    "lbfgs": "lbfgs failed to converge after {n} iteration(s)",
    "liblinear": "Liblinear failed to converge, increase the number of iterations.",
    "newton-cg": "newton-cg failed to converge at loss = ?. Increase the number of iterations.",
    "newton-cholesky": "Newton solver did not converge after {n} iterations",
    "sag": "The max_iter was reached which means the coef_ did not converge",
    "saga": "The max_iter was reached which means the coef_ did not converge",
}


class NoSingleSolution(ValueError):
    """Our refusal of a fit that has many solutions, of which scikit-learn returns one."""


class Asked:
    """What the tests have asked for, so that none passes without a fit of ours."""

    fits = 0
    # Only in a test whose entry in the table says so are fits to more than two classes left to scikit-learn.
    leaves_many_classes = False


def _fit(classifier: AssistClassifier, X: Any, y: Any, sample_weight: Any = None) -> AssistClassifier:
    Asked.fits += 1
    try:
        return classifier.fit(X, y, sample_weight)
    except ValueError as error:
        if "no single solution" in str(error):
            raise NoSingleSolution(str(error)) from error
        raise


def _dense(X: Any) -> Any:
    """Sparse matrices as dense ones, as ours takes no others."""
    return X.toarray() if sparse.issparse(X) else X


def _figure(name: str) -> property:
    def read(self: LogisticRegression) -> Any:
        if "fitted_" not in vars(self):
            raise AttributeError(name)
        return getattr(self.fitted_, name)

    return property(read, lambda self, value: setattr(self.fitted_, name, value))


class LogisticRegression(ClassifierMixin, BaseEstimator):
    """The arguments of scikit-learn's `LogisticRegression`, solved by ours.

    `tol` and `max_iter` have our defaults, as they are in our units. `solver="liblinear"` is the recipe whose intercept
    is penalised, unless `intercept_scaling` is so large that nothing of that penalty is left, which is what it is for.
    The others differ in how they seek, not in what: ours takes Newton's steps for those that do, else L-BFGS. `dual`,
    `random_state`, `verbose` and `warm_start` do not say what the optimum is.
    """

    def __init__(
        self,
        penalty="deprecated",
        *,
        C=1.0,
        l1_ratio=0.0,
        dual=False,
        tol=1e-8,
        fit_intercept=True,
        intercept_scaling=1,
        class_weight=None,
        random_state=None,
        solver="lbfgs",
        max_iter=2000,
        verbose=0,
        warm_start=False,
        n_jobs=None,
    ):
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def fit(self, X, y, sample_weight=None):
        if Asked.leaves_many_classes and len(np.unique(y)) > 2:
            self.fitted_ = _THEIRS(**self.get_params()).fit(X, y, sample_weight)
            return self
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                self.fitted_ = _fit(self._ours(), _dense(X), y, sample_weight)
            except ValueError as error:
                if self.solver == "liblinear" and "Only binary classification" in str(error):
                    theirs = "The 'liblinear' solver does not support multiclass classification"
                    raise ValueError(f"{theirs}: {error}") from error
                raise
        for warning in told:
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):
                text = f"{_NOT_CONVERGED[self.solver].format(n=self.n_iter_[0])}: {text}"
            warnings.warn(text, warning.category, stacklevel=2)
        return self

    def _ours(self) -> AssistClassifier:
        C, l1_ratio = self.C, self.l1_ratio
        if self.penalty is None:
            C = np.inf
        elif self.penalty in ("l1", "l2"):
            l1_ratio = {"l1": 1, "l2": 0}[self.penalty]
        is_intercept_penalised = self.solver == "liblinear" and self.intercept_scaling < 1000
        return AssistClassifier(
            C=C,
            l1_ratio=l1_ratio,
            class_weight=self.class_weight,
            fit_intercept=self.fit_intercept,
            recipe="original" if is_intercept_penalised else "sklearn",
            # Theirs refuses missing values.
            missing="error",
            solver="newton" if self.solver.startswith("newton") else "lbfgs",
            tol=self.tol,
            max_iter=self.max_iter,
            n_jobs=self.n_jobs,
        )

    # These are those of the fitted estimator and no copies, so that what a test writes to them arrives there.
    coef_ = _figure("coef_")
    intercept_ = _figure("intercept_")
    classes_ = _figure("classes_")
    n_iter_ = _figure("n_iter_")

    def decision_function(self, X):
        return self.fitted_.decision_function(_dense(X))

    def predict(self, X):
        return self.fitted_.predict(_dense(X))

    def predict_proba(self, X):
        return self.fitted_.predict_proba(_dense(X))

    def predict_log_proba(self, X):
        return self.fitted_.predict_log_proba(_dense(X))


class _GeneralizedLinearRegressor(BaseEstimator):
    """The binomial family of generalised linear models, which `test_glm.py` makes its `BinomialRegressor` of.

    A row with the share y of the second class is two rows: one of that class which weighs y, and one of the other which
    weighs 1 - y. The likelihood is the same. The penalty is one of the mean loss: `C = 1 / (alpha * sum of weights)`.
    """

    def __init__(
        self, *, alpha=1.0, fit_intercept=True, solver="lbfgs", max_iter=2000, tol=1e-8, warm_start=False, verbose=0
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _get_loss(self, xp=None, device=None):
        return HalfBinomialLoss()

    def fit(self, X, y, sample_weight=None):
        if not isinstance(self._get_loss(), HalfBinomialLoss):
            raise TypeError("ours is the binomial family only")
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        classifier = AssistClassifier(
            C=np.inf if self.alpha == 0 else 1 / (self.alpha * weight.sum()),
            fit_intercept=self.fit_intercept,
            missing="error",
            solver="newton" if self.solver.startswith("newton") else "lbfgs",
            max_iter=self.max_iter,
            tol=self.tol,
        )
        rows = np.concatenate([X, X])
        labels = np.repeat([1, 0], len(y))
        self.fitted_ = _fit(classifier, rows, labels, np.concatenate([weight * y, weight * (1 - y)]))
        self.coef_, self.intercept_ = self.fitted_.coef_[0], self.fitted_.intercept_[0]
        self.n_iter_ = self.fitted_.n_iter_[0]
        return self

    def predict(self, X):
        return self.fitted_.predict_proba(X)[:, 1]

"""A classifier of scikit-learn: exact logistic regression with intervals and p-values, for frames as they are."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from . import _native
from ._frames import columns_of, is_frame, is_missing, is_pandas, is_series, names_of, no_table
from ._model import Model, threads_of
from ._reports import warn
from ._settings import class_weight_text

# Which objective a recipe is: the units of the penalty, and the intercept.
_RECIPES = {
    "sklearn": ("raw", "free"),
    "standard": ("spread", "free"),
    "original": ("raw", "penalised"),
}


class AssistClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression for two classes, solved to its exact optimum.

    It takes arrays of numbers, and frames of polars, pandas, pyarrow or DuckDB as they are: text columns, truth values
    and categories become a coefficient for each level but the first, missing values are learnt from. Beside the
    coefficients, which predict, it has what the rows say of each of them: estimates, intervals and p-values from the
    fit without penalty and class weights, or from Firth's penalised likelihood where the classes are separated.

    Parameters
    ----------
    C : float, default=1.0
        Inverse strength of the penalty, positive; `np.inf` for none.
    l1_ratio : float, default=0.0
        Share of L1 in the penalty: 0 for L2, 1 for L1, between them the elastic net.
    class_weight : dict, "balanced" or None, default=None
        What an observation of each class weighs in the fit, by its label; `"balanced"` lets both classes weigh the
        same.
    fit_intercept : bool, default=True
        Whether there is an intercept.
    recipe : {"sklearn", "standard", "original"}, default="sklearn"
        The units of the penalty, and the intercept. `"sklearn"`: raw and free, as `LogisticRegression`. `"standard"`:
        each feature's spread and free, as `StandardScaler` before it, so that neither units nor offsets of columns
        matter. `"original"`: raw and penalised, as its solver liblinear.
    missing : {"auto", "error"}, default="auto"
        What becomes of missing values: learnt from (a level of its own; of numbers the mean, with an indicator), or
        refused.
    handle_unknown : {"error", "nan"}, default="error"
        What becomes of a row that cannot be scored, such as one with a level that no row of the fit had: a `ValueError`
        with the column, the value and the known levels, or NaN.
    rare : int, optional
        Levels with fewer rows are one level, which stands for unknown ones as well. Default: each is one of its own.
    inference : {"auto", "basic", "full", "none"}, default="auto"
        How much is said beyond the coefficients: with `"none"` no evidence, which is quickest; with `"full"`
        everything, whatever it takes.
    std_errors : {"auto", "hc0", "hc1", "inverse-hessian"}, default="auto"
        How the standard errors of the coefficients that predict are computed; see `model_`.
    base_rate : float, optional
        The share of the second class where the model will be used, for `predict_corrected_proba`. Default: that of the
        fit.
    solver : {"lbfgs", "newton"}, default="lbfgs"
        How the optimum is sought, where there is a choice; it is the same.
    tol : float, default=1e-8
        Largest entry of the mean objective's gradient, by the spread of each feature.
    max_iter : int, default=2000
        Most iterations of the solver.
    n_jobs : int, optional
        Threads of fits and predictions; all cores by default, whose number does not change a result.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The labels.
    coef_ : ndarray of shape (1, n_features_out)
        The coefficients, one for each of `get_feature_names_out()`; of plain arrays one a column.
    intercept_ : ndarray of shape (1,)
        The intercept.
    n_features_in_ : int
        Columns of `X`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where all of them are texts.
    n_iter_ : ndarray of shape (1,)
        Iterations of the solver.
    conf_int_ : ndarray of shape (n_features_out, 2)
        Evidence: the 95 % interval of each feature's coefficient; NaN where there is none. Whoever reads it is warned
        of what `warnings_` has.
    p_values_ : ndarray of shape (n_features_out,)
        Evidence: the probability of an estimate as far from zero if the feature has no effect, by Wald's statistic
        (where the classes are separated by the ratio of Firth's penalised likelihood). Warns as `conf_int_` does.
    evidence_ : dict of str to ndarray
        All of it, the intercept's last: `feature`, `value`, `std_error`, `ci_low`, `ci_high`, `p_value`.
    column_tests_ : dict of str to dict
        For each column whether it says anything about the label that the others do not, by a likelihood ratio (by Wald's
        statistic with weights or groups): `statistic`, `df`, `p_value`, and `p_holm` with Holm's correction over all columns. Empty where it was not tested.
    separation_ : dict or None
        Which features separate the classes (`kind`: `complete` or `quasi-complete`, `features`), where some do.
    undefined_ : dict of str to str
        Which of these figures are absent, and why.
    warnings_ : list of str
        What the evidence has to be taken with, such as few groups, or few rows a parameter.
    model_ : Model
        The model: it saves itself, exports itself, and explains itself.

    See Also
    --------
    sklearn.linear_model.LogisticRegression : The same optimum, for more than two classes and sparse matrices.
    assist_learn.train : Training and evaluation of a whole table.

    Notes
    -----
    The objective is `1/2 sum_j (unit_j w_j)^2 + C sum_i s_i log(1 + exp(-y_i z_i))`. A fit has converged where its
    Newton decrement is at most 1e-20 of the objective. A column that is constant has the coefficient 0; none is
    dropped.

    Examples
    --------
    >>> import numpy as np
    >>> from assist_learn import AssistClassifier
    >>> table = {
    ...     "errors": [0, 3, 1, 4, 0, 2] * 20,
    ...     "device": ["Phone", "Phone", "Watch", "Watch", "Phone", "Watch"] * 20,
    ... }
    >>> helped = np.array([0, 1, 0, 1, 0, 0] * 15 + [1, 0, 1, 0, 1, 1] * 5)
    >>> classifier = AssistClassifier().fit(table, helped)
    >>> classifier.get_feature_names_out()
    array(['errors', 'device_Watch'], dtype=object)
    >>> bool(classifier.p_values_[0] < 0.001)
    True
    >>> classifier.predict({"errors": [5], "device": ["Phone"]})
    array([1])
    """

    classes_: np.ndarray
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    n_features_in_: int
    feature_names_in_: np.ndarray
    n_iter_: NDArray[np.int32]
    warnings_: list[str]
    column_tests_: dict[str, dict[str, Any]]
    separation_: dict[str, Any] | None
    undefined_: dict[str, str]
    _column_names: list[str]
    _evidence: dict[str, np.ndarray]

    def __init__(
        self,
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        fit_intercept: bool = True,
        recipe: Literal["sklearn", "standard", "original"] = "sklearn",
        missing: Literal["auto", "error"] = "auto",
        handle_unknown: Literal["error", "nan"] = "error",
        rare: int | None = None,
        inference: Literal["auto", "basic", "full", "none"] = "auto",
        std_errors: Literal["auto", "hc0", "hc1", "inverse-hessian"] = "auto",
        base_rate: float | None = None,
        solver: Literal["lbfgs", "newton"] = "lbfgs",
        tol: float = 1e-8,
        max_iter: int = 2000,
        n_jobs: int | None = None,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.class_weight = class_weight
        self.fit_intercept = fit_intercept
        self.recipe = recipe
        self.missing = missing
        self.handle_unknown = handle_unknown
        self.rare = rare
        self.inference = inference
        self.std_errors = std_errors
        self.base_rate = base_rate
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> AssistClassifier:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Numbers; or a frame of polars, pandas, pyarrow or DuckDB, or a mapping of names to columns, as they are.
        y : array-like of shape (n_samples,)
            Labels of two classes.
        sample_weight : array-like of shape (n_samples,), optional
            What each row weighs: coefficients are those of a row of weight 2 given twice, and of one of weight 0 left
            out. A weight says whom a row stands for, not how often it was seen: intervals are those of the sandwich
            estimator (HC0), which do not grow narrower when all weights double.
        groups : array-like of shape (n_samples,), optional
            Whose rows these are: rows of one group, such as a user's, are not independent, and intervals allow for that
            (cluster-robust, CR1).

        Returns
        -------
        AssistClassifier
            The fitted estimator.
        """
        settings = self._settings()
        columns = self._columns(X, reset=True)
        labels, is_positive = self._classes_and_rows(y, columns.n_rows)
        names = list(columns.names)
        columns, weight = self._with_weights(columns, sample_weight)
        group = None
        if groups is not None:
            groups = np.asarray(groups)
            self._check_length(groups, columns.n_rows, "groups")
            group = _free_name("group", columns.names)
            columns = columns.with_whole_numbers(group, _codes_of(groups))
        classes = _free_name("class", columns.names)
        columns = columns.with_classes(classes, is_positive)
        negative, positive = map(_label_text, labels)
        target = (str(getattr(y, "name", None) or _free_name("y", names)), negative, positive)
        settings["fit"]["class-weight"] = self._class_weight_text(labels)
        native, is_separated, told = _native.fit_columns(
            columns, json.dumps(settings), classes, target, weight, group, threads_of(self.n_jobs)
        )
        # Together: where a fit fails, the labels of the one before it stay with its model.
        self.classes_, self._model = labels, Model(native)
        self._take_figures(native)
        self.warnings_ = [] if self.inference == "none" else told
        if not native.convergence()[0]:
            _warn_of_convergence(native, is_separated, self.max_iter)
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The score of each row: the linear predictor, a log-odds.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Rows as of `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            NaN where a row cannot be scored and `handle_unknown="nan"`.
        """
        check_is_fitted(self)
        columns = self._columns(X, reset=False)
        scores, first, rejected = self._native_model().scores(columns, threads_of(self.n_jobs))
        if first is not None and self.handle_unknown != "nan":
            row, reason = first
            others = f" ({rejected:,} rows cannot be scored)" if rejected > 1 else ""
            raise ValueError(
                f"row {row + 1} of X cannot be scored: {reason}{others}\n"
                + _HINT_OF_ROWS
                + (_HINT_OF_LEVELS if "unknown level" in reason else "")
            )
        return scores

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class, as the fit with its class weights has it: what decides.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Rows as of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            In the order of `classes_`.
        """
        positive = self._native_model().raw_probabilities(self.decision_function(X))
        return np.column_stack([1 - positive, positive])

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """The logarithm of `predict_proba`, with the digits that a probability near 0 or 1 has lost.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Rows as of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            In the order of `classes_`.
        """
        scores = self.decision_function(X)
        with np.errstate(invalid="ignore"):  # a row without a score has no probability
            return np.column_stack([-np.logaddexp(0, scores), -np.logaddexp(0, -scores)])

    def predict_corrected_proba(self, X: Any, base_rate: float | None = None) -> NDArray[np.float64]:
        """The probability of each class corrected to a base rate: what a share of users that is like this will need.

        Class weights let `predict_proba` speak of a world with other shares of the classes; here these are taken out
        again.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Rows as of `fit`.
        base_rate : float, optional
            The share of the second class where the model is used. Default: that of the estimator, or of the fit.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            In the order of `classes_`.
        """
        _check_base_rate(base_rate)
        positive = self._native_model().probabilities(self.decision_function(X), base_rate)
        return np.column_stack([1 - positive, positive])

    def predict(self, X: Any) -> np.ndarray:
        """The class of the larger of `predict_proba`; the first where both are the same.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or frame
            Rows as of `fit`.

        Returns
        -------
        ndarray of shape (n_samples,)
            With `handle_unknown="nan"` and a row that cannot be scored NaN stands there: among floats, or objects.
        """
        scores = self.decision_function(X)
        predicted = self.classes_[(scores > 0).astype(int)]
        absent = np.isnan(scores)
        if absent.any():
            predicted = predicted.astype(float if self.classes_.dtype.kind in "biuf" else object)
            predicted[absent] = np.nan
        return predicted

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names of the features, one for each coefficient.

        Parameters
        ----------
        input_features : array-like of str, optional
            Ignored but for its check: names come from the columns of the fit.

        Returns
        -------
        ndarray of str
            `errors` for a column of numbers, `device_Watch` for a level, `errors_missing` for an indicator of missing
            values.
        """
        check_is_fitted(self)
        if input_features is not None and list(input_features) != self._column_names:
            raise ValueError("input_features is not equal to feature_names_in_")
        return np.asarray(self._native_model().features, dtype=object)

    @property
    def evidence_(self) -> dict[str, np.ndarray]:
        """What the rows say of each coefficient, the intercept's last: with a warning where that is to be taken with care."""
        check_is_fitted(self)
        warn(self.warnings_)
        return self._evidence

    @property
    def conf_int_(self) -> NDArray[np.float64]:
        """The 95 % interval of each feature's coefficient."""
        evidence = self.evidence_
        return np.column_stack([evidence["ci_low"], evidence["ci_high"]])[:-1]

    @property
    def p_values_(self) -> NDArray[np.float64]:
        """The probability of an estimate as far from zero if the feature has no effect."""
        return self.evidence_["p_value"][:-1]

    @property
    def model_(self) -> Model:
        """The model with the coefficients of the fit, or with what was written into `coef_` and `intercept_` since."""
        check_is_fitted(self)
        written = np.asarray(self.coef_, dtype=np.float64)
        coefficients, intercept = self._model._native.coefficients()
        if written.shape != (1, len(coefficients)):
            raise ValueError(f"coef_ must have the shape {(1, len(coefficients))}, not {written.shape}")
        of_written = float(np.asarray(self.intercept_, dtype=np.float64).reshape(-1)[0])
        if np.array_equal(written[0], coefficients) and of_written == intercept:
            return self._model
        return Model(self._model._native.with_coefficients(np.ascontiguousarray(written[0]), of_written))

    def _native_model(self) -> _native.Model:
        return self.model_._native

    def _settings(self) -> dict[str, Any]:
        """The parameters as settings of the library; what is no value of them is refused."""
        _check_choice("recipe", self.recipe, _RECIPES)
        _check_choice("missing", self.missing, ("auto", "error"))
        _check_choice("handle_unknown", self.handle_unknown, ("error", "nan"))
        _check_choice("inference", self.inference, ("auto", "basic", "full", "none"))
        _check_choice("std_errors", self.std_errors, ("auto", "hc0", "hc1", "inverse-hessian"))
        _check_choice("solver", self.solver, ("lbfgs", "newton"))
        if not isinstance(self.fit_intercept, (bool, np.bool_, int)):
            raise ValueError(f"fit_intercept must be True or False, not {self.fit_intercept!r}")
        _check_number("C", self.C, lambda c: c > 0, "a positive number, or np.inf for no penalty")
        _check_number("l1_ratio", self.l1_ratio, lambda share: 0 <= share <= 1, "between 0 and 1")
        _check_number("tol", self.tol, lambda tol: 0 < tol < math.inf, "a positive number")
        _check_number("max_iter", self.max_iter, lambda n: n >= 1 and n == int(n), "a positive whole number")
        if self.rare is not None:
            _check_number("rare", self.rare, lambda n: n >= 1 and n == int(n), "None or a positive whole number")
        _check_base_rate(self.base_rate)
        units, intercept = _RECIPES[self.recipe]
        has_penalty = self.C < math.inf
        if not self.fit_intercept:
            intercept = "none"
        elif intercept == "penalised" and not (has_penalty and self.l1_ratio < 1):
            intercept = "free"
        fit: dict[str, Any] = {
            "intercept": intercept,
            "max-iter": int(self.max_iter),
            "tolerance": float(self.tol),
            "std-errors": self.std_errors,
            "inference": "basic" if self.inference == "none" else self.inference,
        }
        if not has_penalty:
            fit["penalty"] = "none"
        else:
            penalty = {0.0: "l2", 1.0: "l1"}.get(self.l1_ratio, "elastic-net")
            fit.update({"penalty": penalty, "c": float(self.C), "penalty-units": units})
            if penalty == "elastic-net":
                fit["l1-ratio"] = float(self.l1_ratio)
        if not has_penalty or self.l1_ratio == 0:
            fit["solver"] = self.solver
        if self.base_rate is not None:
            fit["base-rate"] = float(self.base_rate)
        settings = {"fit": fit, "missing": self.missing, "rare": 1 if self.rare is None else int(self.rare)}
        return {**settings, "allow-unconverged": True}

    def _columns(self, X: Any, reset: bool) -> _native.Columns:
        """The columns of `X` under the names that they had in the fit."""
        if is_frame(X):
            return self._columns_of_frame(X, reset)
        if hasattr(X, "collect") or (is_series(X) and hasattr(X, "to_frame")):
            raise TypeError(no_table(X))
        finite = True if self.missing == "error" else "allow-nan"
        array: Any = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite=finite)
        if reset:
            self._column_names = self._names_of_places()
        return _native.Columns().with_matrix(self._column_names, array)

    def _columns_of_frame(self, X: Any, reset: bool) -> _native.Columns:
        # A stream is read once.
        frame = X if is_pandas(X) else columns_of(X)
        names = names_of(frame)
        if is_pandas(X):
            # Names, their order and their number are checked, and told, as everywhere in scikit-learn.
            validate_data(self, X, reset=reset, skip_check_array=True)
        elif reset:
            self.n_features_in_ = len(names)
            self.feature_names_in_ = np.asarray(names, dtype=object)
        elif (known := getattr(self, "feature_names_in_", None)) is not None and list(known) != names:
            absent = [name for name in known if name not in names]
            more = [name for name in names if name not in known]
            told = "; ".join(
                f"{what}: {', '.join(map(repr, some[:5]))}"
                for what, some in (("unseen at fit time", more), ("missing", absent))
                if some
            )
            raise ValueError(
                "The feature names should match those that were passed during fit: "
                + (told or "they must be in the same order as they were in fit")
            )
        elif known is None and len(names) != self.n_features_in_:
            raise ValueError(
                f"X has {len(names)} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input"
            )
        if not names:
            raise ValueError("0 feature(s) (shape=(n, 0)) while a minimum of 1 is required.")
        _refuse(_dates_of_pandas(X))
        columns = columns_of(frame)
        if columns.n_rows == 0:
            raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
        kinds = zip(columns.names, columns.kinds)
        _refuse([name for name, kind in kinds if kind not in ("number", "text", "truth")])
        if reset:
            has_names = hasattr(self, "feature_names_in_")
            self._column_names = list(map(str, names)) if has_names else self._names_of_places()
        return columns.renamed(self._column_names)

    def _names_of_places(self) -> list[str]:
        if hasattr(self, "feature_names_in_"):
            return list(map(str, self.feature_names_in_))
        return [f"x{place}" for place in range(self.n_features_in_)]

    def _classes_and_rows(self, y: Any, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
        """The classes, and for each row whether it is of the second."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None: "
                "This estimator requires y to be passed"
            )
        labels = column_or_1d(_labels_of(y), warn=True)
        self._check_length(labels, n_rows, "y")
        classes = _classes_of(labels)
        if len(classes) != 2:
            raise ValueError(f"y has 1 class, {_label_text(classes[0])!r}: a fit needs rows of two classes")
        return classes, np.asarray(labels == classes[1], dtype=bool)

    def _check_length(self, values: np.ndarray, n_rows: int, name: str) -> None:
        if values.ndim != 1 or len(values) != n_rows:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: X has {n_rows}, {name} has the shape "
                f"{values.shape}"
            )

    def _with_weights(self, columns: _native.Columns, sample_weight: Any) -> tuple[_native.Columns, str | None]:
        if sample_weight is None:
            return columns, None
        weights = np.asarray(sample_weight, dtype=np.float64)
        if weights.ndim == 0:
            weights = np.full(columns.n_rows, weights)
        if weights.ndim != 1:
            raise ValueError("Sample weights must be 1D array or scalar")
        if len(weights) != columns.n_rows:
            raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(columns.n_rows,)}!")
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise ValueError("sample_weight must be finite and not negative")
        if not weights.any():
            raise ValueError("all sample weights are zero: there is no row to learn from")
        name = _free_name("weight", columns.names)
        return columns.with_numbers(name, weights), name

    def _class_weight_text(self, labels: np.ndarray) -> str:
        weight = self.class_weight
        if isinstance(weight, Mapping):
            classes = labels.tolist()
            unknown = [label for label in weight if label not in classes]
            if unknown:
                raise ValueError(
                    f"class_weight has a weight for {unknown[0]!r}, which is none of the classes {classes}"
                )
            weights = tuple(weight.get(label, 1.0) for label in classes)
            for of_class in weights:
                _check_number("class_weight", of_class, lambda w: 0 < w < math.inf, "of positive numbers")
            return class_weight_text(weights)
        if not (weight is None or isinstance(weight, str) and weight == "balanced"):
            raise ValueError(f"class_weight must be a dict, 'balanced' or None, not {weight!r}")
        return class_weight_text(weight)

    def _take_figures(self, native: _native.Model) -> None:
        coefficients, intercept = native.coefficients()
        self.coef_ = coefficients.reshape(1, -1)
        self.intercept_ = np.array([intercept])
        self.n_iter_ = np.array([native.convergence()[1]], dtype=np.int32)
        explanation = json.loads(native.explain_json())
        absent = [math.nan] * 5
        none = self.inference == "none"
        figures = np.array([absent if none or of is None else of for of in native.evidence()])
        names = np.asarray([*native.features, "(intercept)"], dtype=object)
        self._evidence = {
            "feature": names, "value": figures[:, 0], "std_error": figures[:, 1], "ci_low": figures[:, 2],
            "ci_high": figures[:, 3], "p_value": figures[:, 4],
        }  # fmt: skip
        inference = explanation.get("inference") or {}
        tests = (inference.get("factor_tests") or {}).get("factors") or []
        self.column_tests_ = {":".join(test.pop("columns")): test for test in tests}
        self.separation_ = inference.get("separation")
        self.undefined_ = dict(inference.get("undefined") or {})


def _classes_of(labels: np.ndarray) -> np.ndarray:
    """The one or two classes of labels, in order; what are no labels of two classes is refused."""
    if labels.dtype.kind in "biu" and len(labels):
        # As there are millions of rows, and two classes: no sorting.
        low, high = labels.min(), labels.max()
        if bool(((labels == low) | (labels == high)).all()):
            return np.array([low, high] if low != high else [low], dtype=labels.dtype)
    if labels.dtype.kind == "O" and any(is_missing(label) for label in labels):
        raise ValueError("Input y contains NaN or None: leave out rows without a label")
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    return np.unique(labels)


def _codes_of(groups: np.ndarray) -> np.ndarray:
    """Groups as whole numbers, whatever they are called."""
    if groups.dtype.kind == "O":
        if any(is_missing(group) for group in groups):
            raise ValueError("groups has missing values: each row is of a group, which may be one of its own")
        # Of several types, which have no order.
        places: dict[Any, int] = {}
        return np.array([places.setdefault(group, len(places)) for group in groups], dtype=np.int64)
    if groups.dtype.kind == "f" and np.isnan(groups).any():
        raise ValueError("groups has missing values: each row is of a group, which may be one of its own")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64).reshape(-1)


def _check_base_rate(base_rate: Any) -> None:
    if base_rate is not None:
        _check_number("base_rate", base_rate, lambda rate: 0 < rate < 1, "between 0 and 1")


def _check_choice(name: str, value: Any, choices: Any) -> None:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")


def _check_number(name: str, value: Any, is_allowed: Any, expected: str) -> None:
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or not is_allowed(value):
        raise ValueError(f"{name} must be {expected}, not {value!r}")


def _free_name(name: str, taken: Any) -> str:
    taken = set(taken)
    while name in taken:
        name += "_"
    return name


def _label_text(label: Any) -> str:
    """A label as tables have it: a whole number without a fraction."""
    value = label.item() if hasattr(label, "item") else label
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _labels_of(y: Any) -> Any:
    """Labels as scikit-learn takes them: those of polars and pyarrow as an array."""
    return y.to_numpy() if type(y).__module__.split(".")[0] in ("polars", "pyarrow") else y


_HINT_OF_ROWS = 'hint: `handle_unknown="nan"` scores the others'
_HINT_OF_LEVELS = (
    "; a fit with so large a `rare` that some levels of the column are pooled scores unknown ones as these"
)


def _dates_of_pandas(X: Any) -> list[str]:
    if not is_pandas(X):
        return []
    return [str(name) for name, kind in zip(X.columns, X.dtypes) if _is_date(kind)]


def _refuse(columns: list[str]) -> None:
    """Refuses columns that are no features."""
    if columns:
        raise ValueError(
            f"column {columns[0]!r} holds neither numbers nor texts\n"
            "hint: make numbers of it, such as the hour or the days since then, or leave it out"
        )


def _is_date(kind: Any) -> bool:
    return getattr(kind, "kind", "") in ("m", "M") or type(kind).__name__ == "PeriodDtype"


def _warn_of_convergence(native: _native.Model, is_separated: bool, max_iter: int) -> None:
    _, iterations, termination = native.convergence()
    if is_separated:
        termination, advice = (
            "the classes are separated, so that there is no optimum without a penalty",
            "choose a finite `C`",
        )
    elif iterations >= max_iter:
        advice = f"increase `max_iter` (={max_iter})"
    else:
        advice = "rounding hides any further progress"
    warnings.warn(f"the fit did not converge: {termination}; {advice}", ConvergenceWarning, stacklevel=3)

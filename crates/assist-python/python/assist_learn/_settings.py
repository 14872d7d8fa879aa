"""Settings of a training as keyword arguments, and as what the library reads."""

from __future__ import annotations

import functools
import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar

Penalty = Literal["l2", "l1", "elastic-net", "firth", "none"]
Recipe = Literal["standard", "original"]
Missing = Literal["auto", "error", "drop", "level"]


class LearningSettings(TypedDict, total=False):
    """What `train`, `compare`, `tune` and `inspect` can be told; each key is an option of the program as well."""

    # What the columns are.
    positive: str
    drop: Sequence[str]
    keep: Sequence[str]
    numeric: Sequence[str] | Mapping[str, Mapping[str, Any]]
    categorical: Sequence[str] | Mapping[str, Mapping[str, Any]]
    date: Sequence[str] | Mapping[str, Mapping[str, Any]]
    group: str
    time: str
    weight: str
    na: Sequence[str]
    counts: bool
    missing: Missing
    rare: int
    # How rows are split.
    split: Literal["sklearn", "selection", "hypergeometric"]
    test_size: float
    seed: int
    # What is fitted.
    form: Literal["logistic", "card", "rule"]
    lines: int
    points: int
    time_limit: float
    penalty: Penalty
    C: float
    l1_ratio: float
    recipe: Recipe
    penalty_units: Literal["spread", "raw"]
    intercept: Literal["free", "penalised", "none"]
    class_weight: Literal["balanced"] | tuple[float, float] | None
    solver: Literal["lbfgs", "newton"]
    max_iter: int
    tol: float
    bins: bool
    splines: Sequence[str]
    interactions: Sequence[tuple[str, str]]
    steps: Sequence[tuple[str, str]]
    std_errors: Literal["auto", "inverse-hessian", "hc0", "hc1"]
    inference: Literal["auto", "basic", "full"]
    base_rate: float
    # What is made of it.
    calibration: Literal["sigmoid", "isotonic"]
    calibration_folds: int
    threshold: float
    bootstrap: int
    all_rows: bool
    allow_unconverged: bool


# Where each argument stands in the settings of the library; those that are not here need a word of their own.
_ROLES = ("positive", "drop", "keep", "group", "time", "weight")
_FIT = (
    "form", "lines", "points", "time_limit", "penalty", "l1_ratio", "recipe", "penalty_units", "intercept", "solver",
    "max_iter", "bins", "splines", "interactions", "steps", "std_errors", "inference", "base_rate",
)  # fmt: skip
_TOP = ("counts", "missing", "rare", "threshold", "bootstrap", "all_rows", "allow_unconverged")

_DOCUMENTED = """\
    positive : str, optional
        The label that is class 1. Default: the one that sorts last.
    drop, keep : sequence of str, optional
        Columns that are no features, and columns that are though they would be left out: identifiers, free text, dates.
    numeric, categorical, date : sequence of str or dict of str to dict, optional
        What columns are, where that is not what their cells look like; a dictionary says more of each, as a schema file does
        (`numeric={"errors": {"min": 0, "integer": True}}`).
    group : str, optional
        The column whose equal values are one user: rows of one user stay together. Found by itself where a column is named so;
        `"none"` for no groups.
    time : str, optional
        The column that says when each row was recorded: test rows are the latest.
    weight : str, optional
        The column of what each row weighs.
    na : sequence of str, optional
        Texts that stand for missing cells.
    counts : bool, default=False
        Whether each row stands for many observations, with columns `n0` and `n1` instead of the target.
    missing : {"auto", "error", "drop", "level"}, default="auto"
        What becomes of missing cells: learnt from, refused, or their rows left out.
    rare : int, optional
        Levels with fewer training rows are one level, which stands for unknown ones as well.
    split : {"sklearn", "selection", "hypergeometric"}, default="sklearn"
        How test rows are drawn; `"sklearn"` draws those of `train_test_split(stratify=y, random_state=seed)`.
    test_size, seed : float, default=0.2; int, default=42
        Share of the test rows, and the seed of everything that is drawn.
    form : {"logistic", "card", "rule"}, default="logistic"
        What is fitted: a logistic regression, an optimal integer scorecard, or a rule.
    lines, points, time_limit : int, default=5; int, default=5; float, optional
        Of a card: its most lines, its largest points, and the seconds after which the best so far is taken.
    penalty : {"l2", "l1", "elastic-net", "firth", "none"}, default="l2"
        The penalty on coefficients.
    C, l1_ratio : float, default=1.0; float, default=0.5
        Its inverse strength (infinity for none), and the share of L1 in the elastic net.
    recipe : {"standard", "original"}, default="standard"
        The units of the penalty and the intercept: each feature's spread and free, as `StandardScaler` before
        `LogisticRegression`; or raw and penalised, as liblinear. `penalty_units` and `intercept` state either apart.
    class_weight : "balanced", None or (float, float), default="balanced"
        What an observation of class 0 and of class 1 weighs in the fit.
    solver, max_iter, tol : {"lbfgs", "newton"}; int, default=2000; float, default=1e-8
        How, how long and how far the optimum is sought.
    bins : bool, default=False
        Whether numbers are cut into bins that the labels ask for.
    splines, interactions, steps : sequence of str; of pairs of str
        Columns that act along a curve, whose effects depend on each other, or that act in steps which do.
    std_errors, inference : str, default="auto"
        How standard errors are computed (`"inverse-hessian"`, `"hc0"`, `"hc1"`), and how much is beyond them (`"basic"`, `"full"`).
    base_rate : float, optional
        The share of class 1 where the model will be used. Default: that of the training rows.
    calibration, calibration_folds : {"sigmoid", "isotonic"}, optional; int, default=5
        How a map from scores to probabilities is learnt, on so many folds.
    threshold : float, optional
        Decide for class 1 where the probability is above this.
    bootstrap : int, default=0
        Samples that give intervals to figures without a formula.
    all_rows : bool, default=False
        Whether the model is fitted once more to all rows, when the split has been evaluated.
    allow_unconverged : bool, default=False
        Whether a fit that did not converge is a result."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes_settings(function: _Function) -> _Function:
    """Documents the settings of a function that takes them as `**settings`, in its docstring and its signature."""
    if function.__doc__:
        function.__doc__ = function.__doc__.replace("    **settings", _DOCUMENTED)
    signature = inspect.signature(function)
    kept = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    known = {parameter.name for parameter in kept}
    # None stands for what each has by default.
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
        for name in LearningSettings.__annotations__
        if name not in known
    ]

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known and name not in LearningSettings.__annotations__:
                near = _nearest(name, [*known, *LearningSettings.__annotations__])
                raise TypeError(f"{function.__name__}() has no argument {name!r}" + (f": did you mean {near!r}?" if near else ""))
        return function(*args, **kwargs)

    checked.__signature__ = signature.replace(parameters=[*kept, *added])  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def _nearest(name: str, known: Iterable[str]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), 1, 0.6)), None)


def class_weight_text(weight: Any) -> str:
    """Class weights as the library reads them."""
    if weight is None:
        return "none"
    if isinstance(weight, str):
        return weight
    w0, w1 = weight
    return f"{float(w0)!r},{float(w1)!r}"


def _roles(value: Any) -> dict[str, Any]:
    """A column's role by its name, for a sequence of names or a dictionary that says more."""
    if isinstance(value, Mapping):
        return {name: dict(role or {}) for name, role in value.items()}
    return {name: {} for name in _names(value)}


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def learning_settings(target: str | None, settings: Mapping[str, Any]) -> str:
    """The settings of a training as JSON."""
    given = {name: value for name, value in settings.items() if value is not None or name == "class_weight"}
    roles: dict[str, Any] = {name: given[name] for name in _ROLES if name in given}
    if target is not None:
        roles["target"] = target
    for name in ("drop", "keep"):
        if name in roles:
            roles[name] = _names(roles[name])
    if "positive" in roles:
        roles["positive"] = str(roles["positive"])
    for name in ("numeric", "categorical", "date"):
        if name in given:
            roles[name] = _roles(given[name])
    if "na" in given:
        roles["table"] = {"na": _names(given["na"])}
    fit: dict[str, Any] = {name.replace("_", "-"): given[name] for name in _FIT if name in given}
    if "splines" in fit:
        fit["splines"] = _names(fit["splines"])
    if "class_weight" in settings:
        fit["class-weight"] = class_weight_text(settings["class_weight"])
    if "tol" in given:
        fit["tolerance"] = float(given["tol"])
    if "C" in given:
        _set_strength(fit, float(given["C"]))
    document: dict[str, Any] = {name.replace("_", "-"): given[name] for name in _TOP if name in given}
    split = {"method": given.get("split"), "test-size": given.get("test_size"), "seed": given.get("seed")}
    document["split"] = {name: value for name, value in split.items() if value is not None}
    if "calibration" in given:
        document["calibration"] = {"method": given["calibration"], "folds": given.get("calibration_folds", 5)}
    elif "calibration_folds" in given:
        raise ValueError("`calibration_folds` has no effect without `calibration`\nhint: state `calibration`, or leave it out")
    return json.dumps({"roles": roles, "fit": fit, **document})


def _set_strength(fit: dict[str, Any], strength: float) -> None:
    # JSON has no infinity; a penalty of no strength is none.
    if strength == math.inf:
        if fit.setdefault("penalty", "none") != "none":
            raise ValueError(
                f"`C=inf` is no penalty, and `penalty={fit['penalty']!r}` is one\nhint: leave one of them out"
            )
    elif math.isnan(strength):
        raise ValueError("C must be a positive number, not nan")
    else:
        fit["c"] = strength

"""Settings of a training as keyword arguments, and as what the library reads."""

from __future__ import annotations

import functools
import inspect
import json
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, get_args

from . import _checks as checks
from ._checks import refused

Penalty = Literal["l2", "l1", "elastic-net", "firth", "none"]
Recipe = Literal["standard", "original"]
PenaltyUnits = Literal["spread", "raw"]
Intercept = Literal["free", "penalised", "none"]
Missing = Literal["auto", "error", "drop", "level"]
Split = Literal["sklearn", "selection", "hypergeometric", "hash", "stated"]
Form = Literal["logistic", "card", "rule"]
Solver = Literal["lbfgs", "newton"]
StdErrors = Literal["auto", "inverse-hessian", "hc0", "hc1"]
Inference = Literal["auto", "basic", "full"]
Calibration = Literal["sigmoid", "isotonic"]


class NumericRole(TypedDict, total=False):
    """What is said of a column of numbers."""

    min: float
    max: float
    integer: bool
    unit: str
    style: Mapping[str, Any]


class CategoricalRole(TypedDict, total=False):
    """What is said of a column of levels."""

    levels: Sequence[str]
    reference: str


class DateRole(TypedDict, total=False):
    """What is said of a column of dates."""

    form: str
    parts: Sequence[Literal["days", "weekday", "hour"]]


class LearningSettings(TypedDict, total=False):
    """What `train`, `inspect`, `compare` and `tune` can be told."""

    # What the columns are.
    positive: str | int | float | bool
    drop: Sequence[str]
    keep: Sequence[str]
    numeric: Sequence[str] | Mapping[str, NumericRole]
    categorical: Sequence[str] | Mapping[str, CategoricalRole]
    date: Sequence[str] | Mapping[str, DateRole]
    group: str
    time: str
    weight: str
    na: Sequence[str]
    counts: bool
    missing: Missing
    rare: int
    # How rows are split.
    split: Split
    split_key: str
    test_size: float
    seed: int
    # What is fitted.
    penalty: Penalty
    C: float
    l1_ratio: float
    recipe: Recipe
    penalty_units: PenaltyUnits
    intercept: Intercept
    class_weight: Literal["balanced"] | tuple[float, float] | None
    solver: Solver
    max_iter: int
    tol: float
    bins: bool
    splines: Sequence[str]
    interactions: Sequence[tuple[str, str]]
    steps: Sequence[tuple[str, str]]
    std_errors: StdErrors
    inference: Inference
    base_rate: float


class TrainingSettings(LearningSettings, total=False):
    """What `train` can be told beside: what is said of a model that is kept."""

    form: Form
    lines: int
    points: int
    time_limit: float
    calibration: Calibration
    calibration_folds: int
    threshold: float
    bootstrap: int
    all_rows: bool
    allow_unconverged: bool


class EvaluationSettings(TypedDict, total=False):
    """What `evaluate` can be told."""

    slices: Sequence[str]
    min_group: int
    group: str | None
    bootstrap: int | None
    weight: str | None
    counts: bool
    allow_rejected: bool
    n_jobs: int | None


def _role(*kinds: tuple[str, checks.Check]) -> checks.Check:
    """Columns by name, or a dictionary that says more of each."""
    known = dict(kinds)

    def check(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            return {column: {} for column in checks.columns(name, value)}
        return {checks.column(name, column): _of_one(name, column, role) for column, role in value.items()}

    def _of_one(name: str, column: Any, role: Any) -> dict[str, Any]:
        if role is not None and not isinstance(role, Mapping):
            raise refused(
                f"`{name}` says {role!r} of column {column!r}, and a dictionary is expected",
                f"its keys are {_listed(known)}",
            )
        found = {}
        for key, of_key in (role or {}).items():
            if key not in known:
                raise refused(
                    f"`{name}` says {key!r} of column {column!r}, which there is not",
                    f"what can be said is {_listed(known)}",
                )
            found[key] = known[key](f"{name}[{column!r}][{key!r}]", of_key)
        return found

    return check


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))


def _any(name: str, value: Any) -> Any:
    return value


def _strength(name: str, value: Any) -> float:
    # Infinity is no penalty.
    return math.inf if isinstance(value, float) and value == math.inf else checks.number(name, value)


def class_weight_text(weight: Any) -> str:
    """Class weights as the library reads them."""
    return _class_weight("class_weight", weight)


def _class_weight(name: str, value: Any) -> str:
    if isinstance(value, Mapping) or (isinstance(value, str) and value not in ("balanced", "none")):
        advice = f"`{name}=(1.0, 2.0)`: class 1 is the label `positive`, by default the one that sorts last"
        raise refused(
            f'`{name}` must be "balanced", None, or the weights of class 0 and of class 1, not {value!r}', advice
        )
    if value is None or isinstance(value, str):
        return value or "none"
    weights = checks.two(checks.number, '"balanced", None, or the weights of class 0 and of class 1')(name, value)
    if min(weights) <= 0:
        raise refused(f"`{name}` must be of positive numbers, not {value!r}")
    return f"{weights[0]!r},{weights[1]!r}"


# What each setting takes, and its default where that is not None.
_CHECKS: dict[str, tuple[checks.Check, Any]] = {
    "positive": (checks.label, None),
    "drop": (checks.columns, None),
    "keep": (checks.columns, None),
    "numeric": (
        _role(
            ("min", checks.number),
            ("max", checks.number),
            ("integer", checks.truth),
            ("unit", checks.text),
            ("style", _any),
        ),
        None,
    ),
    "categorical": (_role(("levels", checks.several(checks.label, "the levels")), ("reference", checks.label)), None),
    "date": (
        _role(("form", checks.text), ("parts", checks.several(checks.choice("days", "weekday", "hour"), "the parts"))),
        None,
    ),
    "group": (checks.column, None),
    "time": (checks.column, None),
    "weight": (checks.column, None),
    "na": (checks.several(checks.text, "a sequence of texts"), None),
    "counts": (checks.truth, False),
    "missing": (checks.choice(*get_args(Missing)), "auto"),
    "rare": (checks.whole(1), None),
    "split": (checks.choice(*get_args(Split)), "sklearn"),
    "split_key": (checks.column, None),
    "test_size": (checks.number, 0.2),
    "seed": (checks.whole(), 42),
    "penalty": (checks.choice(*get_args(Penalty)), "l2"),
    "C": (_strength, 1.0),
    "l1_ratio": (checks.number, 0.5),
    "recipe": (checks.choice(*get_args(Recipe)), "standard"),
    "penalty_units": (checks.choice(*get_args(PenaltyUnits)), None),
    "intercept": (checks.choice(*get_args(Intercept)), None),
    "class_weight": (_class_weight, "balanced"),
    "solver": (checks.choice(*get_args(Solver)), "lbfgs"),
    "max_iter": (checks.whole(1), 2000),
    "tol": (checks.number, 1e-8),
    "bins": (checks.truth, False),
    "splines": (checks.columns, ()),
    "interactions": (checks.pairs, ()),
    "steps": (checks.pairs, ()),
    "std_errors": (checks.choice(*get_args(StdErrors)), "auto"),
    "inference": (checks.choice(*get_args(Inference)), "auto"),
    "base_rate": (checks.number, None),
    "form": (checks.choice(*get_args(Form)), "logistic"),
    "lines": (checks.whole(1), 5),
    "points": (checks.whole(1), 5),
    "time_limit": (checks.number, None),
    "calibration": (checks.choice(*get_args(Calibration)), None),
    "calibration_folds": (checks.whole(2, 255), 5),
    "threshold": (checks.number, None),
    "bootstrap": (checks.whole(), 0),
    "all_rows": (checks.truth, False),
    "allow_unconverged": (checks.truth, False),
}

# Where each argument stands in the settings of the library; those that are not here need a word of their own.
_ROLES = ("positive", "drop", "keep", "numeric", "categorical", "date", "group", "time", "weight", "split_key")
_FIT = (
    "form", "lines", "points", "time_limit", "penalty", "l1_ratio", "recipe", "penalty_units", "intercept",
    "class_weight", "solver", "max_iter", "bins", "splines", "interactions", "steps", "std_errors", "inference",
    "base_rate",
)  # fmt: skip
_TOP = ("counts", "missing", "rare", "threshold", "bootstrap", "all_rows", "allow_unconverged")

# What people try who know these from elsewhere.
_OTHER_NAMES = {
    "random_state": "seed", "y": "target", "label": "target", "fit_intercept": "intercept", "calibrate": "calibration",
    "tolerance": "tol", "sample_weight": "weight", "groups": "group",
}  # fmt: skip

_OF_LEARNING = """\
positive : str, int, float or bool, optional
    The label that is class 1. Default: the one that sorts last.
drop : sequence of str, optional
    Columns that are no features, beside those that cannot be any.
keep : sequence of str, optional
    Columns that are features though they would be left out: identifiers, free text, dates.
numeric : sequence of str or dict of str to dict, optional
    Columns of numbers, where their cells look like something else. A dictionary says more of each: `min`, `max`,
    `integer` and `unit`, as in ``{"errors": {"min": 0, "integer": True}}``.
categorical : sequence of str or dict of str to dict, optional
    Columns of levels, numbers as well. A dictionary may say the `levels` that are allowed, and which is the
    `reference`.
date : sequence of str or dict of str to dict, optional
    Columns of dates that features are made of. A dictionary may say the `form` of texts, such as ``"%d.%m.%Y"``, and
    which `parts` are features: `days`, `weekday`, `hour`.
group : str, optional
    The column whose equal values are one user: rows of one user stay together. Default: a column that is named so and
    whose values repeat; `"none"` for no groups.
time : str, optional
    The column that says when each row was recorded: test rows are the latest.
weight : str, optional
    The column of what each row weighs. Default: all the same.
na : sequence of str, optional
    Texts that stand for missing cells.
counts : bool, default=False
    Whether each row stands for many observations, with columns `n0` and `n1` instead of the target.
missing : {"auto", "error", "drop", "level"}, default="auto"
    What becomes of missing cells: learnt from (`"auto"` and `"level"`: a missing text is a level of its own, a missing
    number the mean with an indicator beside it), refused, or their rows left out.
rare : int, optional
    Levels with fewer training rows are one level, which stands for unknown ones as well; 1 for none. Default: 2 for
    columns in which more than a twentieth of the rows have a level of their own, else 1.
split : {"sklearn", "selection", "hypergeometric", "hash", "stated"}, default="sklearn"
    How test rows are drawn. `"sklearn"` draws those of ``train_test_split(stratify=y, random_state=seed)``, or whole
    groups or the latest rows where `group` or `time` says so; `"selection"` takes one pass; `"hypergeometric"` is for
    `counts`. `"hash"` divides by the hash of `split_key`, or else of `group`, which every warehouse can make as well;
    `"stated"` as the column `split_key` says, `train` or `test`.
split_key : str, optional
    The column that divides the rows with ``split="hash"`` or ``split="stated"``. It is no feature.
test_size : float, default=0.2
    Share of the rows that is kept for testing.
seed : int, default=42
    Seed of everything that is drawn.
penalty : {"l2", "l1", "elastic-net", "firth", "none"}, default="l2"
    The penalty on coefficients. `"firth"` is Jeffreys' prior, whose optimum is finite even where the classes are
    separated.
C : float, default=1.0
    Inverse strength of the penalty; infinity for none.
l1_ratio : float, default=0.5
    Share of L1 in the elastic net.
recipe : {"standard", "original"}, default="standard"
    The units of the penalty and the intercept: each feature's spread and free, as `StandardScaler` before
    `LogisticRegression`; or raw and penalised, as its solver liblinear.
penalty_units : {"spread", "raw"}, optional
    The units alone. Default: those of the recipe.
intercept : {"free", "penalised", "none"}, optional
    The intercept alone; `"none"`: there is none. Default: that of the recipe.
class_weight : "balanced", None or (float, float), default="balanced"
    What an observation of class 0 and of class 1 weighs in the fit; None: the same.
solver : {"lbfgs", "newton"}, default="lbfgs"
    How the optimum is sought, for L2 and no penalty; it is the same.
max_iter : int, default=2000
    Most iterations of the solver.
tol : float, default=1e-8
    Largest entry of the mean objective's gradient, by the spread of each feature.
bins : bool, default=False
    Whether numbers are cut into bins, where the labels ask for it.
splines : sequence of str, optional
    Columns of numbers that act along a curve.
interactions : sequence of (str, str), optional
    Pairs of columns whose effects depend on each other.
steps : sequence of (str, str), optional
    Pairs of columns of numbers that act in steps which depend on each other.
std_errors : {"auto", "inverse-hessian", "hc0", "hc1"}, default="auto"
    How the standard errors of the coefficients are computed: from the inverse Hessian, by the sandwich, or by the
    sandwich corrected for the number of parameters. `"auto"`: by the sandwich where there is a penalty or are weights.
inference : {"auto", "basic", "full"}, default="auto"
    How much is computed beyond standard errors: all but for large tables, none of it, or all whatever it takes.
base_rate : float, optional
    The share of class 1 where the model will be used. Default: that of the training rows."""

_OF_TRAINING = """\
form : {"logistic", "card", "rule"}, default="logistic"
    What is fitted: a logistic regression, an optimal integer scorecard, or a rule.
lines : int, default=5
    Most lines of a card.
points : int, default=5
    Largest points of a line of a card; the smallest are minus these.
time_limit : float, optional
    Seconds after which the search for a card ends with the best so far. Default: no limit.
calibration : {"sigmoid", "isotonic"}, optional
    How a map from scores to probabilities is learnt on folds of the training rows. Default: none is.
calibration_folds : int, default=5
    Folds of the calibration.
threshold : float, optional
    Decide for class 1 where the probability is above this. Default: where the score is above 0.
bootstrap : int, default=0
    Samples that give intervals to figures without a formula.
all_rows : bool, default=False
    Whether the model is fitted once more to all rows, when the split has been evaluated.
allow_unconverged : bool, default=False
    Whether a fit that did not converge is a result."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes_settings(settings: type) -> Callable[[_Function], _Function]:
    """Documents the settings of a function that takes them as `**settings`, in its docstring and its signature."""
    known_settings = list(settings.__annotations__)
    documented = _OF_LEARNING
    if settings is TrainingSettings:
        # The annotations of a TypedDict are those of its bases first, but for some versions of Python without these.
        known_settings = list(dict.fromkeys([*LearningSettings.__annotations__, *known_settings]))
        documented += "\n" + _OF_TRAINING

    def documents(function: _Function) -> _Function:
        if function.__doc__:
            # Python 3.13 takes the indentation of docstrings away.
            indent = "" if "\n**settings" in function.__doc__ else "    "
            function.__doc__ = function.__doc__.replace(f"{indent}**settings", textwrap.indent(documented, indent))
        signature = inspect.signature(function)
        kept = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        own = [parameter.name for parameter in kept]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_CHECKS[name][1])
            for name in known_settings
            if name not in own
        ]

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            for name in kwargs:
                if name not in own and name not in known_settings:
                    raise TypeError(f"{function.__name__}() {_of_unknown(name, [*own, *known_settings])}")
            return function(*args, **kwargs)

        checked.__signature__ = signature.replace(parameters=[*kept, *added])  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return documents


def _of_unknown(name: str, known: Sequence[str]) -> str:
    if name in _CHECKS:
        return f"has no argument {name!r}, which is one of a model that is kept: `train` takes it"
    meant = _OTHER_NAMES.get(name)
    near = meant if meant in known else checks.nearest(name, known)
    return f"has no argument {name!r}" + (f": did you mean {near!r}?" if near else "")


def learning_settings(target: str | None, settings: Mapping[str, Any]) -> str:
    """The settings of a training as JSON."""
    # None is what a setting is by default, but for class weights, where it is a value.
    if "penalty" in settings and settings["penalty"] is None:
        raise refused("`penalty=None` may mean two things", 'say `penalty="none"` for no penalty, or leave it out')
    stated = {name: value for name, value in settings.items() if value is not None or name == "class_weight"}
    given = {name: _CHECKS[name][0](name, value) for name, value in stated.items()}
    roles: dict[str, Any] = {name: given[name] for name in _ROLES if name in given}
    if target is not None:
        roles["target"] = checks.column("target", target)
    if "na" in given:
        roles["table"] = {"na": given["na"]}
    fit: dict[str, Any] = {name.replace("_", "-"): given[name] for name in _FIT if name in given}
    if "tol" in given:
        fit["tolerance"] = given["tol"]
    if "C" in given:
        _set_strength(fit, given["C"])
    document: dict[str, Any] = {name.replace("_", "-"): given[name] for name in _TOP if name in given}
    split = {"method": given.get("split"), "test-size": given.get("test_size"), "seed": given.get("seed")}
    document["split"] = {name: value for name, value in split.items() if value is not None}
    if "calibration" in given:
        document["calibration"] = {"method": given["calibration"], "folds": given.get("calibration_folds", 5)}
    elif "calibration_folds" in given:
        raise refused("`calibration_folds` has no effect without `calibration`", "state `calibration`, or leave it out")
    return json.dumps({"roles": roles, "fit": fit, **document}, allow_nan=False)


def _set_strength(fit: dict[str, Any], strength: float) -> None:
    # JSON has no infinity; a penalty of no strength is none.
    if strength == math.inf:
        if fit.setdefault("penalty", "none") != "none":
            text = f"`C=inf` is no penalty, and `penalty={fit['penalty']!r}` is one"
            raise refused(text, "leave one of them out")
    else:
        fit["c"] = strength

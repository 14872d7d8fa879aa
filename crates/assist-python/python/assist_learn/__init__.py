"""Learn from tables of interactions which users need assistance, and how far to believe it.

`AssistClassifier` is a scikit-learn classifier: an exact logistic regression that takes frames with text columns as they are and
has intervals and p-values. `train`, `inspect`, `compare` and `tune` are the rest of the product, for any frame that speaks
Arrow: polars, pandas, pyarrow, DuckDB.

Examples
--------
>>> import assist_learn
>>> table = {"errors": [0, 3, 1, 4, 0, 5] * 20, "device": ["Phone", "Watch"] * 60, "help": [0, 1, 0, 1, 0, 1] * 20}
>>> result = assist_learn.train(table, target="help")
>>> result.report["test"]["accuracy"]
1.0
>>> result.model.predict_one(errors=4, device="Watch")["prediction"]
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._model import Model, load
from ._native import AssistError, __version__
from ._product import Comparison, Inspection, Page, Training, Tuning, compare, evaluate, inspect, train, tune
from ._reports import AssistWarning, Report

if TYPE_CHECKING:
    from ._classifier import AssistClassifier

__all__ = [
    "AssistClassifier",
    "AssistError",
    "AssistWarning",
    "Comparison",
    "Inspection",
    "Model",
    "Page",
    "Report",
    "Training",
    "Tuning",
    "__version__",
    "compare",
    "evaluate",
    "inspect",
    "load",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    # scikit-learn takes a second to import, and is needed for the estimator alone.
    if name == "AssistClassifier":
        try:
            from ._classifier import AssistClassifier
        except ImportError as error:
            told = "AssistClassifier needs scikit-learn 1.7 or newer\nhint: `pip install \"assist-learn[sklearn]\"`"
            raise ImportError(told) from error
        return AssistClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

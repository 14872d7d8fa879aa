"""Learn from tables of interactions which users need assistance, and how far to believe it.

`AssistClassifier` is a scikit-learn classifier: an exact logistic regression that takes frames with text columns as
they are and has intervals and p-values. `train`, `inspect`, `compare` and `tune` are the rest of the product, for any
frame that speaks Arrow: polars, pandas, pyarrow, DuckDB.

Examples
--------
>>> import assist_learn
>>> table = {
...     "errors": [0, 3, 1, 4, 0, 2] * 100,
...     "device": ["Phone", "Phone", "Watch", "Watch", "Phone", "Watch"] * 100,
...     "help": [0, 1, 0, 1, 0, 0] * 75 + [1, 0, 1, 0, 1, 1] * 25,
... }
>>> result = assist_learn.train(table, target="help")
>>> result
<Training: logistic for help = 1, 2 columns; accuracy 0.758, ROC AUC 0.757 on the test rows>
>>> result.model.predict_one(errors=4, device="Watch")["prediction"]
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._model import Model, load
from ._native import AssistError, __version__
from ._product import (
    Comparison,
    Counts,
    Evaluation,
    Inspection,
    Page,
    Training,
    Tuning,
    compare,
    counts,
    evaluate,
    explain,
    inspect,
    report,
    train,
    tune,
)
from ._reports import AssistWarning, Report

if TYPE_CHECKING:
    from ._classifier import AssistClassifier

# An exception is told, and pickled, by where its users find it.
AssistError.__module__ = __name__

__all__ = [
    "AssistClassifier",
    "AssistError",
    "AssistWarning",
    "Comparison",
    "Counts",
    "Evaluation",
    "Inspection",
    "Model",
    "Page",
    "Report",
    "Training",
    "Tuning",
    "__version__",
    "compare",
    "counts",
    "evaluate",
    "explain",
    "inspect",
    "load",
    "report",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    # scikit-learn takes a second to import, and is needed for the estimator alone.
    if name == "AssistClassifier":
        try:
            from ._classifier import AssistClassifier
        except ImportError as error:
            if (error.name or "").split(".")[0] not in ("joblib", "numpy", "scipy", "sklearn"):
                raise
            told = 'AssistClassifier needs scikit-learn 1.7 or newer\nhint: `pip install "assist-learn[sklearn]"`'
            raise ImportError(told) from error
        return AssistClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

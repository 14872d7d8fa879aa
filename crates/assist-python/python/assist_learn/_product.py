"""What the program does, in a notebook: inspect a table, train, compare, tune, report."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from ._frames import columns_of
from ._model import Model, coefficient_table, threads_of
from ._reports import Report, document, figure, p_value, paragraph, table, tiles, warn
from ._settings import learning_settings, takes_settings

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import LearningSettings


class Training:
    """A trained model, and all that is known of it.

    Attributes
    ----------
    model : Model
        The model.
    report : Report
        Every figure of the run: the split, the fit, both subsets' metrics, the coefficients with their evidence.
    warnings : list of str
        What the model has to be taken with.
    """

    def __init__(self, native: _native.Trained) -> None:
        self._native = native
        self.model = Model(native.model)
        self.warnings = native.warnings()
        self.report = Report(json.loads(native.report_json()), self.warnings)

    def page(self, *, trees: int = 100, rows: int = 50_000, n_jobs: int | None = None) -> "Page":
        """The report: one HTML page with the verdict, the models beside each other, where they err, and the model card.

        Parameters
        ----------
        trees : int, default=100
            Trees of the forest that the model is put beside.
        rows : int, default=50_000
            Most rows that trees are grown on and models are judged by.
        n_jobs : int, optional
            Threads; all cores by default.
        """
        settings = json.dumps({"trees": trees, "rows": rows})
        page, card, comparison, warnings = self._native.pages(settings, threads_of(n_jobs))
        return Page(page, card, Comparison(json.loads(comparison), warnings))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model's artifacts and the report into a folder: what `assist-cli train --out folder` writes."""
        self._native.save(Path(folder))

    def __repr__(self) -> str:
        test = self.report["test"]
        return f"<{self.model!r}; accuracy {figure(test.get('accuracy'))}, ROC AUC {figure(test.get('roc_auc'))} on the test rows>"

    def _repr_html_(self) -> str:
        report = self.report
        test = report["test"]
        of_positive = test["report"]["1"]
        split = report["split"]
        shown = tiles([
            ("training and test rows", f"{figure(split['train_rows'])} and {figure(split['test_rows'])}"),
            ("accuracy", figure(test.get("accuracy"))),
            ("ROC AUC", figure(test.get("roc_auc"))),
            ("recall", figure(of_positive.get("recall"))),
            ("precision", figure(of_positive.get("precision"))),
            ("Brier score", figure(test.get("brier"))),
        ])  # fmt: skip
        told = "".join(paragraph(warning, "warning") for warning in self.warnings)
        return document(paragraph("On the test rows, which the fit has not seen:", "muted"), shown, told, coefficient_table(self.model.explain().to_dict()))


class Page:
    """A report: a page, its model card, and the comparison that both tell of.

    Attributes
    ----------
    html : str
        One HTML file with everything in it.
    model_card : str
        The model card, as Markdown.
    comparison : Comparison
        What both tell of.
    """

    def __init__(self, page: str, card: str, comparison: "Comparison") -> None:
        self.html, self.model_card, self.comparison = page, card, comparison

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, and `model_card.md` beside it."""
        path = Path(path)
        path.write_text(self.html, encoding="utf-8")
        path.with_name("model_card.md").write_text(self.model_card, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<a page of {len(self.html):,} characters; in a notebook it shows itself, `save(path)` writes it>"

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:45em;border:1px solid #8886"></iframe>'


class Comparison(Report):
    """A model beside others: `verdict`, `findings`, `models`, `paired_tests` and what else the program writes."""

    @property
    def verdict(self) -> str:
        """All findings in one text, the recommendation first."""
        return str(self["verdict"])

    def _repr_html_(self) -> str:
        first, *rest = [finding["text"] for finding in self["findings"]] or [self.verdict]
        points = "".join(f"<li>{paragraph(text)}</li>" for text in rest)
        rows = [
            [
                model["name"].replace("_", " "),
                figure(model["decisions"]["threshold"]),
                figure(model["decisions"]["accuracy"]),
                figure(model["test"].get("roc_auc")),
            ]
            for model in self["models"]
        ]
        beside = table(["model", "threshold", "accuracy (test)", "ROC AUC (test)"], rows)
        return document(f"<b>{paragraph(first)}</b><ul>{points}</ul>", beside)


class Tuning(Report):
    """Strengths of the penalty and thresholds, all on rows that the fits did not see."""


class Inspection(Report):
    """A table in figures, and the audit of its label.

    Attributes
    ----------
    schema : str
        A schema file, as TOML, that leads to the very same roles.
    """

    schema: str = ""

    def _repr_html_(self) -> str:
        rows = [
            [of["name"], of.get("role", ""), of.get("detail", "")]
            for of in self["read"].get("columns", [])
        ]
        told = "".join(paragraph(warning, "warning") for warning in self.warnings)
        return document(paragraph(f"`{self['target']}` = `{self['positive']}` is class 1."), told, table(["column", "role", ""], rows))


def _name_of(frame: Any) -> str:
    return "the table"


@takes_settings
def train(frame: Any, *, target: str, n_jobs: int | None = None, **settings: "Unpack[LearningSettings]") -> Training:
    """Train a model on a table: split its rows, fit, and evaluate on rows that the fit did not see.

    Parameters
    ----------
    frame : frame
        Of polars, pandas, pyarrow, DuckDB or whatever speaks Arrow, or a mapping of column names to values.
    target : str
        The label's column.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Training
        The model with its figures; in a notebook it shows them.

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    Examples
    --------
    >>> result = assist_learn.train(table, target="help", C=0.5)
    >>> result.model.features
    ['errors', 'device_Watch']
    """
    trained = Training(
        _native.train(columns_of(frame), learning_settings(target, settings), _name_of(frame), threads_of(n_jobs))
    )
    warn(trained.warnings)
    return trained


@takes_settings
def inspect(
    frame: Any, *, target: str | None = None, n_jobs: int | None = None, **settings: "Unpack[LearningSettings]"
) -> Inspection:
    """Look at a table before anything is learnt: what each column is, what is missing, whether the label is a formula.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str
        The label's column.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Inspection

    Examples
    --------
    >>> assist_learn.inspect(table, target="help")["rows"]
    120
    """
    text, warnings, schema = _native.inspect(
        columns_of(frame), learning_settings(target, settings), _name_of(frame), threads_of(n_jobs)
    )
    found = Inspection(json.loads(text), warnings)
    found.schema = schema
    return found


@takes_settings
def compare(
    frame: Any,
    *,
    target: str,
    trees: int = 100,
    rows: int = 50_000,
    n_jobs: int | None = None,
    **settings: "Unpack[LearningSettings]",
) -> Comparison:
    """Put a logistic regression beside a decision tree, a random forest, a scorecard, a rule and controls, and say what that says.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str
        The label's column.
    trees : int, default=100
        Trees of the forest.
    rows : int, default=50_000
        Most rows that trees are grown on and models are judged by.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Comparison
        With its `verdict`; in a notebook it shows it.

    Examples
    --------
    >>> assist_learn.compare(table, target="help", trees=10).verdict[:8]
    'The rule'
    """
    beside = json.dumps({"trees": trees, "rows": rows})
    text, warnings = _native.compare(
        columns_of(frame), learning_settings(target, settings), beside, _name_of(frame), threads_of(n_jobs)
    )
    warn(warnings)
    return Comparison(json.loads(text), warnings)


@takes_settings
def tune(
    frame: Any,
    *,
    target: str,
    Cs: Sequence[float] = (),
    folds: int = 5,
    scoring: Literal["log_loss", "brier", "accuracy", "balanced_accuracy", "roc_auc", "average_precision"] = "log_loss",
    cost: tuple[float, float] | None = None,
    capacity: tuple[int, int] | None = None,
    recall: float | None = None,
    n_jobs: int | None = None,
    **settings: "Unpack[LearningSettings]",
) -> Tuning:
    """Choose the strength of the penalty on folds, and thresholds by what deciding costs.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str
        The label's column.
    Cs : sequence of float, optional
        Inverse strengths to try. Default: ten from 0.0001 to 10000.
    folds : int, default=5
        Folds of the training rows.
    scoring : str, default="log_loss"
        What folds are judged by.
    cost : (float, float), optional
        Costs of a false positive and of a false negative.
    capacity : (int, int), optional
        How many users can be helped, and of how many.
    recall : float, optional
        Least recall of class 1.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Tuning

    Examples
    --------
    >>> sorted(assist_learn.tune(table, target="help", recall=0.9)["thresholds"])
    ['recall']
    """
    tuning = {"folds": folds, "cs": [float(c) for c in Cs], "scoring": scoring, "cost": cost, "capacity": capacity, "recall": recall}
    text, warnings = _native.tune(
        columns_of(frame), learning_settings(target, settings), json.dumps(tuning), _name_of(frame), threads_of(n_jobs)
    )
    warn(warnings)
    return Tuning(json.loads(text), warnings)


def evaluate(
    model: Model,
    frame: Any,
    *,
    slices: Sequence[str] = (),
    min_group: int = 30,
    group: str | None = None,
    bootstrap: int | None = None,
    weight: str | None = None,
    counts: bool = False,
    allow_rejected: bool = False,
    n_jobs: int | None = None,
) -> Report:
    """Evaluate a model on a labelled table.

    Parameters
    ----------
    model : Model
        The model.
    frame : frame
        As of `train`, with the model's target.
    slices : sequence of str, optional
        Columns whose levels are evaluated one by one; they need not be features.
    min_group : int, default=30
        Fewest observations of a level that has figures of its own.
    group : str, optional
        The column whose equal values are one user. Default: that of the training, where the table has it.
    bootstrap : int, optional
        Samples that give intervals to figures without a formula. Default: 1000 up to 20,000 rows.
    weight : str, optional
        The column of what each row weighs.
    counts : bool, default=False
        Whether each row stands for many observations.
    allow_rejected : bool, default=False
        Whether rows that the model rejects are left out and counted, instead of ending the evaluation.
    n_jobs : int, optional
        Threads; all cores by default.

    Returns
    -------
    Report

    Examples
    --------
    >>> assist_learn.evaluate(model, table)["accuracy"]
    1.0
    """
    settings = {
        "slices": list(slices), "min-group": min_group, "group": group, "bootstrap": bootstrap, "weight": weight,
        "counts": counts, "allow-rejected": allow_rejected,
    }  # fmt: skip
    text, warnings = _native.evaluate(model._native, columns_of(frame), json.dumps(settings), _name_of(frame), threads_of(n_jobs))
    warn(warnings)
    return Report(json.loads(text), warnings)

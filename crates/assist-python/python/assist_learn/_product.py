"""What the program does, in a notebook: inspect a table, train, compare, tune, report."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from . import _checks as checks
from . import _native
from ._frames import columns_of, is_pandas
from ._model import Explanation, Model, coefficient_table, like, threads_of
from ._reports import Report, document, figure, paragraph, table, tiles, warn
from ._settings import LearningSettings, TrainingSettings, learning_settings, takes_settings

if TYPE_CHECKING:
    from typing_extensions import Unpack

Scoring = Literal["log_loss", "brier", "accuracy", "balanced_accuracy", "roc_auc", "average_precision"]

# What `compare` and `page` judge models by.
_TREES, _ROWS = checks.whole(1, 65_535), checks.whole(100)


class Training:
    """A trained model, and all that is known of it.

    Attributes
    ----------
    model : Model
        The model.
    metrics : Report
        Every figure of the run: the split, the fit, both subsets' metrics, the coefficients with their evidence.
    warnings : list of str
        What the model has to be taken with.
    left_out : dict of str to str
        Columns that are no features though nobody asked for that, each with the reason; `keep` and `date` take them in.

    See Also
    --------
    train : Makes one.
    """

    def __init__(self, native: _native.Trained) -> None:
        self._native = native
        self.model = Model(native.model)
        self.warnings = native.warnings()
        self.metrics = Report(json.loads(native.report_json()), self.warnings)
        self.left_out = _left_out(self.metrics["data"]["read"])

    def report(self, *, trees: int = 100, rows: int = 50_000, n_jobs: int | None = None) -> Page:
        """Make the report: a page with the verdict, models beside each other and where they err, and a model card.

        Parameters
        ----------
        trees : int, default=100
            Trees of the forest that the model is put beside.
        rows : int, default=50_000
            Most rows that trees are grown on and models are judged by.
        n_jobs : int, optional
            Threads; all cores by default.

        Returns
        -------
        Page
            The page; in a notebook it shows itself.

        Examples
        --------
        >>> assist_learn.train(table, target="help").report(trees=10).model_card.splitlines()[0]
        '# Model card: who needs assistance?'
        """
        settings = json.dumps({"trees": _TREES("trees", trees), "rows": _ROWS("rows", rows)})
        page, card, comparison, warnings = self._native.pages(settings, threads_of(n_jobs))
        return Page(page, card, Comparison(json.loads(comparison), warnings))

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model and its figures into a folder: two artifacts and `metrics.json`, as the program does.

        Parameters
        ----------
        folder : path
            The folder; it is made where it is not there. A model in it is replaced.
        """
        self._native.save(Path(folder))

    def __repr__(self) -> str:
        test = self.metrics["test"]
        figures = f"accuracy {figure(test.get('accuracy'))}, ROC AUC {figure(test.get('roc_auc'))} on the test rows"
        return f"<Training: {repr(self.model).strip('<>')}; {figures}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            "a Training holds its table and is not pickled\nhint: pickle its `model`, or write it with `save(folder)`"
        )

    def _repr_html_(self) -> str:
        report = self.metrics
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
        if self.left_out:
            told += paragraph(
                "No features: " + ", ".join(f"`{name}` ({reason})" for name, reason in self.left_out.items())
            )
        head = paragraph("On the test rows, which the fit has not seen:", "muted")
        return document(head, shown, told, coefficient_table(self.model.explain().to_dict()))


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

    def __init__(self, page: str, card: str, comparison: Comparison) -> None:
        self.html, self.model_card, self.comparison = page, card, comparison

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, and `model_card.md` beside it.

        Parameters
        ----------
        path : path
            The file of the page, such as `report.html`.
        """
        path = Path(path)
        path.write_text(self.html, encoding="utf-8")
        path.with_name("model_card.md").write_text(self.model_card, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<a page of {len(self.html):,} characters; in a notebook it shows itself, `save(path)` writes it>"

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:45em;border:1px solid #8886"></iframe>'
        )


class Comparison(Report):
    """A model beside others: a mapping of `findings`, `models`, `paired_tests` and more, as the program writes it.

    Attributes
    ----------
    verdict : str
        All findings in one text, the recommendation first.
    warnings : list of str
        What the figures have to be taken with.

    See Also
    --------
    compare : Makes one.
    """

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
    """Strengths of the penalty and thresholds, on rows that the fits did not see: `best_c`, `path`, `thresholds`.

    Attributes
    ----------
    warnings : list of str
        What the figures have to be taken with.

    See Also
    --------
    tune : Makes one.
    """

    def _repr_html_(self) -> str:
        strengths = [[f"{at['c']:.4g}", figure(at["mean"], 4), figure(at["std_error"], 4)] for at in self["path"]]
        goals = [
            [goal, figure(at["probability"]), figure(at["recall"]), figure(at["precision"]), figure(at["flagged"])]
            for goal, at in self["thresholds"].items()
        ]
        told = f"The best `C` by {self['scoring'].replace('_', ' ')} on {self['folds']} folds is {self['best_c']:.4g}."
        thresholds = (
            table(["threshold for", "probability", "recall", "precision", "share flagged"], goals) if goals else ""
        )
        warned = "".join(paragraph(warning, "warning") for warning in self.warnings)
        return document(
            paragraph(told), warned, table(["C", "mean over the folds", "standard error"], strengths), thresholds
        )


class Evaluation(Report):
    """The figures of a model on a table: `accuracy`, `roc_auc`, `report` by class, `slices` and more.

    Attributes
    ----------
    warnings : list of str
        What the figures have to be taken with.

    See Also
    --------
    evaluate : Makes one.
    """

    def _repr_html_(self) -> str:
        of_positive = self["report"]["1"]
        shown = tiles([
            ("rows", figure(self["rows"])),
            ("accuracy", figure(self.get("accuracy"))),
            ("ROC AUC", figure(self.get("roc_auc"))),
            ("recall", figure(of_positive.get("recall"))),
            ("precision", figure(of_positive.get("precision"))),
            ("Brier score", figure(self.get("brier"))),
        ])  # fmt: skip
        return document(shown, "".join(paragraph(warning, "warning") for warning in self.warnings))


class Inspection(Report):
    """A table in figures, and the audit of its label: a mapping of `columns`, `label_audit`, `read` and more.

    Attributes
    ----------
    left_out : dict of str to str
        Columns that would be no features, each with the reason.
    schema : str
        A schema file for the program, as TOML, that leads to the very same roles.
    warnings : list of str
        What the figures have to be taken with.

    See Also
    --------
    inspect : Makes one.
    """

    schema: str = ""

    @property
    def left_out(self) -> dict[str, str]:
        """Columns that would be no features, each with the reason."""
        return _left_out(self["read"])

    def _repr_html_(self) -> str:
        rows = [
            [of["name"], of.get("role", ""), f"left out: {of['left_out']}" if of.get("left_out") else ""]
            for of in self["read"].get("columns", [])
        ]
        told = "".join(paragraph(warning, "warning") for warning in self.warnings)
        return document(
            paragraph(f"`{self['target']}` = `{self['positive']}` is class 1."),
            told,
            table(["column", "role", ""], rows),
        )


class Counts(Report):
    """The distinct rows of a table with their counts: a mapping of `rows`, `observations`, `class_counts` and more.

    Attributes
    ----------
    table : frame
        The feature columns, sorted by name, `n0` and `n1`, and `split` where rows are divided by groups, times or a key:
        a frame of the library that the rows were given in. ``train(counts.table, counts=True)`` learns from it.
    warnings : list of str
        What the counts have to be taken with.

    See Also
    --------
    counts : Makes one.
    """

    table: Any = None

    def _repr_html_(self) -> str:
        told = "".join(paragraph(warning, "warning") for warning in self.warnings)
        words = f"{figure(self['rows'])} distinct rows of {figure(self['observations'])}."
        return document(paragraph(words), told)


def _left_out(read: dict[str, Any]) -> dict[str, str]:
    """Columns that are no features though nobody asked for that, with the reasons."""
    return {left["column"]: left["reason"] for left in read.get("left_out", [])}


# What messages and pages call a frame, which has no name of its own.
_NAME = "frame"


def _columns(frame: Any, settings: Mapping[str, Any]) -> _native.Columns:
    """The columns of a table; of pandas what is dropped may hold anything."""
    try:
        return columns_of(frame)
    except TypeError:
        drop = settings.get("drop") or ()
        unused = [name for name in ([drop] if isinstance(drop, str) else drop) if is_pandas(frame) and name in frame]
        if not unused:
            raise
        return columns_of(frame.assign(**dict.fromkeys(unused)))


@takes_settings(TrainingSettings)
def train(
    frame: Any, *, target: str | None = None, n_jobs: int | None = None, **settings: Unpack[TrainingSettings]
) -> Training:
    """Train a model on a table: split its rows, fit, and evaluate on rows that the fit did not see.

    Parameters
    ----------
    frame : frame
        Of polars, pandas, pyarrow, DuckDB or whatever speaks Arrow, or a mapping of column names to values.
    target : str, optional
        The label's column; only with `counts` there need not be one.
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
        What is wrong with the table or a setting, with what to do about it. It is a `ValueError`.

    See Also
    --------
    inspect : What the columns are, before anything is learnt.
    compare : The model beside others.
    AssistClassifier : The fit alone, as a classifier of scikit-learn.

    Examples
    --------
    >>> result = assist_learn.train(table, target="help", C=0.5)
    >>> result.model.features
    ['errors', 'device_Watch']
    >>> round(result.metrics["test"]["roc_auc"], 3)
    0.757
    >>> assist_learn.train(table, target="help", form="rule").model
    <rule for help = 1, 1 column>
    """
    columns = _columns(frame, settings)
    if is_pandas(frame):
        # A training keeps its table for the report, and whoever has the frame may write into it.
        columns = columns.copied()
    trained = Training(_native.train(columns, learning_settings(target, settings), _NAME, threads_of(n_jobs)))
    warn(trained.warnings)
    return trained


@takes_settings(LearningSettings)
def inspect(
    frame: Any, *, target: str | None = None, n_jobs: int | None = None, **settings: Unpack[LearningSettings]
) -> Inspection:
    """Look at a table before anything is learnt: what each column is, what is missing, whether the label is a formula.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str, optional
        The label's column; only with `counts` there need not be one.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Inspection
        The figures; in a notebook it shows what each column is.

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    See Also
    --------
    train : A model of the table.

    Examples
    --------
    >>> found = assist_learn.inspect(table, target="help")
    >>> found["rows"], found["class_counts"]
    (600, [350, 250])
    >>> found["label_audit"]["rule_found"]
    False
    """
    text, warnings, schema = _native.inspect(
        _columns(frame, settings), learning_settings(target, settings), _NAME, threads_of(n_jobs)
    )
    found = Inspection(json.loads(text), warnings)
    found.schema = schema
    return found


@takes_settings(LearningSettings)
def counts(
    frame: Any,
    *,
    target: str | None = None,
    with_group: bool = False,
    n_jobs: int | None = None,
    **settings: Unpack[LearningSettings],
) -> Counts:
    """Count the distinct rows of a table: how often each was seen with either label, which is all that a training needs.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str, optional
        The label's column.
    with_group : bool, default=False
        Whether the column of the groups is kept, so that a training on the counts can group by it.
    n_jobs : int, optional
        Threads; all cores by default.
    **settings

    Returns
    -------
    Counts
        What is told of them; `table` has the counts.

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    See Also
    --------
    train : Learns from them with `counts=True`.

    Examples
    --------
    >>> counted = assist_learn.counts(table, target="help")
    >>> counted["observations"], counted["class_counts"]
    (600, [350, 250])
    >>> assist_learn.train(counted.table, counts=True).metrics["data"]["class_counts"]
    [350, 250]
    """
    columns, text, warnings = _native.counts(
        _columns(frame, settings),
        learning_settings(target, settings),
        _NAME,
        checks.truth("with_group", with_group),
        threads_of(n_jobs),
    )
    counted = Counts(json.loads(text), warnings)
    counted.table = _frame_of(frame, columns)
    return counted


def _frame_of(frame: Any, columns: _native.Columns) -> Any:
    """Columns as a frame of the library of another one."""
    if is_pandas(frame):
        import pandas

        return pandas.DataFrame(columns.to_dict())
    return columns.to_dict() if isinstance(frame, Mapping) else like(frame, columns, 0)


@takes_settings(LearningSettings)
def compare(
    frame: Any,
    *,
    target: str | None = None,
    trees: int = 100,
    rows: int = 50_000,
    n_jobs: int | None = None,
    **settings: Unpack[LearningSettings],
) -> Comparison:
    """Put logistic regression beside trees, a forest, a scorecard, a rule and controls, and say what that says.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str, optional
        The label's column; only with `counts` there need not be one.
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

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    Examples
    --------
    >>> comparison = assist_learn.compare(table, target="help", trees=10)
    >>> comparison.verdict.split(":")[0]
    'Use logistic regression'
    """
    beside = json.dumps({"trees": _TREES("trees", trees), "rows": _ROWS("rows", rows)})
    text, warnings = _native.compare(
        _columns(frame, settings), learning_settings(target, settings), beside, _NAME, threads_of(n_jobs)
    )
    warn(warnings)
    return Comparison(json.loads(text), warnings)


@takes_settings(LearningSettings)
def tune(
    frame: Any,
    *,
    target: str | None = None,
    Cs: Sequence[float] = (),
    folds: int = 5,
    scoring: Scoring = "log_loss",
    cost: tuple[float, float] | None = None,
    capacity: tuple[int, int] | None = None,
    recall: float | None = None,
    n_jobs: int | None = None,
    **settings: Unpack[LearningSettings],
) -> Tuning:
    """Choose the strength of the penalty on folds, and thresholds by what deciding costs.

    Parameters
    ----------
    frame : frame
        As of `train`.
    target : str, optional
        The label's column; only with `counts` there need not be one.
    Cs : sequence of float, optional
        Inverse strengths to try. Default: `C` where it is stated, else ten from 0.0001 to 10000.
    folds : int, default=5
        Folds of the training rows.
    scoring : {"log_loss", "brier", "accuracy", "balanced_accuracy", "roc_auc", "average_precision"}, default="log_loss"
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
        With `best_c`, the `path` of all strengths, and the `thresholds` that were asked for.

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    Examples
    --------
    >>> tuning = assist_learn.tune(table, target="help", Cs=[0.01, 0.1, 1.0, 10.0], recall=0.9)
    >>> tuning["best_c"]
    1.0
    >>> tuning["thresholds"]["recall"]["recall"]
    0.91
    """
    optional = checks.optional
    tuning = {
        "folds": checks.whole(2, 255)("folds", folds),
        "cs": checks.several(checks.number, "a sequence of inverse strengths")("Cs", Cs),
        "scoring": checks.choice(*get_args(Scoring))("scoring", scoring),
        "cost": optional(
            checks.two(checks.number, "the costs of a false positive and of a false negative"), "cost", cost
        ),
        "capacity": optional(
            checks.two(checks.whole(), "how many users can be helped, and of how many"), "capacity", capacity
        ),
        "recall": optional(checks.number, "recall", recall),
    }
    text, warnings = _native.tune(
        _columns(frame, settings), learning_settings(target, settings), json.dumps(tuning), _NAME, threads_of(n_jobs)
    )
    warn(warnings)
    return Tuning(json.loads(text), warnings)


def report(
    training: Training | str | os.PathLike[str],
    frame: Any = None,
    *,
    trees: int = 100,
    rows: int = 50_000,
    n_jobs: int | None = None,
) -> Page:
    """Make the report of a training: a page with the verdict, models beside each other and where they err, and a model card.

    Parameters
    ----------
    training : Training or path
        A training, or the folder that one was saved in, by this package or by the program.
    frame : frame, optional
        The table that it was of, where it comes from a folder.
    trees : int, default=100
        Trees of the forest that the model is put beside.
    rows : int, default=50_000
        Most rows that trees are grown on and models are judged by.
    n_jobs : int, optional
        Threads; all cores by default.

    Returns
    -------
    Page
        The page; in a notebook it shows itself.

    Raises
    ------
    AssistError
        Another table than that of the training, or a folder whose files are of two trainings.

    Examples
    --------
    >>> assist_learn.report(assist_learn.train(table, target="help"), trees=10).comparison.verdict[:3]
    'Use'
    """
    if isinstance(training, Training):
        if frame is not None:
            raise TypeError(
                "a Training knows its table\nhint: leave `frame` out, or give the folder of a saved training"
            )
        return training.report(trees=trees, rows=rows, n_jobs=n_jobs)
    if frame is None:
        raise TypeError("a folder does not hold the table of its training\nhint: give it as `frame`")
    settings = json.dumps({"trees": _TREES("trees", trees), "rows": _ROWS("rows", rows)})
    folder = Path(training)
    page, card, comparison, warnings = _native.pages_of_folder(
        folder, columns_of(frame), settings, _NAME, threads_of(n_jobs)
    )
    return Page(page, card, Comparison(json.loads(comparison), warnings))


def explain(model: Model | Training) -> Explanation:
    """Say what a model depends on: coefficients, what the training rows say of them, tests of columns, curves.

    Parameters
    ----------
    model : Model or Training
        The model.

    Returns
    -------
    Explanation
        The figures by name; in a notebook a table of the coefficients.

    Examples
    --------
    >>> assist_learn.explain(model)["target"]
    'help'
    """
    return (model.model if isinstance(model, Training) else model).explain()


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
) -> Evaluation:
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
    Evaluation
        The figures by their names: `accuracy`, `roc_auc`, `intervals` and more.

    Raises
    ------
    AssistError
        What is wrong with the table or a setting, with what to do about it.

    Examples
    --------
    >>> later = {
    ...     "errors": [0, 4, 1, 3, 4],
    ...     "device": ["Phone", "Watch", "Watch", "Phone", "Phone"],
    ...     "help": [0, 1, 0, 0, 1],
    ... }
    >>> assist_learn.evaluate(model, later)["accuracy"]
    0.8
    """
    if not isinstance(model, Model):
        holder = (
            " (its `model`)" if isinstance(model, Training) else " (its `model_`)" if hasattr(model, "model_") else ""
        )
        raise TypeError(f"a Model is expected before the table, not {type(model).__name__}{holder}")
    optional = checks.optional
    settings = {
        "slices": checks.columns("slices", slices),
        "min-group": checks.whole()("min_group", min_group),
        "group": optional(checks.column, "group", group),
        "bootstrap": optional(checks.whole(), "bootstrap", bootstrap),
        "weight": optional(checks.column, "weight", weight),
        "counts": checks.truth("counts", counts),
        "allow-rejected": checks.truth("allow_rejected", allow_rejected),
    }
    text, warnings = _native.evaluate(model._native, columns_of(frame), json.dumps(settings), _NAME, threads_of(n_jobs))
    warn(warnings)
    return Evaluation(json.loads(text), warnings)

"""A model, wherever it came from: it predicts, explains itself, and is carried elsewhere."""

from __future__ import annotations

import datetime
import json
import operator
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from . import _checks as checks
from . import _native
from ._frames import columns_of, is_mapping, is_missing, is_pandas
from ._reports import Report, document, figure, p_value, paragraph, table

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._product import Evaluation
    from ._settings import EvaluationSettings

ExportFormat = Literal["c", "js", "json", "wasm", "onnx", "sql"]
Dialect = Literal["ansi", "duckdb", "postgres", "sqlite", "spark", "bigquery", "snowflake", "trino"]


def threads_of(n_jobs: int | None) -> int:
    """How many threads work, 0 for one a core, as scikit-learn counts them."""
    if n_jobs is None:
        return 0
    try:
        threads = 0 if isinstance(n_jobs, bool) else operator.index(n_jobs)
    except TypeError:
        threads = 0
    if threads == 0:
        raise ValueError(f"n_jobs must be None, -1 or a positive number of threads, not {n_jobs!r}")
    # Each is made, however many: what no machine has would keep this one busy.
    return min(threads, 1024) if threads > 0 else max(1, (os.cpu_count() or 1) + 1 + threads)


class Model:
    """A fitted logistic regression, scorecard or rule: the two artifacts of the program, in memory.

    Made by `train`, by `load` or by a fitted `AssistClassifier` (its `model_`); pickled as its artifacts. It never
    changes.

    Attributes
    ----------
    columns : list of str
        The columns that it takes, numeric ones first.
    levels : dict of str to list of str
        The known levels of each categorical column.
    features : list of str
        A name for each coefficient.
    target, negative, positive : str
        The label's column, and its values of class 0 and class 1.
    form : {"logistic", "card", "rule"}
        What it is.
    id : str
        A hash over both artifacts, which names it wherever it goes.

    See Also
    --------
    load : The model of a folder.
    """

    def __init__(self, native: _native.Model) -> None:
        self._native = native

    @property
    def columns(self) -> list[str]:
        """The columns that it takes, numeric ones first."""
        return self._native.columns

    @property
    def levels(self) -> dict[str, list[str]]:
        """The known levels of each categorical column."""
        return dict(self._native.levels)

    @property
    def features(self) -> list[str]:
        """A name for each coefficient."""
        return self._native.features

    @property
    def target(self) -> str:
        """The label's column."""
        return self._native.target[0]

    @property
    def negative(self) -> str:
        """The label that is class 0."""
        return self._native.target[1]

    @property
    def positive(self) -> str:
        """The label that is class 1."""
        return self._native.target[2]

    @property
    def form(self) -> str:
        """`logistic`, `card` or `rule`."""
        return self._native.form

    @property
    def id(self) -> str:
        """A hash over both artifacts."""
        return self._native.model_id()

    def predict(
        self, table: Any, *, explain: bool = False, prefix: str | None = None, n_jobs: int | None = None
    ) -> Any:
        """Score the rows of a table.

        Parameters
        ----------
        table : frame
            Of polars, pandas, pyarrow, DuckDB or whatever speaks Arrow, or a mapping of column names to values. Columns
            are found by name; others are passed on.
        explain : bool, default=False
            Whether each row comes with what every feature adds to its score, as JSON.
        prefix : str, optional
            What the names of the added columns begin with. Default: nothing, or `assist_` beside a column of such a
            name.
        n_jobs : int, optional
            Threads; all cores by default.

        Returns
        -------
        frame
            The columns of the table, and behind them `outcome`, `prediction`, `probability`, `raw_probability`,
            `score`, `outside_training_range` and `rejection`: a frame of the same library, of pyarrow for DuckDB, a
            dictionary for a mapping. A row that cannot be scored has its reason in `rejection` and nothing in the
            others.

        Raises
        ------
        AssistError
            A column that is missing, or a name of an added column that the table has already.

        Examples
        --------
        >>> scored = model.predict({"errors": [4, 0, 2], "device": ["Watch", "Phone", "Tablet"]})
        >>> scored["prediction"]
        [1, 0, None]
        >>> scored["rejection"][2]
        'column `device`: unknown level `Tablet`'
        """
        columns = self._columns(table)
        scored = self._native.predict(columns, explain, prefix, threads_of(n_jobs))
        return like(table, scored, len(columns.names))

    def _columns(self, table: Any) -> _native.Columns:
        """The columns of a table; of one that holds what is no column of ours, those that the model is read from."""
        try:
            return columns_of(table)
        except TypeError:
            needed = [name for name in self._native.sources if is_pandas(table) and name in table.columns]
            if not needed:
                raise
            return columns_of(table[needed])

    def predict_one(self, row: Mapping[str, Any] | None = None, /, **values: Any) -> dict[str, Any]:
        """Score one user.

        Parameters
        ----------
        row : mapping of str to value, optional
            A value for each of `columns`; None where it is missing.
        **values
            The same as keyword arguments.

        Returns
        -------
        dict
            `prediction` (0 or 1), `probability`, `raw_probability`, `score`, `outside_training_range`, and
            `contributions`: what each feature adds to the score.

        Raises
        ------
        AssistError
            A value that the model does not know, with the column and what is known.

        Examples
        --------
        >>> model.predict_one(errors=4, device="Watch")["prediction"]
        1
        >>> model.predict_one({"errors": 0, "device": "Phone"})["prediction"]
        0
        """
        if row is not None and not isinstance(row, Mapping):
            raise TypeError(f"a mapping of column names to values is expected, not {type(row).__name__}")
        texts = {str(name): _text_of(value) for name, value in {**(row or {}), **values}.items()}
        return dict(json.loads(self._native.predict_one_json(texts)))

    def explain(self) -> Explanation:
        """Tell what the model depends on: coefficients, what the training rows say of them, tests of columns, curves.

        Returns
        -------
        Explanation
            A mapping; in a notebook it shows the coefficients.

        Examples
        --------
        >>> first = model.explain()["coefficients"][0]
        >>> first["feature"], round(first["odds_ratio"], 2)
        ('errors', 2.09)
        """
        return Explanation(json.loads(self._native.explain_json()))

    def evaluate(self, table: Any, **settings: Unpack[EvaluationSettings]) -> Evaluation:
        """Evaluate the model on a labelled table, as `assist_learn.evaluate`.

        Parameters
        ----------
        table : frame
            As of `train`, with the model's target.
        **settings
            Those of `assist_learn.evaluate`.

        Returns
        -------
        Evaluation
            The figures by their names.
        """
        from ._product import evaluate

        return evaluate(self, table, **settings)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the two artifacts into a folder, from which `load` and the program `assist-cli` read them.

        Parameters
        ----------
        folder : path
            The folder; it is made where it is not there. A model in it is replaced.
        """
        self._native.save(Path(folder))

    def export(
        self,
        path: str | os.PathLike[str],
        format: ExportFormat | None = None,
        *,
        arithmetic: Literal["double", "fixed"] = "double",
        profile: Literal["server", "web"] = "server",
        dialect: Dialect = "ansi",
        table: str = "rows",
        columns: Sequence[str] = (),
    ) -> list[Path]:
        """Write the whole model for another language: encoding, rejections and probability.

        Parameters
        ----------
        path : path
            The file, such as `helper.c`; what else belongs to it is written beside it, under the same name.
        format : {"c", "js", "json", "wasm", "onnx", "sql"}, optional
            By default what the ending of the path says.
        arithmetic : {"double", "fixed"}, default="double"
            Of `c`: fixed has whole numbers only, for processors without floats.
        profile : {"server", "web"}, default="server"
            Of `onnx`: where the graph runs.
        dialect : {"ansi", "duckdb", "postgres", "sqlite", "spark", "bigquery", "snowflake", "trino"}, default="ansi"
            Of `sql`: whose SQL it is.
        table : str, default="rows"
            Of `sql`: the table that the query reads.
        columns : sequence of str, optional
            Of `sql`: columns that are passed on, such as a key.

        Returns
        -------
        list of Path
            What was written. Nothing is where one of them cannot be.

        Raises
        ------
        ValueError
            A format that there is not, or that cannot hold the model.
        FileNotFoundError
            The folder is not there.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [path.name for path in model.export(folder + "/helper.c")]
        ['helper.h', 'helper.c']
        """
        path = Path(path)
        endings = {
            ".c": "c",
            ".h": "c",
            ".js": "js",
            ".mjs": "js",
            ".json": "json",
            ".wasm": "wasm",
            ".onnx": "onnx",
            ".sql": "sql",
        }
        chosen = format or endings.get(path.suffix)
        if chosen is None:
            known = ", ".join(map(repr, get_args(ExportFormat)))
            raise checks.refused(f"the ending of {str(path)!r} says no format", f"state `format`, one of {known}")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name!r} into")
        passed = checks.columns("columns", columns)
        files = self._native.export(
            chosen,
            path.stem,
            {"arithmetic": arithmetic, "profile": profile, "dialect": dialect, "table": table, "pass": passed},
        )
        written = [path.with_name(name) for name, _ in files]
        if path not in written:
            names = ", ".join(repr(str(name)) for name in written)
            raise ValueError(f"{str(path)!r} is no file of the format {chosen!r}: name one of {names}")
        waiting = [target.with_name(f".{target.name}.{os.getpid()}.part") for target in written]
        try:
            for part, (_, content) in zip(waiting, files):
                part.write_bytes(content)
            for part, target in zip(waiting, written):
                part.replace(target)
        finally:
            for part in waiting:
                part.unlink(missing_ok=True)
        return written

    def __reduce__(self) -> tuple[Any, ...]:
        return _model_of_bytes, self._native.to_bytes()

    def __repr__(self) -> str:
        n = len(self.columns)
        return f"<{self.form} for {self.target} = {self.positive}, {n} column{'' if n == 1 else 's'}>"

    def _repr_html_(self) -> str:
        return self.explain()._repr_html_()


def _model_of_bytes(model: bytes, features: bytes) -> Model:
    return Model(_native.Model.from_bytes(model, features))


def load(folder: str | os.PathLike[str]) -> Model:
    """Load the model of a folder, that `Model.save`, `Training.save` or the program wrote.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    Model
        The model, with the same bits.

    Raises
    ------
    FileNotFoundError
        No model there.
    AssistError
        Artifacts that are damaged, too new, or of two different fits.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(folder)
    ...     assist_learn.load(folder).id == model.id
    True
    """
    return Model(_native.Model.load(Path(folder)))


class Explanation(Report):
    """What a model depends on: a mapping of `coefficients`, `intercept`, `inference` and more.

    See Also
    --------
    Model.explain : Makes one.
    """

    def _repr_html_(self) -> str:
        return document(coefficient_table(self._figures))


def coefficient_table(explanation: dict[str, Any]) -> str:
    """The coefficients in HTML, with what the training rows say of them."""
    head = ["feature", "coefficient", "odds ratio", "evidence", "95 % interval", "p"]
    rows = []
    for of in [*explanation["coefficients"], explanation["intercept"]]:
        evidence = of.get("evidence") or {}
        known = "value" in evidence
        rows.append([
            of.get("feature", "(intercept)"),
            figure(of["value"], 4),
            figure(of.get("odds_ratio"), 4),
            figure(evidence["value"], 4) if known else "–",
            f"{evidence['ci_low']:.4f} to {evidence['ci_high']:.4f}" if known else "–",
            p_value(evidence["p_value"]) if known else "–",
        ])  # fmt: skip
    told = (
        f"Coefficients for `{explanation['target']}` = `{explanation['positive']}`, largest first. Predictions come "
        "from the first column; what the training rows say of each feature is the evidence."
    )
    return paragraph(told, "muted") + table(head, rows)


def _text_of(value: Any) -> str | None:
    """A value as tables write it; None where it is missing."""
    if is_missing(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def like(table: Any, scored: _native.Columns, n_given: int) -> Any:
    """The rows as a frame of the library that a table is of."""
    if is_pandas(table):
        return _pandas_of(table, scored, n_given)
    library = type(table).__module__.split(".")[0]
    if library == "polars":
        polars = sys.modules["polars"]
        try:
            return polars.DataFrame(scored)
        except TypeError:  # before 1.3, which takes Arrow from pyarrow alone
            import pyarrow

            return polars.from_arrow(pyarrow.table(scored))
    if library in ("pyarrow", "duckdb"):
        import pyarrow

        return pyarrow.table(scored)
    if is_mapping(table):
        # What is a number of Python stays the number that it is.
        added = scored.select(scored.names[len(table) :]).to_dict()
        return {**table, **added}
    return scored


def _pandas_of(frame: Any, scored: _native.Columns, n_given: int) -> Any:
    """The columns that were added, behind those of a frame, which stay as they are."""
    import pandas

    added = scored.select(scored.names[n_given:])
    # The same types whatever became of the rows.
    kinds = {"number": "float64", "truth": "boolean", "text": "string"}
    whole = {"prediction": "Int64"}
    columns = {}
    for (name, values), kind in zip(added.to_dict().items(), added.kinds):
        dtype = next((of for end, of in whole.items() if name.endswith(end)), kinds.get(kind, "object"))
        columns[name] = pandas.Series(values, index=frame.index, dtype=dtype)
    return pandas.concat([frame, pandas.DataFrame(columns, index=frame.index)], axis=1)

"""Whatever holds a table, as columns: without a copy where it speaks Arrow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._native import Columns

ARROW = ("__arrow_c_stream__", "__arrow_c_array__")


def is_frame(table: Any) -> bool:
    """Whether an object is a table whose columns have names and types of their own."""
    return is_pandas(table) or is_mapping(table) or _speaks_arrow(table)


def _speaks_arrow(table: Any) -> bool:
    if is_series(table):
        return False
    # Polars before 1.3 has no stream of its own, and hands its columns to pyarrow.
    return any(hasattr(table, method) for method in ARROW) or hasattr(table, "to_arrow")


def is_mapping(table: Any) -> bool:
    # A sparse matrix of keys is a dictionary too.
    return isinstance(table, Mapping) and not hasattr(table, "toarray")


def is_pandas(table: Any) -> bool:
    # Nobody has a frame of pandas who has not imported it.
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


def names_of(table: Any) -> list[Any]:
    """The names of the columns of a frame."""
    if isinstance(table, Columns):
        return table.names
    if is_mapping(table):
        return list(table)
    names = getattr(table, "column_names", None)  # pyarrow, whose `columns` are the columns themselves
    if names is None:
        names = getattr(table, "columns", None)
    return list(columns_of(table).names if names is None else names)


def columns_of(table: Any) -> Columns:
    """The columns of a frame of polars, pandas, pyarrow, DuckDB, whatever else speaks Arrow, or of a mapping."""
    if isinstance(table, Columns):
        return table
    if is_pandas(table):
        return _of_pandas(table)
    if _speaks_arrow(table):
        return Columns.of_arrow(table if any(hasattr(table, method) for method in ARROW) else table.to_arrow())
    if is_mapping(table):
        columns = Columns()
        for name, values in table.items():
            columns = _with_column(columns, str(name), values)
        return columns
    raise TypeError(no_table(table))


def no_table(table: Any) -> str:
    """What is said of what is no table."""
    text = (
        f"a table is expected, not {type(table).__name__}: a frame of polars, pandas, pyarrow or DuckDB, "
        "or a mapping of column names to values"
    )
    if hasattr(table, "collect"):
        return f"{text}\nhint: `collect()` makes a frame of it"
    if hasattr(table, "to_frame"):
        return f"{text}\nhint: `to_frame()` makes a table of one column"
    if isinstance(table, (str, os.PathLike)):
        return f"{text}\nhint: read the file first, such as with `polars.read_csv` or `pandas.read_csv`"
    return text


def is_series(table: Any) -> bool:
    """Whether an object is a single column, which speaks Arrow as frames do."""
    return type(table).__name__ in ("Series", "Array", "ChunkedArray") or getattr(table, "ndim", 2) == 1


def _of_pandas(frame: Any) -> Columns:
    try:
        import pyarrow
    except ImportError:
        columns = Columns()
        for place, name in enumerate(frame.columns):
            columns = _with_series(columns, str(name), frame.iloc[:, place])
        return columns
    renamed = frame
    if not all(isinstance(name, str) for name in frame.columns):
        renamed = frame.set_axis([str(name) for name in frame.columns], axis=1)
    try:
        return Columns.of_arrow(pyarrow.Table.from_pandas(renamed, preserve_index=False))
    except pyarrow.ArrowException as error:
        told = ": ".join(map(str, error.args))
        raise TypeError(f"{told}\nhint: give each column values of one type") from error


def _with_series(columns: Columns, name: str, series: Any) -> Columns:
    """With a column of pandas, without pyarrow."""
    import numpy
    import pandas

    kind = series.dtype
    if isinstance(kind, pandas.CategoricalDtype):
        levels = [str(level) for level in series.cat.categories]
        return columns.with_categories(name, series.cat.codes.to_numpy().astype(numpy.int32), levels)
    if pandas.api.types.is_datetime64_any_dtype(kind):
        texts = [None if pandas.isna(moment) else moment.isoformat() for moment in series]
        return columns.with_texts(name, texts)
    if pandas.api.types.is_bool_dtype(kind):
        return columns.with_truths(name, [None if pandas.isna(value) else bool(value) for value in series])
    if pandas.api.types.is_numeric_dtype(kind) and not pandas.api.types.is_complex_dtype(kind):
        if kind.kind in "iu" and not series.isna().any() and kind.itemsize <= 8 and kind != "uint64":
            return columns.with_whole_numbers(name, series.to_numpy(dtype=numpy.int64))
        return columns.with_numbers(name, series.to_numpy(dtype=numpy.float64, na_value=numpy.nan))
    return _with_values(columns, name, series)


def _with_column(columns: Columns, name: str, values: Any) -> Columns:
    """With a column of a mapping."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(
            f"column `{name}` must be a sequence of values, not {values!r}\nhint: of a single row `[{values!r}]`"
        )
    if hasattr(values, "dtype") and getattr(values, "ndim", 1) == 1 and not hasattr(values, "iloc"):
        kind = values.dtype.kind if hasattr(values.dtype, "kind") else ""
        if kind in "fiu":
            import numpy

            return columns.with_numbers(name, numpy.asarray(values, dtype=numpy.float64))
        if kind == "b":
            return columns.with_truths(name, values.tolist())
        if kind in "US":
            return columns.with_texts(name, [str(value) for value in values.tolist()])
    if hasattr(values, "iloc"):
        return _with_series(columns, name, values)
    return _with_values(columns, name, values)


def is_missing(value: Any) -> bool:
    """Whether a value stands for a missing one."""
    # NaN, NaT and pandas.NA are not equal to themselves, or do not say whether they are.
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return True


def _with_values(columns: Columns, name: str, values: Iterable[Any]) -> Columns:
    """With a column of objects of Python, all numbers, all truth values or all texts."""
    cells: Sequence[Any] = [None if is_missing(value) else value for value in values]
    present = [cell for cell in cells if cell is not None]
    if all(type(cell).__name__ in ("bool", "bool_") for cell in present) and present:
        return columns.with_truths(name, [None if cell is None else bool(cell) for cell in cells])
    if all(isinstance(cell, str) for cell in present):
        return columns.with_texts(name, list(cells))
    wrong = next((cell for cell in present if isinstance(cell, str) or not hasattr(cell, "__float__")), None)
    if wrong is not None:
        of_types = len({type(cell) for cell in present}) > 1
        told = f"has values of several types, such as {wrong!r}" if of_types else f"has values such as {wrong!r}"
        raise TypeError(f"column `{name}` {told}\nhint: make all of them numbers, or all of them texts")
    return columns.with_floats(name, [None if cell is None else float(cell) for cell in cells])

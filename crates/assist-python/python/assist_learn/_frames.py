"""Whatever holds a table, as columns: without a copy where it speaks Arrow."""

from __future__ import annotations

import decimal
import numbers
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
        typed = _typed(table)
        return Columns.of_arrow(typed if any(hasattr(typed, method) for method in ARROW) else typed.to_arrow())
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
    names = [str(name) for name in frame.columns]
    series = [_plain(frame.iloc[:, place]) for place in range(len(names))]
    try:
        import pyarrow
    except ImportError:
        pyarrow = None
    if pyarrow is not None and names and len(set(names)) == len(names):
        plain = frame
        if any(of is not None for of in series) or names != list(frame.columns):
            import pandas

            kept = [frame.iloc[:, place] if of is None else of for place, of in enumerate(series)]
            plain = pandas.concat(kept, axis=1).set_axis(names, axis=1)
        try:
            return Columns.of_arrow(pyarrow.Table.from_pandas(plain, preserve_index=False))
        except pyarrow.ArrowException:
            # A column of several types, which is named below.
            pass
    columns = Columns()
    for place, name in enumerate(names):
        of = series[place]
        columns = _with_series(columns, name, frame.iloc[:, place] if of is None else of)
    return columns


def _plain(series: Any) -> Any:
    """A column of pandas as numbers, texts, categories of texts or dates, where it is something else; None where it is not."""
    import pandas

    kind = series.dtype
    if isinstance(kind, pandas.CategoricalDtype):
        if all(isinstance(level, str) for level in series.cat.categories):
            return None
        return series.cat.rename_categories([str(level) for level in series.cat.categories])
    if isinstance(kind, pandas.SparseDtype):
        return pandas.Series(series.sparse.to_dense())
    if isinstance(kind, pandas.PeriodDtype):
        return series.dt.to_timestamp()
    if isinstance(kind, pandas.IntervalDtype):
        return series.astype(str).where(series.notna(), None)
    return None


def _with_series(columns: Columns, name: str, series: Any) -> Columns:
    """With a column of pandas, without pyarrow."""
    import numpy
    import pandas

    kind = series.dtype
    if isinstance(kind, pandas.CategoricalDtype):
        return columns.with_categories(
            name, series.cat.codes.to_numpy().astype(numpy.int32), list(series.cat.categories)
        )
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
    if hasattr(values, "iloc"):
        of = _plain(values)
        return _with_series(columns, name, values if of is None else of)
    if any(hasattr(values, method) for method in ARROW):
        return columns.with_arrow(name, _typed(values))
    if hasattr(values, "to_arrow"):
        return columns.with_arrow(name, values.to_arrow())
    if getattr(values, "ndim", 1) != 1:
        raise TypeError(f"column `{name}` has {values.ndim} dimensions\nhint: give each of its columns a name")
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    is_masked = hasattr(values, "filled") and hasattr(values, "mask")
    if kind and kind in "fiu" and not is_masked:
        import numpy

        return columns.with_numbers(name, numpy.asarray(values, dtype=numpy.float64))
    # What is masked is None in a list.
    return _with_values(columns, name, values.tolist() if kind and kind in "fiubUS" else values)


def _typed(column: Any) -> Any:
    """A column or frame of polars whose type says that there is no value, as texts that are missing: others are as they are."""
    polars = sys.modules.get("polars")
    if polars is None:
        return column
    if isinstance(column, polars.Series) and column.dtype == polars.Null:
        return column.cast(polars.String)
    if isinstance(column, polars.DataFrame) and polars.Null in column.dtypes:
        return column.with_columns(polars.col(polars.Null).cast(polars.String))
    return column


def is_missing(value: Any) -> bool:
    """Whether a value stands for a missing one: None, NaN, NaT, or NA of pandas."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    try:
        differs = value != value
    except (TypeError, ValueError):
        return False
    # That of an array is an array, and an array is no value.
    return type(differs).__name__ in ("bool", "bool_") and bool(differs)


def _with_values(columns: Columns, name: str, values: Iterable[Any]) -> Columns:
    """With a column of objects of Python, all numbers, all truth values or all texts."""
    cells: Sequence[Any] = [None if is_missing(value) else value for value in values]
    present = [cell for cell in cells if cell is not None]
    if all(type(cell).__name__ in ("bool", "bool_") for cell in present) and present:
        return columns.with_truths(name, [None if cell is None else bool(cell) for cell in cells])
    if all(isinstance(cell, str) for cell in present):
        return columns.with_texts(name, list(cells))
    wrong = next((cell for cell in present if not isinstance(cell, (numbers.Real, decimal.Decimal))), None)
    if wrong is not None:
        of_types = len({type(cell) for cell in present}) > 1
        told = f"has values of several types, such as {wrong!r}" if of_types else f"has values such as {wrong!r}"
        raise TypeError(f"column `{name}` {told}\nhint: make all of them numbers, or all of them texts")
    return columns.with_floats(name, [None if cell is None else float(cell) for cell in cells])

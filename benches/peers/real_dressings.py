"""The same table as different people would have it on their disks.

Each writer takes a frame and a path. Names say what differs from a CSV of commas, points and empty missing cells.
"""

import contextlib
import json
import os
from csv import QUOTE_NONNUMERIC

# Every table is tried in these; the others on a draw of the tables, for they repeat the same cells.
MAIN = ("csv-empty", "csv-NA")


def csv(**options):
    return lambda frame, path: frame.to_csv(path, index=False, **options)


def xlsx(frame, path):
    # Text that openpyxl would take for a formula or a link stays text.
    import pandas

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with pandas.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
        frame.to_excel(book, index=False)


def json_lines(frame, path):
    # pandas rounds to 15 digits; the shortest text of a number is that number again.
    import pandas

    columns = {name: as_python(column, pandas) for name, column in frame.items()}
    with open(path, "w", encoding="utf-8") as file:
        for cells in zip(*columns.values(), strict=True):
            file.write(json.dumps(dict(zip(columns, cells, strict=True)), ensure_ascii=False) + "\n")


def as_python(column, pandas):
    """The cells as what JSON has a form for: numbers, truth values, texts and null."""
    if not isinstance(column.dtype, pandas.CategoricalDtype) and pandas.api.types.is_numeric_dtype(column):
        cells = column.tolist()
    else:
        cells = [cell if isinstance(cell, (bool, int, float, str)) else str(cell) for cell in column.tolist()]
    return [None if gap else cell for cell, gap in zip(cells, column.isna(), strict=True)]


EMPTY, NA = MAIN
# Ending, writer, and the dressing whose cells it repeats: the model is to be the very same.
DRESSINGS = {
    EMPTY: ("csv", csv(), EMPTY),
    NA: ("csv", csv(na_rep="NA"), NA),
    "csv-semicolon": ("csv", csv(sep=";", decimal=","), EMPTY),
    "tab-NA": ("tsv", csv(sep="\t", na_rep="NA"), NA),
    "csv-quoted": ("csv", csv(quoting=QUOTE_NONNUMERIC), EMPTY),
    "csv-windows": ("csv", csv(lineterminator="\r\n", encoding="utf-8-sig"), EMPTY),
    "csv-utf16": ("txt", csv(sep="\t", encoding="utf-16"), EMPTY),
    "csv-gz": ("csv.gz", csv(na_rep="NA"), NA),
    "csv-zst": ("csv.zst", csv(), EMPTY),
    "csv-bz2": ("csv.bz2", csv(), EMPTY),
    "csv-xz": ("csv.xz", csv(), EMPTY),
    "csv-zip": ("zip", csv(), EMPTY),
    "xlsx": ("xlsx", xlsx, EMPTY),
    "parquet": ("parquet", lambda frame, path: frame.to_parquet(path, index=False), EMPTY),
    "arrow": ("arrow", lambda frame, path: frame.to_feather(path, compression="uncompressed"), EMPTY),
    "jsonl": ("jsonl", json_lines, EMPTY),
}


class CannotBeWritten(Exception):
    """The writer refuses this table, which says nothing about any reader."""


def written(folder, name, dressing, frame):
    """The table's file, made unless it is there already."""
    ending, write, _ = DRESSINGS[dressing]
    path = os.path.join(folder, dressing, f"{name.replace('/', '__')}.{ending}")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        unfinished = f"{path.removesuffix('.' + ending)}.unfinished.{ending}"
        try:
            write(frame, unfinished)
        except Exception as error:
            with contextlib.suppress(FileNotFoundError):
                os.remove(unfinished)
            raise CannotBeWritten(str(error)) from error
        os.rename(unfinished, path)
    return path

"""The same table as different people would have it on their disks.

Each writer takes a frame and a path. Names say what differs from a CSV of commas, points and empty missing cells.
"""

import contextlib
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
    frame.to_json(path, orient="records", lines=True, double_precision=15)


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

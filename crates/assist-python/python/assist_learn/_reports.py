"""Results as mappings, and as tables in a notebook."""

from __future__ import annotations

import copy
import html
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


class AssistWarning(UserWarning):
    """What a result has to be taken with."""


class Report(Mapping[str, Any]):
    """Figures by the names that the program writes as JSON.

    Attributes
    ----------
    warnings : list of str
        What the figures have to be taken with.
    """

    def __init__(self, figures: dict[str, Any], warnings: Sequence[str] = ()) -> None:
        self._figures = figures
        self.warnings = list(warnings)

    def __getitem__(self, key: str) -> Any:
        return self._figures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def to_dict(self) -> dict[str, Any]:
        """Copy the figures into a dictionary, which `json.dump` takes.

        Returns
        -------
        dict
            The figures by their names.
        """
        return copy.deepcopy(self._figures)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"


def warn(texts: Iterable[str]) -> None:
    """Warns whoever called this package, however deep inside it this is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        level, frame = level + 1, frame.f_back
    for text in texts:
        warnings.warn(text, AssistWarning, stacklevel=level + 1)


_STYLE = (
    "<style>.assist{font-family:system-ui,sans-serif;line-height:1.4}.assist table{border-collapse:collapse;margin:.5em 0}"
    ".assist td,.assist th{padding:.15em .7em;text-align:right;border-bottom:1px solid #8884}"
    ".assist td:first-child,.assist th:first-child{text-align:left}.assist .tiles{display:flex;flex-wrap:wrap;gap:.6em;margin:.6em 0}"
    ".assist .tile{border:1px solid #8886;border-radius:6px;padding:.4em .9em}.assist .tile b{display:block;font-size:1.25em}"
    ".assist .warning{border-left:3px solid #c80;padding-left:.6em;margin:.4em 0}.assist .muted{opacity:.7}</style>"
)


def figure(value: Any, digits: int = 3) -> str:
    """A figure for people; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def p_value(value: float | None) -> str:
    """A p-value for people."""
    if value is None:
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in HTML, its cells escaped."""
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Figures side by side in HTML."""
    of_each = (f'<div class="tile"><b>{html.escape(value)}</b>{html.escape(name)}</div>' for name, value in figures)
    return f'<div class="tiles">{"".join(of_each)}</div>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph in HTML; text in backticks is code."""
    pieces = html.escape(text).split("`")
    marked = "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
    return f'<p class="{kind}">{marked}</p>' if kind else f"<p>{marked}</p>"


def document(*parts: str) -> str:
    """Parts in one element with the style of a summary."""
    return f'{_STYLE}<div class="assist">{"".join(parts)}</div>'

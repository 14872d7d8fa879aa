"""A plugin of pytest: it lets scikit-learn's own tests take ours for theirs, and runs those that the table says.

The stand-ins are in place while the test modules are imported, so that parametrisations have them too, and no longer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from of_scikit_learn_adapters import Asked, LogisticRegression, NoSingleSolution, _GeneralizedLinearRegressor
from sklearn import linear_model
from sklearn.linear_model import _glm
from test_of_scikit_learn import CLASSES, TABLE, Runs

_patch = pytest.MonkeyPatch()
_rows: dict[str, dict[str, str]] = {}


def pytest_addoption(parser):
    parser.addoption("--of-scikit-learn", type=Path, help="where to write what became of each test")


def pytest_collection():
    _patch.setattr(linear_model, "LogisticRegression", LogisticRegression)
    _patch.setattr(_glm, "_GeneralizedLinearRegressor", _GeneralizedLinearRegressor)


def pytest_collection_modifyitems(config, items):
    _patch.undo()
    kept, left = [], []
    for item in items:
        verdict, reason = _verdict(item)
        if verdict == "refused":
            item.add_marker(pytest.mark.xfail(raises=NoSingleSolution, strict=True, reason=reason))
        _rows[item.nodeid] = {
            "module": item.module.__name__,
            "function": item.originalname,
            "name": item.name,
            "verdict": verdict,
            "reason": reason,
            "outcome": "",
            "text": "",
        }
        (kept if verdict in ("runs", "refused") else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def _verdict(item) -> tuple[str, str]:
    entry = TABLE[item.module.__name__].get(item.originalname)
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if entry is None:
        return "unknown", "not in the table"
    if not isinstance(entry, Runs):
        return "not applicable", entry
    if not entry.where(params):
        return "not applicable", entry.otherwise
    if entry.refused(params):
        return "refused", "many solutions: ours refuses, scikit-learn returns one of them"
    return "runs", entry.but


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    entry = TABLE[item.module.__name__][item.originalname]
    Asked.leaves_many_classes = CLASSES in entry.but
    before = Asked.fits
    result = yield
    assert Asked.fits > before, "the test has passed without a fit of ours"
    return result


def pytest_runtest_logreport(report):
    row = _rows[report.nodeid]
    if report.when == "call" or report.outcome != "passed":
        is_refusal = report.outcome == "skipped" and hasattr(report, "wasxfail")
        row["outcome"] = "refused" if is_refusal else report.outcome
        row["text"] = report.longreprtext


def pytest_sessionfinish(session):
    if path := session.config.getoption("--of-scikit-learn"):
        path.write_text(json.dumps(list(_rows.values())), encoding="utf-8")

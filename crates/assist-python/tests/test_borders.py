"""Where Python ends: the lock is released, Ctrl-C ends a fit, no panic comes through, and little is needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from assist_learn import AssistClassifier

LONG = """
import signal
import numpy as np
from assist_learn import AssistClassifier
# Where the tests run in the background of a shell the signal is ignored, and so it would be here.
signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
X = rng.normal(size=(3000, 1500)) + rng.normal(size=(3000, 1))
y = (X[:, :50].sum(axis=1) + 20 * rng.normal(size=3000) > 0).astype(int)
print("begins", flush=True)
try:
    AssistClassifier({settings}).fit(X, y)
except KeyboardInterrupt:
    print("interrupted", flush=True)
else:
    print("ended", flush=True)
AssistClassifier().fit(X[:50, :2], y[:50])
print("goes on", flush=True)
"""


def run(code: str, **settings: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True, **settings
    )


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    "settings", ["C=1e3, inference='none'", "l1_ratio=1.0, C=10.0, inference='none'", "inference='full', C=1e3"]
)
def test_ctrl_c_ends_a_long_fit(settings: str) -> None:
    process = run(LONG.replace("{settings}", settings))
    assert process.stdout is not None and process.stdout.readline() == "begins\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    assert process.stdout.readline() == "interrupted\n"
    waited = time.monotonic() - sent
    assert process.stdout.readline() == "goes on\n"
    assert process.wait(timeout=60) == 0
    print(f"ended {waited:.2f} s after the signal")
    assert waited < 5


def test_other_threads_go_on() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2000, 400))
    y = (X[:, 0] + rng.normal(size=2000) > 0).astype(int)
    fit = threading.Thread(target=lambda: AssistClassifier(inference="full").fit(X, y))
    ticks = []
    fit.start()
    while fit.is_alive():
        ticks.append(time.monotonic())
        time.sleep(0.001)
    fit.join()
    gaps = np.diff(ticks)
    assert len(ticks) > 20, "the fit is too short to tell"
    assert gaps.max() < 0.5


def test_the_package_needs_nothing_but_python() -> None:
    """`train` of plain lists imports neither numpy nor scikit-learn."""
    code = """
    import sys
    import assist_learn
    table = {"errors": [0, 3, 1, 4, 0, 2] * 20, "device": ["Phone", "Watch", "Phone"] * 40, "help": [0, 1, 0, 1, 0, 0] * 15 + [1, 0, 1, 0, 1, 1] * 5}
    trained = assist_learn.train(table, target="help")
    assert trained.model.predict(table)["prediction"]
    assert trained._repr_html_()
    print([name for name in ("numpy", "pandas", "polars", "pyarrow", "sklearn") if name in sys.modules])
    """
    process = run(code)
    assert process.communicate()[0] == "[]\n" and process.returncode == 0


def test_scikit_learn_is_asked_for_where_it_is_needed() -> None:
    code = """
    import sys
    sys.modules["sklearn"] = None
    import assist_learn
    try:
        assist_learn.AssistClassifier
    except ImportError as error:
        print(error)
    """
    assert "pip install" in run(code).communicate()[0]


@pytest.mark.parametrize("seed", range(30))
def test_no_panic_comes_through(seed: int) -> None:
    """Tables of odd shapes and values give a result or an exception of ours."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(1, 12)), int(rng.integers(1, 5))
    odd = np.array([0.0, 1.0, -1.0, 1e300, -1e300, 5e-324, np.nan, 1e-10, 3.0])
    X = rng.choice(odd, size=(n, p))
    y = rng.integers(0, 2, n)
    weights = rng.choice([0.0, 1.0, 1e-300, 1e300], n)
    settings = {"C": float(rng.choice([1e-300, 1.0, 1e300, np.inf])), "l1_ratio": float(rng.choice([0, 0.5, 1]))}
    try:
        fitted = AssistClassifier(**settings, handle_unknown="nan").fit(X, y, sample_weight=weights)
        fitted.predict_proba(X)
    except ValueError:
        pass

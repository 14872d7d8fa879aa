"""What the tests share, and how a tool that is absent is told: as a skip, or as a failure where nothing may be skipped."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def absent(tool: str) -> None:
    """Skips a test for what is not on this machine; fails where `ASSIST_REQUIRE_TOOLS` is set."""
    if os.environ.get("ASSIST_REQUIRE_TOOLS"):
        pytest.fail(f"{tool} is needed and not there")
    pytest.skip(f"{tool} is not there")


@pytest.fixture(scope="session")
def program() -> Path:
    """The program, as the workspace builds it."""
    stated = os.environ.get("ASSIST_CLI")
    built = [Path(stated)] if stated else [ROOT / "target" / kind / "assist-cli" for kind in ("release", "debug")]
    found = next((path for path in built if path.exists()), None) or shutil.which("assist-cli")
    if found is None:
        absent("the program assist-cli")
    return Path(str(found))


@pytest.fixture(scope="session")
def shipped_table() -> Path:
    """The table that comes with the project."""
    return ROOT / "data" / "assistance.csv"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What is skipped is told to whoever runs all tests of the project."""
    told = os.environ.get("ASSIST_SKIPPED_TESTS")
    if report.skipped and told:
        with open(told, "a", encoding="utf-8") as file:
            file.write(
                f"{report.nodeid}: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}\n"
            )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be skipped, a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("ASSIST_REQUIRE_TOOLS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

"""What is written is true: examples of docstrings, README, pages and notebook run, types agree, and every argument is
documented."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import assist_learn
from assist_learn._settings import LearningSettings, TrainingSettings

from conftest import ROOT, absent

PACKAGE = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "python" / "notebook.ipynb"
PAGES = [PACKAGE / "README.md", *sorted((ROOT / "docs" / "python").glob("*.md"))]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What a class is made of is documented where users make it; these the package makes.
MADE_BY_US = {"Comparison", "Counts", "Evaluation", "Inspection", "Model", "Page", "Report", "Training", "Tuning"}


def modules() -> list[ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(assist_learn.__path__) if module.name != "_native"]
    return [assist_learn, *(importlib.import_module(f"assist_learn.{name}") for name in names)]


def examples() -> list[doctest.DocTest]:
    """The examples of docstrings, with the names that they take for granted."""
    table = {
        "errors": [0, 3, 1, 4, 0, 2] * 100,
        "device": ["Phone", "Phone", "Watch", "Watch", "Phone", "Watch"] * 100,
        "help": [0, 1, 0, 1, 0, 0] * 75 + [1, 0, 1, 0, 1, 1] * 25,
    }
    names = {"assist_learn": assist_learn, "table": table, "model": assist_learn.train(table, target="help").model}
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for module in modules() for test in finder.find(module, extraglobs=names)]
    return [test for test in found if test.examples]


def run(test: doctest.DocTest) -> None:
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", assist_learn.AssistWarning)
        failed = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=told.append).failed
    assert not failed, "".join(told)


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_examples_of_docstrings(test: doctest.DocTest) -> None:
    run(test)


@pytest.mark.parametrize(
    "name", ["train", "inspect", "compare", "tune", "evaluate", "load", "Model.predict", "Model.export"]
)
def test_what_a_newcomer_calls_has_an_example(name: str) -> None:
    found: Any = assist_learn
    for part in name.split("."):
        found = getattr(found, part)
    assert ">>>" in inspect.getdoc(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_of_pages(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a page run from the top to the bottom, as a reader would type them."""
    if importlib.util.find_spec("polars") is None:
        absent("polars")
    monkeypatch.chdir(tmp_path)
    blocks = [(kind, text) for kind, text in FENCE.findall(page.read_text()) if kind in ("python", "pycon")]
    assert blocks and all(kind == "pycon" or ">>>" not in text for kind, text in blocks)
    names: dict[str, Any] = {}
    told: list[str] = []
    for place, (kind, text) in enumerate(blocks):
        name = f"{page.name}, block {place + 1}"
        if kind == "python":
            exec(compile(text, name, "exec"), names)
            continue
        test = doctest.DocTestParser().get_doctest(text, names, name, str(page), 0)
        # Later blocks go on with what earlier ones have made.
        test.globs = names
        doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=told.append, clear_globs=False)
    assert not told, "".join(told)


def test_the_page_for_movers_names_all_that_they_have() -> None:
    """Arguments, attributes and methods of the newest `LogisticRegression`, and ours that it has not."""
    from sklearn.linear_model import LogisticRegression

    page = (ROOT / "docs" / "python" / "from-logistic-regression.md").read_text()
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
    for estimator in (LogisticRegression, assist_learn.AssistClassifier):
        fitted = estimator().fit(X, y)
        names = [
            *inspect.signature(estimator).parameters,
            *(name for name in vars(fitted) if re.fullmatch(r"[a-z]\w*_", name)),
        ]
        names += [name for name in dir(fitted) if name[0] != "_" and inspect.ismethod(getattr(fitted, name, None))]
        assert len(names) > 20
        assert not [name for name in names if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", page)]


def notebook_tools() -> Any:
    try:
        import ipykernel  # noqa: F401
        import nbclient
        import nbformat
    except ImportError:
        absent("nbclient with ipykernel")
    return nbclient, nbformat


def test_the_notebook_runs(tmp_path: Path) -> None:
    nbclient, nbformat = notebook_tools()
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        # No stale figure stands there.
        assert cell.cell_type != "code" or (not cell.outputs and cell.execution_count is None)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("text/html" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output.output_type == "error"]
    # Nothing that looks like a bug to whoever reads it.
    told = "".join(output.get("text", "") for output in outputs)
    assert "Traceback" not in told and "Warning" not in told, told


def test_types() -> None:
    """The package, and a file as users write it."""
    program = shutil.which("pyright", path=str(Path(sys.executable).parent)) or shutil.which("pyright")
    # The package of PyPI fetches the program itself when it is first run.
    if program is None or subprocess.run([program, "--version"], capture_output=True).returncode != 0:
        absent("pyright")
    done = subprocess.run([program, "-p", str(PACKAGE), "--pythonpath", sys.executable], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs_have_what_the_native_module_has() -> None:
    from assist_learn import _native

    stub = (PACKAGE / "python" / "assist_learn" / "_native.pyi").read_text()
    for name in (name for name in dir(_native) if not name.startswith("__")):
        found = getattr(_native, name)
        assert re.search(rf"^(class|def) {name}\b", stub, re.MULTILINE), name
        if inspect.isclass(found) and not issubclass(found, Exception):
            of_class = re.search(rf"^class {name}:\n(.*?)(?=^\S)", stub, re.MULTILINE | re.DOTALL)
            assert of_class is not None
            known = set(re.findall(r"^    def (\w+)", of_class[1], re.MULTILINE)) - {"__new__", "__arrow_c_stream__"}
            assert known == {member for member in vars(found) if not member.startswith("__")}, name
            for member in known:
                assert re.search(rf"def {member}\(", of_class[1])
                signature = getattr(getattr(found, member), "__text_signature__", None)
                if signature is not None:
                    assert _arguments_of_stub(of_class[1], member) == re.findall(
                        r"\b([a-z_]+)\b(?==|,|\))", signature.replace("$", "")
                    ), member


def _arguments_of_stub(text: str, name: str) -> list[str]:
    written = re.search(rf"def {name}\((.*?)\) ->", text, re.DOTALL)
    assert written is not None
    return re.findall(r"(?:^|, |\n\s*)(\w+)(?=:|,|$|\))", written[1].strip())


def public_names() -> list[str]:
    names = []
    for name in sorted(set(assist_learn.__all__) - {"__version__"}):
        found = getattr(assist_learn, name)
        names.append(name)
        if inspect.isclass(found):
            names += [
                f"{name}.{member}"
                for member, value in vars(found).items()
                if inspect.isfunction(value) and member[0] != "_"
            ]
    return names


@pytest.mark.parametrize("name", public_names())
def test_every_argument_is_documented(name: str) -> None:
    try:
        from numpydoc.validate import validate
    except ImportError:
        absent("numpydoc")
    told = [
        (code, text)
        for code, text in validate(f"assist_learn.{name}")["errors"]
        if code[:2] in ("PR", "RT", "YD") or code == "GL08"
    ]
    if name in MADE_BY_US:
        told = [(code, text) for code, text in told if code != "PR01"]
    assert not told


def test_settings_are_documented_in_order() -> None:
    known = [
        *LearningSettings.__annotations__,
        *(n for n in TrainingSettings.__annotations__ if n not in LearningSettings.__annotations__),
    ]
    from assist_learn._settings import _CHECKS

    assert list(_CHECKS) == known
    for function, settings in [
        (assist_learn.train, known),
        (assist_learn.compare, list(LearningSettings.__annotations__)),
    ]:
        parameters = inspect.signature(function).parameters
        assert list(parameters)[-len(settings) :] == settings
        written = inspect.getdoc(function) or ""
        assert "**settings" not in written
        for name, parameter in parameters.items():
            (line,) = re.findall(rf"^{name} : (.*)$", written, re.MULTILINE)
            default = re.search(r"default=(.*)$", line)
            if default is not None:
                assert eval(default[1]) == parameter.default, name
            elif name not in ("frame",):
                assert parameter.default in (None, ()) and line.endswith("optional"), name


def test_no_option_of_the_program_is_named() -> None:
    """Whoever reads Python is told of arguments."""
    texts = [path.read_text() for path in (PACKAGE / "python").rglob("*.py")]
    texts += [text for page in PAGES for kind, text in FENCE.findall(page.read_text()) if kind in ("python", "pycon")]
    for text in texts:
        assert not re.findall(r"(?<![-\w])--[a-z][a-z-]+", text)

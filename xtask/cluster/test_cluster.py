"""A cluster leads where this program leads by itself; and whatever happens to it, there is a result or a clear error in time."""

import http.server
import json
import shutil
import signal
import socket
import threading
import time

import pyarrow
import pytest
from pyarrow import parquet

from cluster import free_port
from conftest import DEADLINE, HASH, LONGEST, ROOT, SCHEMA, differences, on

FIGURES = ("split", "intercept", "coefficients", "train", "test", "inference")
STATES = ("nothing was saved", "no scheduler answers", "has no executor")


def chosen(report):
    return {key: report[key] for key in FIGURES}


@pytest.mark.parametrize("data", ["one.parquet", "parts"])
def test_counts_of_a_cluster_lead_where_the_rows_do(program, cluster, data):
    here = program.train(data, "here")
    there = program.train(data, "there", *on(cluster))
    assert there["engine"]["way"] == "counts" and there["engine"]["engine"].startswith("ballista/55")
    assert differences(chosen(here), chosen(there)) == []
    in_process = program.train(data, "in-process", "--engine", "datafusion")
    assert differences(chosen(here), chosen(in_process)) == []


@pytest.mark.parametrize("form", ["card", "rule"])
def test_cards_and_rules_of_a_cluster_are_those_of_the_rows(program, cluster, form):
    here = program.train("one.parquet", "here", "--form", form)
    there = program.train("one.parquet", "there", "--form", form, *on(cluster))
    assert here["form"] == there["form"]
    assert differences(chosen(here), chosen(there)) == []


@pytest.mark.parametrize("recipe", ["standard", "original"])
def test_sums_of_a_cluster_lead_to_the_optimum_of_the_rows(program, cluster, recipe):
    here = program.train("one.parquet", "here", "--recipe", recipe)
    there = program.train("one.parquet", "there", "--recipe", recipe, *on(cluster, "--aggregate", "sums"))
    assert there["engine"]["way"] == "sums"
    # The label, the numbers, the levels, and then the steps of the fit.
    assert there["fit"]["evaluations"] + 3 < 10
    for key in ("intercept", "coefficients"):
        mine, other = ([c] if isinstance(c, dict) else c for c in (here[key], there[key]))
        for a, b in zip(mine, other):
            assert differences(a["value"], b["value"]) == []
            assert differences(a["evidence"], b["evidence"]) == []
    assert differences(here["test"]["confusion_matrix"], there["test"]["confusion_matrix"]) == []
    assert abs(here["test"]["roc_auc"] - there["test"]["roc_auc"]) < 1e-5
    assert abs(here["test"]["log_loss"] - there["test"]["log_loss"]) < 1e-5


def test_a_model_is_judged_and_asked_on_a_cluster_as_here(program, cluster):
    program.train("one.parquet", "model")
    judge = ("evaluate", "--json", "--model", "model", "--data", "parts", "--slices", "device_type")
    here, there = program.run(*judge), program.run(*judge, *on(cluster))
    same = lambda done: {key: value for key, value in json.loads(done.stdout).items() if key != "engine"}
    assert differences(same(here), same(there)) == []
    score = ("predict", "--model", "model", "--input", "parts", "--output")
    program.run(*score, "here.csv")
    program.run(*score, "there.csv", *on(cluster))
    lines = [sorted((program.folder / name).read_text().splitlines()) for name in ("here.csv", "there.csv")]
    assert lines[0] == lines[1]


# Moments of a fit, in shares of the time that it takes undisturbed.
MOMENTS = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]


@pytest.fixture(scope="session")
def undisturbed(program, cluster):
    """The figures of each way, and how long it takes."""
    found = {}
    for way in ("sums", "counts"):
        begin = time.monotonic()
        report = program.train("large.parquet", f"undisturbed-{way}", *on(cluster, "--aggregate", way))
        found[way] = (report, time.monotonic() - begin)
    return found


@pytest.mark.parametrize(
    ("way", "moment"), [*(("sums", moment) for moment in MOMENTS), *(("counts", moment) for moment in MOMENTS[1::3])]
)
def test_an_executor_that_is_killed_ends_in_the_result_or_in_a_clear_error(
    program, start, undisturbed, record_property, way, moment
):
    report, seconds = undisturbed[way]
    cluster = start()
    model = program.folder / f"killed-{way}-{moment}"
    shutil.rmtree(model, ignore_errors=True)
    begin = time.monotonic()
    fit = program.begin(
        *("train", "--data", "large.parquet", "--schema", SCHEMA, "--out", model, *HASH),
        *on(cluster, "--aggregate", way, "--deadline", DEADLINE),
    )
    time.sleep(moment * seconds)
    cluster.executors[0].send_signal(signal.SIGKILL)
    try:
        _, words = fit.communicate(timeout=LONGEST)
    finally:
        fit.kill()
    took = time.monotonic() - begin
    record_property("took", took)
    print(f"{way} {moment}: status {fit.returncode} after {took:.1f} s: {words.strip()}")
    if fit.returncode == 0:
        found = program.figures(model)
        assert differences(found["coefficients"], report["coefficients"]) == []
        assert found["test"]["confusion_matrix"] == report["test"]["confusion_matrix"]
    else:
        assert fit.returncode == 1 and any(state in words for state in STATES), words
        assert not model.exists()


def test_an_empty_cluster_is_told(program, start):
    cluster = start(executors=0)
    done = program.run("train", "--data", "one.parquet", "--schema", SCHEMA, "--out", "none", *HASH, *on(cluster), fails=True)
    assert "has no executor" in done.stderr and done.seconds < 10
    assert not (program.folder / "none").exists()


def test_addresses_without_a_scheduler_are_told(program):
    train = ("train", "--data", "one.parquet", "--schema", SCHEMA, "--out", "none", *HASH)
    closed = program.run(*train, *on(f"df://127.0.0.1:{free_port()}"), fails=True)
    assert "no scheduler answers" in closed.stderr and closed.seconds < 10
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = program.run(*train, *on(f"df://127.0.0.1:{silent.getsockname()[1]}"), fails=True)
        assert "there was no answer in 5 s" in done.stderr and done.seconds < 15
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    done = program.run(*train, *on(f"df://127.0.0.1:{other.server_port}"), fails=True)
    assert "is no scheduler of Ballista" in done.stderr
    other.shutdown()
    assert not (program.folder / "none").exists()


def test_a_scheduler_that_goes_away_is_told(program, start, undisturbed):
    _, seconds = undisturbed["sums"]
    cluster = start()
    fit = program.begin(
        *("train", "--data", "large.parquet", "--schema", SCHEMA, "--out", "gone", *HASH),
        *on(cluster, "--aggregate", "sums", "--deadline", DEADLINE),
    )
    time.sleep(0.4 * seconds)
    cluster.scheduler.send_signal(signal.SIGKILL)
    _, words = fit.communicate(timeout=LONGEST)
    assert fit.returncode == 1 and "does not answer any more" in words, words
    assert not (program.folder / "gone").exists()


def test_a_file_that_some_executors_do_not_see_is_named(program, start):
    hidden = program.folder / "hidden"
    shutil.rmtree(hidden, ignore_errors=True)
    shutil.copytree(program.folder / "parts", hidden)
    cluster = start(executors=1)
    # The other machine has another folder there.
    mount = f'mount -t tmpfs none "{hidden}" && exec "$0" "$@"'
    cluster.add_executor(before=("unshare", "--mount", "--user", "--map-root-user", "sh", "-c", mount))
    deadline = time.monotonic() + 30
    while "2 executors" not in cluster.ready()[1]:
        assert time.monotonic() < deadline, cluster.ready()
        time.sleep(0.1)
    done = program.run("train", "--data", "hidden", "--schema", SCHEMA, "--out", "none", *HASH, *on(cluster), fails=True)
    assert "does not see a file" in done.stderr and "hidden/part-" in done.stderr, done.stderr
    assert done.seconds < LONGEST


def parts_beside(program, name, change, place):
    """The folder of parts under another name, with a change of one of its tables."""
    folder = program.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(program.folder / "parts", folder)
    part = folder / f"part-{place}.parquet"
    parquet.write_table(change(parquet.read_table(part)), part)
    return name


def with_column(table, name, column):
    return table.set_column(table.column_names.index(name), name, column)


def test_files_that_differ_are_told(program, cluster):
    fewer = parts_beside(program, "fewer", lambda table: table.drop_columns(["error_count"]), 5)
    texts = lambda table: with_column(table, "error_count", table["error_count"].cast(pyarrow.string()))
    typed = parts_beside(program, "typed", texts, 5)
    shutil.copytree(program.folder / "parts", program.folder / "mixed", dirs_exist_ok=True)
    shutil.copy(ROOT / "data/assistance.csv", program.folder / "mixed/part-9.csv")
    told = {fewer: ["error_count", "part-5.parquet"], typed: ["error_count", "Utf8", "part-5.parquet"]}
    for data, words in {**told, "mixed": ["part-9.csv", "engines read Parquet files"]}.items():
        out = ("--schema", SCHEMA, "--out", "none", *HASH)
        done = program.run("train", "--data", data, *out, *on(cluster), fails=True)
        assert all(word in done.stderr for word in words), done.stderr
    assert not (program.folder / "none").exists()


def test_an_unknown_level_is_named_with_its_file(program, cluster):
    def change(table):
        devices = table["device_type"].cast(pyarrow.string()).to_pylist()
        return with_column(table, "device_type", pyarrow.array(["Toaster"] * 3 + devices[3:]))

    odd = parts_beside(program, "odd", change, 7)
    levels = '[categorical.device_type]\nlevels = ["Feature Phone", "Smartphone", "Smartwatch"]'
    schema = SCHEMA.read_text().replace("[categorical.device_type]", levels)
    (program.folder / "levels.toml").write_text(schema)
    told = lambda done: "unknown level `Toaster` in 3 rows of" in done.stderr and "part-7.parquet" in done.stderr
    for way in ("counts", "sums"):
        out = ("--schema", "levels.toml", "--out", "none", *HASH)
        done = program.run("train", "--data", odd, *out, *on(cluster, "--aggregate", way), fails=True)
        assert told(done), done.stderr
    # So it is where a model knows the levels.
    program.train("one.parquet", "model")
    done = program.run("evaluate", "--model", "model", "--data", odd, *on(cluster), fails=True)
    assert told(done), done.stderr

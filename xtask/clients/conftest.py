"""What all tests here share: a service for a model of the shipped table, and the program's own predictions of the same users."""

import os
import shutil
from pathlib import Path

import pytest

from service import ROOT, Program, Service, read_lines, read_users

ROWS = 10_000
NUMBERS = ("error_count", "task_completion_time_sec", "user_satisfaction_score")


@pytest.fixture(scope="session")
def program():
    return Program()


@pytest.fixture(scope="session")
def out():
    """A folder of this run, which stays to be looked at."""
    folder = Path(os.environ["ASSIST_CLIENTS_OUT"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def model(program, out):
    folder = out / "model"
    schema = ROOT / "data/assistance.schema.toml"
    program.run("train", "--data", ROOT / "data/assistance.csv", "--schema", schema, "--out", folder)
    return folder


@pytest.fixture(scope="session")
def service(program, model, out):
    service = Service(program, model, out / "service.log")
    yield service
    service.stop()


@pytest.fixture(scope="session")
def table(program, out):
    file = out / "users.csv"
    program.run("generate", "--rows", ROWS, "--seed", 7, "--label", "noisy", "--out", file)
    return file


@pytest.fixture(scope="session")
def users(table):
    """Users that the model was not trained on, as objects of a request."""
    users = read_users(table, NUMBERS)
    assert len(users) == ROWS
    return users


@pytest.fixture(scope="session")
def predicted(program, model, table, out):
    """What the program itself says of them."""
    file = out / "predicted.jsonl"
    program.run("predict", "--model", model, "--input", table, "--output", file)
    predicted = read_lines(file)
    assert len(predicted) == ROWS
    assert all(row["outcome"] == "scored" for row in predicted)
    assert {row["prediction"] for row in predicted} == {0, 1}
    return predicted


@pytest.fixture(scope="session")
def foreign_users():
    """Users whose columns and levels are not of ASCII, with a label that hangs on them."""
    places, devices = ["Köln", "Αθήνα", "東京", "Łódź"], ["téléphone", "📱"]
    rows = [{"größe": size, "ort": place, "gerät": device} for size in range(1, 11) for place in places for device in devices]
    # Each three times, the label of one of which goes against the law, so that nothing is separated.
    return [
        row | {"hilfe": int((row["größe"] + 4 * (row["ort"] in places[:2]) + 2 * (row["gerät"] == "📱") > 7) != (turn == 2 and at % 4 == 0))}
        for turn in range(3)
        for at, row in enumerate(rows)
    ]


@pytest.fixture(scope="session")
def foreign(program, foreign_users, out):
    """A service for the model of these, and the program's own predictions."""
    table, model, file = out / "foreign.csv", out / "foreign-model", out / "foreign.jsonl"
    lines = [",".join(foreign_users[0]), *(",".join(map(str, user.values())) for user in foreign_users)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.run("train", "--data", table, "--target", "hilfe", "--positive", 1, "--out", model)
    program.run("predict", "--model", model, "--input", table, "--output", file)
    service = Service(program, model, out / "foreign.log")
    for user in foreign_users:
        del user["hilfe"]
    yield service, read_lines(file)
    service.stop()

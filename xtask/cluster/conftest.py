"""What all tests here share: tables, the program that learns from them, and clusters to ask."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "data/assistance.schema.toml"
# What a test waits for at most: a query has its deadline twice, and after each it is found out whether the cluster answers.
DEADLINE = 12
LONGEST = 2 * (DEADLINE + 25) + 10
HASH = ("--split", "hash", "--split-key", "user_id")


class Program:
    """The program, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, *arguments):
        return [os.environ["ASSIST_CLI"], *map(str, arguments)]

    def run(self, *arguments, fails=False):
        begin = time.monotonic()
        here = {**os.environ, "NO_COLOR": "1"}
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=here, capture_output=True, text=True, timeout=300
        )
        assert (done.returncode != 0) == fails, done.stderr
        done.seconds = time.monotonic() - begin
        return done

    def begin(self, *arguments):
        here = {**os.environ, "NO_COLOR": "1"}
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def figures(self, out):
        return json.loads((self.folder / out / "metrics.json").read_text())

    def train(self, data, out, *more):
        """The figures of a training."""
        self.run("train", "--quiet", "--data", data, "--schema", SCHEMA, "--out", out, *HASH, *more)
        return self.figures(out)


def on(cluster, *more):
    """The options of a cluster."""
    return ("--engine", "ballista", "--scheduler", getattr(cluster, "address", cluster), *more)


def differences(a, b, path=""):
    """Where two reports differ by more than rounding, in what both have."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [d for key in a.keys() & b.keys() for d in differences(a[key], b[key], f"{path}/{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b)) for d in differences(x, y, f"{path}/{i}")]
    if isinstance(a, float) or isinstance(b, float):
        return [] if abs(a - b) <= 1e-9 * (1 + abs(b)) else [(path, a, b)]
    return [] if a == b else [(path, a, b)]


@pytest.fixture(scope="session")
def out():
    """A folder of this run, which stays to be looked at."""
    folder = Path(os.environ["ASSIST_CLUSTER_OUT"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def program(out):
    program = Program(out)
    program.run("generate", "--rows", 20_000, "--seed", 3, "--label", "noisy", "--out", "one.parquet")
    program.run("generate", "--rows", 400_000, "--seed", 4, "--label", "noisy", "--out", "large.parquet")
    (out / "parts").mkdir()
    for part in range(1, 9):
        program.run(
            "generate", "--rows", 2500, "--seed", part, "--label", "noisy", "--out", f"parts/part-{part}.parquet"
        )
    return program


@pytest.fixture
def start(out, request):
    """Starts clusters, which are stopped when the test ends."""
    clusters = []

    def start(executors=2):
        name = f"{request.node.name}-{len(clusters)}"
        clusters.append(Cluster(os.environ["ASSIST_CLUSTER_PROGRAMS"], out / name, executors))
        return clusters[-1]

    yield start
    for cluster in clusters:
        cluster.stop()


@pytest.fixture(scope="session")
def cluster(out):
    """One that nothing happens to."""
    cluster = Cluster(os.environ["ASSIST_CLUSTER_PROGRAMS"], out / "calm")
    yield cluster
    cluster.stop()

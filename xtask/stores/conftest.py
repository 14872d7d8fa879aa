"""What all tests here share: a store in the manner of S3, with tables in it, and the program that reads them."""

import gzip
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "tables"
FILES = 1000
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


class Program:
    """The program, in a folder of its own, with the way to the store in its environment."""

    def __init__(self, folder, endpoint):
        self.folder, self.endpoint = folder, endpoint

    def run(self, *arguments, fails=False, **environment):
        command = [os.environ["ASSIST_CLI"], *map(str, arguments)]
        here = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        here |= {**KEYS, "AWS_ENDPOINT": self.endpoint, "AWS_ALLOW_HTTP": "true", "NO_COLOR": "1", **environment}
        begin = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, env=here, capture_output=True, text=True, timeout=300)
        assert (done.returncode != 0) == fails, done.stderr
        done.seconds = time.monotonic() - begin
        return done

    def train(self, data, *more):
        """The figures of a training."""
        schema = ROOT / "data/assistance.schema.toml"
        self.run("train", "--quiet", "--data", data, "--schema", schema, "--out", "model", *more)
        report = json.loads((self.folder / "model/metrics.json").read_text())
        return {key: report[key] for key in ("split", "intercept", "coefficients", "train", "test")}


@pytest.fixture(scope="session")
def out():
    """A folder of this run, which stays to be looked at."""
    folder = Path(os.environ["ASSIST_STORES_OUT"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def store(out):
    """The port of a store with the shipped table as one file, packed, as Parquet, and in a thousand files of two folders."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=KEYS["AWS_REGION"],
    )
    s3.create_bucket(Bucket=BUCKET)
    put = lambda key, body: s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    table = (ROOT / "data/assistance.csv").read_bytes()
    put("one.csv", table)
    put("one.csv.gz", gzip.compress(table))
    program = Program(out, "")
    program.run("generate", "--rows", 200_000, "--seed", 5, "--label", "noisy", "--out", "large.parquet")
    program.run("generate", "--rows", 200_000, "--seed", 5, "--label", "noisy", "--out", "large.csv")
    for name in ("large.parquet", "large.csv"):
        put(name, (out / name).read_bytes())
    header, *lines = table.splitlines(keepends=True)
    for number in range(FILES):
        rows = lines[number * len(lines) // FILES : (number + 1) * len(lines) // FILES]
        put(f"parts/half={number * 2 // FILES}/part-{number:04}.csv", header + b"".join(rows))
    put("parts/_SUCCESS", b"")
    put("parts/.hidden.csv", b"nothing of a table")
    yield port
    server.stop()


@pytest.fixture
def program(store, out):
    return Program(out, f"http://127.0.0.1:{store}")


@pytest.fixture
def faulty(store, out):
    """A program before a store that does what the faults say; gives both."""
    proxies = []

    def before(faults):
        proxies.append(Proxy(store, faults))
        return Program(out, proxies[-1].address), proxies[-1]

    yield before
    for proxy in proxies:
        proxy.close()

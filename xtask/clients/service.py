"""The program as a service, started as a user starts it, and what its tests share."""

import csv
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
TARGET = "needs_assistance_flag"
START_SECONDS, END_SECONDS = 60, 40


class Program:
    """The binary that is tested."""

    def __init__(self):
        self.path = os.environ["ASSIST_CLI"]

    def run(self, *words, may_fail=False):
        done = subprocess.run([self.path, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert may_fail or done.returncode == 0, f"`{' '.join(map(str, words))}` failed: {done.stderr}"
        return done.stdout


class Service:
    """A service for one model, on a free port, until it is stopped."""

    NAME = "default"

    def __init__(self, program, model, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.host, self.port = free.getsockname()
        self.address = f"{self.host}:{self.port}"
        self.url = f"http://{self.address}"
        self.log = log
        words = [program.path, "serve", "--model", str(model), "--listen", self.address]
        with open(log, "wb") as said:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=ROOT)
        self.wait()

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the service ended: {self.log.read_text()}"
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"the service was not ready within {START_SECONDS} s: {self.log.read_text()}")

    def stop(self):
        """Ends it as a supervisor does; it has to end by itself, and well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert status == 0, f"the service ended with {status}: {self.log.read_text()}"

    def get(self, path):
        return requests.get(self.url + path, timeout=30)

    def post(self, path, document):
        return requests.post(self.url + path, json=document, timeout=30)

    def predict(self, document):
        answer = self.post("/v1/predict", document)
        assert answer.status_code == 200, answer.text
        return answer.json()


def read_users(file, numbers):
    """The rows of a table of CSV without identifier and label, with these columns as numbers."""
    with open(file, encoding="utf-8", newline="") as table:
        rows = [{name: value for name, value in row.items() if name not in ("user_id", TARGET)} for row in csv.DictReader(table)]
    return [{name: int(value) if name in numbers else value for name, value in row.items()} for row in rows]


def read_lines(file):
    """The documents of a file of JSON lines."""
    with open(file, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def column(users, name):
    return [user[name] for user in users]


def bits(values):
    """Numbers so that each bit of them shows."""
    return [float(value).hex() for value in values]

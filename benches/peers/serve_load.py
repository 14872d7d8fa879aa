"""What `serve.py` measures with: servers as processes, and the load of `wrk` and `oha` on them."""

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS, END_SECONDS = 60, 15


class Failed(Exception):
    """A server that does not start, an answer that is not 200, or a tool that says nothing."""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ask(port, method, path, bodies):
    """The JSON of all answers, each of which has to be 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = []
    for body in bodies:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failed(f"{method} {path} of {body} was answered with {answer.status}: {text[:500]}")
        answers.append(json.loads(text or b"null"))
    connection.close()
    return answers


class Server:
    """A server that is started with its words, is ready when a path answers with 200, and is ended with all its processes."""

    def __init__(self, words, port, ready, folder, environment=None):
        self.words, self.port, self.ready, self.folder = words, port, ready, folder
        # Older builds of OpenBLAS are held back on some machines; none of these is one.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS")}
        self.environment = inherited | {"PYTHONDONTWRITEBYTECODE": "1"} | (environment or {})
        self.process, self.complaints = None, tempfile.TemporaryFile()

    def start(self):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self.complaints}
        options = {"cwd": self.folder, "env": self.environment, "start_new_session": True}
        self.process = subprocess.Popen(self.words, **streams, **options)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.complaints.seek(0)
                said = self.complaints.read()[-2000:].decode(errors="replace")
                raise Failed(f"{self.words} ended with {self.process.returncode}: {said}")
            if self.answers():
                return
            time.sleep(0.1)
        raise Failed(f"{self.words} was not ready within {START_SECONDS} s")

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", self.ready)
            return connection.getresponse().status == 200
        except OSError:
            return False

    def stop(self):
        if self.process is None:
            return
        # Workers may outlive whoever started them.
        for kind in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + END_SECONDS
            for name, _ in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(name), kind)
            while time.monotonic() < end:
                self.process.poll()
                if not any(self.processes()):
                    return
                time.sleep(0.05)

    def processes(self):
        """All processes of its session that have not ended."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            fields = facts(name)
            if fields and int(fields[3]) == self.process.pid and fields[0] != "Z":
                yield name, fields

    def cpu_seconds(self):
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self.processes()) / TICKS

    def megabytes(self):
        pages = sum(int(fields[21]) for _, fields in self.processes())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def shown(self, scratch):
        """Its command, without the folders and the port of this run."""
        words = [os.path.basename(self.words[0]), *(word.replace(scratch + os.sep, "") for word in self.words[1:])]
        return " ".join(words).replace(str(self.port), "PORT")


def facts(process):
    """What the kernel says of a process behind its name, or nothing if it has ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def machine_cpu_seconds():
    with open("/proc/stat", encoding="utf-8") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def loaded(server, words):
    """What a tool prints while it loads a server, and who used the processor meanwhile."""
    of_children = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    before = server.cpu_seconds(), of_children(), machine_cpu_seconds(), time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    after = server.cpu_seconds(), of_children(), machine_cpu_seconds(), time.monotonic()
    if done.returncode != 0:
        raise Failed(f"{words} failed with {done.returncode}: {done.stdout}{done.stderr}")
    served, sent, machine, seconds = (b - a for a, b in zip(before, after, strict=True))
    shares = {"server_cores": served / seconds, "load_cores": sent / seconds}
    # What else ran on the machine disturbs: it is told, and not taken out.
    shares["other_cores"] = max(0.0, (machine - served - sent) / seconds)
    return done.stdout, served, shares


def at_full_load(contest, connections, seconds):
    """As many requests as the server answers."""
    address = f"http://127.0.0.1:{contest.server.port}"
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s", f"{HERE}/serve.lua", address]
    words += ["--", contest.method, contest.path] + ([contest.bodies] if contest.bodies else [])
    printed, served, shares = loaded(contest.server, words)
    found = json.loads(printed.strip().rpartition("\n")[2])
    faults = ("refused_connections", "failed_reads", "failed_writes", "timeouts", "status_of_400_or_more")
    return {
        "requests_per_second": found["requests"] / found["seconds"],
        **{key: found[key] for key in ("p50_ms", "p99_ms", "max_ms")},
        "server_cpu_us_per_request": 1e6 * served / max(1, found["requests"]),
        **shares,
        "failed": sum(found[fault] for fault in faults),
    }


def at_rate(contest, oha, connections, seconds, rate):
    """Requests at a fixed rate, their times counted from when they were due, with the bodies in an order of chance."""
    count = max(1, round(rate * seconds))
    words = [oha, "-n", str(count), "-q", str(max(1, round(rate))), "--latency-correction", "-c", str(connections), "-t", "10s"]
    words += ["--redirect", "0", "--no-tui", "--output-format", "json", "-m", contest.method]
    words += ["-T", "application/json", "-Z", contest.bodies] if contest.bodies else []
    printed, served, shares = loaded(contest.server, [*words, f"http://127.0.0.1:{contest.server.port}{contest.path}"])
    found = json.loads(printed)
    times = found["latencyPercentiles"]
    if times["p99"] is None:
        raise Failed(f"nothing answered at {contest.path}: {found['errorDistribution']}")
    answered = sum(number for status, number in found["statusCodeDistribution"].items() if status.startswith("2"))
    return {
        "asked_per_second": rate,
        "requests_per_second": found["summary"]["requestsPerSec"],
        "p50_ms": times["p50"] * 1e3,
        "p99_ms": times["p99"] * 1e3,
        "max_ms": found["summary"]["slowest"] * 1e3,
        "server_cpu_us_per_request": 1e6 * served / count,
        **shares,
        # What got another status, none at all, or was not sent.
        "failed": count - answered,
    }

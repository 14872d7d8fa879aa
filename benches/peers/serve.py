"""Single predictions over HTTP: `serve` beside its own empty endpoint, FastAPI around the original's pickle, and MLflow's scoring server.

usage: serve.py --binary ASSIST_CLI --oha OHA [--rounds N] [--seconds N] [--only NAME,...] [--out FILE]

All serve one regression, fitted to the same rows of the shipped table; before anything is measured, a thousand different users are sent
to each, and their probabilities are held against each other. The load is that of `wrk` on the same machine, with these users in turn, at
32 connections and at one; the order turns round with every round. Latencies at half of the full load are those of `oha`, since wrk has
no rate and wrk2 is in no registry: it sends at a fixed rate and counts from when a request was due, so that a server which stalls
cannot hide it. The empty endpoint gets the same rate there as predictions. An answer that is not 2xx, or none, is a failure: failures
are counted and end the run with status 1.
"""

import argparse
import csv
import importlib.metadata
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

from serve_load import Failed, Server, ask, at_full_load, at_rate, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA, SCHEMA = os.path.join(ROOT, "data/assistance.csv"), os.path.join(ROOT, "data/assistance.schema.toml")
COLUMNS = {
    "error_count": int,
    "task_completion_time_sec": int,
    "user_satisfaction_score": int,
    "age_group": str,
    "device_type": str,
    "input_mode": str,
    "task_type": str,
}
USERS = 1000
CONNECTIONS = 32
EMPTY, OURS, OURS_AS_MLFLOW = "empty endpoint", "assist", "assist as MLflow"
ONE_WORKER, TWO_WORKERS, MLFLOW = "FastAPI", "FastAPI (2 workers)", "MLflow"
# How far a probability may be from that of scikit-learn's classifier at the optimum, which MLflow serves. The original's pickle was
# fitted with the default tolerance, and is 4e-3 from there.
CLOSE_ENOUGH, CLOSE_ENOUGH_OF_THE_PICKLE = 1e-6, 1e-2


class Contest:
    """What is asked of a server: a method, a path, the bodies (none of a GET), and where an answer has the probability of class 1."""

    def __init__(self, server, path, bodies=None, probability=None):
        self.server, self.path, self.bodies, self.probability = server, path, bodies, probability
        self.method = "POST" if bodies else "GET"

    def check(self):
        """Asks everything once; the probabilities of all answers."""
        bodies = [line.rstrip("\n") for line in open(self.bodies, encoding="utf-8")] if self.bodies else [None] * 10
        answers = ask(self.server.port, self.method, self.path, bodies)
        return [self.probability(answer) for answer in answers] if self.probability else []


def users():
    with open(DATA, encoding="utf-8", newline="") as file:
        rows = ({name: kind(row[name]) for name, kind in COLUMNS.items()} for row in csv.DictReader(file))
        different = {json.dumps(row): row for row in rows}
        return list(itertools.islice(different.values(), USERS))


def contests(binary, scratch, only):
    """Trains, writes the bodies, and describes the servers, none of which runs yet."""
    at = lambda name: os.path.join(scratch, name)

    def write(name, rows):
        with open(at(name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    rows = users()
    write("users", rows)
    write("records", ({"dataframe_records": [row]} for row in rows))
    # That recipe is the objective of the original and of the peers, and its split is theirs.
    train = [binary, "train", "--data", DATA, "--schema", SCHEMA, "--recipe", "original", "--out", at("ours")]
    subprocess.run(train, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.mkdir(at("peers"))
    subprocess.run([sys.executable, f"{HERE}/serve_models.py", DATA, at("peers")], check=True, stderr=subprocess.DEVNULL)

    port = free_port()
    serve = [binary, "serve", "--model", at("ours"), "--listen", f"127.0.0.1:{port}"]
    ours = Server(serve, port, "/readyz", ROOT)

    def fastapi(workers):
        port = free_port()
        words = [sys.executable, "-m", "uvicorn", "serve_fastapi:app", "--port", str(port), "--workers", str(workers)]
        words += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        return Server(words, port, "/openapi.json", HERE, {"ASSIST_PEER_MODEL": at("peers")})

    port = free_port()
    program = os.path.join(os.path.dirname(sys.executable), "mlflow")
    words = [program, "models", "serve", "-m", at("peers/mlflow"), "--env-manager", "local", "-p", str(port)]
    # It starts uvicorn by its name, and would write a line for each request.
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    mlflow = Server(words, port, "/ping", scratch, {"PATH": path, "UVICORN_ACCESS_LOG": "0", "UVICORN_LOG_LEVEL": "warning"})

    of_fastapi = lambda answer: answer["probability"]
    all_of_them = {
        EMPTY: Contest(ours, "/healthz"),
        OURS: Contest(ours, "/v1/predict", at("users"), lambda answer: answer["raw_probability"]),
        OURS_AS_MLFLOW: Contest(ours, "/invocations", at("records")),
        ONE_WORKER: Contest(fastapi(1), "/predict", at("users"), of_fastapi),
        TWO_WORKERS: Contest(fastapi(2), "/predict", at("users"), of_fastapi),
        MLFLOW: Contest(mlflow, "/invocations", at("records"), lambda answer: answer["predictions"][0][1]),
    }
    return {name: contest for name, contest in all_of_them.items() if not only or name in only}


def one_model(running):
    """The largest difference of a probability from that of MLflow, by server; without MLflow, from that of the first."""
    found = {name: probabilities for name, contest in running.items() if (probabilities := contest.check())}
    reference = found.get(MLFLOW) or next(iter(found.values()), [])
    largest = lambda values: max(abs(a - b) for a, b in zip(values, reference, strict=True))
    differences = {name: largest(values) for name, values in found.items()}
    strict = {OURS, MLFLOW} if MLFLOW in found else set()
    bound = lambda name: CLOSE_ENOUGH if name in strict else CLOSE_ENOUGH_OF_THE_PICKLE
    if any(difference > bound(name) for name, difference in differences.items()):
        sys.exit(f"they do not serve one model: {differences}")
    return {"users": USERS, "largest_difference_of_a_probability": differences}


def spread(values):
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def summary(runs):
    return {key: spread([run[key] for run in runs]) for key in runs[0] if key != "failed"} | {"failed": sum(run["failed"] for run in runs)}


def in_turn(running, rounds, measure):
    """A list of figures for each, with every second round in the opposite order."""
    found = {name: [] for name in running}
    for turn in range(rounds):
        for name in list(running)[:: -1 if turn % 2 else 1]:
            run = measure(name, running[name])
            found[name].append(run)
            per_second, p99 = run["requests_per_second"], run["p99_ms"]
            print(f"{name}: {per_second:,.0f} requests/s, p99 {p99:.2f} ms, {run['failed']} failed", file=sys.stderr)
    return found


def ratios(of, to, key):
    return spread([a[key] / b[key] for a, b in zip(of, to, strict=True)])


def marks(full, half):
    """What is demanded, as the median of what the rounds gave."""
    demanded = []

    def mark(what, of, to, figures, key, at_least=None, at_most=None):
        if of in figures and to in figures:
            found = ratios(figures[of], figures[to], key)
            met = found["median"] >= at_least if at_least else found["median"] <= at_most
            bound = {"at_least": at_least} if at_least else {"at_most": at_most}
            demanded.append({"what": what, "ratio": found, **bound, "met": met})

    rate = "requests_per_second"
    mark("a prediction's throughput to the empty endpoint's", OURS, EMPTY, full, rate, at_least=0.9)
    mark("a prediction's p99 to the empty endpoint's, at half load", OURS, EMPTY, half, "p99_ms", at_most=1.5)
    mark("throughput to FastAPI's, one worker", OURS, ONE_WORKER, full, rate, at_least=20)
    mark("throughput to FastAPI's, two workers", OURS, TWO_WORKERS, full, rate, at_least=20)
    mark("throughput to MLflow's", OURS, MLFLOW, full, rate, at_least=10)
    mark("throughput to MLflow's, by its own requests", OURS_AS_MLFLOW, MLFLOW, full, rate, at_least=10)
    return demanded


def machine():
    model = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": round(memory, 1), "kernel": platform.release()}


def versions(binary, oha):
    first = lambda *words: subprocess.run(words, capture_output=True, text=True).stdout.split("\n")[0].strip()
    packages = ("fastapi", "mlflow", "numpy", "pandas", "scikit-learn", "uvicorn")
    return {
        "assist": first(binary, "--version"),
        "wrk": first("wrk", "-v").split(" Copyright")[0],
        "oha": first(oha, "--version"),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def table(report):
    """The figures for people."""
    for title, key in (("32 connections", "full_load"), ("one connection", "one_connection"), ("half of the full load", "half_load")):
        print(f"\n{title:24}{'requests/s':>12}{'(spread)':>20}{'p50 ms':>9}{'p99 ms':>9}{'server µs/request':>19}{'failed':>8}")
        for name, of in report[key].items():
            rate = of["requests_per_second"]
            between = f"{rate['lowest']:,.0f} to {rate['highest']:,.0f}"
            times = f"{of['p50_ms']['median']:9.2f}{of['p99_ms']['median']:9.2f}{of['server_cpu_us_per_request']['median']:19.1f}"
            print(f"{name:24}{rate['median']:12,.0f}{between:>20}{times}{of['failed']:8}")
    print()
    for mark in report["marks"]:
        bound = f"at least {mark['at_least']}" if "at_least" in mark else f"at most {mark['at_most']}"
        low, high = mark["ratio"]["lowest"], mark["ratio"]["highest"]
        print(f"{mark['what']}: {mark['ratio']['median']:.2f} ({low:.2f} to {high:.2f}), {bound}: {'met' if mark['met'] else 'NOT met'}")
    others = max(of["other_cores"]["highest"] for key in ("full_load", "one_connection", "half_load") for of in report[key].values())
    print(f"failed answers: {report['failed_answers']}; other programs took {others:.2f} cores where they took most")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--oha", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", help="these alone, by their names in the table, with commas between them")
    parser.add_argument("--out", help="default: benches/results/serve.json, and nothing with --only")
    arguments = parser.parse_args()
    binary, oha, seconds = os.path.abspath(arguments.binary), os.path.abspath(arguments.oha), arguments.seconds
    only = arguments.only.split(",") if arguments.only else None
    out = arguments.out or (None if only else os.path.join(ROOT, "benches/results/serve.json"))
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        running = contests(binary, scratch, only)
        servers = {id(contest.server): contest.server for contest in running.values()}.values()
        try:
            for server in servers:
                server.start()
            model = one_model(running)
            for contest in running.values():
                at_full_load(contest, CONNECTIONS, min(seconds, 3))
            full = in_turn(running, arguments.rounds, lambda _, contest: at_full_load(contest, CONNECTIONS, seconds))
            alone = in_turn(running, arguments.rounds, lambda _, contest: at_full_load(contest, 1, seconds))
            middle = {name: statistics.median(run["requests_per_second"] for run in runs) for name, runs in full.items()}
            rate_of = lambda name: middle[OURS if name == EMPTY and OURS in middle else name] / 2
            half = in_turn(running, arguments.rounds, lambda name, contest: at_rate(contest, oha, CONNECTIONS, seconds, rate_of(name)))
            # Whatever was sent under load is still answered as it was before.
            if one_model(running) != model:
                sys.exit("they answer differently after the load")
            report = {
                "versions": versions(binary, oha),
                "machine": machine() | {"load_before": round(load_before, 2)},
                "rounds": arguments.rounds,
                "seconds": seconds,
                "connections": CONNECTIONS,
                "commands": {
                    **{name: f"{of.method} {of.path} of `{of.server.shown(scratch)}`" for name, of in running.items()},
                    "full load": "wrk -t1 -c32 -d10s --timeout 10s --latency -s serve.lua ADDRESS -- METHOD PATH BODIES",
                    "half load": "oha -n COUNT -q RATE --latency-correction -c 32 -Z BODIES ADDRESS",
                },
                "model": model,
                "full_load": {name: summary(runs) for name, runs in full.items()},
                "one_connection": {name: summary(runs) for name, runs in alone.items()},
                "half_load": {name: summary(runs) for name, runs in half.items()},
                "resident_megabytes": {name: round(contest.server.megabytes(), 1) for name, contest in running.items()},
                "failed_answers": sum(run["failed"] for runs in (full, alone, half) for of in runs.values() for run in of),
                "marks": marks(full, half),
            }
        except Failed as failure:
            sys.exit(str(failure))
        finally:
            for server in servers:
                server.stop()
    table(report)
    if out:
        with open(out, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1, ensure_ascii=False)
            file.write("\n")
    if report["failed_answers"]:
        sys.exit("answers failed")


if __name__ == "__main__":
    main()

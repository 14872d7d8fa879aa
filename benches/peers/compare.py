"""Measures `assist-cli train` beside what users could pick instead, and checks that all of them fit the same model.

usage: compare.py --binary ASSIST_CLI [options] [SUITE ...]

Everybody runs once uncounted, so that files and modules are in memory; then in rounds, one after the other, so that the
machine's swings meet all alike. A run is a whole process: seconds on the clock from its start to its end, and the peak
of its resident memory.
"""

import argparse
import contextlib
import datetime
import json
import math
import os
import platform
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from importlib import metadata

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OURS = "assist-cli"
OPTIMUM = 1e-6
TARGET = ["--target", "needs_assistance_flag"]
SHIPPED = ["data/assistance.csv", "--schema", "data/assistance.schema.toml"]
PACKAGES = ["glum", "h2o", "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "scipy", "snapml", "tabmat"]

NARROW = ["pandas-liblinear", "pandas-liblinear-default", "polars-newton-cholesky", "polars-glum", "h2o", "snapml"]
WIDE = ["pandas-liblinear", "polars-newton-cholesky", "polars-newton-cg", "polars-glum", "h2o", "snapml"]
# Suite: shape and format of the table, rows and rounds unless told otherwise, and who takes part.
SUITES = {
    "original": (None, "csv", 14_000, 15, ["original"]),
    "reference-parquet": ("reference", "parquet", 10_000_000, 5, NARROW),
    "reference-csv": ("reference", "csv", 10_000_000, 5, NARROW),
    "continuous": ("continuous", "parquet", 10_000_000, 5, NARROW),
    "wide": ("wide", "parquet", 1_000_000, 5, WIDE),
    "levels": ("levels-5000", "csv", 12_000, 5, ["pandas-liblinear"]),
    "columns": ("columns-3000", "csv", 200, 5, ["pandas-liblinear"]),
    "levels-60k": ("levels-60000", "csv", 200_000, 3, ["pandas-liblinear"]),
    "levels-1m": ("levels-1000000", "csv", 2_000_000, 1, ["pandas-liblinear"]),
    "scaling": ("reference", "parquet", 100_000_000, 5, ["polars-newton-cholesky", "polars-glum"]),
}
SCALING_ROWS = [14_000, 100_000, 1_000_000, 10_000_000, 100_000_000]
# Beyond this nobody but ours is measured: tables in memory would not fit.
SCALING_ROWS_OF_PEERS = 10_000_000


@dataclass
class Contestant:
    """Somebody who does the job, and all that was seen of it."""

    name: str
    words: list
    status: str = "measured"
    stopped_after: float = 0
    seconds: list = field(default_factory=list)
    peak_bytes: list = field(default_factory=list)
    outcomes: list = field(default_factory=list)

    def is_running(self):
        return self.status == "measured"


# Running processes.


def descendants(process):
    """H2O puts its Java process into a session of its own, where a signal to the group does not reach it."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for task in os.listdir(f"/proc/{process}/task"):
            for child in text(f"/proc/{process}/task/{task}/children").split():
                found += [int(child), *descendants(int(child))]
    return found


def stop(launcher, stopped):
    stopped.set()
    for process in descendants(launcher):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def run(words, settings):
    """Seconds, peak bytes, what was printed, and why there is nothing of that."""
    scratch, limit = settings.scratch, settings.limit_seconds
    # A process that is stopped leaves its temporary files behind.
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    launch = [sys.executable, "-I", "-S", f"{HERE}/once.py", f"{scratch}/figures", *words]
    stopped = threading.Event()
    with open(f"{scratch}/stdout", "w") as stdout, open(f"{scratch}/stderr", "w") as stderr:
        environment = os.environ | {"TMPDIR": scratch}
        launcher = subprocess.Popen(launch, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr)
        timer = threading.Timer(limit, stop, [launcher.pid, stopped])
        timer.start()
        launcher.wait()
        timer.cancel()
    seconds, peak, code = (float(figure) for figure in text(f"{scratch}/figures").split())
    reason = f"stopped after {limit:g} s" if stopped.is_set() else None
    if code and not reason:
        complaint = text(f"{scratch}/stderr").strip().splitlines() or [f"exit code {code:g}"]
        error = next((line for line in reversed(complaint) if "Error" in line), complaint[-1])
        reason = f"failed: {error}".replace(f"{ROOT}/", "")
    return seconds, int(peak), text(f"{scratch}/stdout"), reason


def text(path):
    with open(path) as file:
        return file.read()


def parsed(name, printed):
    """Ours prints one document, a peer one line, and the original prints text."""
    if name == "original":
        return {}
    return json.loads(printed if name.startswith(OURS) else printed.strip().splitlines()[-1])


def take_turn(contestant, settings, counted):
    seconds, peak, printed, reason = run(contestant.words, settings)
    outcome = {} if reason else parsed(contestant.name, printed)
    if reason or "not_run" in outcome:
        contestant.status = reason or f"not run: {outcome['not_run']}"
        if contestant.status.startswith("stopped"):
            contestant.stopped_after = settings.limit_seconds
        say(f"  {contestant.name}: {contestant.status}")
        return
    if "server_peak_bytes" in outcome:
        peak = outcome["own_peak_bytes"] + outcome["server_peak_bytes"]
    contestant.outcomes.append(outcome)
    if counted:
        contestant.seconds.append(seconds)
        contestant.peak_bytes.append(peak)
    say(f"  {contestant.name}: {seconds:.3f} s, {peak / 1e6:.0f} MB{'' if counted else ', uncounted'}")


def take_turns(contestants, rounds, settings):
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}")
        for contestant in contestants:
            if contestant.is_running():
                take_turn(contestant, settings, counted=number > 0)
        if not contestants[0].is_running():
            sys.exit(f"{OURS} {contestants[0].status}")


# What was seen, as figures.


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "all": values}


def phases(contestant):
    """Medians of the seconds that the contestants' own clocks show."""
    of_runs = [outcome.get("seconds") or {"fit": outcome["fit"]["seconds"]} for outcome in contestant.outcomes[1:]]
    return {phase: statistics.median(run[phase] for run in of_runs) for phase in of_runs[0]}


def coefficients(outcome):
    if isinstance(outcome["coefficients"], dict):
        return outcome["coefficients"] | {"(intercept)": outcome["intercept"]}
    named = {one["feature"]: one["value"] for one in outcome["coefficients"]}
    return named | {"(intercept)": outcome["intercept"]["value"]}


def difference(theirs, ours):
    """How far one run is from our fit of the same objective."""
    left, right = coefficients(theirs), coefficients(ours)
    # Peers give a coefficient to levels that occur in test rows alone, which the penalty holds at zero.
    differing = [name for name in left.keys() ^ right.keys() if left.get(name) != 0]
    if differing:
        raise ValueError(f"features differ: {sorted(differing)}")
    result = {"coefficients": max(abs(left[name] - right[name]) for name in right)}
    for part in ("train", "test"):
        rows = zip(theirs[part]["confusion_matrix"], ours[part]["confusion_matrix"], strict=True)
        result[f"{part}_confusion_matrix"] = max(abs(a - b) for pair in rows for a, b in zip(*pair, strict=True))
        for figure in ("roc_auc", "average_precision", "log_loss", "brier"):
            result[f"{part}_{figure}"] = abs(theirs[part][figure] - ours[part][figure])
    return result


def check(contestant, ours_by_penalty):
    """The largest differences over all of a peer's runs."""
    penalised = contestant.outcomes[0]["intercept_penalised"]
    of_runs = [difference(outcome, ours_by_penalty[penalised]) for outcome in contestant.outcomes]
    largest = {name: max(run[name] for run in of_runs) for name in of_runs[0]}
    reached = largest["coefficients"] <= OPTIMUM
    return {"intercept_penalised": penalised, "reaches_the_optimum": reached, "max_abs_difference": largest}


def figures(contestant, ours, ours_by_penalty):
    result = {"name": contestant.name, "command": shown(contestant.words), "status": contestant.status}
    if not contestant.is_running():
        if contestant.stopped_after:
            result["ratio_at_least"] = contestant.stopped_after / statistics.median(ours.seconds)
        return result
    result |= {"seconds": spread(contestant.seconds), "peak_bytes": spread(contestant.peak_bytes)}
    if contestant.outcomes[0]:
        result["phase_seconds"] = phases(contestant)
    if contestant is not ours:
        ratios = [theirs / own for theirs, own in zip(contestant.seconds, ours.seconds, strict=True)]
        of_medians = result["seconds"]["median"] / statistics.median(ours.seconds)
        result["ratio"] = {"of_medians": of_medians, "of_rounds": spread(ratios)}
        result["peak_ratio"] = result["peak_bytes"]["median"] / statistics.median(ours.peak_bytes)
    if contestant.outcomes[0] and not contestant.name.startswith(OURS):
        result["check"] = check(contestant, ours_by_penalty)
    return result


def measure(contestants, rounds, settings, free_words=None):
    """`free_words` fit ours with an intercept that is free of the penalty, for peers that leave it free."""
    take_turns(contestants, rounds, settings)
    ours = contestants[0]
    ours_by_penalty = {True: ours.outcomes[0]}
    if free_words and any(one.outcomes and one.outcomes[0].get("intercept_penalised") is False for one in contestants):
        free = Contestant(f"{OURS} with a free intercept", free_words)
        take_turn(free, settings, counted=False)
        if not free.outcomes:
            sys.exit(f"{free.name} {free.status}")
        ours_by_penalty[False] = free.outcomes[0]
    return [figures(contestant, ours, ours_by_penalty) for contestant in contestants]


# Who runs on what.


def shown(words):
    """A command as it would be typed in the root; nothing in a result tells where the root is."""
    program, *others = words
    others = [os.path.relpath(word, ROOT) if os.path.isabs(word) else word for word in others]
    return shlex.join([os.path.basename(program), *others])


def train(settings, data, *more):
    out = f"{settings.scratch}/model"
    roles = [] if "--schema" in data else TARGET
    # The objective of liblinear, which the others are told to have.
    return [settings.binary, "train", "--recipe", "original", "--data", *data, *roles, "--out", out, "--json", *more]


def peer(name, data, settings):
    if name == "original":
        return Contestant(name, [sys.executable, f"{HERE}/original.py", data, settings.scratch])
    return Contestant(name, [sys.executable, f"{HERE}/peer.py", name, data])


def table(shape, rows, ending, settings):
    path = f"{settings.tables}/{shape}-{rows}.{ending}"
    if not os.path.exists(path):
        say(f"making {os.path.basename(path)}")
        words = [sys.executable, f"{HERE}/tables.py", shape, str(rows), path, "--binary", settings.binary]
        subprocess.run(words, cwd=ROOT, check=True)
    return path


def chosen(peers, settings):
    return [name for name in peers if not settings.peers or name in settings.peers]


def side_by_side(shape, ending, rows, rounds, peers, settings):
    path = SHIPPED[0] if shape is None else table(shape, rows, ending, settings)
    data = SHIPPED if shape is None else [path]
    # Peers pool no levels.
    unpooled = ["--rare", "1"] if shape and shape.startswith("levels-") else []
    contestants = [Contestant(OURS, train(settings, data, *unpooled))]
    contestants += [peer(name, path, settings) for name in chosen(peers, settings)]
    free = train(settings, data, *unpooled, "--intercept-penalised", "false")
    results = measure(contestants, rounds, settings, free)
    size = os.path.getsize(os.path.join(ROOT, path))
    return {"rows": rows, "table_bytes": size, "rounds": rounds, "contestants": results}


def scaling(shape, ending, rows, rounds, peers, settings):
    sizes = []
    for count in [size for size in SCALING_ROWS if size <= rows]:
        say(f"{count:,} rows")
        path = table(shape, count, ending, settings)
        contestants = [Contestant(OURS, train(settings, [path]))]
        if count > SCALING_ROWS_OF_PEERS:
            selection = train(settings, [path], "--split", "selection")
            contestants.append(Contestant(f"{OURS} --split selection", selection))
        else:
            contestants += [peer(name, path, settings) for name in chosen(peers, settings)]
        free = train(settings, [path], "--intercept-penalised", "false")
        results = measure(contestants, rounds, settings, free)
        sizes.append({"rows": count, "table_bytes": os.path.getsize(path), "contestants": results})
    names = dict.fromkeys(one["name"] for size in sizes for one in size["contestants"])
    return {"rounds": rounds, "sizes": sizes, "slopes": {name: slopes(name, sizes) for name in names}}


def slopes(name, sizes):
    """Growth of the logarithm of time with that of rows: 1 is linear, and what a start costs makes it less."""
    points = [
        (size["rows"], one["seconds"]["median"], one["phase_seconds"]["fit"])
        for size in sizes
        for one in size["contestants"]
        if one["name"] == name and one["status"] == "measured"
    ]
    if len(points) < 2:
        return {}
    rows, seconds, fits = ([math.log(value) for value in values] for values in zip(*points, strict=True))

    def slope(values, of=slice(None)):
        return statistics.linear_regression(rows[of], values[of]).slope

    steps = [slice(start, start + 2) for start in range(len(points) - 1)]
    return {
        "seconds": slope(seconds),
        "fit_seconds": slope(fits),
        "steps": [
            {
                "rows": [size for size, *_ in points[step]],
                "seconds": slope(seconds, step),
                "fit_seconds": slope(fits, step),
            }
            for step in steps
        ],
    }


# What it ran on, and the whole.


def machine():
    model, memory = platform.machine(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/proc/cpuinfo") as facts:
            model = next(line.split(":")[1].strip() for line in facts if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    facts = {"cpu": model, "cores": len(os.sched_getaffinity(0)), "memory_bytes": memory, "system": platform.system()}
    # Threads that wait for each other lose most to strangers: a figure taken on a busy machine should show as that.
    return facts | {"load_before": os.getloadavg()[0]}


def first_line(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return (done.stdout or done.stderr).strip().splitlines()[0]


def versions(settings):
    ours = first_line(settings.binary, "--version").removeprefix(f"{OURS} ")
    others = {package: metadata.version(package) for package in PACKAGES}
    return {OURS: ours, "python": platform.python_version(), "java": first_line("java", "-version")} | others


def say(text):
    print(text, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)} [default: original]")
    add("--binary", required=True, type=os.path.abspath, help="the assist-cli to measure")
    add("--out", default=f"{ROOT}/benches/results", type=os.path.abspath, help="where SUITE.json is written")
    add("--tables", default=f"{ROOT}/target/peers/tables", type=os.path.abspath, help="where tables are kept")
    add("--rows", type=int, help="rows of the table, or of the largest one [default: the suite's]")
    add("--rounds", type=int, help="counted runs of each [default: the suite's]")
    add("--peers", type=lambda text: text.split(","), help="only these, with commas between them")
    add("--limit-seconds", type=float, default=900, help="a longer run is stopped, and reported as that [default: 900]")
    add("--no-report", action="store_true", help="leave docs/benchmarks.md and its figures as they are")
    settings = parser.parse_args()
    settings.suites = settings.suites or ["original"]
    settings.scratch = os.path.join(os.path.dirname(settings.tables), "scratch")
    known = {name for *_, peers in SUITES.values() for name in peers}
    for given, allowed in ((settings.suites, SUITES), (settings.peers or [], known)):
        if unknown := [name for name in given if name not in allowed]:
            parser.error(f"unknown {', '.join(unknown)}; there are {', '.join(sorted(allowed))}")
    return settings


def main():
    settings = arguments()
    for suite in settings.suites:
        shape, ending, rows, rounds, peers = SUITES[suite]
        rows, rounds = (rows if shape is None else settings.rows or rows), settings.rounds or rounds
        say(f"\n{suite}: {rows:,} rows, {rounds} rounds")
        work = scaling if suite == "scaling" else side_by_side
        date = datetime.date.today().isoformat()
        head = {"suite": suite, "date": date, "machine": machine(), "versions": versions(settings)}
        result = head | work(shape, ending, rows, rounds, peers, settings)
        os.makedirs(settings.out, exist_ok=True)
        with open(f"{settings.out}/{suite}.json", "w") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
        say(f"written: {suite}.json")
    if not settings.no_report:
        subprocess.run([sys.executable, f"{HERE}/report.py", "--results", settings.out], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()

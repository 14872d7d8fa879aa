"""Trainings on engines as rows grow: seconds and the client's memory, by the table of counts and by sums, in this process and on a
cluster of two executors; what is learnt is held against what is learnt from the rows. The last table has a number that no two
rows share, so that its table of counts would be as long as itself."""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "xtask/cluster"))
from cluster import Cluster  # noqa: E402

FILES = 16
SPLIT = ["--split", "hash", "--split-key", "user_id"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="built with the feature `distributed`")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000])
    parser.add_argument("--ways", nargs="+", choices=["counts", "sums"], default=["counts", "sums"])
    parser.add_argument("--continuous", type=int, default=10_000_000)
    parser.add_argument("--programs", type=Path, default=ROOT / "target/cluster/bin", help="those of Ballista")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    here = ROOT / "target"
    with tempfile.TemporaryDirectory(dir=here) as folder:
        os.chdir(folder)
        cluster = Cluster(arguments.programs, Path(folder) / "cluster")
        try:
            engines = {
                "DataFusion": ["--engine", "datafusion"],
                "Ballista": ["--engine", "ballista", "--scheduler", cluster.address],
            }
            for rows in arguments.rows:
                compare(binary, rows, engines, arguments.ways)
            if arguments.continuous:
                compare(binary, arguments.continuous, engines, ["sums"], continuous=True)
        finally:
            cluster.stop()
            os.chdir(here)


def compare(binary, rows, engines, ways, continuous=False):
    # A process of its own: the most memory of whatever this one starts counts what this one has.
    maker = multiprocessing.get_context("spawn").Process(target=table, args=(binary, rows, continuous))
    maker.start()
    maker.join()
    assert maker.exitcode == 0, "the table was not made"
    size = sum(file.stat().st_size for file in Path("parts").iterdir())
    what = " with a number that no two rows share" if continuous else ""
    print(f"\n{rows:,} rows{what} in {FILES} files, {size / 1e6:.0f} MB", flush=True)
    base = learnt(binary, "rows")
    told("from the rows", base, base)
    for name, engine in engines.items():
        for way in ways:
            told(f"{name}, {way}", learnt(binary, "engine", *engine, "--aggregate", way), base)


def table(binary, rows, continuous):
    import duckdb

    subprocess.run(["rm", "-rf", "parts"], check=True)
    Path("parts").mkdir()
    each = rows // FILES
    for part in range(FILES):
        target = f"parts/part-{part:02}.parquet"
        generate = ["generate", "--label", "noisy", "--seed", part + 1, "--rows", each, "--out", target, "--quiet"]
        subprocess.run([binary, *map(str, generate)], check=True)
        # Users are numbered throughout.
        number = f", (hash(user_id + {part * each}) / 18446744073709551615.0) AS pressure" if continuous else ""
        columns = f"* REPLACE (user_id + {part * each} AS user_id){number}"
        duckdb.execute(f"COPY (SELECT {columns} FROM read_parquet('{target}')) TO 'next.parquet'")
        os.replace("next.parquet", target)
    sample = "COPY (SELECT * FROM read_parquet('parts/part-00.parquet') LIMIT 2000) TO 'sample.csv' (HEADER)"
    duckdb.execute(sample)
    inspect = ["inspect", "--data", "sample.csv", "--target", "needs_assistance_flag", "--write-schema", "schema.toml"]
    subprocess.run([binary, *inspect, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def learnt(binary, out, *more):
    """The report of a training, its seconds, and the most memory that its process had, in MB."""
    train = ["train", "--quiet", "--data", "parts", "--schema", "schema.toml", "--out", out, *SPLIT, *more]
    begin = time.monotonic()
    process = subprocess.Popen([binary, *train])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    assert status == 0, train
    return json.loads(Path(out, "metrics.json").read_text()), seconds, usage.ru_maxrss / 1024


def told(who, found, base):
    report, seconds, memory = found
    values = [{of["feature"]: of for of in [*figures["coefficients"], {**figures["intercept"], "feature": ""}]} for figures in (base[0], report)]
    assert values[0].keys() == values[1].keys()
    off = lambda get: max(abs(get(values[0][name]) - get(values[1][name])) for name in values[0])
    coefficients, evidence = off(lambda of: of["value"]), off(lambda of: of["evidence"]["value"])
    matrix = base[0]["test"]["confusion_matrix"] == report["test"]["confusion_matrix"]
    auc = abs(base[0]["test"]["roc_auc"] - report["test"]["roc_auc"])
    assert max(coefficients, evidence) <= 1e-9 and matrix and auc < 1e-6, (coefficients, evidence, matrix, auc)
    engine = report.get("engine")
    asked = f", {engine['queries']} queries ({report['fit']['evaluations']} steps)" if engine else ""
    print(
        f"{who}: {seconds:.2f} s, {memory:.0f} MB{asked}; off by {coefficients:.0e} (coefficients), {evidence:.0e} "
        f"(evidence), {auc:.0e} (ROC AUC); the same confusion matrix",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""Ten million rows scored from Parquet to Parquet: `predict` beside DuckDB that evaluates the exported SQL, in turn on the same file.

usage: scoring.py --binary ASSIST_CLI [--rows N] [--rounds N] [--out FILE]

Both pass on all columns of the input. Seconds and peaks of memory are those of whole processes, as `once.py` measures them; the outcomes
of both are held against each other afterwards.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = "needs_assistance_flag"
DUCKDB = """
import sys, duckdb
query, source, out = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"CREATE VIEW users AS SELECT * FROM read_parquet('{source}')")
connection.execute(f"COPY ({open(query).read().rstrip().rstrip(';')}) TO '{out}' (FORMAT parquet)")
"""


def measured(words, scratch):
    """Seconds and the peak of memory in bytes of a command."""
    figures = os.path.join(scratch, "figures")
    subprocess.run([sys.executable, "-I", "-S", f"{HERE}/once.py", figures, *words], check=True, stdout=subprocess.DEVNULL)
    seconds, peak, status = open(figures).read().split()
    if int(status) != 0:
        sys.exit(f"{words[0]} failed with {status}")
    return float(seconds), int(peak)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    with tempfile.TemporaryDirectory() as scratch:
        at = lambda name: os.path.join(scratch, name)
        ours = lambda *words: subprocess.run([binary, *words], check=True, stdout=subprocess.DEVNULL)
        ours("generate", "--rows", str(arguments.rows), "--label", "noisy", "--out", at("users.parquet"))
        columns = pq.read_schema(at("users.parquet")).names
        ours("train", "--data", at("users.parquet"), "--target", TARGET, "--out", at("model"))
        passed = [word for column in columns for word in ("--pass", column)]
        sql = ["--format", "sql", "--dialect", "duckdb", "--table", "users", "--out", at("score.sql")]
        ours("export", "--model", at("model"), *sql, *passed)
        predict = [binary, "predict", "--model", at("model"), "--input", at("users.parquet"), "--output", at("ours.parquet")]
        peer = [sys.executable, "-c", DUCKDB, at("score.sql"), at("users.parquet"), at("peer.parquet")]
        figures = {"assist": [], "DuckDB": []}
        # One round warms the file.
        for turn in range(arguments.rounds + 1):
            for name, words in (("assist", predict), ("DuckDB", peer)):
                of_turn = measured(words, scratch)
                if turn > 0:
                    figures[name].append(of_turn)
                    print(f"{name}: {of_turn[0]:.3f} s, {of_turn[1] / 1e6:.0f} MB", file=sys.stderr)
        held = duckdb.sql(f"""
            SELECT count(*), sum((a.prediction IS DISTINCT FROM b.assist_prediction)::INT),
                   max(abs(a.probability - b.assist_probability))
            FROM (SELECT *, row_number() OVER () AS place FROM '{at("ours.parquet")}') a
            JOIN (SELECT *, row_number() OVER () AS place FROM '{at("peer.parquet")}') b USING (place)
        """).fetchall()[0]
        report = {
            "rows": arguments.rows,
            "bytes": os.path.getsize(at("users.parquet")),
            "duckdb": duckdb.__version__,
            "cores": os.cpu_count(),
            "seconds": {name: statistics.median(of[0] for of in turns) for name, turns in figures.items()},
            "peak_bytes": {name: max(of[1] for of in turns) for name, turns in figures.items()},
            "rows_compared": held[0],
            "decisions_that_differ": held[1],
            "largest_difference_of_a_probability": held[2],
        }
        text = json.dumps(report, indent=1)
        print(text)
        if arguments.out:
            with open(arguments.out, "w", encoding="utf-8") as file:
                file.write(text + "\n")


if __name__ == "__main__":
    main()

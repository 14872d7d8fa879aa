"""The table of counts made where the data are: DuckDB and, where `psql` reaches a server, PostgreSQL count noisy rows in 16 files,
and what is learnt from their counts is held against what is learnt from the rows."""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb

FILES = 16
SPLIT = ["--schema", "schema.toml", "--split", "hash", "--split-key", "user_id"]
TYPES = (
    "user_id bigint, age_group text, device_type text, input_mode text, task_type text, error_count int, "
    "task_completion_time_sec int, user_satisfaction_score int, needs_assistance_flag int"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=10_000_000)
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    here = Path("target").resolve()
    with tempfile.TemporaryDirectory(dir=here) as folder:
        os.chdir(folder)
        compare(binary, arguments.rows)
        os.chdir(here)


def compare(binary, rows):
    def ours(*words):
        begin = time.monotonic()
        subprocess.run([binary, *map(str, words), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    def learnt(name, *words):
        seconds = ours("train", "--schema", "schema.toml", "--out", name, *words)
        return json.loads(Path(name, "metrics.json").read_text()), seconds

    generate = ["generate", "--label", "noisy", "--seed", 1, "--out"]
    ours(*generate, "all.parquet", "--rows", rows)
    ours(*generate, "sample.csv", "--rows", 2000)
    ours("inspect", "--data", "sample.csv", "--target", "needs_assistance_flag", "--write-schema", "schema.toml")
    db = duckdb.connect()
    Path("parts").mkdir()
    for part in range(FILES):
        some = f"SELECT * FROM read_parquet('all.parquet') WHERE user_id % {FILES} = {part}"
        db.execute(f"COPY ({some}) TO 'parts/part-{part:02}.parquet'")

    base, seconds = learnt("rows", "--data", "parts", "--split", "hash", "--split-key", "user_id")
    print(f"{rows:,} rows in {FILES} files, {base['split']['test_rows']:,} test rows by the hash of `user_id`")
    print(f"ours, from the rows: {seconds:.2f} s")
    seconds = ours("counts", "--data", "parts", *SPLIT, "--out", "ours.parquet")
    told("counts --data", seconds, base, *learnt("ours", "--counts", "--data", "ours.parquet"))

    ours("counts", "--sql", "--dialect", "duckdb", "--table", "t", *SPLIT, "--out", "duckdb.sql")
    db.execute("CREATE VIEW t AS SELECT * FROM read_parquet('parts/*.parquet')")
    begin = time.monotonic()
    db.execute(f"COPY ({Path('duckdb.sql').read_text().strip()}) TO 'duckdb.parquet'")
    seconds = time.monotonic() - begin
    told(f"DuckDB {duckdb.__version__}", seconds, base, *learnt("duckdb", "--counts", "--data", "duckdb.parquet"))

    if subprocess.run(["psql", "-X", "-q", "-c", "SELECT 1"], capture_output=True).returncode != 0:
        print("skipped PostgreSQL: `psql` reaches no server; PGHOST, PGUSER and PGDATABASE say where one is")
        return
    ours("counts", "--sql", "--dialect", "postgres", "--table", "t", *SPLIT, "--out", "postgres.sql")
    db.execute("COPY (SELECT * FROM t) TO 'all.csv' (HEADER)")
    query = "\n".join(line for line in Path("postgres.sql").read_text().splitlines() if not line.startswith("--"))
    script = (
        f"CREATE TEMP TABLE t ({TYPES});\n\\copy t FROM 'all.csv' WITH (FORMAT csv, HEADER)\nSET work_mem = '1GB';\n"
        f"CREATE TEMP VIEW counted AS {query};\n\\timing on\n"
        "\\copy (SELECT * FROM counted) TO 'postgres.csv' WITH (FORMAT csv, HEADER)\n"
    )
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
    milliseconds = done.stdout.split("Time: ")[1].split(" ms")[0]
    figures = learnt("postgres", "--counts", "--data", "postgres.csv")
    told("PostgreSQL", float(milliseconds) / 1000, base, *figures)


def told(who, counting, base, report, learning):
    """Seconds of counting and learning, and how far the figures are from those of the rows."""
    features = [{of["feature"]: of for of in figures["coefficients"]} for figures in (base, report)]
    assert features[0].keys() == features[1].keys()
    pairs = [(features[0][name], features[1][name]) for name in features[0]]
    coefficients = max(abs(a["value"] - b["value"]) for a, b in pairs)
    evidence = max(abs(a["evidence"][key] - b["evidence"][key]) for a, b in pairs for key in ("value", "ci_low", "ci_high"))
    figures = [dict(leaves(of["test"])) for of in (base, report)]
    assert figures[0].keys() == figures[1].keys()
    test = max(abs(figures[0][key] - figures[1][key]) for key in figures[0])
    assert max(coefficients, evidence, test) <= 1e-9, (coefficients, evidence, test)
    print(
        f"{who}: counted in {counting:.2f} s, learnt in {learning:.2f} s; off by {coefficients:.0e} (coefficients), "
        f"{evidence:.0e} (evidence), {test:.0e} (test figures)"
    )


def leaves(value, path=""):
    """All numbers of a document, each with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{place}")
    elif isinstance(value, (int, float)):
        yield path, value


if __name__ == "__main__":
    main()

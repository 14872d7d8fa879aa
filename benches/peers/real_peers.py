"""The same files with what people use today, each by the script that its manual begins with.

The measure is the same as for ours: no error, and nine tenths of the labelled test rows get a prediction. Everybody
runs as a process of its own, table by table, for a minute at most. `real_notebook.py` and `real_glm.R` are the whole
scripts; their lines are what a person has to write.
"""

import concurrent.futures
import os
import shutil
import subprocess
import sys

from real_dressings import MAIN, CannotBeWritten, written

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_SECONDS = 60
LIMIT_BYTES = 8 * 2**30
SCORED_SHARE = 0.9
NOTEBOOK = [sys.executable, os.path.join(HERE, "real_notebook.py")]
WHO = {
    "pandas + scikit-learn, `fit` alone": [*NOTEBOOK, "plain"],
    "the same with `dropna`": [*NOTEBOOK, "dropna"],
    "the same with an imputer and a one-hot encoder in a pipeline": [*NOTEBOOK, "pipeline"],
    "DuckDB reads the table": [*NOTEBOOK, "duckdb"],
    "R: `glm` and `predict`": ["Rscript", "--vanilla", os.path.join(HERE, "real_glm.R")],
}


def limited():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))


def one(words, path, target):
    """Status, and the last words; a script prints how many labelled test rows there are and how many it predicted."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [*words, path, target], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
            preexec_fn=limited, env=environment,
        )
    except subprocess.TimeoutExpired:
        return {"status": "hangs"}
    if done.returncode != 0:
        return {"status": "refused", "error": (done.stderr.strip().splitlines() or [""])[-1][:300]}
    labelled, predicted = map(int, done.stdout.split()[-2:])
    useful = labelled > 0 and predicted >= SCORED_SHARE * labelled
    return {"status": "useful" if useful else "trained", "test_rows": labelled, "scored": predicted}


def outcomes(work, tables, workers):
    """By dressing, by who, by table."""
    found = {}
    for dressing in MAIN:
        paths = {}
        for name, (frame, _) in tables.items():
            try:
                paths[name] = written(work, name, dressing, frame)
            except CannotBeWritten:
                continue
        found[dressing] = {}
        for who, words in WHO.items():
            if shutil.which(words[0]) is None:
                print(f"{words[0]} is not installed, so that {who} is not run", file=sys.stderr)
                continue
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                tried = pool.map(lambda name, words=words, paths=paths: (name, one(words, paths[name], tables[name][1])), paths)
                found[dressing][who] = dict(tried)
            useful = sum(of["status"] == "useful" for of in found[dressing][who].values())
            print(f"{dressing}: {who}: {useful} of {len(paths)}", file=sys.stderr)
    return found

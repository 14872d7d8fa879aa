"""The same files with what people use today, each by the script that its manual begins with.

The measure is the same as for ours: no error, and nine tenths of the labelled test rows get a prediction. Everybody
runs as a process of its own, table by table, for a minute at most. `real_notebook.py` and `real_glm.R` hold the whole
scripts; their lines are what a person has to write.
"""

import concurrent.futures
import multiprocessing
import os
import shutil
import subprocess
import sys

import real_notebook
from real_dressings import MAIN, CannotBeWritten, written

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_SECONDS = 60
LIMIT_BYTES = 8 * 2**30
SCORED_SHARE = 0.9
PROCESSES = multiprocessing.get_context("fork")
R = "R: `read.csv`, `glm`, `predict`"
NOTEBOOKS = {
    "pandas and scikit-learn: `get_dummies`, `fit`, `predict`": real_notebook.fit_alone,
    "the same after `dropna`": real_notebook.fit_after_dropna,
    "a pipeline of imputers, encoder, scaler and model": real_notebook.pipeline,
    "DuckDB: `read_csv` (it fits no model)": real_notebook.duckdb_reads,
}


def limited():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))


def judged(labelled, predicted):
    useful = labelled > 0 and predicted >= SCORED_SHARE * labelled
    return {"status": "useful" if useful else "trained", "test_rows": int(labelled), "scored": int(predicted)}


def in_a_process(notebook, path, target, answer):
    import warnings

    warnings.simplefilter("ignore")
    limited()
    try:
        answer.send(judged(*notebook(path, target)))
    except BaseException as error:
        answer.send({"status": "refused", "error": f"{type(error).__name__}: {error}"[:300]})


def with_python(notebook, path, target):
    receives, sends = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=in_a_process, args=(notebook, path, target, sends))
    process.start()
    sends.close()
    try:
        return receives.recv() if receives.poll(LIMIT_SECONDS) else {"status": "hangs"}
    except EOFError:
        return {"status": "crashes"}
    finally:
        process.kill()
        process.join()


def with_r(path, target):
    words = ["Rscript", "--vanilla", os.path.join(HERE, "real_glm.R"), path, target]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=LIMIT_SECONDS, check=False,
            preexec_fn=limited,
        )
    except subprocess.TimeoutExpired:
        return {"status": "hangs"}
    if done.returncode != 0:
        said = [line for line in done.stderr.strip().splitlines() if not line.startswith(("Calls:", "Execution halted"))]
        return {"status": "refused", "error": (said or [""])[-1][:300]}
    return judged(*map(int, done.stdout.split()[-2:]))


def outcomes(work, tables, workers):
    """By dressing, by who, by table."""
    # Imported before the processes fork, so that only the work counts against the limit.
    import pandas  # noqa: F401
    import sklearn.linear_model  # noqa: F401

    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    who = {name: (lambda path, target, notebook=notebook: with_python(notebook, path, target)) for name, notebook in NOTEBOOKS.items()}
    if shutil.which("Rscript"):
        who[R] = with_r
    else:
        print("Rscript is not installed, so that R is not run", file=sys.stderr)
    found = {}
    for dressing in MAIN:
        paths = {}
        for name, (frame, _) in tables.items():
            try:
                paths[name] = written(work, name, dressing, frame)
            except CannotBeWritten:
                continue
        found[dressing] = {}
        for name, does in who.items():
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                tries = pool.map(lambda table, does=does, paths=paths: (table, does(paths[table], tables[table][1])), paths)
                found[dressing][name] = dict(tries)
            useful = sum(of["status"] == "useful" for of in found[dressing][name].values())
            print(f"{dressing}: {name}: {useful} of {len(paths)}", file=sys.stderr, flush=True)
    return found

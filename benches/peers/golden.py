"""Reference figures for the shipped table, by scikit-learn and a plain Newton solver.

usage: golden.py DATA.csv OUT.json

Writes the split rows (as hashes), coefficients at the exact optimum, HC0 standard errors and metrics of five models for
several seeds and test sizes. The solver is independent of the product: dense NumPy matrices, full Newton steps.
"""
import hashlib
import json
import platform
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics as skm
from sklearn.model_selection import train_test_split

CASES = [(42, 0.2, 1.0), (0, 0.25, 0.1), (20261122, 0.333, 10.0)]


def optimum(design, y, weight, penalty):
    beta = np.zeros(design.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (p - y)) + penalty * beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-13:
            break
    return beta


def sandwich(design, y, weight, penalty, beta):
    p = 1 / (1 + np.exp(-design @ beta))
    bread = np.linalg.inv((design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(penalty))
    scores = design * (weight * (p - y))[:, None]
    return np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))


def figures(y, z):
    p, decision = 1 / (1 + np.exp(-z)), (z > 0).astype(int)
    precision, recall, f1, support = skm.precision_recall_fscore_support(y, decision)
    return {
        "accuracy": skm.accuracy_score(y, decision),
        "balanced_accuracy": skm.balanced_accuracy_score(y, decision),
        "confusion_matrix": skm.confusion_matrix(y, decision).tolist(),
        "roc_auc": skm.roc_auc_score(y, z),
        "average_precision": skm.average_precision_score(y, z),
        "log_loss": skm.log_loss(y, p),
        "brier": skm.brier_score_loss(y, p),
        "report": {
            str(k): {"precision": precision[k], "recall": recall[k], "f1": f1[k], "support": int(support[k])}
            for k in (0, 1)
        },
    }


def digest(rows):
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()


def main(data, out):
    table = pd.read_csv(data).drop(columns=["user_id"])
    y = table.pop("needs_assistance_flag").to_numpy()
    encoded = pd.get_dummies(table, drop_first=True)
    features = encoded.to_numpy(float)
    result = {
        "made_with": {
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "pandas": pd.__version__,
            "numpy": np.__version__,
        },
        "data_sha256": hashlib.sha256(open(data, "rb").read()).hexdigest(),
        "feature_names": list(encoded.columns),
        "cases": [],
    }
    for seed, test_size, c in CASES:
        train, test = train_test_split(np.arange(len(y)), test_size=test_size, random_state=seed, stratify=y)
        design = np.c_[features[train], np.ones(len(train))]
        held_out = np.c_[features[test], np.ones(len(test))]
        labels = y[train].astype(float)
        n, n1 = len(labels), labels.sum()
        balanced = np.where(labels == 1, n / (2 * n1), n / (2 * (n - n1)))
        one = np.ones(n)
        l2 = np.full(design.shape[1], 1 / c)
        free = l2.copy()
        free[-1] = 0
        models = {}
        for name, weight, penalty in (
            ("balanced_l2_intercept_penalised", balanced, l2),
            ("balanced_l2_intercept_free", balanced, free),
            ("balanced_unpenalised", balanced, l2 * 0),
            ("unweighted_l2_intercept_free", one, free),
            ("unweighted_l2_intercept_penalised", one, l2),
        ):
            beta = optimum(design, labels, weight, penalty)
            models[name] = {
                "coefficients": beta[:-1].tolist(),
                "intercept": beta[-1],
                "se_sandwich_hc0": sandwich(design, labels, weight, penalty, beta).tolist(),
                "train": figures(y[train], design @ beta),
                "test": figures(y[test], held_out @ beta),
            }
        result["cases"].append(
            {
                "seed": seed,
                "test_size": test_size,
                "c": c,
                "train_rows_sha256_le_i64": digest(train),
                "test_rows_sha256_le_i64": digest(test),
                "train_class_counts": np.bincount(y[train]).tolist(),
                "test_class_counts": np.bincount(y[test]).tolist(),
                "models": models,
            }
        )
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

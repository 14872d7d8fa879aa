"""Reference figures of weighted rows for the shipped table, by scikit-learn's `sample_weight` and plain NumPy.

usage: golden_weights.py DATA.csv OUT.json

Row `i` of the file, the first being 1, weighs `(7 i mod 11) / 4`: whole, fractional and zero. Standard errors are the sandwich
`A^-1 B A^-1` with `A` the weighted, penalised Hessian and `B = sum (w s)^2 (y - p)^2 x x'`, worked out here.
"""
import json
import sys

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 42
PLAIN = {"solver": "newton-cholesky", "tol": 1e-13, "max_iter": 1000}


def load(data):
    table = pd.read_csv(data)
    y = table.pop("needs_assistance_flag").to_numpy()
    features = pd.get_dummies(table.drop(columns=["user_id"]), drop_first=True)
    weight = (np.arange(1, len(y) + 1) * 7 % 11) / 4
    return features.to_numpy(float), y, weight


def balanced(y, weight):
    totals = np.array([weight[y == 0].sum(), weight[y == 1].sum()])
    return totals.sum() / (2 * totals)


def sandwich(x, y, s, beta, strength):
    design = np.c_[x, np.ones(len(x))]
    p = expit(design @ beta)
    bread = np.linalg.inv((design * (s * p * (1 - p))[:, None]).T @ design + np.diag(strength))
    middle = design * (s * (y - p))[:, None]
    return np.sqrt(np.diag(bread @ (middle.T @ middle) @ bread)).tolist()


def evaluated(z, y, weight, shift):
    p, decision = expit(z), (z > 0).astype(int)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, decision, sample_weight=weight)
    corrected = expit(z + shift)
    return {
        "accuracy": metrics.accuracy_score(y, decision, sample_weight=weight),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, decision, sample_weight=weight),
        "confusion_matrix": metrics.confusion_matrix(y, decision).tolist(),
        "weighted_confusion_matrix": metrics.confusion_matrix(y, decision, sample_weight=weight).tolist(),
        "roc_auc": metrics.roc_auc_score(y, z, sample_weight=weight),
        "average_precision": metrics.average_precision_score(y, z, sample_weight=weight),
        "log_loss": metrics.log_loss(y, p, sample_weight=weight),
        "brier": metrics.brier_score_loss(y, p, sample_weight=weight),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "probability": {
            "log_loss": metrics.log_loss(y, corrected, sample_weight=weight),
            "brier": metrics.brier_score_loss(y, corrected, sample_weight=weight),
        },
    }


def fit(x, y, weight, class_weight, c, units):
    """Coefficients in the units of the columns, the intercept last, and the strength of the penalty on each."""
    scaler = StandardScaler().fit(x, sample_weight=weight) if units == "spread" else None
    scaled = scaler.transform(x) if scaler else x
    model = LogisticRegression(C=c, class_weight=class_weight, **PLAIN).fit(scaled, y, sample_weight=weight)
    w, b = model.coef_[0], model.intercept_[0]
    if scaler:
        b -= (w * scaler.mean_ / scaler.scale_).sum()
        w = w / scaler.scale_
    return np.r_[w, b], np.r_[scaler.var_ if scaler else np.ones(len(w)), 0] / c


def platt(z, y, weight):
    totals = [weight[y == 0].sum(), weight[y == 1].sum()]
    target = np.where(y == 1, (totals[1] + 1) / (totals[1] + 2), 1 / (totals[0] + 2))
    design = np.c_[z, np.ones(len(y))]
    beta = np.array([0.0, np.log((totals[1] + 1) / (totals[0] + 1))])
    for _ in range(100):
        p = expit(design @ beta)
        step = np.linalg.solve((design * (weight * p * (1 - p))[:, None]).T @ design, design.T @ (weight * (p - target)))
        beta -= step
        if np.abs(step).max() < 1e-14:
            break
    return beta


def main(data, out):
    x, y, weight = load(data)
    rows, test = (np.sort(part) for part in train_test_split(np.arange(len(y)), test_size=0.2, random_state=SEED, stratify=y))
    train_x, train_y, train_w = x[rows], y[rows], weight[rows]
    models = {}
    for units in ("raw", "spread"):
        for name in ("balanced", None):
            beta, strength = fit(train_x, train_y, train_w, name, 0.5, units)
            classes = balanced(train_y, train_w) if name else np.ones(2)
            shift = np.log(classes[0] / classes[1])
            z = np.c_[x, np.ones(len(x))] @ beta
            models[f"{units}_{name or 'none'}"] = {
                "class_weights": classes.tolist(),
                "coefficients": beta.tolist(),
                "std_errors": sandwich(train_x, train_y, train_w * classes[train_y], beta, strength),
                "train": evaluated(z[rows], train_y, train_w, shift),
                "test": evaluated(z[test], y[test], weight[test], shift),
            }
    free, _ = fit(train_x, train_y, train_w, None, 1e13, "spread")
    design, w = np.c_[train_x, np.ones(len(rows))], train_w
    for _ in range(20):
        p = expit(design @ free)
        free += np.linalg.solve((design * (w * p * (1 - p))[:, None]).T @ design, design.T @ (w * (train_y - p)))
    unpenalised = {"coefficients": free.tolist(), "std_errors": sandwich(train_x, train_y, w, free, np.zeros(len(free)))}

    folds = list(StratifiedKFold(5, shuffle=True, random_state=SEED).split(train_x, train_y))
    strengths, losses, held_out = [0.01, 0.5], {}, np.zeros(len(rows))
    for c in strengths:
        losses[str(c)] = []
        for learn, judge in folds:
            beta, _ = fit(train_x[learn], train_y[learn], train_w[learn], "balanced", c, "raw")
            z = np.c_[train_x[judge], np.ones(len(judge))] @ beta
            losses[str(c)].append(-metrics.log_loss(train_y[judge], expit(z), sample_weight=train_w[judge]))
            held_out[judge] = z
    slope, intercept = platt(held_out, train_y, train_w)
    curve = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(held_out, train_y, sample_weight=train_w)
    z = np.c_[x[:200], np.ones(200)] @ np.array(models["raw_balanced"]["coefficients"])
    result = {
        "c": 0.5,
        "models": models,
        "unpenalised": unpenalised,
        "cross_validation": {"cs": strengths, "neg_log_loss": losses},
        "calibration": {
            "sigmoid": expit(slope * z + intercept).tolist(),
            "isotonic": curve.predict(z).tolist(),
        },
    }
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

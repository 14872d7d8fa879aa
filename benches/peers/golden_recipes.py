"""Reference figures of every recipe, by scikit-learn.

usage: golden_recipes.py UNITS.csv OUT.json NAME=DATA.csv ...

Writes a small table whose columns are in awkward units (UNITS.csv), and for each table the coefficients of every combination of
penalty units, intercept and class weights at C = 1, in the units of the columns, with figures of the test rows. `spread` is a
StandardScaler before LogisticRegression, a penalised intercept is a column of ones beside `fit_intercept=False`.
"""
import json
import platform
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics as skm
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

TARGETS = {"units": "y"}
TARGET = "needs_assistance_flag"


def awkward(path):
    """A signal far from zero, a noise column further still, hours, and a time in milliseconds since 1970."""
    random = np.random.default_rng(14)
    n = 400
    signal, hours = random.normal(100, 1, n), random.exponential(0.01, n)
    stamp = 1_700_000_000_000 + random.integers(0, 4 * 10**9, n)
    plan = random.choice(["basic", "family", "pro"], n)
    z = 1.2 * (signal - 100) + 80 * (hours - 0.01) + 0.8 * (stamp - 1_702_000_000_000) / 1e9 + (plan == "pro") * 0.7
    table = pd.DataFrame(
        {
            "signal": np.round(signal, 2),
            "noise": np.round(random.normal(50, 1, n), 3),
            "hours": np.round(hours, 6),
            "stamp_ms": stamp,
            "plan": plan,
            "y": (random.random(n) < 1 / (1 + np.exp(-z + 0.5))).astype(int),
        }
    )
    table.to_csv(path, index=False)


def fitted(x, y, units, intercept, class_weight):
    """Coefficients and intercept in the units of the columns."""
    scaler = StandardScaler(with_mean=intercept == "free", with_std=True).fit(x)
    scale = scaler.scale_ if units == "spread" else np.ones(x.shape[1])
    # Centring changes nothing but the digits that are left, as long as the intercept is free.
    centre = scaler.mean_ if intercept == "free" else np.zeros(x.shape[1])
    design = (x - centre) / np.where(scale > 0, scale, 1)
    free = intercept == "free"
    if units == "raw" and free and design.std(axis=0).max() > 1e6:
        return newton(design, y, np.ones(x.shape[1]), class_weight, centre)
    model = LogisticRegression(
        C=1.0, fit_intercept=free, class_weight=class_weight, solver="newton-cholesky", tol=1e-14, max_iter=1000
    )
    if intercept == "penalised":
        model.fit(np.c_[design, np.ones(len(design))], y)
        return model.coef_[0][:-1] / scale, model.coef_[0][-1]
    model.fit(design, y)
    w = model.coef_[0] / scale
    return w, (model.intercept_[0] if free else 0.0) - w @ centre


def newton(design, y, penalty, class_weight, centre):
    """`LogisticRegression` on raw columns, whose Hessian is too long and narrow for scikit-learn's own digits."""
    counts = np.bincount(y)
    weight = np.where(y == 1, len(y) / (2 * counts[1]), len(y) / (2 * counts[0])) if class_weight else np.ones(len(y))
    x = np.c_[design, np.ones(len(design))]
    penalty = np.r_[penalty, 0.0]
    beta = np.zeros(x.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (weight * (p - y)) + penalty * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        size = np.sqrt(np.diag(hessian))
        step = np.linalg.solve(hessian / np.outer(size, size), gradient / size) / size
        beta -= step
        if np.abs(step * size).max() < 1e-12:
            break
    return beta[:-1], beta[-1] - beta[:-1] @ centre


def main(units, out, *tables):
    awkward(units)
    result = {
        "made_with": {
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "pandas": pd.__version__,
            "numpy": np.__version__,
        },
        "tables": {},
    }
    for name, path in [("units", units), *(table.split("=", 1) for table in tables)]:
        table = pd.read_csv(path).drop(columns=["user_id"], errors="ignore")
        y = table.pop(TARGETS.get(name, TARGET)).to_numpy()
        encoded = pd.get_dummies(table, drop_first=True)
        x = encoded.to_numpy(float)
        train, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=42, stratify=y)
        fits = []
        # Milliseconds since 1970 squared are beyond what double precision can take from a Hessian that is not centred.
        intercepts = ["free"] if name == "units" else ["free", "penalised", "none"]
        for units_name in ["spread", "raw"]:
            for intercept in intercepts:
                for class_weight in ["balanced", None]:
                    w, b = fitted(x[train], y[train], units_name, intercept, class_weight)
                    z = x[test] @ w + b
                    fits.append(
                        {
                            "penalty_units": units_name,
                            "intercept": intercept,
                            "class_weight": class_weight or "none",
                            "coefficients": w.tolist(),
                            "intercept_value": b,
                            "test_roc_auc": skm.roc_auc_score(y[test], z),
                            "test_log_loss": skm.log_loss(y[test], 1 / (1 + np.exp(-z))),
                        }
                    )
        result["tables"][name] = {"features": list(encoded.columns), "fits": fits}
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

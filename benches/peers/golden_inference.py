"""Reference figures of inference, selection and calibration for the shipped table, by statsmodels and scikit-learn.

usage: golden_inference.py DATA.csv OUT.json

The folds are those of `StratifiedKFold(5, shuffle=True, random_state=42)` over the training rows in the file's order.
saga is run until the optimality conditions of its penalty hold to 1e-10 of the mean loss; Platt's sigmoid is scikit-learn's objective at its
exact optimum, because its own solver stops at a gradient of 1e-6.
"""
import json
import sys
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import chi2
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split

SEED = 42


def load(data):
    table = pd.read_csv(data)
    y = table.pop("needs_assistance_flag").to_numpy()
    features = pd.get_dummies(table.drop(columns=["user_id"]), drop_first=True)
    rows, _ = train_test_split(np.arange(len(y)), test_size=0.2, random_state=SEED, stratify=y)
    return list(features.columns), features.to_numpy(float), y, np.sort(rows)


def likelihood(names, x, y):
    design = np.c_[x, np.ones(len(x))]

    def fit(columns, **options):
        return sm.Logit(y, design[:, columns]).fit(disp=0, maxiter=200, tol=1e-14, **options)

    everything = list(range(design.shape[1]))
    full = fit(everything)
    # Of all columns those that are no numbers, in the file's order, as their features are named.
    factors = {name: [i for i, known in enumerate(names) if known == name] for name in names[:3]}
    for factor in ("age_group", "device_type", "input_mode", "task_type"):
        factors[factor] = [i for i, known in enumerate(names) if known.startswith(factor + "_")]
    tests = {}
    for factor, left_out in factors.items():
        reduced = fit([i for i in everything if i not in left_out])
        statistic = 2 * (full.llf - reduced.llf)
        tests[factor] = {"statistic": statistic, "df": len(left_out), "p_value": float(chi2.sf(statistic, len(left_out)))}
    robust = fit(everything, cov_type="HC0")
    effects = full.get_margeff(at="overall", method="dydx", dummy=True)
    return {
        "coefficients_then_intercept": full.params.tolist(),
        "standard_errors": full.bse.tolist(),
        "z": full.tvalues.tolist(),
        "p_values": full.pvalues.tolist(),
        "conf_int_95": full.conf_int().tolist(),
        "se_hc0": robust.bse.tolist(),
        "log_likelihood": full.llf,
        "null_log_likelihood": full.llnull,
        "factor_tests": tests,
        "effects_of_numbers": effects.margeff[:3].tolist(),
        "effects_of_numbers_std_error": effects.margeff_se[:3].tolist(),
    }


def sparse(x, y):
    weight = np.where(y == 1, len(y) / (2 * y.sum()), len(y) / (2 * (len(y) - y.sum())))
    results = []
    for ratio, c in ((1.0, 0.01), (1.0, 0.1), (0.5, 0.01), (0.8, 0.02)):
        model = LogisticRegression(
            l1_ratio=ratio, C=c, solver="saga", class_weight="balanced", tol=1e-15, max_iter=4000, random_state=0, warm_start=True
        )
        for _ in range(60):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(x, y)
            w = model.coef_[0]
            slope = x.T @ (weight * (expit(x @ w + model.intercept_[0]) - y)) * c + (1 - ratio) * w
            missing = np.where(w != 0, np.abs(slope + ratio * np.sign(w)), np.maximum(np.abs(slope) - ratio, 0)).max()
            if missing / (c * weight.sum()) < 1e-10:
                break
        print(ratio, c, "missing", missing / (c * weight.sum()), "zeros", int((w == 0).sum()), flush=True)
        results.append({"l1_ratio": ratio, "c": c, "coefficients": w.tolist(), "intercept": float(model.intercept_[0])})
    return results


def platt(scores, y):
    positive = y.sum()
    target = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (len(y) - positive + 2))
    design = np.c_[scores, np.ones(len(y))]
    beta = np.array([0.0, np.log((positive + 1) / (len(y) - positive + 1))])
    for _ in range(100):
        p = expit(design @ beta)
        hessian = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(hessian, design.T @ (p - target))
        beta -= step
        if np.abs(step).max() < 1e-14:
            break
    return beta


def main(data, out):
    names, x, y, rows = load(data)
    train_x, train_y = x[rows], y[rows]
    folds = list(StratifiedKFold(5, shuffle=True, random_state=SEED).split(train_x, train_y))
    plain = {"solver": "newton-cholesky", "class_weight": "balanced", "tol": 1e-12}
    cross_validated = {}
    for scoring in ("accuracy", "neg_log_loss"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = LogisticRegressionCV(Cs=10, l1_ratios=(0,), cv=folds, scoring=scoring, use_legacy_attributes=False, **plain)
            model.fit(train_x, train_y)
        scores = np.asarray(model.scores_).reshape(5, -1)
        cross_validated[scoring] = {"best_c": float(np.ravel(model.C_)[0]), "scores": scores.tolist()}
    estimator = LogisticRegression(C=1.0, **plain)
    held_out = cross_val_predict(estimator, train_x, train_y, cv=folds, method="decision_function")
    final = LogisticRegression(C=1.0, **plain).fit(train_x, train_y).decision_function(x[:200])
    slope, intercept = platt(held_out, train_y)
    of_sklearn = CalibratedClassifierCV(estimator, method="sigmoid", cv=folds, ensemble=False).fit(train_x, train_y)
    gap = np.abs(of_sklearn.predict_proba(x[:200])[:, 1] - expit(slope * final + intercept)).max()
    assert gap < 1e-4, gap
    isotonic = CalibratedClassifierCV(estimator, method="isotonic", cv=folds, ensemble=False).fit(train_x, train_y)
    result = {
        "feature_names": names,
        "likelihood": likelihood(names, train_x, train_y),
        "cross_validation": cross_validated,
        "calibration": {
            "sigmoid": expit(slope * final + intercept).tolist(),
            "largest_gap_of_scikit_learn": float(gap),
            "isotonic": isotonic.predict_proba(x[:200])[:, 1].tolist(),
        },
        "sparse": sparse(train_x, train_y),
    }
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

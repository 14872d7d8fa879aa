"""Reference figures of evidence where rows have weights, are grouped, or both, for the shipped table, by statsmodels' GLM.

usage: golden_evidence.py DATA.csv OUT.json

Row `i` of the file, the first being 1, weighs `(7 i mod 11) / 4` and is of the group `13 i mod 601`; rows that weigh nothing are not
there. Weights are statsmodels' `var_weights`, under which the middle of its sandwich is `sum w^2 u u'`, as for sampling weights; its
`freq_weights` say how often a row was seen, `sum w u u'`. Errors are held against plain NumPy here. Columns are tested by
Wald's chi-squared.
"""
import json
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit

FACTORS = ("age_group", "device_type", "input_mode", "task_type")


def load(data):
    table = pd.read_csv(data)
    y = table.pop("needs_assistance_flag").to_numpy()
    features = pd.get_dummies(table.drop(columns=["user_id"]), drop_first=True)
    row = np.arange(1, len(y) + 1)
    return list(features.columns), features.to_numpy(float), y, (row * 7 % 11) / 4, row * 13 % 601


def by_numpy(x, y, weight, group):
    """Standard errors by the formulas, at the optimum by Newton's method."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = expit(x @ beta)
        bread = np.linalg.inv((x.T * (weight * p * (1 - p))) @ x)
        beta += bread @ (x.T @ (weight * (y - p)))
    scores = x * (weight * (y - p))[:, None]
    scale = 1.0
    if group is not None:
        scores = pd.DataFrame(scores).groupby(group).sum().to_numpy()
        g, (n, k) = len(scores), x.shape
        scale = g / (g - 1) * (n - 1) / (n - k)
    return beta, np.sqrt(scale * np.diag(bread @ (scores.T @ scores) @ bread))


def evidence(names, x, y, weight, group):
    kept = weight > 0
    design, y, weight = np.c_[x, np.ones(len(x))][kept], y[kept], weight[kept]
    group = None if group is None else group[kept]
    robust = {"cov_type": "HC0"} if group is None else {"cov_type": "cluster", "cov_kwds": {"groups": group}}

    model = sm.GLM(y, design, family=sm.families.Binomial(), var_weights=weight)
    found = model.fit(tol=1e-14, maxiter=100, tol_criterion="params", **robust)
    beta, errors = by_numpy(design, y, weight, group)
    np.testing.assert_allclose(found.params, beta, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found.bse, errors, rtol=1e-10)
    places = {name: [i for i, known in enumerate(names) if known == name] for name in names[:3]}
    places |= {factor: [i for i, known in enumerate(names) if known.startswith(factor + "_")] for factor in FACTORS}
    tests = {}
    for factor, at in places.items():
        test = found.wald_test(np.eye(design.shape[1])[at], scalar=True, use_f=False)
        tests[factor] = {"statistic": float(test.statistic), "df": len(at), "p_value": float(test.pvalue)}
    return {
        "value": found.params.tolist(),
        "std_error": found.bse.tolist(),
        "p_value": found.pvalues.tolist(),
        "ci_low": found.conf_int()[:, 0].tolist(),
        "ci_high": found.conf_int()[:, 1].tolist(),
        "factor_tests": tests,
    }


def main(data, out):
    names, x, y, weight, group = load(data)
    one = np.ones(len(y))
    result = {
        "weights": evidence(names, x, y, weight, None),
        "groups": evidence(names, x, y, one, group),
        "weights_and_groups": evidence(names, x, y, weight, group),
    }
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

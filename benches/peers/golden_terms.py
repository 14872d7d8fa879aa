"""Reference figures of curves and interactions, for the shipped table, by statsmodels' Logit and patsy's `cr`.

usage: golden_terms.py DATA.csv OUT.json

The labels of the rows `i` of the file, the first being 1, for which `7 i mod 10` is 0 are exchanged: the shipped ones are those of a rule.
The bends of a natural cubic spline are Harrell's, turned so that they have mean 0, spread 1 and no correlation with the number or
each other. That is held against patsy's basis of the same knots, which spans the same space.
"""
import json
import sys

import numpy as np
import pandas as pd
import patsy
import scipy
import statsmodels
import statsmodels.api as sm

NUMERIC = ["error_count", "task_completion_time_sec", "user_satisfaction_score"]
SPLINES = ["task_completion_time_sec", "error_count"]
INTERACTIONS = [
    ("error_count", "user_satisfaction_score"),
    ("task_completion_time_sec", "device_type"),
    ("device_type", "input_mode"),
]
ROWS = 40


def knots_of(x):
    return np.unique(np.quantile(x, [0.05, 0.275, 0.5, 0.725, 0.95], method="inverted_cdf"))


def bends(x, t):
    def cube(knot):
        return np.maximum((x - knot) / (t[-1] - t[0]), 0) ** 3

    raw = [
        cube(t[j]) - cube(t[-2]) * (t[-1] - t[j]) / (t[-1] - t[-2]) + cube(t[-1]) * (t[-2] - t[j]) / (t[-1] - t[-2])
        for j in range(len(t) - 2)
    ]
    basis = []
    for column in [np.ones(len(x)), (x - t[0]) / (t[-1] - t[0]), *raw]:
        for _ in range(3):
            for known in basis:
                column = column - np.mean(column * known) * known
        basis.append(column / np.sqrt(np.mean(column**2)))
    return basis[2:]


def load(data):
    table = pd.read_csv(data).drop(columns=["user_id"])
    y = table.pop("needs_assistance_flag").to_numpy()
    y = np.where(np.arange(1, len(y) + 1) * 7 % 10 == 0, 1 - y, y)
    of = {}
    for name in NUMERIC:
        of[name] = {name: table[name].to_numpy(float)}
    for name in table.columns.difference(NUMERIC, sort=False):
        dummies = pd.get_dummies(table[name], prefix=name, drop_first=True)
        of[name] = {column: dummies[column].to_numpy(float) for column in dummies}
    return table, y, of


def features_of(of):
    """The columns of the design: names, values, and the factors that each belongs to."""
    columns = [(name, x, {column}) for column, group in of.items() for name, x in group.items()]
    for name in SPLINES:
        x = of[name][name]
        for j, bend in enumerate(bends(x, knots_of(x))):
            columns.append((f"basis {j + 1} of {name}", bend, {name, f"bend of {name}"}))
    for a, b in INTERACTIONS:
        for name_a, x_a in of[a].items():
            for name_b, x_b in of[b].items():
                x_a_centred = x_a - x_a.mean() if a in NUMERIC else x_a
                x_b_centred = x_b - x_b.mean() if b in NUMERIC else x_b
                columns.append((f"{name_a}:{name_b}", x_a_centred * x_b_centred, {a, b, f"{a}:{b}"}))
    return columns


def logit(columns, y):
    x = np.column_stack([*columns, np.ones(len(y))])
    # Newton's method on columns of one size; likelihood and fitted probabilities are those of any units.
    sizes = np.abs(x).max(axis=0)
    found = sm.Logit(y, x / sizes).fit(method="newton", tol=1e-15, maxiter=100, disp=0)
    p = found.predict(x / sizes)
    assert np.abs((x / sizes).T @ (y - p)).max() < 1e-6
    return found.params / sizes, float(found.llf), p


def main(data, out):
    table, y, of = load(data)
    columns = features_of(of)
    params, log_likelihood, p = logit([x for _, x, _ in columns], y)
    names = [*NUMERIC, *[name for name in of if name not in NUMERIC]]
    names += [f"bend of {name}" for name in SPLINES] + [f"{a}:{b}" for a, b in INTERACTIONS]
    tests = {}
    for name in names:
        kept = [x for _, x, factors in columns if name not in factors]
        _, without, _ = logit(kept, y)
        tests[name] = {"statistic": 2 * (log_likelihood - without), "df": len(columns) - len(kept)}

    x = of[SPLINES[0]][SPLINES[0]]
    t = knots_of(x)
    others = [v for column, group in of.items() if column != SPLINES[0] for v in group.values()]
    _, ours, curve = logit([x, *bends(x, t), *others], y)
    basis = np.asarray(patsy.cr(x, knots=t[1:-1], lower_bound=t[0], upper_bound=t[-1], constraints="center"))
    _, theirs, by_patsy = logit([*basis.T, *others], y)
    np.testing.assert_allclose(ours, theirs, rtol=1e-11)
    np.testing.assert_allclose(curve, by_patsy, atol=1e-9)
    result = {
        "versions": {module.__name__: module.__version__ for module in (np, pd, patsy, scipy, statsmodels)},
        "features": [name for name, _, _ in columns],
        "coefficients": params.tolist(),
        "log_likelihood": log_likelihood,
        "factor_tests": tests,
        "knots": {name: knots_of(of[name][name]).tolist() for name in SPLINES},
        "probabilities": p[:ROWS].tolist(),
        "patsy": {"log_likelihood": theirs, "probabilities": by_patsy[:ROWS].tolist()},
    }
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

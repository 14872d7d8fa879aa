"""Figures of Firth's penalised likelihood by a way of its own: quasi-Newton steps of SciPy on the penalised log-likelihood, and
roots of its profile, where ours takes Newton steps to the ends of an interval directly. Penalties of restricted fits are those
of the whole design, as R's logistf has them.

usage: golden_firth.py OUT.json [ENDOMETRIAL.csv], whose columns are NV, PI, EH and HG
"""

import json
import sys

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit
from scipy.stats import chi2

HALF = chi2.ppf(0.95, 1) / 2

# Urinary tract infections of college women (Foxman et al.; the data set `sex2` of logistf): age, oc, vic, vicl, vis, dia, then
# women without and with an infection.
SEX2 = np.array([
    [0, 0, 0, 0, 1, 0, 1, 1], [0, 0, 1, 0, 0, 0, 2, 14], [0, 0, 1, 0, 1, 0, 1, 3], [0, 0, 1, 1, 0, 0, 8, 10],
    [0, 0, 1, 1, 1, 0, 18, 12], [0, 0, 1, 1, 1, 1, 0, 1], [0, 1, 0, 0, 0, 0, 42, 44], [0, 1, 0, 0, 0, 1, 0, 3],
    [0, 1, 0, 0, 1, 0, 1, 0], [0, 1, 1, 0, 0, 0, 1, 15], [0, 1, 1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 1, 0, 0, 2],
    [0, 1, 1, 1, 0, 0, 5, 7], [0, 1, 1, 1, 1, 0, 6, 3], [1, 0, 1, 0, 0, 0, 0, 2], [1, 0, 1, 0, 1, 0, 0, 1],
    [1, 0, 1, 0, 1, 1, 0, 1], [1, 0, 1, 1, 0, 0, 2, 1], [1, 0, 1, 1, 1, 0, 4, 0], [1, 0, 1, 1, 1, 1, 0, 1],
    [1, 1, 0, 0, 0, 0, 14, 5], [1, 1, 0, 0, 1, 0, 1, 0], [1, 1, 1, 0, 0, 0, 1, 3], [1, 1, 1, 1, 1, 0, 2, 0],
], dtype=float)


def small():
    """A table that the tests make anew: a number that separates above 12, a level with one class, and noise."""
    i = np.arange(40)
    x = (i * 7 % 20).astype(float)
    level = (i % 5 == 2).astype(float)
    noise = (i * i % 11) / 2.0
    y = ((x > 12) | (level == 1) | ((i % 3 == 1) & (x > 6))).astype(float)
    return np.c_[x, level, noise], np.c_[1 - y, y]


class Firth:
    def __init__(self, x, counts):
        # Centred and scaled, so that differences of the solvers are not those of units.
        self.scale = x.std(0)
        self.x = np.c_[x / self.scale, np.ones(len(x))]
        self.n0, self.n1 = counts.T
        self.p = self.x.shape[1]

    def log_likelihood(self, b):
        z = self.x @ b
        q = expit(z)
        w = (self.n0 + self.n1) * q * (1 - q)
        l = -(self.n0 * np.logaddexp(0, z) + self.n1 * np.logaddexp(0, -z)).sum()
        return l + 0.5 * np.linalg.slogdet((self.x.T * w) @ self.x)[1]

    def score(self, b):
        z = self.x @ b
        q = expit(z)
        w = (self.n0 + self.n1) * q * (1 - q)
        inverse = np.linalg.inv((self.x.T * w) @ self.x)
        h = w * ((self.x @ inverse) * self.x).sum(1)
        return self.x.T @ (self.n1 * (1 - q) - self.n0 * q + h * (0.5 - q))

    def maximum(self, fixed=None, start=None):
        """The maximum where some coordinates have the values of `fixed`."""
        fixed = fixed or {}
        free = [j for j in range(self.p) if j not in fixed]
        b = np.zeros(self.p) if start is None else np.array(start, dtype=float)
        for j, value in fixed.items():
            b[j] = value

        def whole(part):
            full = b.copy()
            full[free] = part
            return full

        found = minimize(lambda f: -self.log_likelihood(whole(f)), b[free], jac=lambda f: -self.score(whole(f))[free],
                         method="BFGS", options={"gtol": 1e-9, "maxiter": 1000})
        part = found.x
        # Newton's steps with differences of the score for the last digits.
        for _ in range(5):
            g = self.score(whole(part))[free]
            step = 1e-5
            jacobian = np.array([(self.score(whole(part + step * e))[free] - self.score(whole(part - step * e))[free])
                                 / (2 * step) for e in np.eye(len(free))]).T
            part = part - np.linalg.solve(jacobian, g)
        return whole(part), self.log_likelihood(whole(part))

    def figures(self, columns):
        """Of each column, and the intercept last: estimate, standard error, ends of the interval, statistic and p-value."""
        b, most = self.maximum()
        scale = np.append(self.scale, 1.0)
        q = expit(self.x @ b)
        w = (self.n0 + self.n1) * q * (1 - q)
        errors = np.sqrt(np.diag(np.linalg.inv((self.x.T * w) @ self.x)))
        figures = {}
        for j, name in enumerate([*columns, "intercept"]):
            fall = lambda value, j=j: most - self.maximum({j: value}, b)[1] - HALF
            ends = []
            for sign in (-1, 1):
                far = b[j] + sign * errors[j]
                while fall(far) < 0:
                    far += sign * 2 * errors[j]
                ends.append(brentq(fall, b[j], far, xtol=1e-12, rtol=1e-14))
            statistic = 2 * (most - self.maximum({j: 0.0}, b)[1])
            in_units = dict(zip(["value", "std_error", "ci_low", "ci_high"], [b[j], errors[j], *ends]))
            figures[name] = {key: float(value / scale[j]) for key, value in in_units.items()}
            figures[name] |= {"statistic": float(statistic), "p_value": float(chi2.sf(statistic, 1))}
        return figures


def table(columns, x, counts):
    """A table of counts, and its figures."""
    rows = [[*features, *map(int, of_row)] for features, of_row in zip(x.tolist(), counts)]
    return {"columns": columns, "rows": rows, "figures": Firth(x, counts).figures(columns)}


def main(out, endometrial=None):
    result = {
        "sex2": table(["age", "oc", "vic", "vicl", "vis", "dia"], SEX2[:, :6], SEX2[:, 6:]),
        "small": table(["x", "level", "noise"], *small()),
    }
    if endometrial:
        cells = np.genfromtxt(endometrial, delimiter=",", skip_header=1)
        y = cells[:, 3]
        # The table itself is public and no part of the repository.
        columns = ["NV", "PI", "EH"]
        result["endometrial"] = {"figures": Firth(cells[:, :3], np.c_[1 - y, y]).figures(columns)}
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


main(*sys.argv[1:])

"""Reference figures of the fit in context, and of the rows that move it most, for the shipped table, by statsmodels' GLM.

usage: golden_influence.py DATA.csv OUT.json

The fit is unpenalised and without class weights, to the training rows of `train_test_split(test_size=0.2, random_state=42,
stratify=y)`. Rows with the same values and label have the same distance and are listed once.
"""
import json
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn.model_selection import train_test_split

LISTED = 10


def main(data, out):
    table = pd.read_csv(data)
    y = table.pop("needs_assistance_flag").to_numpy()
    features = pd.get_dummies(table.drop(columns=["user_id"]), drop_first=True)
    rows, _ = train_test_split(np.arange(len(y)), test_size=0.2, random_state=42, stratify=y)
    x, y = features.to_numpy(float)[rows], y[rows]
    fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100)
    influence = fit.get_influence()
    found = pd.DataFrame(x).assign(y=y, distance=influence.cooks_distance[0], leverage=influence.hat_matrix_diag, p=fit.fittedvalues)
    keys = [*range(x.shape[1]), "y"]
    found["rows"] = found.groupby(keys)["distance"].transform("size")
    found = found.drop_duplicates(keys).sort_values("distance", ascending=False).head(LISTED)
    report = {
        "log_likelihood": fit.llf,
        "deviance": fit.deviance,
        "null_deviance": fit.null_deviance,
        "mcfadden_r2": 1 - fit.llf / fit.llnull,
        "aic": fit.aic,
        "bic": fit.bic_llf,
        "influential": found[["distance", "leverage", "y", "p", "rows"]].to_dict("records"),
        "made_by": f"statsmodels {__import__('statsmodels').__version__}",
    }
    with open(out, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1, default=float)
        file.write("\n")


main(*sys.argv[1:])

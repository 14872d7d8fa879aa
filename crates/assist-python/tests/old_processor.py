"""Runs what a user of plain lists runs, and with the argument `numpy` the estimator's native half: on an emulated processor without
newer instructions none may be used."""

from __future__ import annotations

import sys
import warnings

import assist_learn
from assist_learn import _native

warnings.simplefilter("ignore")
table = {
    "errors": [0, 3, 1, 4, 0, 2] * 40,
    "device": ["Phone", "Phone", "Watch", "Watch", "Phone", "Watch"] * 40,
    "help": ([0, 1, 0, 1, 0, 0] * 15 + [1, 0, 1, 0, 1, 1] * 5) * 2,
}
trained = assist_learn.train(table, target="help")
assert len(trained.model.predict(table)["prediction"]) == 240
assert assist_learn.train(table, target="help", form="card", lines=2).model.form == "card"
assert assist_learn.compare(table, target="help", trees=5).verdict
if "numpy" in sys.argv:
    import json

    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 6))
    columns = _native.Columns().with_matrix([f"x{i}" for i in range(6)], X)
    columns = columns.with_classes("class", X[:, 0] + rng.normal(size=3000) > 0)
    model, _, _ = _native.fit_columns(columns, json.dumps({}), "class", ("y", "0", "1"))
    scores, first, rejected = model.scores(columns)
    assert first is None and rejected == 0 and np.isfinite(scores).all()
print("ran", *sys.argv[1:])

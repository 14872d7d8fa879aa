"""One of the tools that users could pick instead does the whole job; prints one line of JSON.

usage: peer.py NAME DATA [--target NAME]

The job: read the table without `user_id`, encode (numbers first, then each text column's sorted levels but the first),
split 80/20 as `train_test_split(..., random_state=42, stratify=y)` does, fit an L2 logistic regression with balanced
classes and C = 1, evaluate both parts. Each does it as someone would who knows that tool well: with the representation
and the solver that were fastest for it, and a tolerance that reaches the optimum where the tool can.
"""

import argparse
import importlib
import json
import os
import resource

from job import IDENTIFIER, SPLIT, Clock, NotRun, class_weights, metrics, result, split

# Beyond this many columns nearly every entry of a one-hot matrix is zero, and sparse matrices are faster.
WIDE = 200


# pandas and scikit-learn's liblinear, as in the original project.


def pandas_liblinear(data, target, clock, tolerance):
    with clock("import"):
        import pandas as pd
        import pyarrow.parquet as pq
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split
    with clock("read"):
        if data.endswith(".csv"):
            table = pd.read_csv(data, usecols=lambda name: name != IDENTIFIER)
        else:
            table = pd.read_parquet(data, columns=[name for name in pq.read_schema(data).names if name != IDENTIFIER])
    with clock("encode"):
        labels = table.pop(target)
        features, names = pandas_features(table)
    with clock("split"):
        x_train, x_test, y_train, y_test = train_test_split(features, labels, stratify=labels, **SPLIT)
    with clock("fit"):
        model = LogisticRegression(solver="liblinear", max_iter=2000, class_weight="balanced", tol=tolerance)
        model.fit(x_train, y_train)
    with clock("evaluate"):
        train = metrics(y_train, model.predict_proba(x_train)[:, 1])
        test = metrics(y_test, model.predict_proba(x_test)[:, 1])
    return result(names, model.coef_[0], model.intercept_[0], True, train, test)


def pandas_features(table):
    import pandas as pd

    text = list(table.select_dtypes(exclude="number"))
    if table[text].nunique().sum() <= WIDE:
        features = pd.get_dummies(table, drop_first=True)
        return features, list(features)
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder

    numbers = [name for name in table if name not in text]
    steps = [("numbers", "passthrough", numbers), ("text", OneHotEncoder(drop="first"), text)]
    encoder = ColumnTransformer(steps, sparse_threshold=1, verbose_feature_names_out=False)
    return encoder.fit_transform(table).tocsr(), encoder.get_feature_names_out()


# polars in front of several solvers.


class Table:
    """Features with text columns as sorted levels, labels, and the split."""

    def __init__(self, data, target, clock):
        import polars as pl

        with clock("read"):
            scan = (pl.scan_csv if data.endswith(".csv") else pl.scan_parquet)(data)
            table = scan.drop(IDENTIFIER).collect()
        with clock("encode"):
            self.labels = table[target].to_numpy()
            features = table.drop(target)
            text = [name for name, kind in features.schema.items() if kind == pl.String]
            self.numbers = [name for name in features.columns if name not in text]
            self.levels = {name: sorted(features[name].unique()) for name in text}
            coded = [pl.col(name).cast(pl.Enum(levels)) for name, levels in self.levels.items()]
            self.features = features.select([*self.numbers, *coded])
        with clock("split"):
            train, test = split(self.labels)
            self.parts = [(self.features[rows], self.labels[rows]) for rows in (train, test)]

    def names(self):
        return self.numbers + [f"{name}_{level}" for name, levels in self.levels.items() for level in levels[1:]]

    def is_wide(self):
        return len(self.names()) > WIDE

    def dense(self, part):
        import polars as pl

        levels = [
            (pl.col(name) == level).cast(pl.Float64).alias(f"{name}_{level}")
            for name, levels in self.levels.items()
            for level in levels[1:]
        ]
        return part.select([pl.col(self.numbers).cast(pl.Float64), *levels]).to_numpy(order="c")

    def sparse(self, part):
        import numpy as np
        from scipy.sparse import csr_matrix, hstack

        blocks = [csr_matrix(part.select(self.numbers).to_numpy().astype(float))]
        for name, levels in self.levels.items():
            codes = part[name].to_physical().to_numpy()
            rows = np.flatnonzero(codes)
            entries = (np.ones(len(rows)), (rows, codes[rows] - 1))
            blocks.append(csr_matrix(entries, shape=(len(codes), len(levels) - 1)))
        return hstack(blocks, format="csr")


def through_polars(data, target, clock, modules, matrix, fit):
    """`matrix` turns a part of the table into what the solver takes; `fit` gives coefficients, intercept, whether that
    is penalised, and a function from a matrix to probabilities."""
    with clock("import"):
        for module in ("polars", "sklearn.metrics", "sklearn.model_selection", *modules):
            importlib.import_module(module)
    table = Table(data, target, clock)
    (train, y_train), (test, y_test) = table.parts
    with clock("encode"):
        x_train, x_test = matrix(table, train), matrix(table, test)
    with clock("fit"):
        coefficients, intercept, penalised, predict = fit(x_train, y_train)
    with clock("evaluate"):
        train, test = metrics(y_train, predict(x_train)), metrics(y_test, predict(x_test))
    return result(table.names(), coefficients, intercept, penalised, train, test)


def scikit_learn(solver):
    def fit(x, y):
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(solver=solver, max_iter=1000, class_weight="balanced", tol=1e-8).fit(x, y)
        return model.coef_[0], model.intercept_[0], False, lambda x: model.predict_proba(x)[:, 1]

    return fit


def polars_newton_cholesky(*job):
    def matrix(table, part):
        needed = len(table.labels) * len(table.names()) * 8 / 1e9
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        if needed > physical / 2:
            raise NotRun(f"its dense matrix would take {needed:.0f} GB, and the machine has {physical:.0f} GB")
        return table.dense(part)

    return through_polars(*job, ["sklearn.linear_model"], matrix, scikit_learn("newton-cholesky"))


def polars_newton_cg(*job):
    def matrix(table, part):
        return table.sparse(part) if table.is_wide() else table.dense(part)

    return through_polars(*job, ["sklearn.linear_model", "scipy.sparse"], matrix, scikit_learn("newton-cg"))


def polars_glum(*job):
    """glum takes categorical columns as they are, and minimises the mean loss plus alpha / 2 |w|^2."""

    def fit(x, y):
        import numpy as np
        from glum import GeneralizedLinearRegressor

        settings = {"l1_ratio": 0, "drop_first": True, "gradient_tol": 1e-8, "max_iter": 1000}
        model = GeneralizedLinearRegressor(family="binomial", alpha=1 / len(y), **settings)
        model.fit(x, y, sample_weight=np.array(class_weights(y))[y])
        return model.coef_, model.intercept_, False, model.predict

    return through_polars(*job, ["glum"], lambda table, part: part, fit)


def snapml(*job):
    """The primal form leaves Snap ML's own intercept at zero, so that it is a column of ones here, penalised as any.

    The primal reaches the optimum on a narrow table, and on one thread in half the time that it takes on two. On a wide
    table neither form arrives, and the dual comes nearer.
    """

    def matrix(table, part):
        import numpy as np
        from scipy.sparse import hstack

        if table.is_wide():
            return hstack([table.sparse(part), np.ones((len(part), 1))], format="csr")
        return np.column_stack([table.dense(part), np.ones(len(part))])

    def fit(x, y):
        from snapml import LogisticRegression

        settings = {"regularizer": 1.0, "tol": 1e-9, "max_iter": 2000, "use_gpu": False, "n_jobs": 1}
        model = LogisticRegression(class_weight="balanced", dual=x.shape[1] > WIDE, **settings).fit(x, y)
        *coefficients, intercept = model.coef_.ravel()
        return coefficients, intercept, True, lambda x: model.predict_proba(x)[:, 1]

    return through_polars(*job, ["snapml", "scipy.sparse"], matrix, fit)


def h2o(*job):
    from peer_h2o import h2o_glm

    return h2o_glm(*job)


PEERS = {
    # liblinear stops at a share of the first gradient: 1e-10 reaches the optimum, 1e-4 is what everybody gets unasked.
    "pandas-liblinear": lambda *job: pandas_liblinear(*job, tolerance=1e-10),
    "pandas-liblinear-default": lambda *job: pandas_liblinear(*job, tolerance=1e-4),
    "polars-newton-cholesky": polars_newton_cholesky,
    "polars-newton-cg": polars_newton_cg,
    "polars-glum": polars_glum,
    "h2o": h2o,
    "snapml": snapml,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("data")
    parser.add_argument("--target", default="needs_assistance_flag")
    arguments = parser.parse_args()
    clock = Clock()
    try:
        outcome = PEERS[arguments.name](arguments.data, arguments.target, clock)
    except NotRun as reason:
        outcome = {"not_run": str(reason)}
    own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(outcome | {"seconds": clock.seconds, "own_peak_bytes": own_peak}))


main()

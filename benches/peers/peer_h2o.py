"""H2O's generalised linear model. The table stays in H2O's Java process, which is started for this job and ended."""

import os
import sys
import tempfile

from job import IDENTIFIER, class_weights, result, split

# It stops where nothing moves any more: the last step costs little, for Newton's steps converge quadratically.
TOLERANCES = {"beta_epsilon": 1e-10, "objective_epsilon": 1e-14, "gradient_epsilon": 1e-12, "max_iterations": 100}


def h2o_glm(data, target, clock):
    with clock("import"):
        import h2o
        import polars as pl
        import sklearn.model_selection  # noqa: F401  the split needs it, and its import is not the split's time
        from h2o.estimators import H2OGeneralizedLinearEstimator
    with tempfile.TemporaryDirectory() as folder:
        with clock("start"):
            half_of_memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 31
            places = {"ice_root": folder, "jvm_custom_args": [f"-Djava.io.tmpdir={folder}"]}
            h2o.init(max_mem_size=f"{max(half_of_memory, 1)}G", nthreads=-1, verbose=False, **places)
            h2o.no_progress()
        with clock("read"):
            scan = (pl.scan_csv if data.endswith(".csv") else pl.scan_parquet)(data)
            identifier = scan.collect_schema().names().index(IDENTIFIER)
            frame = h2o.import_file(os.path.abspath(data), skipped_columns=[identifier])
            labels = scan.select(target).collect()[target].to_numpy()
        with clock("split"):
            train, test, rows = divided(frame, target, labels, folder)
        with clock("encode"):
            names = coefficient_names(frame, target)
            penalty = proximal_penalty(list(names), 1 / rows)
        with clock("fit"):
            family = {"family": "binomial", "solver": "IRLSM", "lambda_": 0, "standardize": False}
            weights = {"weights_column": "row_weight", "beta_constraints": penalty}
            model = H2OGeneralizedLinearEstimator(**family, **weights, **TOLERANCES)
            features = [name for name in train.columns if name not in (target, "row_weight")]
            model.train(x=features, y=target, training_frame=train)
        with clock("evaluate"):
            # With the column of weights in them, the metrics would be weighted.
            parts = [metrics(model.model_performance(part.drop("row_weight"))) for part in (train, test)]
        fitted = model.coef()
        server_peak = peak_bytes(java_child())
        h2o.cluster().shutdown()
    coefficients = [fitted[name] for name in names]
    outcome = result(names.values(), coefficients, fitted["Intercept"], False, *parts)
    return outcome | {"server_peak_bytes": server_peak}


def divided(frame, target, labels, folder):
    """The training and the test part, both with weights, and how many rows the training part has."""
    import h2o
    import numpy as np
    import polars as pl

    train, _ = split(labels)
    is_train = np.zeros(len(labels), np.int8)
    is_train[train] = 1
    pl.DataFrame({"is_train": is_train}).write_parquet(f"{folder}/is_train.parquet")
    is_train = h2o.import_file(f"{folder}/is_train.parquet")
    zero, one = class_weights(labels[train])
    row_weight = (frame[target] == 1).ifelse(one, zero).set_names(["row_weight"])
    frame[target] = frame[target].asfactor()
    frame = frame.cbind(row_weight)
    return frame[is_train == 1], frame[is_train == 0], len(train)


def coefficient_names(frame, target):
    """H2O's names in the order of the comparison, each with the comparison's name."""
    features = [name for name in frame.columns if name != target]
    text = [name for name in features if frame.types[name] == "enum"]
    levels = {f"{name}.{level}": f"{name}_{level}" for name in text for level in frame[name].levels()[0][1:]}
    return {name: name for name in features if name not in text} | levels


def proximal_penalty(names, strength):
    """A positive lambda makes H2O keep every level of a column, which is another model. Its proximal penalty around
    zero is the same squared norm, and leaves the first level out."""
    import h2o

    penalty = {"names": names, "beta_given": [0.0] * len(names), "rho": [strength] * len(names)}
    return h2o.H2OFrame(penalty, column_types={"names": "string", "beta_given": "real", "rho": "real"})


def metrics(performance):
    """H2O's areas are those of 400 bins, and its matrix is that of the bin's threshold next to a half."""
    rows = performance.confusion_matrix(thresholds=[0.5]).to_list()
    (tn, fp), (fn, tp) = ([round(count) for count in row] for row in rows)
    return {
        "accuracy": (tn + tp) / (tn + fp + fn + tp),
        "confusion_matrix": [[tn, fp], [fn, tp]],
        "roc_auc": performance.auc(),
        "average_precision": performance.aucpr(),
        "log_loss": performance.logloss(),
        "brier": performance.mse(),
    }


def java_child():
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as children:
            for child in children.read().split():
                with open(f"/proc/{child}/comm") as name:
                    if name.read().strip() == "java":
                        return child
    sys.exit("H2O's Java process is not a child of this one")


def peak_bytes(process):
    with open(f"/proc/{process}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

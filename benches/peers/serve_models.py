"""The models that the peers of `serve.py` serve: the pickle of the original project, and the same regression for MLflow.

usage: serve_models.py DATA.csv OUT_DIR

MLflow gets a pipeline, as its server takes users as they are: one-hot encoding without the first level, in front of the
classifier of the original, fitted to the optimum; the pickle stays where scikit-learn's default tolerance stops. It is saved without a signature, since its server is faster without one to enforce.
"""

import os
import subprocess
import sys
import warnings

import mlflow
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

TARGET = "needs_assistance_flag"


def main(data, out):
    original = os.path.join(os.path.dirname(os.path.abspath(__file__)), "original.py")
    subprocess.run([sys.executable, original, data, out], check=True, stdout=subprocess.DEVNULL)
    users = pd.read_csv(data).drop(columns=["user_id"])
    labels = users.pop(TARGET)
    text = list(users.select_dtypes(exclude="number"))
    encoder = ColumnTransformer([("text", OneHotEncoder(drop="first"), text)], remainder="passthrough")
    classifier = LogisticRegression(solver="liblinear", max_iter=2000, class_weight="balanced", tol=1e-10)
    train, _, train_labels, _ = train_test_split(users, labels, test_size=0.2, random_state=42, stratify=labels)
    pipeline = make_pipeline(encoder, classifier).fit(train, train_labels)
    warnings.filterwarnings("ignore")
    # Its newer formats keep no trees of steps that are not known to be safe; this model is our own.
    mlflow.sklearn.save_model(pipeline, os.path.join(out, "mlflow"), pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle")


main(*sys.argv[1:])

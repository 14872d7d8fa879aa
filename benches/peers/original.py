"""The steps of the original project: pandas, get_dummies, a stratified split, liblinear, evaluation, joblib.

usage: original.py DATA.csv OUT_DIR
"""
import sys

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix
from sklearn.model_selection import train_test_split


def main(data, out):
    table = pd.read_csv(data).drop(columns=["user_id"])
    y = table.pop("needs_assistance_flag")
    features = pd.get_dummies(table, drop_first=True)
    x_train, x_test, y_train, y_test = train_test_split(features, y, test_size=0.2, random_state=42, stratify=y)
    model = LogisticRegression(solver="liblinear", max_iter=2000, class_weight="balanced")
    model.fit(x_train, y_train)
    for name, x, labels in (("train", x_train, y_train), ("test", x_test, y_test)):
        decision = model.predict(x)
        print(name, accuracy_score(labels, decision))
        print(confusion_matrix(labels, decision))
        print(classification_report(labels, decision))
    print(pd.Series(model.coef_[0], index=features.columns).sort_values(ascending=False))
    joblib.dump(model, f"{out}/logistic_model.pkl")
    joblib.dump(list(features.columns), f"{out}/model_features.pkl")


main(*sys.argv[1:])

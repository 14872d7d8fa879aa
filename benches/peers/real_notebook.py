"""The first notebook that one writes: pandas, scikit-learn, DuckDB. Prints labelled test rows and predictions.

usage: real_notebook.py plain|dropna|pipeline|duckdb FILE TARGET
"""

import sys

how, path, target = sys.argv[1:]


def plain(how):
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    table = pd.read_csv(path)
    if how == "dropna":
        table = table.dropna()
    labels = table.pop(target)
    features = pd.get_dummies(table, drop_first=True)
    train, test, train_labels, test_labels = train_test_split(
        features, labels, test_size=0.2, stratify=labels, random_state=42
    )
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(train, train_labels)
    # Rows that were dropped because of a gap have no prediction either.
    dropped = round(0.2 * (pd.read_csv(path)[target].notna().sum() - len(labels)))
    return len(test) + dropped, len(model.predict(test))


def pipeline():
    import pandas as pd
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_csv(path).dropna(subset=[target])
    labels = table.pop(target)
    train, test, train_labels, test_labels = train_test_split(
        table, labels, test_size=0.2, stratify=labels, random_state=42
    )
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (texts, make_column_selector(dtype_exclude="number"))
    )
    model = make_pipeline(columns, LogisticRegression(class_weight="balanced", max_iter=1000))
    return len(test), len(model.fit(train, train_labels).predict(test))


def duckdb():
    import duckdb

    quoted = target.replace('"', '""')
    rows = duckdb.sql(f"""SELECT "{quoted}" FROM read_csv('{path.replace("'", "''")}')""").fetchall()
    labelled = sum(label is not None and label != "NA" for (label,) in rows)
    return labelled, labelled


print(*{"plain": lambda: plain(how), "dropna": lambda: plain(how), "pipeline": pipeline, "duckdb": duckdb}[how]())

"""The first notebook that one writes with pandas, scikit-learn or DuckDB, as functions of a file and its target.

Each returns how many labelled test rows there are, and how many of them it predicted.
"""


def fit_alone(path, target):
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    table = pd.read_csv(path)
    labels = table.pop(target)
    features = pd.get_dummies(table, drop_first=True)
    train, test, train_labels, _ = train_test_split(features, labels, test_size=0.2, stratify=labels, random_state=42)
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(train, train_labels)
    return len(test), len(model.predict(test))


def fit_after_dropna(path, target):
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    table = pd.read_csv(path).dropna()
    labels = table.pop(target)
    features = pd.get_dummies(table, drop_first=True)
    train, test, train_labels, _ = train_test_split(features, labels, test_size=0.2, stratify=labels, random_state=42)
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(train, train_labels)
    # A labelled row that was dropped for a gap has no prediction either.
    labelled = pd.read_csv(path)[target].notna().sum()
    return round(0.2 * labelled), len(model.predict(test))


def pipeline(path, target):
    import pandas as pd
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_csv(path).dropna(subset=[target])
    labels = table.pop(target)
    train, test, train_labels, _ = train_test_split(table, labels, test_size=0.2, stratify=labels, random_state=42)
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (texts, make_column_selector(dtype_exclude="number"))
    )
    model = make_pipeline(columns, LogisticRegression(class_weight="balanced", max_iter=1000))
    return len(test), len(model.fit(train, train_labels).predict(test))


def duckdb_reads(path, target):
    import duckdb

    column, file = target.replace('"', '""'), path.replace("'", "''")
    labels = duckdb.sql(f"""SELECT "{column}" FROM read_csv('{file}')""").fetchall()
    labelled = sum(label is not None and label != "NA" for (label,) in labels)
    return labelled, labelled

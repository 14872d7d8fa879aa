"""MLflow's scoring client, which sends data frames to `/invocations`."""

import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from service import bits, column

SOME = 500
FIGURES = {"scores": "score", "raw_probabilities": "raw_probability", "probabilities": "probability"}


@pytest.fixture
def client(service):
    return ScoringServerClient(service.host, service.port)


@pytest.fixture
def frame(users):
    return pd.DataFrame(users[:SOME])


def held_against(predicted, answer):
    """Each list of an answer, beside what the program predicts for the rows that have a prediction."""
    has_one = [prediction is not None for prediction in answer["predictions"]]
    kept = lambda values: [value for value, has in zip(values, has_one, strict=True) if has]
    assert kept(answer["predictions"]) == column(predicted, "prediction")
    for name, figure in FIGURES.items():
        assert bits(kept(answer[name])) == bits(column(predicted, figure))


def labels(answer):
    """What MLflow's client makes of an answer: a frame of one column."""
    return answer.get_predictions().iloc[:, 0]


def test_it_is_ready(client):
    client.ping()
    client.wait_server_ready(timeout=5)


def test_frames(client, frame, predicted):
    held_against(predicted[:SOME], client.invoke(frame))
    assert labels(client.invoke(frame)).tolist() == column(predicted[:SOME], "prediction")


def test_frames_with_rows_and_columns_in_another_order(client, frame, users, predicted):
    # The names of its rows are sent along, and nothing depends on them.
    turned = frame.iloc[::-1, ::-1]
    assert turned.index[0] == SOME - 1
    held_against(predicted[:SOME][::-1], client.invoke(turned))


def test_frames_with_more_columns(client, frame, predicted):
    more = frame.assign(user_id=range(SOME), note="größer", when=pd.Timestamp("2024-02-29"), weight=1.5)
    held_against(predicted[:SOME], client.invoke(more))


def test_frames_with_columns_of_other_kinds(client, frame, predicted):
    texts = frame.select_dtypes(exclude="number").columns
    kinds = frame.astype(dict.fromkeys(texts, "category") | {"error_count": "Int64", "task_completion_time_sec": "float32"})
    held_against(predicted[:SOME], client.invoke(kinds))


def test_parameters_are_passed_over(client, frame, predicted):
    held_against(predicted[:SOME], client.invoke(frame, params={"threshold": 0.5}))


def test_records(service, users, predicted):
    answer = service.post("/invocations", {"dataframe_records": users[:SOME]})
    assert answer.status_code == 200, answer.text
    held_against(predicted[:SOME], answer.json())


def test_rows_that_cannot_be_scored(client, frame, predicted):
    frame = frame.head(4).copy()
    frame.loc[1, "device_type"] = "Größenwahn"
    frame["error_count"] = frame["error_count"].astype("Int64")
    frame.loc[2, "error_count"] = pd.NA
    answer = client.invoke(frame)
    assert labels(answer).isna().tolist() == [False, True, True, False]
    assert all(answer[name][row] is None for name in FIGURES for row in [1, 2])
    held_against([predicted[0], predicted[3]], answer)
    assert answer["rejected"] == 2
    reasons = [(at["row"], at["reason"]) for at in answer["rejections"]]
    assert [row for row, _ in reasons] == [1, 2]
    assert "device_type" in reasons[0][1] and "error_count" in reasons[1][1]


def test_a_missing_number_of_a_frame_is_a_missing_value(client, frame):
    # NaN is no JSON; MLflow's client sends it all the same.
    frame = frame.head(2).astype({"error_count": float})
    frame.loc[1, "error_count"] = float("nan")
    answer = client.invoke(frame)
    assert answer["rejected"] == 1
    assert answer["rejections"][0]["row"] == 1 and "error_count" in answer["rejections"][0]["reason"]


def test_a_column_that_is_missing_is_named(client, frame):
    answer = client.invoke(frame.drop(columns="input_mode"))
    assert answer["rejected"] == SOME
    assert "input_mode" in answer["rejections"][0]["reason"]


TWICE = '{"dataframe_split": {"columns": ["error_count", "error_count"], "data": [[1, 2]]}}'
RAGGED = '{"dataframe_split": {"columns": ["error_count"], "data": [[1], [1, 2]]}}'
BOTH = '{"dataframe_split": {"columns": [], "data": []}, "dataframe_records": []}'


@pytest.mark.parametrize("data", [[[1, 2]], {}, "no JSON", "{}", "[]", TWICE, RAGGED, BOTH])
def test_what_is_no_frame_is_refused(client, data):
    with pytest.raises(Exception, match="error code 400.*dataframe_split"):
        client.invoke(data)


def test_no_rows(client, frame):
    assert client.invoke(frame.head(0))["predictions"] == []

"""Prometheus' own parser on `/metrics`, chosen by the type of the answer as Prometheus chooses it."""

import math
from collections import Counter

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics


def scraped(service):
    """The families of counters, by name."""
    answer = service.get("/metrics")
    assert answer.status_code == 200
    is_open = answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert is_open or answer.headers["Content-Type"].startswith("text/plain")
    families = list((open_metrics if is_open else parser.text_string_to_metric_families)(answer.text))
    assert len({family.name for family in families}) == len(families)
    return {family.name: family for family in families}


def total(families, name, **labels):
    """The sum over all samples with these labels."""
    samples = [sample for sample in families[name].samples if sample.name == f"{name}_total"] if name in families else []
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def test_families_are_described(service, users):
    service.predict(users[0])
    service.post("/v1/predict", users[0] | {"device_type": "Abacus"})
    families = scraped(service)
    assert {"assist_http_requests", "assist_predictions", "assist_rejections", "assist_model_info"} <= families.keys()
    for family in families.values():
        assert family.name.startswith("assist_")
        assert family.documentation
        assert family.type != "unknown"


def test_predictions_and_rejections_are_counted(service, users):
    before = scraped(service)
    answers = service.predict(users[:100])
    refused = service.post("/v1/predict", users[0] | {"device_type": "Abacus"})
    assert refused.status_code == 422
    after = scraped(service)
    grown = lambda name, **labels: total(after, name, **labels) - total(before, name, **labels)
    for prediction, rows in Counter(answer["prediction"] for answer in answers).items():
        assert grown("assist_predictions", model="default", prediction=str(prediction)) == rows
    assert grown("assist_predictions") == 100
    assert grown("assist_rejections", model="default", column="device_type") == grown("assist_rejections") == 1
    assert grown("assist_http_requests", route="/v1/predict", status="200") == 1
    assert grown("assist_http_requests", route="/v1/predict", status="422") == 1
    # The first look at the counters is the only other request.
    assert grown("assist_http_requests") == 3


def test_histograms_add_up(service):
    service.get("/healthz")
    family = scraped(service)["assist_http_request_duration_seconds"]
    assert family.type == "histogram"
    buckets = {}
    for sample in family.samples:
        route = sample.labels["route"]
        if sample.name.endswith("_bucket"):
            buckets.setdefault(route, []).append((float(sample.labels["le"]), sample.value))
    counts = {sample.labels["route"]: sample.value for sample in family.samples if sample.name.endswith("_count")}
    assert "/healthz" in counts and counts.keys() == buckets.keys()
    for route, of_route in buckets.items():
        bounds, values = zip(*of_route)
        assert list(bounds) == sorted(bounds) and math.isinf(bounds[-1])
        assert list(values) == sorted(values) and values[-1] == counts[route]


def test_the_model_is_named(service):
    [sample] = scraped(service)["assist_model_info"].samples
    assert sample.labels["model"] == "default"
    assert sample.labels["model_id"] == service.post("/v1/predict", []).headers["X-Model-Id"]
    assert sample.value == 1


@pytest.mark.parametrize("path", ["/%6eo%20such", "/nothing?user=secret-17", "/v2/models/secret-17/ready", "/v1/model?model=secret-17"])
def test_addresses_of_callers_are_no_labels(service, path):
    service.get(path)
    assert "secret-17" not in service.get("/metrics").text
    assert "such" not in service.get("/metrics").text

"""Counting labels in the quality exporter's text."""

from ci.new_labels import count_labels

TEXT = """# HELP model_quality_labels_total Labels received
# TYPE model_quality_labels_total counter
model_quality_labels_total{model="fraud",source="chargeback",outcome="joined"} 1200
model_quality_labels_total{model="fraud",source="alert",outcome="joined"} 34
model_quality_labels_total{model="fraud",source="alert",outcome="unknown"} 5
model_quality_labels_total{model="other",source="alert",outcome="joined"} 9
model_quality_labels_total_created{model="fraud"} 1.7e9
model_quality_predictions{model="fraud",version="1",window="7d"} 5000
"""


def test_adds_up_the_labels_that_found_their_prediction() -> None:
    assert count_labels(TEXT, ["fraud"]) == {"fraud": 1234}


def test_a_model_without_labels_is_left_out() -> None:
    assert count_labels(TEXT, ["churn"]) == {}
    assert count_labels("", ["fraud"]) == {}


def test_reads_numbers_as_prometheus_writes_them() -> None:
    sample = 'model_quality_labels_total{model="fraud",source="a",outcome="joined"} 1.5e+06'
    assert count_labels(sample, ["fraud"]) == {"fraud": 1_500_000}

"""Metrics by hand-made answers."""

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import PipelineError
from pipeline.examples import Examples, Scores
from pipeline.model_code import Metric
from pipeline.steps.evaluate import best_threshold, evaluate, failed_gates


def examples(labels: list[int]) -> Examples:
    x = pd.DataFrame({"x": np.zeros(len(labels), np.float32)})
    time = pd.Series(pd.Timestamp("2026-01-01"), index=x.index)
    return Examples(x, pd.Series(labels), time, pd.DataFrame({"weight": range(len(labels))}))


def test_the_threshold_separates_classes_that_can_be_separated() -> None:
    threshold = best_threshold(examples([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9]), beta=1.0)
    assert threshold == 0.6


def test_a_larger_beta_lowers_the_threshold() -> None:
    rows, scores = examples([0, 1, 0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.9])
    assert best_threshold(rows, scores, beta=3.0) < best_threshold(rows, scores, beta=0.3)


def test_confusion_counts_scores_at_the_threshold_as_positive() -> None:
    metrics = evaluate(examples([1, 0, 1, 0]), np.array([0.5, 0.6, 0.4, 0.1]), 0.5, {})
    counts = [metrics[name] for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")]
    assert counts == [1, 1, 1, 1]
    assert metrics["precision"] == metrics["recall"] == metrics["f1"] == 0.5


def test_a_model_that_never_says_yes_has_precision_zero() -> None:
    metrics = evaluate(examples([1, 0]), np.array([0.2, 0.1]), 0.5, {})
    assert metrics["precision"] == metrics["f1"] == 0.0


def test_ranking_metrics_of_a_known_order() -> None:
    metrics = evaluate(examples([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]), 0.5, {})
    assert metrics["average_precision"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)
    assert metrics["auc_roc"] == 0.75


def test_gates_name_the_metric_the_value_and_the_bound() -> None:
    assert failed_gates({"auc_roc": 0.7, "recall": 0.5}, {"auc_roc": 0.8, "recall": 0.5}) == [
        "auc_roc is 0.7, below 0.8"
    ]


def weight_caught(rows: Examples, scores: Scores) -> float:
    return float(rows.events["weight"][(scores >= 0.5) & (rows.label == 1).to_numpy()].sum())


def test_a_metric_of_the_model_s_own_sees_the_events() -> None:
    own = {"weight_caught": Metric("weight caught", weight_caught)}
    metrics = evaluate(examples([0, 0, 1, 1]), np.array([0.9, 0.1, 0.6, 0.7]), 0.5, own)
    assert metrics["weight_caught"] == 5.0


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), None, np.array([0.1, 0.2]), "good"])
def test_a_metric_that_is_not_a_number_is_named(answer: object) -> None:
    own = {"odd": Metric("odd", lambda *_: answer)}  # type: ignore[arg-type]
    with pytest.raises(PipelineError) as caught:
        evaluate(examples([1, 0]), np.array([0.9, 0.1]), 0.5, own)
    assert caught.value.as_dict() == {
        "what": "the model's metric odd did not return a number",
        "got": str(answer),
        "expected": "one finite number",
        "fix": "fix the function named by metrics.odd in model.yaml",
    }

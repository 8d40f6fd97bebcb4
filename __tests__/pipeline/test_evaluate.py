"""Metrics by hand-made answers."""

import numpy as np
import pandas as pd
import pytest

from pipeline.examples import Examples
from pipeline.steps.evaluate import best_threshold, card_precision, evaluate, failed_gates


def examples(labels: list[int], entities: list[int] | None = None, days: list[int] | None = None) -> Examples:
    count = len(labels)
    time = pd.Timestamp("2026-01-01") + pd.to_timedelta(pd.Series(days or [0] * count), unit="D")
    entity = pd.Series(entities or list(range(count)))
    return Examples(pd.DataFrame({"x": np.zeros(count, np.float32)}), pd.Series(labels), entity, time)


def test_card_precision_counts_cards_not_transactions() -> None:
    rows = examples([1, 1, 0, 0], entities=[1, 1, 2, 3])
    assert card_precision(rows, np.array([0.9, 0.8, 0.7, 0.1]), cards=2) == 0.5


def test_card_precision_leaves_out_cards_found_on_an_earlier_day() -> None:
    rows = examples([1, 1, 1, 0], entities=[1, 1, 2, 3], days=[0, 1, 1, 1])
    scores = np.array([0.9, 0.9, 0.8, 0.1])
    assert card_precision(rows, scores, cards=1) == 1.0
    assert card_precision(rows, np.array([0.9, 0.9, 0.05, 0.1]), cards=1) == 0.5


def test_card_precision_keeps_cards_that_were_checked_in_vain() -> None:
    rows = examples([0, 1], entities=[1, 1], days=[0, 1])
    assert card_precision(rows, np.array([0.9, 0.9]), cards=1) == 0.5


def test_the_threshold_separates_classes_that_can_be_separated() -> None:
    threshold = best_threshold(examples([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9]), beta=1.0)
    assert threshold == 0.6


def test_a_larger_beta_lowers_the_threshold() -> None:
    rows, scores = examples([0, 1, 0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.9])
    assert best_threshold(rows, scores, beta=3.0) < best_threshold(rows, scores, beta=0.3)


def test_confusion_counts_scores_at_the_threshold_as_positive() -> None:
    metrics = evaluate(examples([1, 0, 1, 0]), np.array([0.5, 0.6, 0.4, 0.1]), 0.5)
    counts = [metrics[name] for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")]
    assert counts == [1, 1, 1, 1]
    assert metrics["precision"] == metrics["recall"] == metrics["f1"] == 0.5


def test_a_model_that_never_says_yes_has_precision_zero() -> None:
    metrics = evaluate(examples([1, 0]), np.array([0.2, 0.1]), 0.5)
    assert metrics["precision"] == metrics["f1"] == 0.0


def test_ranking_metrics_of_a_known_order() -> None:
    metrics = evaluate(examples([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]), 0.5)
    assert metrics["average_precision"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)
    assert metrics["auc_roc"] == 0.75


def test_gates_name_the_metric_the_value_and_the_bound() -> None:
    assert failed_gates({"auc_roc": 0.7, "recall": 0.5}, {"auc_roc": 0.8, "recall": 0.5}) == [
        "auc_roc is 0.7, below 0.8"
    ]

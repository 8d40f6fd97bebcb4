"""How good scores are, on rows the model has not seen."""

from collections.abc import Mapping

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from pipeline import errors
from pipeline.examples import Examples, Scores
from pipeline.guard import guarded
from pipeline.model_code import Metric


def best_threshold(examples: Examples, scores: Scores, beta: float) -> float:
    """The score at which F-beta is highest; a score at or above it counts as positive."""
    precision, recall, thresholds = precision_recall_curve(examples.label, scores)
    weight = beta * beta
    divisor = weight * precision + recall
    value = np.divide((1 + weight) * precision * recall, divisor, out=np.zeros_like(divisor), where=divisor > 0)
    return round(float(thresholds[int(np.argmax(value[:-1]))]), 6)


def ranking(examples: Examples, scores: Scores, own: Mapping[str, Metric]) -> dict[str, float]:
    """The metrics that need no threshold, including the model's custom ones."""
    return {
        "average_precision": round(float(average_precision_score(examples.label, scores)), 6),
        "auc_roc": round(float(roc_auc_score(examples.label, scores)), 6),
        **{name: _measure(name, metric, examples, scores) for name, metric in own.items()},
    }


def evaluate(examples: Examples, scores: Scores, threshold: float, own: Mapping[str, Metric]) -> dict[str, float]:
    """All metrics that gates may name, and the confusion counts at `threshold`."""
    positive = scores >= threshold
    truth = examples.label.to_numpy() == 1
    hits = int((positive & truth).sum())
    false_alarms = int((positive & ~truth).sum())
    misses = int((~positive & truth).sum())
    precision = hits / (hits + false_alarms) if hits + false_alarms else 0.0
    recall = hits / (hits + misses)
    return {
        **ranking(examples, scores, own),
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(2 * precision * recall / (precision + recall), 6) if hits else 0.0,
        "true_positives": hits,
        "false_positives": false_alarms,
        "false_negatives": misses,
        "true_negatives": int((~positive & ~truth).sum()),
    }


def failed_gates(metrics: Mapping[str, float], gates: Mapping[str, float]) -> list[str]:
    """One sentence per failed gate."""
    return [f"{name} is {metrics[name]:g}, below {least:g}" for name, least in gates.items() if metrics[name] < least]


def _measure(name: str, metric: Metric, examples: Examples, scores: Scores) -> float:
    value: object = guarded(f"metric {name}", metric.function, examples, scores)
    if not isinstance(value, int | float | np.integer | np.floating) or not np.isfinite(value):
        raise errors.bad_metric(name, value)
    return round(float(value), 6)

"""How good scores are, on rows the model has not seen."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from pipeline.examples import Examples

CARDS_A_DAY = 100
Scores = npt.NDArray[np.float64]


def card_precision(examples: Examples, scores: Scores, cards: int = CARDS_A_DAY) -> float:
    """Share of frauds among the `cards` entities with the highest scores of each day, mean over the days.

    An entity found once is blocked, and left out on later days (handbook, chapter 4).
    """
    rows = pd.DataFrame({"score": scores, "label": examples.label.to_numpy(), "entity": examples.entity.to_numpy()})
    rows["day"] = examples.time.dt.normalize().to_numpy()
    found: set[object] = set()
    shares = []
    for _, day in rows.groupby("day"):
        best = day[~day["entity"].isin(found)].groupby("entity")[["score", "label"]].max()
        best = best.sort_values("score", ascending=False, kind="stable").head(cards)
        hits = best.index[best["label"] == 1]
        found |= set(hits)
        shares.append(len(hits) / cards)
    return float(np.mean(shares))


def best_threshold(examples: Examples, scores: Scores, beta: float) -> float:
    """The score at which F-beta is highest; a score at or above it counts as positive."""
    precision, recall, thresholds = precision_recall_curve(examples.label, scores)
    weight = beta * beta
    divisor = weight * precision + recall
    value = np.divide((1 + weight) * precision * recall, divisor, out=np.zeros_like(divisor), where=divisor > 0)
    return round(float(thresholds[int(np.argmax(value[:-1]))]), 6)


def ranking(examples: Examples, scores: Scores) -> dict[str, float]:
    """The metrics that need no threshold."""
    return {
        "average_precision": round(float(average_precision_score(examples.label, scores)), 6),
        "auc_roc": round(float(roc_auc_score(examples.label, scores)), 6),
        f"card_precision_{CARDS_A_DAY}": round(card_precision(examples, scores), 6),
    }


def evaluate(examples: Examples, scores: Scores, threshold: float) -> dict[str, float]:
    """All metrics of model.yaml's gates, and the confusion counts at `threshold`."""
    positive = scores >= threshold
    truth = examples.label.to_numpy() == 1
    hits = int((positive & truth).sum())
    false_alarms = int((positive & ~truth).sum())
    misses = int((~positive & truth).sum())
    precision = hits / (hits + false_alarms) if hits + false_alarms else 0.0
    recall = hits / (hits + misses)
    return {
        **ranking(examples, scores),
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(2 * precision * recall / (precision + recall), 6) if hits else 0.0,
        "true_positives": hits,
        "false_positives": false_alarms,
        "false_negatives": misses,
        "true_negatives": int((~positive & ~truth).sum()),
    }


def failed_gates(metrics: Mapping[str, float], gates: Mapping[str, float]) -> list[str]:
    """One sentence per gate that the metrics do not pass."""
    return [f"{name} is {metrics[name]:g}, below {least:g}" for name, least in gates.items() if metrics[name] < least]

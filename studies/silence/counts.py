"""What a series of models saw of the card fraud generator's transactions, as one JSON document.

usage: python studies/silence/counts.py
           '{"seed": 1, "days": 186, "references": [72, 100], "fault": {"day": 178, "factor": 1.1}}'
Without `fault` all references are counted; with it only the last, whose senders multiply `amount` from that day on.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "studies/drift")]

from paths import NAMES, Scored, Traffic, counted, scored, traffic  # noqa: E402

SCORE_BINS = 1_000


def faulty(rows: Traffic, day: int, factor: float) -> Traffic:
    x = rows.x.copy()
    x[rows.hour >= day * 24, NAMES.index("amount")] *= np.float32(factor)
    return Traffic(x, rows.hour, rows.label)


def best_threshold(scores: npt.NDArray[np.float32], labels: npt.NDArray[np.int8]) -> float:
    """The score from which on F1 is greatest."""
    order = np.argsort(-scores)
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + labels.sum())
    return float(scores[order][int(np.argmax(f1))])


def score_table(rows: Scored, threshold: float, first_day: int) -> list[list[float]]:
    """Day, bin of the score, decision, label, rows and sum of their scores: what the quality exporter keeps."""
    day = rows.hour // 24
    kept = day >= first_day
    bins = np.minimum(rows.score[kept] * SCORE_BINS, SCORE_BINS - 1).astype(np.int64)
    decision = (rows.score[kept] >= threshold).astype(np.int64)
    key = ((day[kept] * SCORE_BINS + bins) * 2 + decision) * 2 + rows.label[kept]
    found, at = np.unique(key, return_inverse=True)
    counts = np.bincount(at)
    sums = np.bincount(at, weights=rows.score[kept])
    return [
        [int(k // 4 // SCORE_BINS), int(k // 4 % SCORE_BINS), int(k // 2 % 2), int(k % 2), int(n), round(float(s), 4)]
        for k, n, s in zip(found, counts, sums, strict=True)
    ]


def version(rows: Traffic, reference: int, seed: int) -> dict[str, Any]:
    model = scored(rows, reference, seed)
    served = counted(model, reference)
    day = model.hour // 24
    yardstick = (day >= reference) & (day < reference + 7)
    threshold = best_threshold(model.score[yardstick], model.label[yardstick])
    return {
        "reference": reference,
        "reference_rows": served.reference_rows,
        "series": [
            {"name": each.name, "shares": each.shares.tolist(), "noise": each.noise, "hourly": each.hourly.tolist()}
            for each in served.series
        ],
        "scores": score_table(model, threshold, reference + 7),
    }


def main(asked: dict[str, Any]) -> None:
    seed, references = asked["seed"], asked["references"]
    rows = traffic(seed, asked["days"], 1.0, None)
    if "fault" in asked:
        rows, references = faulty(rows, **asked["fault"]), references[-1:]
    json.dump([version(rows, reference, seed) for reference in references], sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

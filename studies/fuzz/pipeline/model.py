"""A small model whose folder is written anew for every case."""

import copy
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

NAME = "small"
AS_OF = date(2026, 3, 1)
PERIOD = ("--from", "2026-02-10", "--to", "2026-02-14")
FILE = "events.csv"
KINDS = ("a", "b", "c d", "é")
MODEL: dict[str, Any] = {
    "name": NAME,
    "description": "A small model.",
    "owner": "ML",
    "on_call": "Ops",
    "seed": 1,
    "source": {"type": "file", "parameters": {"path": FILE, "rename": {"when": "time"}}},
    "columns": {
        "id": {"type": "integer", "min": 0, "unique": True},
        "time": {"type": "time"},
        "kind": {"type": "text"},
        "size": {"type": "number", "min": 0, "max": 1000, "nullable": True},
        "count": {"type": "integer", "min": 0},
        "label": {"type": "integer", "values": [0, 1]},
    },
    "label": "label",
    "time": "time",
    "eligible": "code:eligible",
    "label_delay_days": 1,
    "clean": {"max_bad_share": 0.5},
    "window": {"history_days": 1, "train_days": 4, "test_days": 4},
    "features": [
        {"name": "kind", "type": "category", "categories": list(KINDS)},
        {"name": "size", "type": "number", "min": 0, "nullable": True},
        {"name": "count", "type": "number", "min": 0, "integer": True},
    ],
    "search": {
        "trials": 2,
        "rounds": 5,
        "patience": 5,
        "fixed": {"min_child_samples": 5},
        "space": {"learning_rate": {"log_range": [0.05, 0.2]}, "num_leaves": [4, 8]},
    },
    "threshold": {"beta": 1.0},
    "metrics": {"own": {"title": "own metric", "function": "code:own"}},
    "gates": {"auc_roc": 0.0, "own": 0.0},
}
CODE = '''"""Code of the small model."""


def eligible(examples, cycle):
    return (examples.events["count"] >= 0).to_numpy()


def own(examples, scores):
    return float(scores.mean())
'''
CARD = "# $name\n\n$metrics_table\n"


def model() -> dict[str, Any]:
    """A copy to change."""
    return copy.deepcopy(MODEL)


def events(days: int = 40, a_day: int = 12) -> pd.DataFrame:
    """As a file has them: texts, and a name that model.yaml renames."""
    random = np.random.default_rng(1)
    rows = days * a_day
    start = datetime(2026, 1, 20)
    kind = random.integers(len(KINDS), size=rows)
    size = random.gamma(2.0, 2.0, rows).round(2)
    label = (random.random(rows) < np.array([0.1, 0.2, 0.5, 0.6])[kind]).astype(int)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "when": [(start + timedelta(days=row / a_day)).isoformat() for row in range(rows)],
            "kind": np.array(KINDS)[kind],
            "size": size,
            "count": random.integers(0, 50, rows),
            "label": label,
        }
    )


def write_model(folder: Path, text: str | None = None) -> None:
    """Everything but the data; `text` takes the place of the sound model.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(as_yaml(model()) if text is None else text, encoding="utf-8")
    (folder / "code.py").write_text(CODE)
    (folder / "model-card.md").write_text(CARD)


def as_yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)

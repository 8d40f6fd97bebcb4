"""Trains the tree ensemble that `trees.ts` measures, and exports it as the pipeline exports every model.

Run in the repository's root, with 200 trees, 31 leaves and 30 features unless told otherwise:
`PYTHONPATH=. .venv/bin/python studies/hot-path/make_trees.py FILE [TREES LEAVES FEATURES]`
"""

from __future__ import annotations

import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

from pipeline.steps.export import to_onnx

ROWS = 50_000


def train(trees: int, leaves: int, features: int) -> lgb.Booster:
    random = np.random.default_rng(7)
    x = random.normal(size=(ROWS, features)).astype(np.float32)
    x[random.random(x.shape) < 0.05] = np.nan
    known = np.nan_to_num(x)
    margin = known[:, 0] + known[:, 1] * known[:, 2] + np.sin(2 * known).sum(axis=1) / 2 + random.normal(size=ROWS)
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "learning_rate": 0.05,
        "num_threads": 1,
        "seed": 7,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    return lgb.train(settings, lgb.Dataset(x, (margin > 1).astype(np.int32)), trees)


if __name__ == "__main__":
    path, *sizes = sys.argv[1:]
    trees, leaves, features = map(int, sizes) if sizes else (200, 31, 30)
    Path(path).write_bytes(to_onnx(train(trees, leaves, features), features))

"""Make the benchmark's model, its package, and the rows that are sent with the scores they must get.

Equal numbers on every run with equal libraries: one thread, fixed seeds.
usage: python -m studies.bench.model.make_model FOLDER
"""

import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.exact import exact_thresholds
from pipeline.layer import canonical_json, with_manifest
from pipeline.steps.export import OPSET, histogram, require_parity, score_onnx, to_onnx
from pipeline.steps.proof import make_proof

TREES = 200
LEAVES = 31
FEATURES = 30
TRAINING_ROWS = 40_000
SENT_ROWS = 16_384
SEED = 4
Matrix = npt.NDArray[np.float32]


def draw(rows: int, random: np.random.Generator) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Rows as tabular models see them, a third amounts, a third averages, a third shares; and a label."""
    third = FEATURES // 3
    amounts = random.lognormal(3.5, 1.2, (rows, third))
    averages = random.normal(0, 25, (rows, third))
    shares = random.beta(0.8, 3, (rows, third))
    x: Matrix = np.hstack([amounts, averages, shares]).astype(np.float32)
    logit = (
        np.log(x[:, 0] + 1) * x[:, 20] * 2
        + np.sin(x[:, 10] / 10) * (x[:, 1] > 60)
        + (x[:, 11] * x[:, 12] > 100)
        + x[:, 2:10] @ np.linspace(-0.01, 0.01, 8)
        + x[:, 21:30] @ np.linspace(-2, 2, 9)
        - 3
    )
    label = (random.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    names = [f"{kind}_{i}" for kind in ("amount", "average", "share") for i in range(third)]
    return pd.DataFrame(x, columns=names), label


def train(x: pd.DataFrame, label: npt.NDArray[np.int64]) -> lgb.Booster:
    """A booster of exactly TREES trees with LEAVES leaves each."""
    parameters = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": 0.05,
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    booster = lgb.train(parameters, lgb.Dataset(x, label), num_boost_round=TREES)
    leaves = [tree["num_leaves"] for tree in booster.dump_model()["tree_info"]]
    if leaves != [LEAVES] * TREES:
        raise SystemExit(f"expected {TREES} trees of {LEAVES} leaves, got {len(leaves)} of {sorted(set(leaves))}")
    return exact_thresholds(booster)


def main(folder: Path) -> None:
    """Write `package/` as the model server wants it, `rows.f32` (row-major) and `scores.f32`."""
    random = np.random.default_rng(SEED)
    booster = train(*draw(TRAINING_ROWS, random))
    sent, _ = draw(SENT_ROWS, random)
    onnx = to_onnx(booster, FEATURES)
    rows: Matrix = sent.to_numpy(np.float32)
    require_parity(booster, onnx, rows, SEED)
    scores = score_onnx(onnx, rows)
    reference = {
        "format": 1,
        "rows": len(sent),
        "features": {name: histogram(sent[name]) for name in sent.columns},
        "score": histogram(scores),
    }
    description = {
        "name": "bench",
        "signature": {
            "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, FEATURES]}],
            "outputs": [{"name": "score", "datatype": "FP32", "shape": [-1, 1]}],
        },
        "features": [
            {
                "name": name,
                "type": "number",
                "min": None if name.startswith("average") else 0,
                "max": 1 if name.startswith("share") else None,
                "nullable": False,
            }
            for name in sent.columns
        ],
        "threshold": 0.5,
        "opset": OPSET,
    }
    content = {
        "model.onnx": onnx,
        "proof.f32": make_proof(booster, onnx, SEED),
        "reference.json": canonical_json(reference),
        "card.md": f"# bench\n\n{TREES} trees of {LEAVES} leaves on drawn rows: for measuring only.\n".encode(),
        "lineage.json": canonical_json({"seed": SEED, "rows": TRAINING_ROWS}),
    }
    package = folder / "package"
    package.mkdir(parents=True, exist_ok=True)
    for name, file in with_manifest(content, description).items():
        (package / name).write_bytes(file)
    (folder / "rows.f32").write_bytes(np.ascontiguousarray(rows, dtype="<f4").tobytes())
    (folder / "scores.f32").write_bytes(scores.astype("<f4").tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

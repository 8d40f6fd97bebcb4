"""Convert the trained model to ONNX, and verify that the scores are the same."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from pipeline import errors

OPSET = 15
IR_VERSION = 8
LARGEST_DIFFERENCE = 1e-5
EDGE_ROWS = 2_000
DEEPEST = 20_000
DOMAINS = {"", "ai.onnx.ml"}
Matrix = npt.NDArray[np.float32]


def to_onnx(booster: lgb.Booster, features: int) -> bytes:
    """A serialized graph: input `features` float32 [N, features], output `score` float32 [N, 1].

    The converter's class label and two-column probability are cut down to the probability of the positive class;
    names and order are fixed, so that equal models give equal bytes.
    """
    limit = sys.getrecursionlimit()
    try:
        # The converter walks trees by recursion; a split by set is one node per category to it.
        sys.setrecursionlimit(max(limit, DEEPEST))
        converted = convert_lightgbm(
            booster,
            name="model",
            initial_types=[("features", FloatTensorType([None, features]))],
            zipmap=False,
            target_opset=OPSET,
        )
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        raise errors.onnx_unusable(str(error)) from error
    finally:
        sys.setrecursionlimit(limit)
    trees = [node for node in converted.graph.node if node.op_type == "TreeEnsembleClassifier"]
    if len(trees) != 1:
        raise errors.onnx_unusable(f"{len(trees)} tree ensembles")
    attributes = sorted(trees[0].attribute, key=lambda attribute: attribute.name)
    ensemble = helper.make_node(
        "TreeEnsembleClassifier", ["features"], ["label", "probabilities"], name="trees", domain="ai.onnx.ml"
    )
    ensemble.attribute.extend(attributes)
    positive = helper.make_node("Slice", ["probabilities", "start", "end", "axis"], ["score"], name="positive")
    constants = [
        helper.make_tensor(name, TensorProto.INT64, [1], [value])
        for name, value in (("start", 1), ("end", 2), ("axis", 1))
    ]
    graph = helper.make_graph(
        [ensemble, positive],
        "model",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", features])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["rows", 1])],
        constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(graph, producer_name="pipeline", opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def score_onnx(model: bytes, x: Matrix) -> npt.NDArray[np.float64]:
    """Scores of the ONNX model, computed as the server does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["score"], {"features": x})[0], dtype=np.float64).reshape(-1)


def require_parity(booster: lgb.Booster, model: bytes, x: Matrix, seed: int) -> float:
    """Compare both models on held-out rows and on rows at the thresholds; return the largest difference.

    Raises when it exceeds 1e-5.
    """
    rows = np.concatenate([x, edge_rows(booster, x, seed)])
    difference = float(np.max(np.abs(np.asarray(booster.predict(rows, num_threads=1)) - score_onnx(model, rows))))
    if not difference <= LARGEST_DIFFERENCE:
        raise errors.onnx_differs(difference, len(rows), LARGEST_DIFFERENCE)
    return difference


def edge_rows(booster: lgb.Booster, x: Matrix, seed: int) -> Matrix:
    """Rows in which one feature is at a threshold of the model, or at the next float32 above or below it.

    At a split by set, the feature has a category of the set, or the next above or below it; in some rows it is missing.
    """
    random = np.random.default_rng(seed)
    nodes = booster.trees_to_dataframe().dropna(subset=["threshold"])
    splits = [
        (booster.feature_name().index(name), float(value), kind == "==")
        for name, threshold, kind in zip(
            nodes["split_feature"], nodes["threshold"], nodes["decision_type"], strict=True
        )
        for value in str(threshold).split("||")
    ]
    picks = random.integers(len(splits), size=EDGE_ROWS) if splits else np.empty(0, dtype=np.int64)
    rows = x[random.integers(len(x), size=len(picks))].copy()
    chosen = [splits[pick] for pick in picks]
    columns = np.array([column for column, _, _ in chosen], dtype=np.int64)
    values = np.array([value for _, value, _ in chosen], dtype=np.float32)
    by_set = np.array([is_set for _, _, is_set in chosen], dtype=np.bool_)
    step = random.integers(-1, 2, size=len(picks))
    aside = np.nextafter(values, np.where(step > 0, np.float32(np.inf), np.float32(-np.inf)))
    category = np.where(values + step < 0, np.float32(np.nan), values + step).astype(np.float32)
    rows[np.arange(len(picks)), columns] = np.where(by_set, category, np.where(step == 0, values, aside))
    return rows


def histogram(values: Sequence[float] | pd.Series | npt.NDArray[Any], bins: int = 10) -> Mapping[str, Any]:
    """Bins that hold about equal shares: bin i counts edges[i-1] < value ≤ edges[i]; the outer bins are unbounded.

    Edges are float32 values, as the served features are; equal quantiles merge, so there may be fewer bins.
    `missing` is the share of rows without a value; with the shares of the bins it makes one.
    """
    array = np.asarray(values, dtype=np.float32)
    present = array[~np.isnan(array)]
    missing = (len(array) - len(present)) / len(array)
    if len(present) == 0:
        return {"edges": [], "shares": [0.0], "missing": missing}
    quantiles = np.quantile(present, np.arange(1, bins) / bins, method="lower")
    edges = np.unique(quantiles)
    edges = edges[edges < present.max()]
    counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
    shares = [int(count) / len(array) for count in counts]
    return {"edges": [float(edge) for edge in edges], "shares": shares, "missing": missing}

"""Make a LightGBM model exact in float32.

LightGBM splits at float64 thresholds; ONNX holds float32. A threshold rounded up past a value sends the row down the
other branch. The inputs are float32, so the largest float32 not above the threshold splits them identically.
"""

import lightgbm as lgb
import numpy as np


def exact_thresholds(booster: lgb.Booster) -> lgb.Booster:
    """The same model with every threshold a float32 value: equal answers on float32 inputs."""
    lines = []
    for line in booster.model_to_string().splitlines():
        key, _, values = line.partition("=")
        if key == "tree_sizes":
            continue  # Byte counts of the old text; without them LightGBM reads tree by tree.
        if key == "threshold" and values:
            line = f"threshold={' '.join(_floor(float(value)) for value in values.split())}"
        lines.append(line)
    return lgb.Booster(model_str="\n".join(lines) + "\n")


def _floor(threshold: float) -> str:
    with np.errstate(over="ignore"):
        rounded = np.float32(threshold)
    if float(rounded) > threshold:
        rounded = np.nextafter(rounded, np.float32(-np.inf))
    return repr(float(rounded))

"""Feature values as the served model is given them: float32, within what model.yaml lets clients send."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline import errors

# From here on, neighbouring whole numbers share one float32.
EXACT_IN_FLOAT32 = 2**24
Values = npt.NDArray[np.float64]


def as_served(feature: Mapping[str, Any], values: pd.Series, maker: str) -> pd.Series:
    """`values` as float32, or an error that counts those which the server would refuse or tell apart no more."""
    numbers = _codes(feature, values, maker) if feature["type"] == "category" else _numbers(feature, values, maker)
    absent = int(np.isnan(numbers).sum())
    if absent and not feature.get("nullable"):
        raise errors.bad_features(maker, f"{absent} empty values of {feature['name']}")
    if feature["type"] == "number":
        _require_servable(feature, numbers, maker)
    return pd.Series(numbers.astype(np.float32), index=values.index)


def merged_by_float32(features: Sequence[Mapping[str, Any]], x: pd.DataFrame) -> list[str]:
    """A warning for each feature that looks like an identifier: whole numbers, some beyond what float32 tells apart."""
    found = []
    for feature in features:
        present = x[feature["name"]].dropna()
        large = int((present.abs() >= EXACT_IN_FLOAT32).sum())
        if large and (present == np.floor(present)).all():
            found.append(
                f"{feature['name']}: {large:,} whole numbers beyond {EXACT_IN_FLOAT32:,} (2^24) are rounded to "
                "float32, so neighbours are one value; an identifier is a category, or no feature"
            )
    return found


def _codes(feature: Mapping[str, Any], values: pd.Series, maker: str) -> Values:
    """Positions in the list of categories."""
    known: list[str] = feature["categories"]
    position = {category: code for code, category in enumerate(known)}
    present = values[values.notna()]
    strange = present[~present.map(lambda value: isinstance(value, str) and value in position).astype(bool)]
    if len(strange):
        raise errors.unknown_categories(maker, feature["name"], len(strange), strange.unique(), known)
    return np.asarray(values.map(position, na_action="ignore").to_numpy(np.float64, na_value=np.nan), np.float64)


def _numbers(feature: Mapping[str, Any], values: pd.Series, maker: str) -> Values:
    # NumPy would read texts as numbers, and times as nanoseconds.
    if values.dtype.kind in "mM" or values.map(lambda value: isinstance(value, str)).any():
        raise errors.bad_features(maker, f"{feature['name']} of type {values.dtype}, no number")
    try:
        return np.asarray(values.to_numpy(np.float64, na_value=np.nan), np.float64)
    except (TypeError, ValueError) as error:
        raise errors.bad_features(maker, f"{feature['name']}: {error}") from error


def _require_servable(feature: Mapping[str, Any], numbers: Values, maker: str) -> None:
    """The server's own rules: bounds rounded outwards to float32, whole numbers that float32 holds."""
    with np.errstate(over="ignore"):
        served = numbers.astype(np.float32)
    present = ~np.isnan(numbers)
    low, high = feature.get("min"), feature.get("max")
    rules = [("within the range of float32", ~np.isfinite(served))]
    if low is not None:
        rules.append((f"at least {low}: min of the feature", served < _rounded(low, -np.inf)))
    if high is not None:
        rules.append((f"at most {high}: max of the feature", served > _rounded(high, np.inf)))
    if feature.get("integer"):
        rules.append(("a whole number: integer of the feature", numbers != np.floor(numbers)))
        most = f"within ±{EXACT_IN_FLOAT32:,} (2^24): the model's inputs are float32, which holds no more"
        rules.append((most, np.abs(numbers) > EXACT_IN_FLOAT32))
    for expected, broken in rules:
        bad = broken & present
        if bad.any():
            example = numbers[int(np.argmax(bad))]
            raise errors.unservable_feature(maker, feature["name"], int(bad.sum()), example, expected)


def _rounded(bound: float, direction: float) -> np.float32:
    """The nearest float32 that is not on the inner side of `bound`."""
    nearest = np.float32(bound)
    inside = float(nearest) > bound if direction < 0 else float(nearest) < bound
    return np.nextafter(nearest, np.float32(direction)) if inside else nearest

"""The declared type decides how a column is read, wherever it comes from.

A CSV file gives texts, a Parquet file and a source of its own typed values; the same value reads the same from each.
Missing is what is empty: null, NaN and the empty text. Words such as NA, null and None are texts like any other.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.reading.times import read_times, unreadable_time

Mask = npt.NDArray[np.bool_]
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
# No part of Unicode text, and of no file in UTF-8.
SURROGATE = re.compile("[\ud800-\udfff]")
TRUE_OR_FALSE = r"^([Tt]rue|TRUE|[Ff]alse|FALSE)$"
# So many digits always fit into 64 bits.
PLAIN_INTEGER = r"^[+-]?\d{1,18}$"
# From here on, neighbouring whole numbers share one float64.
EXACT_IN_FLOAT64 = 2**53
LEAST, MOST = -(2**63), 2**63 - 1
# More decimal places than a 64-bit number has: 1e999999999 must not be written out.
LONGEST_EXPONENT = 40

UNREADABLE_INTEGER = "not a whole number"
INEXACT_INTEGER = "not exact: a whole number beyond 2^53 in floating point"
WIDE_INTEGER = "not exact: a whole number beyond 64 bits"
UNREADABLE_NUMBER = "not a number"
UNREADABLE_TEXT = "not a text"


@dataclass(frozen=True)
class Read:
    """A column as its declared type. What is missing or unreadable is NaN, NaT or None; `faults` says why."""

    values: pd.Series
    missing: Mask
    faults: Mapping[str, Mask] = field(default_factory=dict)


def read_column(raw: pd.Series, rule: Mapping[str, Any]) -> Read:
    """Read `raw` as `rule` of model.yaml says."""
    array, foreign = _to_arrow(raw, rule["type"])
    if pa.types.is_string(array.type):
        array = pc.if_else(pc.equal(array, ""), None, array)
    missing = _mask(pc.is_null(array, nan_is_null=True)) & ~foreign
    values, faults = READERS[rule["type"]](array, rule)
    faults[next(iter(faults))] |= foreign
    found = {reason: bad & ~missing for reason, bad in faults.items()}
    return Read(values.set_axis(raw.index), missing, {reason: bad for reason, bad in found.items() if bad.any()})


def _to_arrow(raw: pd.Series, kind: str) -> tuple[pa.Array, Mask]:
    """The column in Arrow's types, and which of its values those cannot hold (they are null then)."""
    foreign = np.zeros(len(raw), dtype=np.bool_)
    try:
        array = pa.array(raw, from_pandas=True)
    except (pa.ArrowException, OverflowError, UnicodeError):
        texts = [_as_text(value, kind) for value in raw]
        foreign = np.array([text is None for text in texts], dtype=np.bool_) & raw.notna().to_numpy(np.bool_)
        array = pa.array(texts, pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    if pa.types.is_decimal(array.type) and kind != "text":
        array = pa.array([None if value is None else f"{value:f}" for value in array.to_pylist()], pa.string())
    return array, foreign


def _as_text(value: Any, kind: str) -> str | None:
    """A value of a column that mixes types, as a CSV file has it; None where it cannot be one of `kind`."""
    if isinstance(value, str):
        return None if SURROGATE.search(value) else value
    if isinstance(value, bool | np.bool_):
        return None if kind == "text" else str(value)
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating | Decimal):
        return None if kind == "text" or value != value else str(value)
    return value.isoformat() if isinstance(value, date) and kind == "time" and value is not pd.NaT else None


def _mask(array: pa.Array) -> Mask:
    return np.asarray(array.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _matches(array: pa.Array, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(array, pattern))


def _integer(array: pa.Array, rule: Mapping[str, Any]) -> tuple[pd.Series, dict[str, Mask]]:
    size, kind = len(array), array.type
    known = ~_mask(pc.is_null(array, nan_is_null=True))
    numbers = np.zeros(size, dtype=np.int64)
    faults = {reason: np.zeros(size, dtype=np.bool_) for reason in (UNREADABLE_INTEGER, INEXACT_INTEGER, WIDE_INTEGER)}
    if pa.types.is_boolean(kind) or pa.types.is_signed_integer(kind):
        numbers = np.asarray(array.cast(pa.int64()).fill_null(0).to_numpy())
    elif pa.types.is_unsigned_integer(kind):
        wide = array.cast(pa.uint64()).fill_null(0).to_numpy()
        faults[WIDE_INTEGER] = wide > MOST
        numbers = wide.astype(np.int64)
    elif pa.types.is_floating(kind):
        floats = np.asarray(array.cast(pa.float64()).fill_null(0).to_numpy(), dtype=np.float64)
        floats = np.where(known, floats, 0)
        whole = np.isfinite(floats) & (np.floor(floats) == floats)
        faults[UNREADABLE_INTEGER] = ~whole
        faults[INEXACT_INTEGER] = whole & (np.abs(floats) >= EXACT_IN_FLOAT64)
        numbers = np.where(whole & (np.abs(floats) < EXACT_IN_FLOAT64), floats, 0).astype(np.int64)
    elif pa.types.is_string(kind):
        text = pc.utf8_trim_whitespace(array)
        plain = _matches(text, PLAIN_INTEGER)
        digits = pc.utf8_ltrim(pc.if_else(pa.array(plain), text, "0"), "+")
        numbers = np.asarray(digits.cast(pa.int64()).fill_null(0).to_numpy()).copy()
        for row in np.flatnonzero(known & ~plain):
            value = _whole(text[int(row)].as_py())
            if value is None:
                faults[UNREADABLE_INTEGER][row] = True
            elif not LEAST <= value <= MOST:
                faults[WIDE_INTEGER][row] = True
            else:
                numbers[row] = value
    else:
        faults[UNREADABLE_INTEGER] = known.copy()
    if rule.get("nullable"):
        # Missing values make the column floating point, whether or not there are any.
        faults[INEXACT_INTEGER] |= (numbers >= EXACT_IN_FLOAT64) | (numbers <= -EXACT_IN_FLOAT64)
    unusable = ~known | np.logical_or.reduce(list(faults.values()))
    values = pd.Series(numbers)
    if rule.get("nullable"):
        return values.astype("float64").mask(unusable), faults
    return values.astype("Int64").mask(unusable) if unusable.any() else values, faults


def _whole(text: str) -> int | None:
    """The whole number that `text` writes, in full, with a point or with an exponent."""
    if pc.match_substring_regex(pa.scalar(text), TRUE_OR_FALSE).as_py():
        return int(text.lower() == "true")
    if not pc.match_substring_regex(pa.scalar(text), NUMBER).as_py():
        return None
    value = Decimal(text)
    if not value:
        return 0
    if value.adjusted() > LONGEST_EXPONENT:
        return MOST + 1 if value > 0 else LEAST - 1
    return int(value) if value.adjusted() >= 0 and value == value.to_integral_value() else None


def _number(array: pa.Array, _: Mapping[str, Any]) -> tuple[pd.Series, dict[str, Mask]]:
    kind = array.type
    if pa.types.is_string(kind):
        text = pc.utf8_trim_whitespace(array)
        usable = _matches(text, NUMBER)
        truth = _matches(text, TRUE_OR_FALSE)
        text = pc.if_else(pa.array(truth), pc.if_else(pc.equal(pc.utf8_lower(text), "true"), "1", "0"), text)
        # Arrow reads decimals correctly rounded; its cast knows no plus sign.
        text = pc.utf8_ltrim(pc.if_else(pa.array(usable | truth), text, None), "+")
        floats = text.cast(pa.float64())
    elif pa.types.is_boolean(kind):
        floats = array.cast(pa.int8()).cast(pa.float64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        # Numbers are float64: a large whole number is rounded as any other number is.
        floats = array.cast(pa.float64(), safe=False)
    else:
        floats = pa.nulls(len(array), pa.float64())
    numbers = np.array(floats.to_numpy(zero_copy_only=False), dtype=np.float64)
    numbers[np.isinf(numbers)] = np.nan
    return pd.Series(numbers), {UNREADABLE_NUMBER: np.isnan(numbers)}


def _time(array: pa.Array, rule: Mapping[str, Any]) -> tuple[pd.Series, dict[str, Mask]]:
    times = read_times(array, rule.get("format"))
    return times, {unreadable_time(rule.get("format")): times.isna().to_numpy()}


def _text(array: pa.Array, _: Mapping[str, Any]) -> tuple[pd.Series, dict[str, Mask]]:
    kind = array.type
    if not pa.types.is_string(kind):
        # The digits of a whole number are one text; those of a floating-point number are not.
        array = array.cast(pa.string()) if pa.types.is_integer(kind) else pa.nulls(len(array), pa.string())
    return pd.Series(array.to_numpy(zero_copy_only=False), dtype=object), {UNREADABLE_TEXT: _mask(pc.is_null(array))}


READERS: Mapping[str, Callable[[pa.Array, Mapping[str, Any]], tuple[pd.Series, dict[str, Mask]]]] = {
    "integer": _integer,
    "number": _number,
    "time": _time,
    "text": _text,
}

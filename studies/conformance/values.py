"""Rows for a model's inputs, and how answers are compared."""

from __future__ import annotations

import numpy as np
import onnxruntime
from packages import DATATYPES, TEXTS

INTEGERS = {f"{sign}INT{bits}": np.dtype(f"{sign.lower()}int{bits}") for sign in ("", "U") for bits in (8, 16, 32, 64)}
# JSON numbers are doubles: whole numbers beyond this are for the binary forms.
SAFE = 2**53 - 1


def rows_for(session: onnxruntime.InferenceSession, rows: int, exact: bool) -> dict[str, np.ndarray]:
    """Random values for every input; `exact` allows 64-bit numbers that JSON cannot say."""
    generator = np.random.default_rng(rows)
    return {
        value.name: _column(generator, DATATYPES[value.type], (rows, *value.shape[1:]), exact)
        for value in session.get_inputs()
    }


def _column(generator: np.random.Generator, datatype: str, shape: tuple[int, ...], exact: bool) -> np.ndarray:
    if datatype == "BOOL":
        return generator.integers(0, 2, shape).astype(np.bool_)
    if datatype == "BYTES":
        return generator.choice(np.array(TEXTS, dtype=np.object_), shape)
    if datatype == "FP32":
        return generator.normal(scale=100, size=shape).astype(np.float32)
    if datatype == "FP64":
        return generator.normal(scale=1e100, size=shape)
    kind = INTEGERS[datatype]
    limits = np.iinfo(kind)
    least, most = (limits.min, limits.max) if exact else (max(limits.min, -SAFE), min(limits.max, SAFE))
    values = generator.integers(least, most, shape, dtype=kind, endpoint=True)
    values.flat[0], values.flat[-1] = least, most
    return values


def assert_same(name: str, got: np.ndarray | None, expected: np.ndarray) -> None:
    """Whole numbers, truth values and texts are equal; floats as equal as two builds of ONNX Runtime compute them."""
    assert got is not None, f"{name} is missing"
    assert got.shape == expected.shape, name
    if expected.dtype == np.object_:
        texts = [text.decode() if isinstance(text, bytes) else text for text in got.flat]
        assert texts == list(expected.flat), name
        return
    assert got.dtype == expected.dtype, name
    if expected.dtype == np.float32:
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7, err_msg=name)
    else:
        np.testing.assert_array_equal(got, expected, err_msg=name)

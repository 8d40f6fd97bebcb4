"""Content addresses of bytes, and of a table's values independent of the file format."""

import contextlib
import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

# Part of what is hashed: digests of different schemes never agree. ADR 0206.
TABLE_SCHEME = "table-2"


def sha256(data: bytes) -> str:
    """`sha256:` and the hexadecimal digest."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def table_digest(table: pd.DataFrame) -> str:
    """Digest of column names, types and values in row order, without the index.

    No two different tables share one: every part is preceded by its length, and what is missing is marked apart.
    """
    digest = hashlib.sha256()

    def add(*parts: bytes) -> None:
        for part in parts:
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)

    add(TABLE_SCHEME.encode(), _int64([*table.shape]))
    for position, name in enumerate(table.columns):
        kind, *parts = _column(table.iloc[:, position])
        add(_tagged(name), kind.encode(), *parts)
    return f"sha256:{digest.hexdigest()}"


def _column(column: pd.Series) -> tuple[str, bytes, bytes, bytes]:
    """Kind, marks of missing values, lengths where they vary, and values of a column."""
    missing = column.isna().to_numpy(dtype=np.bool_)
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        kind, values = _instants(column.dt.tz_convert("UTC").dt.tz_localize(None))
        return f"UTC {kind}", missing.tobytes(), b"", values
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        kind, values = _instants(column)
        return kind, missing.tobytes(), b"", values
    if isinstance(dtype, np.dtype) and dtype.kind in "iufb":
        numbers = column.to_numpy().copy()
        if dtype.kind == "f":
            # NaN has many bit patterns.
            numbers[missing] = 0
        little = np.ascontiguousarray(numbers.astype(dtype.newbyteorder("<")))
        return little.dtype.str, missing.tobytes(), b"", little.tobytes()
    present = [value for value, absent in zip(column.astype(object), missing, strict=True) if not absent]
    texts = all(isinstance(value, str) for value in present)
    encoded = [_text(value) if texts else _tagged(value) for value in present]
    return "text" if texts else "values", missing.tobytes(), _int64(len(each) for each in encoded), b"".join(encoded)


def _instants(column: pd.Series) -> tuple[str, bytes]:
    """Nanoseconds, so that equal times are equal in any unit; times too far away for them keep their unit."""
    with contextlib.suppress(pd.errors.OutOfBoundsDatetime):
        column = column.dt.as_unit("ns")
    values = column.to_numpy()
    return str(values.dtype), values.astype(np.int64).astype("<i8").tobytes()


def _tagged(value: Any) -> bytes:
    """A value of any type, such that 1 and "1" differ."""
    return b"s" + _text(value) if isinstance(value, str) else b"v" + _text(f"{type(value).__qualname__} {value!r}")


def _text(value: str) -> bytes:
    # A lone surrogate is no Unicode text, but may be in a table.
    return value.encode("utf-8", "surrogatepass")


def _int64(numbers: Iterable[int]) -> bytes:
    return np.fromiter(numbers, dtype="<i8").tobytes()

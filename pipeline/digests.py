"""Content addresses of bytes, and of a table's values independent of the file format."""

import hashlib

import numpy as np
import pandas as pd


def sha256(data: bytes) -> str:
    """`sha256:` and the hexadecimal digest."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def table_digest(table: pd.DataFrame) -> str:
    """Digest of column names, types and values in row order, without the index."""
    digest = hashlib.sha256()
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufbM":
            values = column.to_numpy()
            if column.dtype.kind == "M":
                values = values.astype("datetime64[ns]")
            content = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes()
            kind = values.dtype.newbyteorder("<").str
        else:
            content = "\x00".join(column.astype(str)).encode()
            kind = "text"
        digest.update(f"{name}:{kind}:{len(content)}:".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"

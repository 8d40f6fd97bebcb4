"""What a schema cannot say: in an inference request, shape and data agree, and a binary body begins with its JSON.

Valid cases are made to agree, or nearly none would get past the checks to the model. Invalid ones stay as generated.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

BINARY = "application/octet-stream"
LENGTH_HEADER = "inference-header-content-length"
DATATYPES = {"FP32": "f", "FP64": "d"}


def binary_request(columns: int, values: list[list[float]], datatype: str, flags: dict[str, bool], cut: int) -> bytes:
    """The JSON of a request, followed by its values; `cut` bytes are missing at the end."""
    flat = [value for row in values for value in row]
    tail = struct.pack(f"<{len(flat)}{DATATYPES[datatype]}", *flat)
    tensor = {
        "name": "features",
        "shape": [len(values), columns],
        "datatype": datatype,
        "parameters": {"binary_data_size": len(tail)},
    }
    head = json.dumps({"inputs": [tensor], "parameters": flags}).encode()
    return (head + tail)[: len(head) + len(tail) - cut]


def rows(width: int) -> st.SearchStrategy[list[list[float]]]:
    anything = st.floats(width=width)
    allowed = st.tuples(
        st.floats(0, 1000, width=32), st.integers(0, 23).map(float), st.integers(0, 1).map(float), anything
    ).map(list)
    return st.lists(st.one_of(allowed, allowed, allowed, st.lists(anything, min_size=4, max_size=4)), min_size=1)


def requests(datatype: str) -> st.SearchStrategy[bytes]:
    return st.builds(
        binary_request,
        columns=st.just(4),
        values=rows(32 if datatype == "FP32" else 64),
        datatype=st.just(datatype),
        flags=st.dictionaries(st.just("binary_data_output"), st.booleans()),
        cut=st.sampled_from([0, 0, 0, 0, 1, 3, 4]),
    )


schemathesis.openapi.media_type(BINARY, st.one_of(requests("FP32"), requests("FP64"), st.binary()))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE or not case.path.endswith("/infer"):
        return
    if isinstance(case.body, bytes):
        case.headers = {**(case.headers or {}), LENGTH_HEADER: str(json_length(case.body))}
    elif isinstance(case.body, dict):
        # Without the bytes that it promises, a JSON request cannot be right.
        if case.headers is not None:
            case.headers.pop(LENGTH_HEADER, None)
        for tensor in case.body["inputs"]:
            fit(tensor)


def json_length(body: bytes) -> int:
    """Bytes of the JSON value that the body begins with; 0 where there is none."""
    try:
        return json.JSONDecoder().raw_decode(body.decode("latin-1"))[1]
    except ValueError:
        return 0


def fit(tensor: dict[str, Any]) -> None:
    """Makes the shape agree with the data, whole rows of it."""
    columns = tensor["shape"][1]
    data = tensor["data"]
    if not isinstance(data[0], list):
        del data[len(data) - len(data) % columns :]
        tensor["shape"][0] = len(data) // columns
    else:
        tensor["shape"][0] = len(data)

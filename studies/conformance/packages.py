"""Packages ONNX graphs of the model server's test fixtures, with a signature read by ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import onnxruntime

FIXTURES = Path(__file__).parents[2] / "model-server" / "testing"

# What the text columns of the graphs may hold.
TEXTS = ["web", "pos", "größer", ""]

DATATYPES = {
    "tensor(bool)": "BOOL",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": "BYTES",
}


def graph(name: str) -> Path:
    """The ONNX file of a fixture."""
    return FIXTURES / f"{name}.onnx"


def write_package(name: str, folder: Path) -> None:
    """Writes the packaged model `name` into an empty folder."""
    session = onnxruntime.InferenceSession(graph(name))
    inputs = [_tensor(value) for value in session.get_inputs()]
    features = [feature for tensor in inputs for feature in _features(tensor)]
    halves = {"edges": [0.5], "shares": [0.5, 0.5]}
    reference = {
        "format": 1,
        "rows": 100,
        "features": {feature["name"]: halves for feature in features},
        "score": halves,
    }
    contents = {
        "model.onnx": graph(name).read_bytes(),
        "reference.json": json.dumps(reference).encode(),
        "card.md": f"# {name}\n".encode(),
        "lineage.json": b"{}\n",
    }
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    metadata = {
        "format": 1,
        "name": name,
        "files": {
            file: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for file, content in contents.items()
        },
        "signature": {"inputs": inputs, "outputs": [_tensor(value) for value in session.get_outputs()]},
        "features": features,
        "threshold": 0.5,
        "opset": 15,
    }
    (folder / "model.json").write_text(json.dumps(metadata))


def _tensor(value: onnxruntime.NodeArg) -> dict:
    return {"name": value.name, "datatype": DATATYPES[value.type], "shape": [-1, *value.shape[1:]]}


def _features(tensor: dict) -> list[dict]:
    _, *columns = tensor["shape"]
    names = [f"{tensor['name']}_{column}" for column in range(*columns or [1])]
    if tensor["datatype"] == "BYTES":
        return [{"name": name, "type": "category", "categories": TEXTS} for name in names]
    return [{"name": name, "type": "number"} for name in names]

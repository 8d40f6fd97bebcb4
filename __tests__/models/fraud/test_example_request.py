"""The example request fits the model of the repository."""

import json
from pathlib import Path

import pytest

from pipeline.config import load_model

REQUEST = json.loads((Path(__file__).parents[3] / "examples" / "fraud-request.json").read_text())


def test_it_is_a_request_of_the_open_inference_protocol() -> None:
    (features,) = REQUEST["inputs"]
    assert features["name"] == "features"
    assert features["datatype"] == "FP32"
    assert features["shape"] == [len(features["data"]), len(load_model("fraud").features)]


@pytest.mark.parametrize("row", REQUEST["inputs"][0]["data"])
def test_its_values_are_ones_the_server_accepts(row: list[float]) -> None:
    for feature, value in zip(load_model("fraud").features, row, strict=True):
        assert value >= feature.get("min", value)
        assert value <= feature.get("max", value)
        assert not feature.get("integer") or value == int(value)

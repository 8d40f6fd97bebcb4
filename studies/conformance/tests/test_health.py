from __future__ import annotations

import pytest
from packages import DATATYPES
from served import Served
from server import VERSION
from tritonclient.utils import InferenceServerException


def test_server_is_live_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()


@pytest.mark.parametrize("version", ["", VERSION])
def test_model_is_ready(client, served: Served, version: str):
    assert client.is_model_ready(served.server.model, version)


def test_metadata_of_the_server(served: Served):
    http = served.http.get_server_metadata()
    grpc = served.grpc.get_server_metadata()
    assert http["name"] == grpc.name == "mlops-model-server"
    assert http["version"] == grpc.version
    assert http["extensions"] == list(grpc.extensions) == ["binary_tensor_data"]


def test_metadata_of_the_model(served: Served):
    name = served.server.model
    http = served.http.get_model_metadata(name)
    grpc = served.grpc.get_model_metadata(name, as_json=True)
    assert http["name"] == grpc["name"] == name
    assert http["versions"] == grpc["versions"] == [VERSION]
    assert http["platform"] == grpc["platform"] == "onnxruntime_onnx"
    for side, values in (("inputs", served.reference.get_inputs()), ("outputs", served.reference.get_outputs())):
        expected = [(value.name, DATATYPES[value.type], [-1, *value.shape[1:]]) for value in values]
        assert [(each["name"], each["datatype"], each["shape"]) for each in http[side]] == expected
        over_grpc = [(each["name"], each["datatype"], [int(dim) for dim in each["shape"]]) for each in grpc[side]]
        assert over_grpc == expected


@pytest.mark.parametrize("call", ["get_model_metadata", "infer"])
def test_another_model_is_refused(client, call: str):
    with pytest.raises(InferenceServerException, match="does not have the model") as refusal:
        getattr(client, call)("another", **({"inputs": []} if call == "infer" else {}))
    assert refusal.value.status() in ("404", "StatusCode.NOT_FOUND")

"""The same rows over every form that the official clients speak; the expected values are ONNX Runtime's in Python."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
import tritonclient.grpc.aio
import tritonclient.http.aio
from packages import DATATYPES
from served import Served
from server import VERSION
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException
from values import assert_same, rows_for

FORMS = ["json", "binary", "json, binary answer", "binary, json answer", "grpc"]
# Alone, together, and more than are scored in one turn of the server.
ROWS = [1, 2, 300]

CONTENTS = {
    "BOOL": "bool_contents",
    **{f"INT{bits}": "int_contents" for bits in (8, 16, 32)},
    **{f"UINT{bits}": "uint_contents" for bits in (8, 16, 32)},
    "INT64": "int64_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def inputs_of(served: Served, rows: dict[str, np.ndarray], form: str) -> list:
    module = tritonclient.grpc if form == "grpc" else tritonclient.http
    inputs = []
    for value in served.reference.get_inputs():
        tensor = module.InferInput(value.name, rows[value.name].shape, DATATYPES[value.type])
        data = rows[value.name]
        if form == "grpc":
            tensor.set_data_from_numpy(data)
        else:
            tensor.set_data_from_numpy(data, binary_data=form.startswith("binary"))
        inputs.append(tensor)
    return inputs


def outputs_of(served: Served, form: str) -> list:
    names = [value.name for value in served.reference.get_outputs()]
    if form == "grpc":
        return [tritonclient.grpc.InferRequestedOutput(name) for name in names]
    binary = form in ("binary", "json, binary answer")
    return [tritonclient.http.InferRequestedOutput(name, binary_data=binary) for name in names]


def assert_answers(served: Served, rows: dict[str, np.ndarray], result) -> None:
    expected = served.reference.run(None, rows)
    for value, array in zip(served.reference.get_outputs(), expected, strict=True):
        assert_same(value.name, result.as_numpy(value.name), array)


@pytest.mark.parametrize("count", ROWS)
@pytest.mark.parametrize("form", FORMS)
def test_answers_are_those_of_onnx_runtime(served: Served, form: str, count: int):
    rows = rows_for(served.reference, count, exact=form in ("binary", "grpc"))
    client = served.grpc if form == "grpc" else served.http
    result = client.infer(
        served.server.model, inputs_of(served, rows, form), outputs=outputs_of(served, form), request_id="order-17"
    )
    assert_answers(served, rows, result)
    response = result.get_response()
    if form == "grpc":
        assert (response.id, response.model_name, response.model_version) == ("order-17", served.server.model, VERSION)
    else:
        assert (response["id"], response["model_name"], response["model_version"]) == (
            "order-17",
            served.server.model,
            VERSION,
        )


@pytest.mark.parametrize("form", ["binary", "grpc"])
def test_all_outputs_come_when_none_is_named(served: Served, form: str):
    rows = rows_for(served.reference, 2, exact=True)
    client = served.grpc if form == "grpc" else served.http
    assert_answers(served, rows, client.infer(served.server.model, inputs_of(served, rows, form)))


@pytest.mark.parametrize("form", ["binary", "grpc"])
def test_only_the_outputs_named_come(served: Served, form: str):
    rows = rows_for(served.reference, 2, exact=True)
    client = served.grpc if form == "grpc" else served.http
    *others, last = outputs_of(served, form)
    result = client.infer(served.server.model, inputs_of(served, rows, form), outputs=[last])
    assert result.as_numpy(last.name()) is not None
    assert all(result.as_numpy(other.name()) is None for other in others)


def test_typed_contents_are_answered_with_typed_contents(served: Served):
    rows = rows_for(served.reference, 2, exact=True)
    request = service_pb2.ModelInferRequest(model_name=served.server.model)
    for value in served.reference.get_inputs():
        datatype = DATATYPES[value.type]
        tensor = request.inputs.add(name=value.name, datatype=datatype, shape=rows[value.name].shape)
        elements = rows[value.name].flatten().tolist()
        texts = [text.encode() for text in elements] if datatype == "BYTES" else elements
        getattr(tensor.contents, CONTENTS[datatype]).extend(texts)
    with tritonclient.grpc.grpc.insecure_channel(served.server.grpc) as channel:
        response = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(request)
    assert len(response.raw_output_contents) == 0
    expected = served.reference.run(None, rows)
    assert [output.name for output in response.outputs] == [value.name for value in served.reference.get_outputs()]
    for output, array in zip(response.outputs, expected, strict=True):
        elements = list(getattr(output.contents, CONTENTS[output.datatype]))
        assert_same(output.name, np.array(elements, dtype=array.dtype).reshape(output.shape), array)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_grpc_requests_may_be_compressed(served: Served, algorithm: str):
    rows = rows_for(served.reference, 300, exact=True)
    inputs = inputs_of(served, rows, "grpc")
    result = served.grpc.infer(served.server.model, inputs, compression_algorithm=algorithm)
    assert_answers(served, rows, result)


@pytest.mark.parametrize("form", ["json", "binary", "grpc"])
def test_calls_under_way_together_do_not_mix(served: Served, form: str):
    many = [rows_for(served.reference, count, exact=form != "json") for count in range(1, 40)]
    for rows, result in zip(many, asyncio.run(ask_together(served, form, many)), strict=True):
        assert_answers(served, rows, result)


async def ask_together(served: Served, form: str, many: list[dict[str, np.ndarray]]) -> list:
    server = served.server
    connected = (
        tritonclient.grpc.aio.InferenceServerClient(server.grpc)
        if form == "grpc"
        else tritonclient.http.aio.InferenceServerClient(server.http)
    )
    async with connected as client:
        return await asyncio.gather(*(client.infer(server.model, inputs_of(served, rows, form)) for rows in many))


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_row_is_refused_with_the_tensor(served: Served, form: str):
    rows = rows_for(served.reference, 2, exact=False)
    inputs = inputs_of(served, rows, form)
    name = inputs[0].name()
    inputs[0].set_shape([3, *rows[name].shape[1:]])
    client = served.grpc if form == "grpc" else served.http
    with pytest.raises(InferenceServerException) as refusal:
        client.infer(served.server.model, inputs)
    assert refusal.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")


@pytest.mark.parametrize("form", FORMS)
def test_too_many_rows_are_refused(served: Served, form: str):
    rows = rows_for(served.reference, 5000, exact=False)
    client = served.grpc if form == "grpc" else served.http
    with pytest.raises(InferenceServerException, match="expected at most 4096") as refusal:
        client.infer(served.server.model, inputs_of(served, rows, form))
    assert refusal.value.status() in ("413", "StatusCode.RESOURCE_EXHAUSTED")


def test_a_missing_input_is_refused(client, served: Served):
    with pytest.raises(InferenceServerException) as refusal:
        client.infer(served.server.model, [])
    assert refusal.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")

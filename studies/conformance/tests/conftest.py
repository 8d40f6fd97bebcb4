from __future__ import annotations

from collections.abc import Iterator

import onnxruntime
import pytest
import tritonclient.grpc
import tritonclient.http
from packages import graph, write_package
from served import Served
from server import serve

MODELS = ["tiny", "mixed", "many-types"]


@pytest.fixture(scope="session", params=MODELS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    model = request.param
    package = tmp_path_factory.mktemp(model)
    write_package(model, package)
    with (
        serve(model, package) as server,
        tritonclient.http.InferenceServerClient(server.http) as http,
        tritonclient.grpc.InferenceServerClient(server.grpc) as grpc,
    ):
        yield Served(server, http, grpc, onnxruntime.InferenceSession(graph(model)))


@pytest.fixture(params=["http", "grpc"])
def client(
    request: pytest.FixtureRequest, served: Served
) -> tritonclient.http.InferenceServerClient | tritonclient.grpc.InferenceServerClient:
    return getattr(served, request.param)

"""What a test is given."""

from __future__ import annotations

from dataclasses import dataclass

import onnxruntime
import tritonclient.grpc
import tritonclient.http
from server import Server


@dataclass(frozen=True)
class Served:
    """A served model, the official clients of it, and the same graph in ONNX Runtime."""

    server: Server
    http: tritonclient.http.InferenceServerClient
    grpc: tritonclient.grpc.InferenceServerClient
    reference: onnxruntime.InferenceSession

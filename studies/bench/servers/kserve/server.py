"""KServe's Python server with a custom model, as quick as it can be set: uvloop, no gRPC, no log line per request."""

import asyncio
import logging
import os
from typing import Any

import kserve.model_server
import onnxruntime
import uvloop
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.protocol.rest.server import RESTServer
from kserve.utils.utils import generate_uuid


class LoopbackServer(RESTServer):
    """KServe listens on all addresses, and has no setting for it."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.config.host = "127.0.0.1"


class Bench(Model):
    """The benchmark's model."""

    def __init__(self, path: str) -> None:
        super().__init__("bench")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.ready = True

    async def predict(self, payload: InferRequest, headers: Any = None, response_headers: Any = None) -> InferResponse:
        """Scores of the rows of the only input, in the form that was asked for."""
        score = self.session.run(["score"], {"features": payload.inputs[0].as_numpy()})[0]
        output = InferOutput("score", list(score.shape), "FP32", data=score)
        wanted = payload.request_outputs
        return InferResponse(payload.id or generate_uuid(), self.name, [output], requested_outputs=wanted)


if __name__ == "__main__":
    kserve.model_server.RESTServer = LoopbackServer
    uvloop.install()
    asyncio.set_event_loop(asyncio.new_event_loop())
    server = ModelServer(http_port=int(os.environ["PORT"]), enable_grpc=False, enable_latency_logging=False)
    # Nor has it one for the lines per request; the constructor above has set these loggers up.
    for logger in (logging.getLogger("kserve.trace"), logging.getLogger("uvicorn.access")):
        logger.setLevel(logging.WARNING)
        logger.handlers.clear()
        logger.propagate = False
    server.start([Bench(os.environ["MODEL"])])

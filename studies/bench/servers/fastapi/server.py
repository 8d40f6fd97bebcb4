"""One row in, one score out: FastAPI without validation, orjson, ONNX Runtime, one uvicorn worker."""

import os

import numpy as np
import onnxruntime
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
options.add_session_config_entry("session.inter_op.allow_spinning", "0")
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
app = FastAPI(openapi_url=None)


@app.get("/v2/health/ready")
async def ready() -> dict[str, bool]:
    """Whether requests are answered."""
    return {"ready": True}


@app.post("/v2/models/bench/infer")
async def infer(request: Request) -> Response:
    """Scores of the rows of the only input."""
    tensor = orjson.loads(await request.body())["inputs"][0]
    features = np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
    score = session.run(["score"], {"features": features})[0]
    output = {"name": "score", "datatype": "FP32", "shape": score.shape, "data": score.reshape(-1)}
    answer = {"model_name": "bench", "model_version": "1", "outputs": [output]}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )

"""MLServer's custom runtime for the benchmark's model."""

import os

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Bench(MLModel):
    """The benchmark's model."""

    async def load(self) -> bool:
        """Open the model that the environment names."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Scores of the rows of the only input."""
        features = NumpyCodec.decode_input(payload.inputs[0])
        score = self.session.run(["score"], {"features": features})[0]
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("score", score)])

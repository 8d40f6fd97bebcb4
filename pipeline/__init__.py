"""From data to a packaged, registered model: the steps behind `python -m pipeline`."""

import os

__version__ = "0.1.0"

# ONNX Runtime sends telemetry unless disabled before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

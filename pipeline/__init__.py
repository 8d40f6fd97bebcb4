"""From data to a packaged, registered model: the steps behind `python -m pipeline`."""

import os

__version__ = "0.1.0"

# ONNX Runtime reports its use to its maker unless it is told not to before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

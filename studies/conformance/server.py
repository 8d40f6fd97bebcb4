"""The bundled model server as a separate process."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BUNDLE = Path(__file__).parents[2] / "model-server" / "dist" / "main.mjs"
VERSION = "3"
FINISH_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """Where a server listens, and what it serves."""

    model: str
    http: str
    grpc: str


@contextmanager
def serve(model: str, package: Path) -> Iterator[Server]:
    """Serves a package on free ports of 127.0.0.1 and ends the server as Kubernetes does."""
    environment = {
        "PATH": os.environ["PATH"],
        "MODEL_DIR": str(package),
        "MODEL_VERSION": VERSION,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "GRPC_PORT": "0",
        "DRAIN_SECONDS": "0",
    }
    with subprocess.Popen(["node", str(BUNDLE)], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = _await_ready(process)
            yield Server(model, f"127.0.0.1:{ready['port']}", f"127.0.0.1:{ready['grpcPort']}")
        finally:
            process.terminate()
            try:
                code = process.wait(FINISH_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    if code != 0:
        raise RuntimeError(f"the server ended with {code}, expected 0")


def _await_ready(process: subprocess.Popen[str]) -> dict:
    lines = []
    for line in process.stdout or ():
        entry = json.loads(line)
        if entry["msg"] == "ready":
            return entry
        lines.append(line)
    raise RuntimeError(f"the server ended before it was ready: {''.join(lines)}")

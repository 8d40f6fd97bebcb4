"""A stand-in for the API server that takes pods, and starts what is in them as a process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

Start = Callable[[dict[str, Any]], None]


class Cluster:
    """Pods by name, and every request that was made."""

    def __init__(self, folder: Path) -> None:
        self.account = folder / "account"
        self.account.mkdir()
        self.token("first")
        self.pods: dict[str, dict[str, Any]] = {}
        self.created: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, str]] = []
        """Method, path with query, bearer token."""
        self.on_create: Start = lambda _: None
        self.on_delete: Start = lambda _: None
        self.refuse: tuple[int, str] | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def token(self, text: str) -> None:
        (self.account / "token").write_text(text)

    def wait(self, name: str, reason: str, text: str = "") -> None:
        """The pod's container waits."""
        self._container(name, {"waiting": {"reason": reason, "message": text}})

    def terminate(self, name: str, reason: str, code: int = 137) -> None:
        self._container(name, {"terminated": {"reason": reason, "exitCode": code}})
        self.pods[name]["status"]["phase"] = "Failed"

    def _container(self, name: str, state: dict[str, Any]) -> None:
        image = self.pods[name]["spec"]["containers"][0]["image"]
        status = {"name": "runner", "image": image, "state": state}
        self.pods[name]["status"] = {"phase": "Pending", "containerStatuses": [status]}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def environment_of(pod: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod["spec"]["containers"][0]["env"]}


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _note(self) -> None:
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            cluster.requests.append((self.command, self.path, token))

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _missing(self) -> None:
            self._answer(404, {"kind": "Status", "reason": "NotFound", "message": "pod not found", "code": 404})

        def do_POST(self) -> None:
            self._note()
            pod = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if cluster.refuse is not None:
                code, text = cluster.refuse
                self._answer(code, {"kind": "Status", "reason": "Forbidden", "message": text, "code": code})
                return
            pod["status"] = {"phase": "Running", "containerStatuses": [{"name": "runner", "state": {"running": {}}}]}
            cluster.pods[pod["metadata"]["name"]] = pod
            cluster.created.append(pod)
            cluster.on_create(pod)
            self._answer(201, pod)

        def do_GET(self) -> None:
            self._note()
            pod = cluster.pods.get(urlparse(self.path).path.split("/")[6])
            if pod is None:
                self._missing()
            else:
                self._answer(200, pod)

        def do_DELETE(self) -> None:
            self._note()
            pod = cluster.pods.pop(urlparse(self.path).path.split("/")[6], None)
            if pod is None:
                self._missing()
                return
            # Kubernetes refuses to parse what it does not know in a strict query; here it is recorded.
            assert set(parse_qs(urlparse(self.path).query)) <= {"gracePeriodSeconds"}
            cluster.on_delete(pod)
            self._answer(200, pod)

        def log_message(self, *_: Any) -> None:
            return

    return Handler

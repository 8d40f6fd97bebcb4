"""Answers of Buildbot's REST API, written where Twisted allows it.

Buildbot 4.3.0 writes JSON to the connection from a thread. Twisted's transports belong to the reactor's thread: an
answer is cut off, and a file descriptor may stay in the reactor's books after it was closed, so that every later
connection with its number fails until the master restarts.
"""

from __future__ import annotations

import json
from typing import Any

from buildbot.www import rest
from twisted.internet import reactor, threads


def write_in_reactor_thread() -> None:
    """Replace the function that Buildbot calls in a thread. Encoding stays there: a long list takes a while."""
    rest.V2RootResource._write_json_data = staticmethod(_write)


def _write(request: Any, encoder: json.JSONEncoder, data: Any) -> None:
    text = encoder.encode(data).encode()
    threads.blockingCallFromThread(reactor, _send, request, text)


def _send(request: Any, text: bytes) -> None:
    if not rest._is_request_finished(request):
        request.write(text)

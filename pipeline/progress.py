"""Progress on stdout: JSON lines for machines, one readable line per step for people."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Step:
    """A running step; takes a sentence and figures that describe its outcome."""

    def __init__(self) -> None:
        self.message = ""
        self.details: dict[str, Any] = {}

    def done(self, message: str, **details: Any) -> None:
        """Describe the outcome in one sentence."""
        self.message, self.details = message, details


class Progress:
    """Reports steps. `as_json` chooses JSON lines; by default they are used when no person reads `stream`."""

    def __init__(self, as_json: bool | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._json = not self._stream.isatty() if as_json is None else as_json
        self._began = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Report the start and the outcome of the body."""
        began = time.monotonic()
        step = Step()
        self._emit({"step": name, "status": "started"}, f"  …  {name}")
        try:
            yield step
        except BaseException as error:
            seconds = round(time.monotonic() - began, 2)
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            self._emit(
                {"step": name, "status": "failed", "seconds": seconds, "message": reason},
                f"  ✗  {name:<9} {seconds:6.1f} s  {reason}",
            )
            raise
        seconds = round(time.monotonic() - began, 2)
        self._emit(
            {"step": name, "status": "done", "seconds": seconds, "message": step.message, **step.details},
            f"  ✓  {name:<9} {seconds:6.1f} s  {step.message}",
        )

    def note(self, name: str, message: str) -> None:
        """Report the progress of a running step."""
        self._emit(
            {"step": name, "status": "running", "message": message}, f"     {name:<9} {self.elapsed:6.1f} s  {message}"
        )

    def result(self, result: dict[str, Any], lines: list[str]) -> None:
        """Print the outcome: `result` for machines, `lines` for people."""
        self._emit({"result": result}, "\n".join(lines))

    def error(self, error: dict[str, str], text: str) -> None:
        """Print a user's error: as the last JSON line on stdout, or as text on stderr."""
        if self._json:
            self._emit({"error": error}, text)
        else:
            print(f"error: {text}", file=sys.stderr, flush=True)

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the command."""
        return time.monotonic() - self._began

    def _emit(self, record: dict[str, Any], text: str) -> None:
        print(json.dumps(record) if self._json else text, file=self._stream, flush=True)

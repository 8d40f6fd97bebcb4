"""Runs the command line in this process, and says what no user should ever see."""

import contextlib
import io
import json
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.cli import main


class UnexpectedError(Exception):
    """An outcome that is a defect, whatever was asked for."""


def attempt(arguments: Sequence[str]) -> int:
    """The exit code of one command. Raises `UnexpectedError` for anything but success or an error that helps."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--json", *arguments] if not arguments else [*arguments, "--json"])
    except SystemExit as ended:
        # --help
        if ended.code in (0, None):
            return 0
        raise UnexpectedError(f"exit {ended.code}") from ended
    except Exception as error:
        raise UnexpectedError("".join(traceback.format_exception(error)[-3:])) from error
    if code == 0:
        return 0
    stream = err if list(arguments[:1]) == ["rows"] else out
    lines = [json.loads(line) for line in stream.getvalue().splitlines() if line.startswith("{")]
    told = lines[-1].get("error") if lines else None
    if code not in (1, 2) or told is None:
        raise UnexpectedError(f"exit {code} without an error: {stream.getvalue()[-500:]}")
    if told["what"] == "unexpected error":
        raise UnexpectedError(f"{told['got']}\n{err.getvalue()[-1500:]}")
    # What was got may be nothing.
    if not all(str(told.get(part, "")).strip() for part in ("what", "expected", "fix")):
        raise UnexpectedError(f"an error that does not help: {told}")
    return code


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Relative paths of a case are below `folder`."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def collected(run: Callable[[], int], found: list[str]) -> str:
    """How `run` ended; an unexpected outcome is added to `found`, instead of stopping at the first."""
    try:
        return "done" if run() == 0 else "refused"
    except UnexpectedError as unexpected:
        found.append(str(unexpected))
        return "unexpected"

"""Calls of a model's own code."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pipeline import errors

Result = TypeVar("Result")


def guarded(what: str, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call the model's own code; what it raises becomes an error that names file and line."""
    try:
        return function(*arguments)
    except errors.PipelineError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "site-packages" not in frame.filename]
        place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}"
        raise errors.failed_model_code(what, f"{type(error).__name__}: {error} ({place})") from error

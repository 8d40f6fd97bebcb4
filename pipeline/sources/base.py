"""The interface of a data source, and the parsing of its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from datetime import date
from typing import Any, Protocol, Self

import pandas as pd

from pipeline import errors

# What a field of each type accepts from YAML, and how to say so.
KINDS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    str: ("text", lambda value: isinstance(value, str)),
    dict[str, str]: (
        "a mapping of names",
        lambda value: isinstance(value, dict) and all(isinstance(name, str) for name in [*value, *value.values()]),
    ),
    date | None: ("a date (YYYY-MM-DD) or null", lambda value: value is None or isinstance(value, date)),
}


class Source(Protocol):
    """Provides raw events; the clean step cleans them."""

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Open the source described under `source.parameters` of model.yaml."""
        ...

    def collect(self, start: date, end: date) -> pd.DataFrame:
        """Events with `start` ≤ time < `end` (midnight, UTC), with the columns of model.yaml, as recorded."""
        ...

    def describe(self) -> dict[str, Any]:
        """Description for the lineage of a model: JSON, without secrets."""
        ...


def parameter(default: Any, *, least: float | None = None, most: float | None = None) -> Any:
    """A field with bounds, both inclusive."""
    return field(default=default, metadata={"least": least, "most": most})


def check_parameters(source: str, cls: type[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Check names, types and bounds of `parameters` against the fields of the dataclass `cls`; fields document them."""
    known = {each.name: each for each in fields(cls) if each.metadata.get("parameter", True)}
    for key, value in parameters.items():
        if key not in known:
            fix = errors.did_you_mean(key, known, "remove it")
            raise errors.source_parameter(source, key, f"{key}: {value}", f"one of: {errors.names(known)}", fix)
        expected, fits = KINDS[known[key].type]
        if not fits(value):
            raise errors.source_parameter(source, key, value, expected)
        least, most = (known[key].metadata.get(bound) for bound in ("least", "most"))
        if least is not None and value < least:
            raise errors.source_parameter(source, key, value, f"{expected}, at least {least}")
        if most is not None and value > most:
            raise errors.source_parameter(source, key, value, f"{expected}, at most {most}")
    for name, each in known.items():
        if name not in parameters and each.default is MISSING and each.default_factory is MISSING:
            raise errors.source_parameter(source, name, "nothing", "a value: it has no default")
    return dict(parameters)

"""Reads YAML without surprises: as version 1.2 reads it, each key once, and only values that model.yaml can mean.

PyYAML alone keeps the last of two equal keys, and reads 010 as 8, 1:30 as 90, yes as true and 1e-3 as text.
"""

import datetime
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from pipeline import errors

DEEPEST = 20
# Counted after aliases are followed: ten lines can stand for a billion values.
MOST_VALUES = 100_000
LARGEST_INTEGER = 2**63 - 1
# Unpaired surrogates are in no file of UTF-8; PostgreSQL refuses NUL, and tables break at a new line.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
PLAIN = "a text, a number, true, false, a date, a list, a mapping or nothing"


class _Loader(yaml.SafeLoader):
    """YAML's core schema, and dates."""

    # Not the parent's: it is shared by every SafeLoader.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                named = (key.tag, key.value)
                if named in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} twice", key.start_mark)
                seen.add(named)
        return super().construct_mapping(node, deep)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(str(loader.construct_scalar(node)), 10)


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


for tag, pattern, first in (
    ("null", r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


class UnreadableYamlError(Exception):
    """Text that is not YAML, or not one document of it."""


def read_yaml(text: str) -> Any:
    """The value that `text` writes. Raises `UnreadableYamlError` with the reason."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableYamlError(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise UnreadableYamlError("nested too deeply") from error


def require_plain(value: Any, label: str) -> None:
    """Raise unless every value below `value` is one that a file can hold and a computer can count with."""
    for number, (path, each) in enumerate(_walk(value, ())):
        if number >= MOST_VALUES or len(path) > DEEPEST:
            expected = f"at most {MOST_VALUES:,} values, {DEEPEST} levels deep"
            raise errors.invalid_config(label, ".".join(path[:3]), "more", expected, "shorten it; aliases count")
        wrong = _wrong(each, path)
        if wrong:
            key = ".".join(path)
            raise errors.invalid_config(label, key, *wrong, f"correct {key or 'the file'}")


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    if len(path) > DEEPEST:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*path, "(key)"), key if isinstance(key, str) else {key}
            yield from _walk(each, (*path, str(key)))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _walk(each, (*path, str(index)))


def _wrong(value: Any, path: tuple[str, ...]) -> tuple[object, str] | None:
    """What was found and what was expected instead, if anything."""
    if isinstance(value, set):
        return f"the key {errors.names(map(repr, value))}", "keys that are text"
    if isinstance(value, float) and not math.isfinite(value):
        return value, "a finite number"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return f"a whole number of {value.bit_length()} bits", "at most 64 bits"
    if isinstance(value, str):
        found = UNPRINTABLE.search(value) or ("\n" in value and path != ("description",))
        return (ascii(value), "printable text in one line") if found else None
    if type(value) not in (type(None), bool, int, float, dict, list, datetime.date):
        return f"{type(value).__name__} {value!r:.80}", PLAIN
    return None

"""Loads the Python objects of a model's folder: source, features, metrics and eligible function.

model.yaml names them `module:object`, the module being a file of the folder. The folder is loaded as a package under a
name made from its path: its files may import each other (`from .rules import …`), and two models never share a module.
"""

import ast
import hashlib
import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from pipeline import errors
from pipeline.examples import Eligible, Examples, Scores
from pipeline.sources import BUILT_IN, Source

MakeFeatures = Callable[[pd.DataFrame, int], pd.DataFrame]
SOURCE_METHODS = ("from_parameters", "collect", "describe")


@dataclass(frozen=True)
class Metric:
    """A custom metric of a model; higher is better."""

    title: str
    function: Callable[[Examples, Scores], float]


@dataclass(frozen=True)
class ModelCode:
    """A model's custom code. Without `features`, the features are columns of the events."""

    source: type[Source]
    features: MakeFeatures | None
    metrics: Mapping[str, Metric]
    eligible: Eligible | None


def load_code(folder: Path, raw: Mapping[str, Any], label: str) -> ModelCode:
    """Load what the valid model.yaml `raw` names; `label` names that file in messages."""
    return ModelCode(
        source=_source(folder, raw["source"]["type"], label),
        features=_features(folder),
        metrics={
            name: Metric(
                metric["title"], _named(folder, metric["function"], ast.FunctionDef, label, f"metrics.{name}.function")
            )
            for name, metric in raw.get("metrics", {}).items()
        },
        eligible=_named(folder, raw["eligible"], ast.FunctionDef, label, "eligible") if "eligible" in raw else None,
    )


def _source(folder: Path, name: str, label: str) -> type[Source]:
    if name in BUILT_IN:
        return BUILT_IN[name]
    source: type[Source] = _named(folder, name, ast.ClassDef, label, "source.type", list(BUILT_IN))
    missing = [method for method in SOURCE_METHODS if not callable(getattr(source, method, None))]
    if missing:
        expected = f"a class with {errors.names(SOURCE_METHODS)} (pipeline/sources/base.py)"
        raise errors.invalid_config(label, "source.type", f"{name} without {errors.names(missing)}", expected, "add it")
    return source


def _features(folder: Path) -> MakeFeatures | None:
    file = folder / "features.py"
    if not file.is_file():
        return None
    function: MakeFeatures | None = getattr(_module(folder, "features"), "features", None)
    if not callable(function):
        raise errors.bad_features(file.name, "no function features")
    return function


def _named(
    folder: Path, name: str, kind: type[ast.stmt], label: str, key: str, built_in: list[str] | None = None
) -> Any:
    known = [*(built_in or []), *_defined(folder, kind)]
    if name not in known:
        what = "class" if kind is ast.ClassDef else "function"
        define = f"define the {what} in a file of the model's folder, and write module:{what}"
        expected = f"one of: {errors.names(known)}" if known else f"a {what} of the model's folder"
        raise errors.invalid_config(label, key, name, expected, errors.did_you_mean(name, known, define))
    module, _, attribute = name.partition(":")
    return getattr(_module(folder, module), attribute)


def _defined(folder: Path, kind: type[ast.stmt]) -> list[str]:
    """Every public object of `kind` as module:object, found without running any code."""
    found = []
    for file in sorted(folder.glob("*.py")):
        try:
            statements = ast.parse(file.read_bytes()).body
        except SyntaxError as error:
            raise errors.bad_model_code(file.name, f"line {error.lineno}: {error.msg}") from error
        for statement in statements:
            name = getattr(statement, "name", "_")
            if isinstance(statement, kind) and not name.startswith("_"):
                found.append(f"{file.stem}:{name}")
    return found


def _module(folder: Path, name: str) -> ModuleType:
    package = f"model_{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    if package not in sys.modules:
        parent = ModuleType(package)
        parent.__path__ = [str(folder.resolve())]
        sys.modules[package] = parent
    importlib.invalidate_caches()
    try:
        return importlib.import_module(f"{package}.{name}")
    except Exception as error:
        raise errors.bad_model_code(f"{name}.py", f"{type(error).__name__}: {error}") from error

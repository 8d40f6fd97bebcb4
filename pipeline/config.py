"""Reads model.yaml, applies overrides, and validates the result."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from pipeline import errors
from pipeline.model_code import ModelCode, load_code
from pipeline.parameters import check_search
from pipeline.settings import ROOT
from pipeline.sources import Source, TableFile

MODELS = ROOT / "models"
SCHEMA = json.loads(Path(__file__).with_name("model.schema.json").read_text())
METRICS = tuple(SCHEMA["properties"]["gates"]["properties"])


@dataclass(frozen=True)
class ModelConfig:
    """A validated model.yaml after overrides, and the model's code that it names."""

    folder: Path
    code: ModelCode
    name: str
    description: str
    owner: str
    on_call: str
    seed: int
    source: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, Any]]
    label: str
    time: str
    label_delay_days: int
    clean: Mapping[str, float]
    window: Mapping[str, int]
    features: Sequence[Mapping[str, Any]]
    search: Mapping[str, Any]
    threshold: Mapping[str, float]
    gates: Mapping[str, float]

    @property
    def feature_names(self) -> list[str]:
        return [feature["name"] for feature in self.features]

    def open_source(self) -> Source:
        """The source with the parameters of model.yaml, validated by the source."""
        source = self.code.source.from_parameters(self.source.get("parameters") or {})
        return source.with_columns(self.columns, self.time) if isinstance(source, TableFile) else source


def load_model(name: str, overrides: Sequence[str] = (), folder: Path | None = None) -> ModelConfig:
    """Load the model `name` from `folder`, by default models/<name>.

    `overrides` are `dotted.key=value`, values in YAML.
    """
    home = (folder or MODELS / name).resolve()
    file = home / "model.yaml"
    if not file.is_file():
        if folder is not None:
            raise errors.no_model_in(folder)
        raise errors.unknown_model(name, sorted(path.parent.name for path in MODELS.glob("*/model.yaml")), MODELS.name)
    label = str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
    try:
        raw = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise errors.unreadable_config(label, " ".join(str(error).split())) from error
    for override in overrides if isinstance(raw, dict) else ():
        _override(raw, override)
    _validate(raw, label)
    if raw["name"] != name:
        raise errors.invalid_config(label, "name", raw["name"], name, "use one name here and in platform.yaml")
    code = load_code(home, raw, label)
    given = {key: value for key, value in raw.items() if key not in ("metrics", "eligible")}
    return ModelConfig(folder=home, code=code, **given)


def _override(raw: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    *parents, last = key.split(".")
    if not equals or not all([*parents, last]):
        raise errors.bad_override(text)
    place = raw
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise errors.bad_override(text)
    try:
        place[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise errors.bad_override(text) from error


def _validate(raw: Any, label: str) -> None:
    for path, number in _numbers(raw):
        if not math.isfinite(number):
            raise errors.invalid_config(label, path, number, "a finite number", f"correct {path}")
    error = best_match(Draft202012Validator(SCHEMA).iter_errors(raw))
    if error is not None:
        raise _explain(error, label)
    for role in ("label", "time"):
        if raw[role] not in raw["columns"]:
            known = errors.names(raw["columns"])
            raise errors.invalid_config(label, role, raw[role], f"one of the columns: {known}", "list it under columns")
    names = [feature["name"] for feature in raw["features"]]
    for name in names:
        if names.count(name) > 1:
            raise errors.invalid_config(label, "features", f"{name} twice", "each feature once", "remove one of them")
    check_search(raw["search"], label)
    metrics = [*METRICS, *raw.get("metrics", {})]
    for name in raw["gates"]:
        if name not in metrics:
            fix = errors.did_you_mean(name, metrics, "remove it, or describe it under metrics")
            raise errors.invalid_config(
                label, f"gates.{name}", "a metric that is not known", f"one of: {errors.names(metrics)}", fix
            )


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every float of the file and its path."""
    if isinstance(value, float):
        yield path, value
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _numbers(each, _join(path, str(key)))
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _numbers(each, _join(path, str(index)))


def _explain(error: ValidationError, label: str) -> errors.PipelineError:
    """Turn a schema error into path, value, expectation and fix."""
    path = ".".join(str(part) for part in error.absolute_path)
    rule: str = str(error.validator)
    instance: Any = error.instance
    wanted: Any = error.validator_value
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    if rule == "additionalProperties" and wanted is False:
        known = list(schema["properties"])
        key = next(key for key in instance if key not in known)
        fix = errors.did_you_mean(str(key), known, "remove it")
        return errors.invalid_config(
            label, _join(path, key), "a key that is not known", f"one of: {errors.names(known)}", fix
        )
    if rule == "required":
        key = next(key for key in wanted if key not in instance)
        meaning = schema.get("properties", {}).get(key, {}).get("description", "a value")
        return errors.invalid_config(label, _join(path, key), "nothing", meaning.rstrip("."), f"add {key}")
    expectations = {
        "type": lambda: f"of type {errors.names(wanted) if isinstance(wanted, list) else wanted}",
        "enum": lambda: f"one of: {errors.names(wanted)}",
        "pattern": lambda: f"text like {wanted}",
        "minimum": lambda: f"at least {wanted}",
        "maximum": lambda: f"at most {wanted}",
        "exclusiveMinimum": lambda: f"more than {wanted}",
        "not": lambda: f"a name other than {errors.names(wanted['enum'])}",
    }
    expected = expectations[rule]() if rule in expectations else f"{rule} {json.dumps(wanted)}"
    return errors.invalid_config(label, path, error.instance, expected, f"correct {path or 'the file'}")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key

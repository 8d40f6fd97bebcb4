"""Reads models/<name>/model.yaml, applies overrides, and refuses anything the schema does not know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from pipeline import errors

MODELS = Path(__file__).resolve().parent.parent / "models"
SCHEMA = json.loads(Path(__file__).with_name("model.schema.json").read_text())


@dataclass(frozen=True)
class ModelConfig:
    """A validated model.yaml; `raw` is the whole file after overrides."""

    folder: Path
    raw: Mapping[str, Any]
    name: str
    description: str
    owner: str
    on_call: str
    seed: int
    source: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, Any]]
    label: str
    time: str
    entity: str
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


def load_model(name: str, overrides: Sequence[str] = (), models: Path = MODELS) -> ModelConfig:
    """Load the model `name`; `overrides` are `dotted.key=value`, values in YAML."""
    file = models / name / "model.yaml"
    if not file.is_file():
        raise errors.unknown_model(name, sorted(path.parent.name for path in models.glob("*/model.yaml")), models.name)
    label = f"{models.name}/{name}/model.yaml"
    try:
        raw = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise errors.unreadable_config(label, " ".join(str(error).split())) from error
    for override in overrides:
        _override(raw, override)
    _validate(raw, label)
    if raw["name"] != name:
        raise errors.invalid_config(label, "name", raw["name"], name, "give the model the name of its folder")
    return ModelConfig(folder=file.parent, raw=raw, **raw)


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
    error = best_match(Draft202012Validator(SCHEMA).iter_errors(raw))
    if error is not None:
        raise _explain(error, label)
    for role in ("label", "time", "entity"):
        if raw[role] not in raw["columns"]:
            known = errors.names(raw["columns"])
            raise errors.invalid_config(label, role, raw[role], f"one of the columns: {known}", "list it under columns")
    names = [feature["name"] for feature in raw["features"]]
    for name in names:
        if names.count(name) > 1:
            raise errors.invalid_config(label, "features", f"{name} twice", "each feature once", "remove one of them")


def _explain(error: ValidationError, label: str) -> errors.PipelineError:
    """Turn the schema's complaint into path, value got, expectation and fix."""
    path = ".".join(str(part) for part in error.absolute_path)
    rule: str = str(error.validator)
    instance: Any = error.instance
    wanted: Any = error.validator_value
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    if rule == "additionalProperties" and wanted is False:
        known = list(schema["properties"])
        key = next(key for key in instance if key not in known)
        close = get_close_matches(key, known, n=1)
        fix = f"did you mean {close[0]}?" if close else "remove it"
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
    }
    expected = expectations[rule]() if rule in expectations else f"{rule} {json.dumps(wanted)}"
    return errors.invalid_config(label, path, error.instance, expected, f"correct {path or 'the file'}")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def parse_date(option: str, text: str) -> date:
    """Read a date of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise errors.bad_date(option, text) from error

"""Reads model.yaml, applies overrides, and validates the result."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

from pipeline import errors
from pipeline.guard import guarded
from pipeline.model_code import ModelCode, load_code
from pipeline.parameters import check_search
from pipeline.rules import check_columns, check_features
from pipeline.settings import ROOT
from pipeline.sources import Source, TableFile
from pipeline.strict_yaml import UnreadableYamlError, read_yaml, require_plain

MODELS = ROOT / "models"
SCHEMA = json.loads(Path(__file__).with_name("model.schema.json").read_text())
# A whole number is written without a point: 3.0 would reach code that counts with it.
Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
VALIDATOR: Any = Validator(SCHEMA)
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
        kind, parameters = self.source["type"], self.source.get("parameters") or {}
        source: Source = guarded(f"data source {kind}", self.code.source.from_parameters, parameters)
        return source.with_columns(self.columns, self.time) if isinstance(source, TableFile) else source


def load_model(name: str, overrides: Sequence[str] = (), folder: Path | None = None) -> ModelConfig:
    """Load the model `name` from `folder`, by default models/<name>.

    `overrides` are `dotted.key=value`, values in YAML.
    """
    home = (folder or MODELS / name).resolve()
    file = home / "model.yaml"
    label = str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
    try:
        if not file.is_file():
            if folder is not None:
                raise errors.no_model_in(folder)
            known = sorted(path.parent.name for path in MODELS.glob("*/model.yaml"))
            raise errors.unknown_model(name, known, MODELS.name)
        raw = read_yaml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, UnreadableYamlError) as error:
        raise errors.unreadable_config(label, str(error)) from error
    for override in overrides if isinstance(raw, dict) else ():
        _override(raw, override)
    _validate(raw, label)
    if raw["name"] != name:
        raise errors.invalid_config(label, "name", raw["name"], name, "use one name here and in platform.yaml")
    code = load_code(home, raw, label)
    check_features(raw, label, made=code.features is not None)
    given = {key: value for key, value in raw.items() if key not in ("metrics", "eligible")}
    config = ModelConfig(folder=home, code=code, **given)
    config.open_source()
    return config


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
        # YAML reserves these as first characters; on a command line there is nothing to reserve them for.
        place[last] = value if value.startswith(("%", "@", "`")) else read_yaml(value)
    except UnreadableYamlError as error:
        raise errors.bad_override_value(text, str(error)) from error


def _validate(raw: Any, label: str) -> None:
    require_plain(raw, label)
    error = best_match(VALIDATOR.iter_errors(raw))
    if error is not None:
        raise _explain(error, label)
    check_columns(raw, label)
    check_search(raw, label)
    metrics = [*METRICS, *raw.get("metrics", {})]
    for name in raw["gates"]:
        if name not in metrics:
            fix = errors.did_you_mean(name, metrics, "remove it, or describe it under metrics")
            raise errors.invalid_config(
                label, f"gates.{name}", "a metric that is not known", f"one of: {errors.names(metrics)}", fix
            )


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
    expectations: dict[str, Callable[[], str]] = {
        "type": lambda: f"of type {errors.names(wanted) if isinstance(wanted, list) else wanted}",
        "enum": lambda: f"one of: {errors.names(wanted)}",
        "pattern": lambda: f"text like {wanted}",
        "minimum": lambda: f"at least {wanted}",
        "maximum": lambda: f"at most {wanted}",
        "exclusiveMinimum": lambda: f"more than {wanted}",
        "not": lambda: f"a name other than {errors.names(wanted['enum'])}",
        "maxLength": lambda: f"at most {wanted} characters",
        "minLength": lambda: f"at least {wanted} character",
        "minItems": lambda: f"at least {wanted}",
        "maxItems": lambda: f"at most {wanted}",
        "minProperties": lambda: f"at least {wanted}",
        "maxProperties": lambda: f"at most {wanted}",
        "uniqueItems": lambda: "each value once",
        "oneOf": lambda: "a list of values, or range: [low, high], or log_range: [low, high]",
    }
    expected = expectations[rule]() if rule in expectations else f"{rule} {json.dumps(wanted)}"
    return errors.invalid_config(label, path, error.instance, expected, f"correct {path or 'the file'}")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key

"""Rules of columns and features that no row, or no model, could follow: refused before any data is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import errors
from pipeline.reading import UNIX_FORMATS, check_format

LARGEST_FLOAT32 = 3.4028234663852886e38
NUMERIC = ("integer", "number")
Rule = Mapping[str, Any]


def check_columns(raw: Mapping[str, Any], label: str) -> None:
    """Refuse rules that do not fit the type of their column, and roles that a column cannot have."""
    columns: Mapping[str, Rule] = raw["columns"]
    for name, rule in columns.items():
        _check_column(f"columns.{name}", rule, label)
    for role in ("label", "time"):
        if raw[role] not in columns:
            known = errors.names(columns)
            raise errors.invalid_config(label, role, raw[role], f"one of the columns: {known}", "list it under columns")
    for role, types in (("label", NUMERIC), ("time", ("time",))):
        name, rule = raw[role], columns[raw[role]]
        key = f"columns.{name}"
        if rule["type"] not in types:
            expected = f"type {' or '.join(types)}: it is the {role}"
            raise errors.invalid_config(label, f"{key}.type", rule["type"], expected, f"correct it, or {role}")
        if rule.get("nullable"):
            raise errors.invalid_config(label, f"{key}.nullable", "true", f"false: it is the {role}", "remove it")


def _check_column(key: str, rule: Rule, label: str) -> None:
    kind = rule["type"]
    for bound in ("min", "max"):
        if bound in rule and kind not in NUMERIC:
            raise errors.invalid_config(
                label, f"{key}.{bound}", rule[bound], f"none: {kind} has no bounds", "remove it"
            )
    _check_bounds(key, rule, label)
    if "format" in rule:
        if kind != "time":
            raise errors.invalid_config(label, f"{key}.format", rule["format"], f"none: {kind} has none", "remove it")
        wrong = check_format(rule["format"])
        if wrong:
            expected = f"strptime's codes for year, month and day, as %d/%m/%Y %H:%M, or {errors.names(UNIX_FORMATS)}"
            fix = "correct it, or leave it out for ISO 8601"
            raise errors.invalid_config(label, f"{key}.format", f"{rule['format']}: {wrong}", expected, fix)
    for value in rule.get("values", ()):
        if not _fits(value, kind):
            expected = f"values of type {kind}" if kind != "time" else "none: a time has no list of values"
            raise errors.invalid_config(label, f"{key}.values", value, expected, f"correct {key}.values")


def _fits(value: Any, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str) and value != ""
    number = isinstance(value, int | float)
    return (number and float(value).is_integer()) if kind == "integer" else kind == "number" and number


def _check_bounds(key: str, rule: Rule, label: str) -> None:
    low, high = rule.get("min"), rule.get("max")
    if low is not None and high is not None and low > high:
        raise errors.invalid_config(label, key, f"min {low} above max {high}", "min at most max", f"correct {key}")


def check_features(raw: Mapping[str, Any], label: str, *, made: bool) -> None:
    """Refuse features that cannot be served; unless `made` by a features.py, each must be a column of its type."""
    features: Sequence[Rule] = raw["features"]
    names = [feature["name"] for feature in features]
    for feature in features:
        name = feature["name"]
        if names.count(name) > 1:
            raise errors.invalid_config(label, "features", f"{name} twice", "each feature once", "remove one of them")
        key = f"features.{name}"
        of_others = ("min", "max", "integer") if feature["type"] == "category" else ("categories",)
        for rule in of_others:
            if feature.get(rule) is not None:
                expected = f"none: a {feature['type']} has no {rule}"
                raise errors.invalid_config(label, f"{key}.{rule}", feature[rule], expected, "remove it")
        _check_bounds(key, feature, label)
        for bound in ("min", "max"):
            value = feature.get(bound)
            if value is not None and abs(value) > LARGEST_FLOAT32:
                expected = f"within ±{LARGEST_FLOAT32:.4g}: the model's inputs are float32"
                raise errors.invalid_config(label, f"{key}.{bound}", value, expected, "leave it out for no bound")
        if not made:
            _check_source_of(feature, raw, label)


def _check_source_of(feature: Rule, raw: Mapping[str, Any], label: str) -> None:
    """Without a features.py, features are columns of the events."""
    name, columns = feature["name"], raw["columns"]
    if name not in columns:
        expected = f"one of the columns, as there is no features.py: {errors.names(columns)}"
        fix = errors.did_you_mean(name, columns, "list it under columns, or write a features.py")
        raise errors.invalid_config(label, f"features.{name}", name, expected, fix)
    if name == raw["label"]:
        expected = "a column that is known when the model is asked"
        raise errors.invalid_config(label, f"features.{name}", f"{name}, the label", expected, "remove it")
    kind = columns[name]["type"]
    fitting = ("text",) if feature["type"] == "category" else NUMERIC
    if kind not in fitting:
        expected = f"a column of type {' or '.join(fitting)} for a feature of type {feature['type']}"
        raise errors.invalid_config(
            label, f"features.{name}", f"a column of type {kind}", expected, "correct one of them"
        )

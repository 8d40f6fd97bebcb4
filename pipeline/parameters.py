"""Which LightGBM parameters a model may set. LightGBM ignores unknown names."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lightgbm.basic import _ConfigAliases

from pipeline import errors

# Parameter → why a model may not set it.
REFUSED = {
    "objective": "the pipeline trains the probability of one class",
    "num_class": "the pipeline trains the probability of one class",
    "metric": "trials are compared by average precision",
    "num_iterations": "search.rounds sets it",
    "early_stopping_round": "search.patience sets it",
    "seed": "the seed of the model sets it",
    "verbosity": "stdout is for progress",
    "deterministic": "equal inputs must give equal trees",
    "force_row_wise": "equal inputs must give equal trees",
    "force_col_wise": "equal inputs must give equal trees",
    "categorical_feature": "the served model splits by order only; categories become their position in the list",
    "linear_tree": "the served model has constant leaves",
}


def check_search(search: Mapping[str, Any], label: str) -> None:
    """Refuse parameters under `search` that would be ignored, contradict each other, or cannot be served."""
    seen: dict[str, str] = {}
    for part in ("fixed", "space"):
        for name, value in search[part].items():
            key = f"search.{part}.{name}"
            if name not in _canonical():
                fix = errors.did_you_mean(name, _canonical(), "remove it")
                raise errors.invalid_config(label, key, value, "a parameter that LightGBM knows", fix)
            parameter = canonical(name)
            if parameter in REFUSED:
                raise errors.invalid_config(label, key, value, f"no {parameter}: {REFUSED[parameter]}", "remove it")
            if parameter in seen:
                raise errors.invalid_config(
                    label, key, value, f"{parameter} once: {seen[parameter]} sets it", "remove one"
                )
            seen[parameter] = key
    for name, choice in search["space"].items():
        if isinstance(choice, dict):
            ((kind, (low, high)),) = choice.items()
            lowest = low > 0 if kind == "log_range" else True
            if not (low < high and lowest):
                expected = "[low, high], low below high" + (" and above 0" if kind == "log_range" else "")
                path = f"search.space.{name}.{kind}"
                raise errors.invalid_config(label, path, [low, high], expected, f"correct {path}")


def canonical(name: str) -> str:
    """LightGBM's main name of a parameter; only that one overrides the pipeline's values."""
    return _canonical()[name]


@cache
def _canonical() -> dict[str, str]:
    known: Mapping[str, list[str]] = _ConfigAliases._get_all_param_aliases()
    return {name: parameter for parameter, aliases in known.items() for name in (parameter, *aliases)}

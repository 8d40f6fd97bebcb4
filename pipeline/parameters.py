"""Which LightGBM parameters a model may set. LightGBM ignores unknown names."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lightgbm.basic import _ConfigAliases

from pipeline import errors

# Why a model may not set a parameter → the parameters.
REASONS: Mapping[str, str] = {
    "the pipeline trains the probability of one class": "objective num_class task",
    "trials are compared by average precision": "metric first_metric_only metric_freq is_provide_training_metric",
    "search.rounds sets it": "num_iterations",
    "search.patience sets it": "early_stopping_round early_stopping_min_delta",
    "the seed of the model sets it": "seed",
    "stdout is for progress": "verbosity",
    "equal inputs must give equal trees": "deterministic force_row_wise force_col_wise",
    "the served model has constant leaves": "linear_tree linear_lambda",
    "the served model's score is the plain logistic function": "sigmoid",
    "the served model tells 0 from a missing value": "zero_as_missing use_missing",
    "it belongs to another objective": "alpha auc_mu_weights bagging_by_query eval_at fair_c label_gain "
    "lambdarank_norm lambdarank_position_bias_regularization lambdarank_truncation_level multi_error_top_k "
    "objective_seed poisson_max_delta_step reg_sqrt tweedie_variance_power",
    "it belongs to prediction, not to training": "num_iteration_predict pred_early_stop pred_early_stop_freq "
    "pred_early_stop_margin predict_contrib predict_disable_shape_check predict_leaf_index predict_raw_score "
    "refit_decay_rate start_iteration_predict",
    "the pipeline gives LightGBM the rows; it reads and writes no files": "config convert_model convert_model_language "
    "data forcedbins_filename forcedsplits_filename group_column header ignore_column input_model label_column "
    "output_model output_result parser_config_file precise_float_parser save_binary saved_feature_importance_type "
    "snapshot_freq two_round valid weight_column",
    "one machine trains, without a GPU": "device_type gpu_device_id gpu_device_id_list gpu_platform_id gpu_use_dp "
    "local_listen_port machine_list_filename machines num_gpu num_machines pre_partition time_out top_k tree_learner",
}
REFUSED = {name: reason for reason, names in REASONS.items() for name in names.split()}
CATEGORICAL = "categorical_feature"
# Parameter → bounds beyond which LightGBM takes the memory or the threads of the machine.
BOUNDS = {"num_threads": (0, 256), "max_bin": (2, 65_535), "num_leaves": (2, 131_072), "max_depth": (-1, 1_000)}


def check_search(raw: Mapping[str, Any], label: str) -> None:
    """Refuse parameters under `search` that would be ignored, contradict each other, or cannot be served."""
    search = raw["search"]
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
            if parameter == CATEGORICAL and part == "space":
                expected = f"{CATEGORICAL} under search.fixed: it describes the features"
                raise errors.invalid_config(label, key, value, expected, "move it")
            for each in _values(value):
                _check_value(parameter, each, key, label)
    for name, choice in search["space"].items():
        if isinstance(choice, dict):
            ((kind, (low, high)),) = choice.items()
            lowest = low > 0 if kind == "log_range" else True
            if not (low < high and lowest):
                expected = "[low, high], low below high" + (" and above 0" if kind == "log_range" else "")
                path = f"search.space.{name}.{kind}"
                raise errors.invalid_config(label, path, [low, high], expected, f"correct {path}")
    for name, value in search["fixed"].items():
        if canonical(name) == CATEGORICAL:
            _check_categorical(value, raw["features"], f"search.fixed.{name}", label)


def _values(choice: Any) -> list[Any]:
    """The values that a parameter may take; of a range, its ends."""
    if isinstance(choice, dict):
        return [value for pair in choice.values() for value in pair]
    return choice if isinstance(choice, list) else [choice]


def _check_value(parameter: str, value: Any, key: str, label: str) -> None:
    if isinstance(value, str) and (parameter != CATEGORICAL) and re.search(r"[\s=]", value):
        # LightGBM takes all parameters as one line of words.
        raise errors.invalid_config(label, key, value, "text without spaces and =", f"correct {key}")
    if isinstance(value, str) and not all(_is_finite(word) for word in value.split(",")):
        raise errors.invalid_config(label, key, value, "finite numbers, or text that is no number", f"correct {key}")
    if parameter in BOUNDS:
        low, high = BOUNDS[parameter]
        if isinstance(value, int | float) and not low <= value <= high:
            raise errors.invalid_config(label, key, value, f"{low} to {high:,}", f"correct {key}")


def _is_finite(word: str) -> bool:
    """False for what LightGBM would read as infinity or NaN, though YAML reads a text."""
    try:
        return math.isfinite(float(word))
    except ValueError:
        return True


def categorical_features(search: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the features that LightGBM splits by set, not by order."""
    given = [value for name, value in search["fixed"].items() if canonical(name) == CATEGORICAL]
    names = [feature["name"] for feature in features]
    return [_feature_named(word, names) or word for word in _words(given[0])] if given else []


def _words(value: Any) -> list[str]:
    """LightGBM's forms: an index, indexes with commas, or name: and names with commas."""
    return [word.strip() for word in str(value).removeprefix("name:").split(",")]


def _feature_named(word: str, names: Sequence[str]) -> str | None:
    if word.isascii() and word.isdigit() and len(word) < 5:
        return names[int(word)] if int(word) < len(names) else None
    return word if word in names else None


def _check_categorical(value: Any, features: Sequence[Mapping[str, Any]], key: str, label: str) -> None:
    """Each must have whole numbers from 0: LightGBM cuts off what follows the point, and drops what is negative."""
    by_name = {feature["name"]: feature for feature in features}
    for word in _words(value):
        name = _feature_named(word, list(by_name))
        if name is None:
            expected = f"an index from 0 to {len(by_name) - 1}, or name: and features of model.yaml, with commas"
            raise errors.invalid_config(label, key, value, expected, errors.did_you_mean(word, by_name, "correct it"))
        feature = by_name[name]
        if feature["type"] != "category" and not (
            feature.get("integer") and feature.get("min") is not None and feature["min"] >= 0
        ):
            shown = f"{value}: {name}, of type {feature['type']}"
            expected = "features of type category, or with integer: true and min: 0 or more"
            fix = f"remove {name}, or declare {name} as one under features"
            raise errors.invalid_config(label, key, shown, expected, fix)


def canonical(name: str) -> str:
    """LightGBM's main name of a parameter; only that one overrides the pipeline's values."""
    return _canonical()[name]


@cache
def _canonical() -> dict[str, str]:
    known: Mapping[str, list[str]] = _ConfigAliases._get_all_param_aliases()
    return {name: parameter for parameter, aliases in known.items() for name in (parameter, *aliases)}

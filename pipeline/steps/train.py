"""Search LightGBM settings on an earlier cycle, then train on the newest one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.model_selection import ParameterSampler

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.exact import exact_thresholds
from pipeline.examples import Cycle, Examples, Scores
from pipeline.parameters import CATEGORICAL, canonical, categorical_features
from pipeline.steps.evaluate import best_threshold, ranking
from pipeline.steps.export import require_parity, to_onnx

# Identical trees on every machine. One thread unless model.yaml sets more (search.fixed.num_threads): on shared
# cores, OpenMP threads waiting for each other made training 10 times slower.
STABLE = {
    "objective": "binary",
    "metric": "average_precision",
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
}
DECIMALS = 6
# Of each class, about.
PROBE_ROWS = 500
PROBE_ROUNDS = 3
# A few rows must be enough for a split.
PROBE = {"min_data_in_leaf": 5, "min_sum_hessian_in_leaf": 0.0, "min_data_per_group": 5, "cat_smooth": 1.0}


@dataclass(frozen=True)
class Trained:
    """A model whose thresholds are float32 values, the settings that made it, and its validation."""

    booster: lgb.Booster
    parameters: dict[str, Any]
    rounds: int
    threshold: float
    validation: dict[str, float]

    def score(self, examples: Examples) -> Scores:
        """Probability of the positive class per row."""
        return predict(self.booster, examples)


def train(config: ModelConfig, examples: Examples, cycle: Cycle, note: Callable[[str], None]) -> Trained:
    """Choose settings and threshold on the cycle before `cycle`, then train on the training rows of `cycle`."""
    earlier = cycle.earlier()
    past = earlier.train(examples).require_both_classes("validation's training")
    validation = earlier.test(examples, config.code.eligible).require_both_classes("validation")
    best: tuple[float, dict[str, Any], lgb.Booster] | None = None
    trials = draw(config.search["space"], config.search["trials"], config.seed)
    settings = [{**config.search["fixed"], **drawn} for drawn in trials]
    for parameters in settings:
        _require_servable(config, parameters, past, validation)
    for number, parameters in enumerate(settings, start=1):
        booster = _search(config, parameters, past, validation)
        score = booster.best_score["validation"]["average_precision"]
        note(f"trial {number} of {len(trials)}: average precision {score:.3f} after {_rounds(booster)} rounds")
        if best is None or score > best[0]:
            best = score, parameters, booster
    assert best is not None
    _, parameters, found = best
    rounds = _rounds(found)
    scores = predict(found, validation)
    training = cycle.train(examples).require_both_classes("training")
    booster = _fit(config, parameters, _dataset(config, training), rounds)
    return Trained(
        exact_thresholds(booster),
        parameters,
        rounds,
        best_threshold(validation, scores, config.threshold["beta"]),
        ranking(validation, scores, config.code.metrics),
    )


def _require_servable(config: ModelConfig, parameters: Mapping[str, Any], past: Examples, validation: Examples) -> None:
    """A few small trees of a trial go all the way to scores and metrics: what fails there, fails early."""
    kept = np.zeros(len(past), dtype=bool)
    for label in (0, 1):
        rows = np.flatnonzero(past.label == label)
        kept[rows[:: max(1, len(rows) // PROBE_ROWS)]] = True
    probe = past.where(kept)
    small = {**parameters, **{name: value for name, value in PROBE.items() if name not in map(canonical, parameters)}}
    fitted = _fit(config, small, _dataset(config, probe), PROBE_ROUNDS)
    try:
        booster = exact_thresholds(fitted)
    except (lgb.basic.LightGBMError, ValueError) as error:
        # LightGBM takes some values that it cannot read back.
        raise errors.bad_parameters(parameters, str(error)) from error
    try:
        require_parity(booster, to_onnx(booster, len(config.features)), probe.x.to_numpy(), config.seed)
    except errors.PipelineError as error:
        raise errors.unservable_parameters(parameters, error) from error
    ranking(validation, predict(booster, validation), config.code.metrics)


def _rounds(booster: lgb.Booster) -> int:
    """The best number of rounds; all of them if LightGBM cannot truncate the model (boosting: dart)."""
    return int(booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration())


def predict(booster: lgb.Booster, examples: Examples) -> Scores:
    """Scores of all trees, or of those up to the best iteration if there is one."""
    return np.asarray(booster.predict(examples.x.to_numpy(), num_threads=1))


def draw(space: Mapping[str, Any], trials: int, seed: int) -> list[dict[str, Any]]:
    """`trials` settings drawn from the space of model.yaml, or all of a smaller finite space."""
    size = _size(space)
    sampler = ParameterSampler(
        {name: _choices(choice) for name, choice in space.items()},
        trials if size is None else min(trials, size),
        random_state=seed,
    )
    # Rounded, so that lineage and model card have exactly the values used.
    return [
        {
            name: round(float(value), DECIMALS) if isinstance(value, np.floating) else value
            for name, value in each.items()
        }
        for each in sampler
    ]


def _size(space: Mapping[str, Any]) -> int | None:
    """Number of different settings; None when it is infinite."""
    lists = [choice for choice in space.values() if isinstance(choice, list)]
    return int(np.prod([len(choice) for choice in lists])) if len(lists) == len(space) else None


def _choices(choice: Any) -> Any:
    if isinstance(choice, list):
        return choice
    if "range" in choice:
        low, high = choice["range"]
        return uniform(low, high - low)
    return loguniform(*choice["log_range"])


def _search(config: ModelConfig, parameters: Mapping[str, Any], past: Examples, validation: Examples) -> lgb.Booster:
    """Train on `past` until `validation` has not improved for `patience` rounds; the booster knows its best round."""
    data = _dataset(config, past)
    return _fit(
        config,
        parameters,
        data,
        config.search["rounds"],
        valid_sets=[data.create_valid(validation.x.to_numpy(), validation.label.to_numpy())],
        valid_names=["validation"],
        callbacks=[lgb.early_stopping(config.search["patience"], verbose=False)],
    )


def _dataset(config: ModelConfig, rows: Examples) -> lgb.Dataset:
    return lgb.Dataset(
        rows.x.to_numpy(),
        rows.label.to_numpy(),
        feature_name=config.feature_names,
        categorical_feature=categorical_features(config.search, config.features),
    )


def _fit(
    config: ModelConfig, parameters: Mapping[str, Any], data: lgb.Dataset, rounds: int, **more: Any
) -> lgb.Booster:
    own = {canonical(name): value for name, value in parameters.items() if canonical(name) != CATEGORICAL}
    try:
        return lgb.train({**STABLE, "seed": config.seed, **own}, data, rounds, **more)
    except (lgb.basic.LightGBMError, ValueError, TypeError) as error:
        raise errors.bad_parameters(parameters, str(error)) from error

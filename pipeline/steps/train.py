"""Search LightGBM settings on an earlier cycle, then train on the newest one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from sklearn.metrics import average_precision_score

from pipeline.config import ModelConfig
from pipeline.exact import exact_thresholds
from pipeline.examples import Cycle, Examples
from pipeline.steps.evaluate import Scores, best_threshold, ranking

# Identical trees on every machine. One thread unless model.yaml says more (search.fixed.num_threads): on shared
# processors, OpenMP threads that wait for each other made training 10 times slower.
STABLE = {
    "objective": "binary",
    "metric": "None",
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
}
CHECK_EVERY = 10


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
    validation = earlier.test(examples).require_both_classes("validation")
    random = np.random.default_rng(config.seed)
    best: tuple[float, dict[str, Any], int, Scores] | None = None
    for trial in range(config.search["trials"]):
        parameters = {**config.search["fixed"], **_draw(config.search["space"], random)}
        score, rounds, scores = _try(config, parameters, past, validation)
        note(f"trial {trial + 1} of {config.search['trials']}: average precision {score:.3f} after {rounds} rounds")
        if best is None or score > best[0]:
            best = score, parameters, rounds, scores
    assert best is not None
    _, parameters, rounds, scores = best
    booster = _fit(config, parameters, cycle.train(examples).require_both_classes("training"), rounds)
    threshold = best_threshold(validation, scores, config.threshold["beta"])
    return Trained(exact_thresholds(booster), parameters, rounds, threshold, ranking(validation, scores))


def predict(booster: lgb.Booster, examples: Examples, rounds: int | None = None) -> Scores:
    """Scores of the first `rounds` trees, or of all."""
    return np.asarray(booster.predict(examples.x.to_numpy(), num_iteration=rounds, num_threads=1))


def _draw(space: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """One setting; parameters in order of name, so that the order in the file does not matter."""
    drawn: dict[str, Any] = {}
    for name in sorted(space):
        choice = space[name]
        if isinstance(choice, list):
            drawn[name] = choice[int(random.integers(len(choice)))]
        elif "range" in choice:
            drawn[name] = round(float(random.uniform(*choice["range"])), 6)
        else:
            low, high = (math.log(bound) for bound in choice["log_range"])
            drawn[name] = round(math.exp(random.uniform(low, high)), 6)
    return drawn


def _fit(config: ModelConfig, parameters: Mapping[str, Any], rows: Examples, rounds: int, **more: Any) -> lgb.Booster:
    data = lgb.Dataset(rows.x.to_numpy(), rows.label.to_numpy(), feature_name=config.feature_names)
    settings = {**STABLE, "seed": config.seed, **parameters}
    return lgb.train(settings, data, rounds, **more)


def _try(
    config: ModelConfig, parameters: Mapping[str, Any], past: Examples, validation: Examples
) -> tuple[float, int, Scores]:
    """Train on `past`, and find the number of rounds that ranks `validation` best."""
    truth = validation.label.to_numpy()
    x = validation.x.to_numpy()
    best: tuple[float, int, Scores] = (-1.0, 0, np.zeros(len(truth)))
    raw = np.zeros(len(truth))

    def watch(env: lgb.callback.CallbackEnv) -> None:
        nonlocal best, raw
        done = env.iteration + 1
        if done % CHECK_EVERY and done != env.end_iteration:
            return
        model: lgb.Booster = env.model
        first = done - CHECK_EVERY if done % CHECK_EVERY == 0 else done - done % CHECK_EVERY
        raw = raw + np.asarray(
            model.predict(x, start_iteration=first, num_iteration=done - first, raw_score=True, num_threads=1)
        )
        score = float(average_precision_score(truth, raw))
        if score > best[0]:
            best = score, done, 1 / (1 + np.exp(-raw))
        if done - best[1] >= config.search["patience"]:
            raise lgb.callback.EarlyStopException(best[1] - 1, [])

    _fit(config, parameters, past, config.search["rounds"], callbacks=[watch])
    return best

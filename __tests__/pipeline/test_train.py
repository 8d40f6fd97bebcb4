"""The search: what is drawn, when a trial stops, and what reaches LightGBM."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.config import ModelConfig, load_model
from pipeline.errors import PipelineError
from pipeline.examples import Cycle, Examples
from pipeline.model_code import Metric
from pipeline.steps.export import require_parity, to_onnx
from pipeline.steps.train import draw, train

CYCLE = Cycle(date(2026, 1, 11), train_days=5, delay_days=1, test_days=3)
SPACE: dict[str, Any] = {
    "learning_rate": {"log_range": [0.01, 0.1]},
    "bagging_fraction": {"range": [0.5, 1.0]},
    "num_leaves": [15, 31],
}


@pytest.fixture(scope="module")
def examples() -> Examples:
    """A noisy label over 20 days: more rounds than a few only learn the noise."""
    random = np.random.default_rng(1)
    rows = 4_000
    time = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(np.sort(random.uniform(0, 20, rows)), unit="D"))
    x = pd.DataFrame(random.random((rows, 3)).astype(np.float32), columns=["a", "b", "c"])
    label = pd.Series((random.random(rows) < 0.05 + 0.4 * x["a"] ** 2).astype(np.int64))
    return Examples(x, label, time, x)


def config(**search: Any) -> ModelConfig:
    loaded = load_model("fraud")
    chosen = {"trials": 1, "rounds": 400, "patience": 15, "fixed": {}, "space": {}, **search}
    code = replace(loaded.code, metrics={}, eligible=None)
    return replace(loaded, search=chosen, code=code, features=[{"name": name} for name in "abc"])


def test_draws_lie_in_the_space_and_repeat_with_the_seed() -> None:
    drawn = draw(SPACE, 50, seed=1)
    assert all(0.01 <= each["learning_rate"] <= 0.1 for each in drawn)
    assert all(0.5 <= each["bagging_fraction"] <= 1.0 for each in drawn)
    assert {each["num_leaves"] for each in drawn} == {15, 31}
    assert drawn == draw(dict(reversed(SPACE.items())), 50, seed=1)
    assert drawn != draw(SPACE, 50, seed=2)


def test_a_log_range_is_drawn_evenly_by_factor() -> None:
    rates = [each["learning_rate"] for each in draw(SPACE, 400, seed=1)]
    assert np.mean(np.asarray(rates) < np.sqrt(0.01 * 0.1)) == pytest.approx(0.5, abs=0.08)


def test_draws_are_plain_values_for_lineage_and_model_card() -> None:
    assert {type(value) for each in draw(SPACE, 5, seed=1) for value in each.values()} == {int, float}


def test_a_finite_space_is_tried_once_and_no_setting_twice() -> None:
    drawn = draw({"num_leaves": [15, 31], "lambda_l2": [0, 1]}, 10, seed=1)
    assert sorted((each["num_leaves"], each["lambda_l2"]) for each in drawn) == [(15, 0), (15, 1), (31, 0), (31, 1)]


def test_a_trial_stops_when_patience_ends_and_keeps_its_best_round(examples: Examples) -> None:
    notes: list[str] = []
    trained = train(config(), examples, CYCLE, notes.append)
    assert 0 < trained.rounds < 200
    assert trained.booster.num_trees() == trained.rounds
    assert notes == [
        f"trial 1 of 1: average precision {trained.validation['average_precision']:.3f} after {trained.rounds} rounds"
    ]


def test_no_other_number_of_rounds_up_to_the_stop_ranks_the_validation_better(examples: Examples) -> None:
    trained = train(config(), examples, CYCLE, lambda _: None)
    more = train(config(rounds=trained.rounds + 15, patience=400), examples, CYCLE, lambda _: None)
    assert more.rounds == trained.rounds


def test_the_best_trial_wins_by_the_reported_metric(examples: Examples) -> None:
    notes: list[str] = []
    trained = train(config(trials=4, space=SPACE), examples, CYCLE, notes.append)
    found = [float(note.split()[6]) for note in notes]
    assert len(found) == 4
    assert trained.validation["average_precision"] == pytest.approx(max(found), abs=0.0006)


def test_an_alias_overrides_the_pipelines_setting(examples: Examples) -> None:
    trained = train(config(fixed={"nthread": 2}), examples, CYCLE, lambda _: None)
    assert "[num_threads: 2]" in trained.booster.model_to_string()


@pytest.mark.filterwarnings("ignore:Early stopping is not available")
def test_trees_that_cannot_stop_early_are_all_kept(examples: Examples) -> None:
    assert train(config(rounds=7, fixed={"boosting": "dart"}), examples, CYCLE, lambda _: None).rounds == 7


def test_a_value_that_lightgbm_refuses_is_named(examples: Examples) -> None:
    with pytest.raises(PipelineError) as caught:
        train(config(fixed={"num_leaves": -3}), examples, CYCLE, lambda _: None)
    assert caught.value.what == "LightGBM rejected the parameters of a trial"
    assert "num_leaves: -3" in caught.value.got


def test_trees_that_cannot_be_served_are_refused_before_the_first_trial(examples: Examples) -> None:
    notes: list[str] = []
    with pytest.raises(PipelineError) as caught:
        train(config(fixed={"sigmoid": 2.0}), examples, CYCLE, notes.append)
    assert caught.value.what == "the parameters of a trial make trees that cannot be served"
    assert caught.value.got.startswith("the ONNX model's scores differ from the trained model's: a difference of 0.")
    assert caught.value.got.endswith("with sigmoid: 2.0")
    assert notes == []


def test_a_metric_that_fails_is_refused_before_the_first_trial(examples: Examples) -> None:
    def fail(*_: object) -> float:
        raise KeyError("card")

    notes: list[str] = []
    broken = config()
    code = replace(broken.code, metrics={"own": Metric("own", fail)})
    with pytest.raises(PipelineError) as caught:
        train(replace(broken, code=code), examples, CYCLE, notes.append)
    assert caught.value.what == "the model's metric own failed"
    assert notes == []


def test_features_split_by_set_are_trained_as_such(examples: Examples) -> None:
    random = np.random.default_rng(2)
    kind = pd.Series(random.integers(0, 30, len(examples)), dtype=np.float32)
    label = (random.random(len(examples)) < np.where(np.isin(kind, [3, 8, 17, 22]), 0.6, 0.05)).astype(np.int64)
    rows = Examples(examples.x.assign(a=kind), pd.Series(label), examples.time, examples.events)
    kinds = {"name": "a", "type": "category", "categories": [str(each) for each in range(30)]}
    by_set = replace(
        config(fixed={"cat_feature": "name:a", "min_data_per_group": 10}),
        features=[kinds, {"name": "b", "type": "number"}, {"name": "c", "type": "number"}],
    )
    trained = train(by_set, rows, CYCLE, lambda _: None)
    assert "==" in set(trained.booster.trees_to_dataframe()["decision_type"].dropna())
    assert require_parity(trained.booster, to_onnx(trained.booster, 3), rows.x.to_numpy(), seed=1) < 1e-5
    assert trained.parameters["cat_feature"] == "name:a"


def test_a_value_that_lightgbm_cannot_read_back_is_refused_before_the_first_trial(examples: Examples) -> None:
    notes: list[str] = []
    with pytest.raises(PipelineError) as caught:
        train(config(fixed={"max_delta_step": "nan"}), examples, CYCLE, notes.append)
    assert caught.value.what == "LightGBM rejected the parameters of a trial"
    assert notes == []

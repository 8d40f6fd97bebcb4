"""LightGBM parameters of model.yaml: what would be ignored, or cannot be served, is refused before any training."""

from textwrap import dedent

import pytest

from pipeline.config import load_model
from pipeline.errors import PipelineError
from pipeline.parameters import canonical


def refusal(*overrides: str) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", overrides)
    return caught.value


@pytest.mark.parametrize(("part", "value"), [("fixed", "0.1"), ("space", "[0.1]")])
def test_an_unknown_parameter_is_refused_with_the_nearest_one(part: str, value: str) -> None:
    assert str(refusal(f"search.{part}.feature_fractoin={value}")) == dedent(f"""\
        models/fraud/model.yaml: search.{part}.feature_fractoin is not valid
          got:      {value}
          expected: a parameter that LightGBM knows
          fix:      did you mean feature_fraction?""")


def test_every_lightgbm_parameter_and_alias_has_a_main_name() -> None:
    assert canonical("eta") == canonical("shrinkage_rate") == canonical("learning_rate") == "learning_rate"
    assert canonical("nthread") == "num_threads"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("search.fixed.categorical_feature=7", "no categorical_feature: the served model splits by order only"),
        ("search.fixed.cat_feature=7", "no categorical_feature: "),
        ("search.fixed.linear_tree=true", "no linear_tree: the served model has constant leaves"),
        ("search.fixed.n_estimators=10", "no num_iterations: search.rounds sets it"),
        ("search.fixed.early_stopping_rounds=10", "no early_stopping_round: search.patience sets it"),
        ("search.fixed.metric=auc", "no metric: trials are compared by average precision"),
        ("search.fixed.random_state=1", "no seed: the seed of the model sets it"),
        ("search.space.objective=[binary, regression]", "no objective: "),
        ("search.fixed.eta=0.1", "learning_rate once: search.fixed.eta sets it"),
        ("search.fixed.learning_rate=0.1", "learning_rate once: search.fixed.learning_rate sets it"),
    ],
)
def test_parameters_that_are_ignored_or_cannot_be_served_are_refused(override: str, expected: str) -> None:
    assert refusal(override).expected.startswith(expected)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("{range: [0.9, 0.7]}", "[low, high], low below high"),
        ("{range: [0.7, 0.7]}", "[low, high], low below high"),
        ("{log_range: [0, 1]}", "[low, high], low below high and above 0"),
    ],
)
def test_an_empty_range_is_refused(choice: str, expected: str) -> None:
    assert refusal(f"search.space.bagging_fraction={choice}").expected == expected

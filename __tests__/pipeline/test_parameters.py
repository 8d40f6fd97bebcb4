"""LightGBM parameters of model.yaml: what would be ignored, or cannot be served, is refused before any training."""

from textwrap import dedent

import pytest

from pipeline.config import load_model
from pipeline.errors import PipelineError
from pipeline.parameters import canonical, categorical_features


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
        ("search.fixed.sigmoid=2.0", "no sigmoid: the served model's score is the plain logistic function"),
        ("search.fixed.zero_as_missing=true", "no zero_as_missing: "),
        ("search.fixed.num_machines=2", "no num_machines: one machine trains"),
        ("search.fixed.forcedsplits_filename=splits.json", "no forcedsplits_filename: "),
        ("search.fixed.fair_c=2.0", "no fair_c: it belongs to another objective"),
        ("search.fixed.boosting='gbdt num_leaves=3'", "text without spaces and ="),
        ("search.fixed.lambda_l1=nan", "finite numbers, or text that is no number"),
        ("search.space.lambda_l2=[1, '-inf']", "finite numbers, or text that is no number"),
        ("search.fixed.feature_contri='1,1e999'", "finite numbers, or text that is no number"),
        ("search.fixed.max_bin=2000000000", "2 to 65,535"),
        ("search.space.num_threads=[1, 100000]", "0 to 256"),
        ("search.space.categorical_feature=['7']", "categorical_feature under search.fixed"),
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


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("0", "0: amount, of type number"),
        ("'7,10'", "7,10: terminal_risk_1d, of type number"),
        ("name:amount", "name:amount: amount, of type number"),
    ],
)
def test_a_categorical_feature_needs_whole_numbers_from_0(value: str, got: str) -> None:
    refused = refusal(f"search.fixed.cat_feature={value}")
    assert refused.what == "models/fraud/model.yaml: search.fixed.cat_feature is not valid"
    assert refused.got == got
    assert refused.expected == "features of type category, or with integer: true and min: 0 or more"


@pytest.mark.parametrize("value", ["15", "-1", "auto", "'name:'", "'7,'", "true", "7.0"])
def test_a_categorical_feature_that_is_no_feature_is_refused(value: str) -> None:
    assert refusal(f"search.fixed.categorical_feature={value}").expected.startswith("an index from 0 to 14")


def test_a_misspelt_categorical_feature_is_refused_with_the_nearest() -> None:
    assert refusal("search.fixed.categorical_feature=name:ammount").fix == "did you mean amount?"


@pytest.mark.parametrize("value", ["7", "'7'", "name:customer_count_30d"])
def test_a_categorical_feature_is_named_or_counted(value: str) -> None:
    config = load_model("fraud", [f"search.fixed.categorical_feature={value}"])
    assert categorical_features(config.search, config.features) == ["customer_count_30d"]

"""model.yaml: what is refused, and how the refusal reads."""

from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.config import MODELS, load_model
from pipeline.errors import PipelineError


def refusal(*overrides: str) -> str:
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", overrides)
    return str(caught.value)


def test_the_fraud_model_is_valid() -> None:
    config = load_model("fraud")
    assert config.name == "fraud"
    assert len(config.feature_names) == 15


def test_an_override_changes_one_value() -> None:
    assert load_model("fraud", ["search.trials=3"]).search["trials"] == 3


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    assert refusal("search.trial=3") == dedent("""\
        models/fraud/model.yaml: search.trial is not valid
          got:      a key that is not known
          expected: one of: trials, rounds, patience, fixed, space
          fix:      did you mean trials?""")


def test_a_value_of_the_wrong_type_is_refused() -> None:
    assert refusal("search.trials=many") == dedent("""\
        models/fraud/model.yaml: search.trials is not valid
          got:      many
          expected: of type integer
          fix:      correct search.trials""")


def test_a_value_out_of_bounds_is_refused() -> None:
    assert refusal("gates.auc_roc=80") == dedent("""\
        models/fraud/model.yaml: gates.auc_roc is not valid
          got:      80
          expected: at most 1
          fix:      correct gates.auc_roc""")


def test_a_label_without_a_column_is_refused() -> None:
    assert refusal("label=is_fraud") == dedent("""\
        models/fraud/model.yaml: label is not valid
          got:      is_fraud
          expected: one of the columns: transaction_id, time, customer_id, terminal_id, amount, fraud
          fix:      list it under columns""")


def test_an_override_without_a_value_is_refused() -> None:
    assert refusal("search.trials") == dedent("""\
        invalid override
          got:      search.trials
          expected: key=value, with dots for nested keys of model.yaml
          fix:      for example --set search.trials=3""")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("churn")
    assert str(caught.value) == dedent("""\
        no model named churn
          got:      churn
          expected: one of: fraud
          fix:      create models/churn/model.yaml, or pass the model's folder with --folder""")


def test_a_misspelt_model_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("frauds")
    assert caught.value.fix == "did you mean fraud?"


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", folder=tmp_path)
    assert caught.value.as_dict() == {
        "what": f"the folder {tmp_path} contains no model",
        "got": "no model.yaml in it",
        "expected": "a folder with a model.yaml",
        "fix": "correct --folder (models.*.path in platform.yaml), or create the model.yaml",
    }


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("")
    with pytest.raises(PipelineError, match="of type object"):
        load_model("fraud", ["seed=1"], tmp_path)


@pytest.mark.parametrize(
    ("override", "path", "got"),
    [
        ("gates.f1=.nan", "gates.f1", "nan"),
        ("gates.card_precision_100=.inf", "gates.card_precision_100", "inf"),
        ("clean.max_bad_share=.nan", "clean.max_bad_share", "nan"),
        ("search.fixed.lambda_l1=.nan", "search.fixed.lambda_l1", "nan"),
        ("search.space.lambda_l2=[0, -.inf]", "search.space.lambda_l2.1", "-inf"),
        ("source.parameters.radius=.nan", "source.parameters.radius", "nan"),
        ("columns.amount.max=.inf", "columns.amount.max", "inf"),
    ],
)
def test_a_number_that_is_not_finite_is_refused_anywhere(override: str, path: str, got: str) -> None:
    assert refusal(override) == dedent(f"""\
        models/fraud/model.yaml: {path} is not valid
          got:      {got}
          expected: a finite number
          fix:      correct {path}""")


def test_a_gate_on_an_unknown_metric_is_refused_with_the_nearest_one() -> None:
    assert refusal("gates.card_precision=0.1") == dedent("""\
        models/fraud/model.yaml: gates.card_precision is not valid
          got:      a metric that is not known
          expected: one of: average_precision, auc_roc, precision, recall, f1, card_precision_100
          fix:      did you mean card_precision_100?""")


def test_a_metric_may_not_take_the_name_of_a_built_in_one() -> None:
    refused = refusal("metrics.auc_roc={title: mine, function: 'metrics:card_precision'}")
    assert "expected: a name other than average_precision, auc_roc" in refused


def test_a_gate_of_the_model_s_own_metric_may_exceed_one() -> None:
    assert load_model("fraud", ["gates.card_precision_100=3"]).gates["card_precision_100"] == 3


def write_model(folder: Path, text: str) -> Path:
    (folder / "model.yaml").write_text(text)
    return folder


def test_a_missing_key_is_refused_with_its_meaning(tmp_path: Path) -> None:
    text = (MODELS / "fraud" / "model.yaml").read_text().replace("owner: ML\n", "")
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", folder=write_model(tmp_path, text))
    assert caught.value.as_dict() == {
        "what": f"{tmp_path}/model.yaml: owner is not valid",
        "got": "nothing",
        "expected": "Team that changes the model",
        "fix": "add owner",
    }


def test_broken_yaml_is_refused_with_its_position(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", folder=write_model(tmp_path, "name: [fraud"))
    assert "line 1" in caught.value.got
    assert caught.value.fix == "fix the syntax error at that line"


def test_a_name_other_than_the_one_asked_for_is_refused(tmp_path: Path) -> None:
    text = (MODELS / "fraud" / "model.yaml").read_text().replace("name: fraud\n", "name: churn\n", 1)
    with pytest.raises(PipelineError, match="use one name here and in"):
        load_model("fraud", folder=write_model(tmp_path, text))


@pytest.mark.parametrize(
    ("override", "path", "got", "expected"),
    [
        ("columns.fraud.type=text", "columns.fraud.values", "0", "values of type text"),
        ("columns.fraud={type: text}", "columns.fraud.type", "text", "type integer or number: it is the label"),
        ("columns.fraud.nullable=true", "columns.fraud.nullable", "true", "false: it is the label"),
        ("columns.time.type=text", "columns.time.type", "text", "type time: it is the time"),
        ("columns.time.nullable=true", "columns.time.nullable", "true", "false: it is the time"),
        ("label=time", "columns.time.type", "time", "type integer or number: it is the label"),
        ("columns.time.min=5", "columns.time.min", "5", "none: time has no bounds"),
        ("columns.amount.min=2000000", "columns.amount", "min 2000000 above max 1000000", "min at most max"),
        ("columns.amount.format=%Y", "columns.amount.format", "%Y", "none: number has none"),
        ("columns.fraud.values=[0, a]", "columns.fraud.values", "a", "values of type integer"),
        ("columns.fraud.values=[0, 0.5]", "columns.fraud.values", "0.5", "values of type integer"),
        ("columns.time.values=[1]", "columns.time.values", "1", "none: a time has no list of values"),
        ("features=[{name: a, type: number, min: 2, max: 1}]", "features.a", "min 2 above max 1", "min at most max"),
        (
            "features=[{name: a, type: number, categories: [x, y]}]",
            "features.a.categories",
            "['x', 'y']",
            "none: a number has no categories",
        ),
        (
            "features=[{name: a, type: category, categories: [x, y], max: 3}]",
            "features.a.max",
            "3",
            "none: a category has no max",
        ),
        ("search.trials=3.0", "search.trials", "3.0", "of type integer"),
        ("threshold.beta=1e200", "threshold.beta", "1e+200", "at most 1000"),
        ("seed=18446744073709551616", "seed", "a whole number of 65 bits", "at most 64 bits"),
    ],
)
def test_a_rule_that_nothing_could_follow_is_refused(override: str, path: str, got: str, expected: str) -> None:
    assert refusal(override).splitlines()[:3] == [
        f"models/fraud/model.yaml: {path} is not valid",
        f"  got:      {got}",
        f"  expected: {expected}",
    ]


def test_a_format_that_loses_the_day_is_refused() -> None:
    assert refusal("columns.time.format=%Y-%m") == dedent("""\
        models/fraud/model.yaml: columns.time.format is not valid
          got:      %Y-%m: a format without year, month and day
          expected: strptime's codes for year, month and day, as %d/%m/%Y %H:%M, or unix_s, unix_ms, unix_us, unix_ns
          fix:      correct it, or leave it out for ISO 8601""")


def test_a_description_that_mlflow_cannot_store_is_refused_before_any_training() -> None:
    assert "expected: at most 5000 characters" in refusal(f"description={'x' * 5001}")


@pytest.mark.parametrize("content", [b"\xff\xfename: fraud", b"name: fraud\nname: fraud\n", b"a: 2026-02-31"])
def test_a_file_that_is_no_plain_yaml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.yaml").write_bytes(content)
    with pytest.raises(PipelineError, match="is not readable YAML"):
        load_model("fraud", folder=tmp_path)


def test_a_name_too_long_for_a_folder_is_refused() -> None:
    with pytest.raises(PipelineError):
        load_model("x" * 5000)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("source.parameters.customers=-3", "a whole number, at least 1"),
        ("source.parameters.radius=1e9", "a number, at most 100.0"),
        ("source.parameters.seed=-1", "a whole number, at least 0"),
    ],
)
def test_parameters_of_the_source_are_checked_with_the_file(override: str, expected: str) -> None:
    assert f"expected: {expected}" in refusal(override)


def test_an_override_that_is_no_yaml_says_why() -> None:
    refused = refusal("description=a: b: c")
    assert refused.startswith("the value of an override is not readable YAML")
    assert "mapping values are not allowed here" in refused

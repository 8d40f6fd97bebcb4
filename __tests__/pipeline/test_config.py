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

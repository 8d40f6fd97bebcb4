"""model.yaml: what is refused, and how the refusal reads."""

from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.config import MODELS, load_model, parse_date
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


def test_an_unknown_kind_of_source_is_refused() -> None:
    assert refusal("source.type=kafka") == dedent("""\
        models/fraud/model.yaml: source.type is not valid
          got:      kafka
          expected: one of: card-fraud, file
          fix:      correct source.type""")


def test_a_label_that_is_no_column_is_refused() -> None:
    assert refusal("label=is_fraud") == dedent("""\
        models/fraud/model.yaml: label is not valid
          got:      is_fraud
          expected: one of the columns: transaction_id, time, customer_id, terminal_id, amount, fraud
          fix:      list it under columns""")


def test_an_override_without_a_value_is_refused() -> None:
    assert refusal("search.trials") == dedent("""\
        an override was not understood
          got:      search.trials
          expected: key=value, the key dotted as in model.yaml
          fix:      write for example --set search.trials=3""")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("churn")
    assert str(caught.value) == dedent("""\
        there is no model named churn
          got:      churn
          expected: one of: fraud
          fix:      name one of these, or describe a new model in models/churn/model.yaml""")


def write_model(folder: Path, text: str) -> Path:
    (folder / "fraud").mkdir()
    (folder / "fraud" / "model.yaml").write_text(text)
    return folder


def test_a_missing_key_is_refused_with_its_meaning(tmp_path: Path) -> None:
    text = (MODELS / "fraud" / "model.yaml").read_text().replace("owner: ML\n", "")
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", models=write_model(tmp_path, text))
    assert caught.value.as_dict() == {
        "what": f"{tmp_path.name}/fraud/model.yaml: owner is not valid",
        "got": "nothing",
        "expected": "Team that changes the model",
        "fix": "add owner",
    }


def test_broken_yaml_is_refused_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        load_model("fraud", models=write_model(tmp_path, "name: [fraud"))
    assert "line 1" in caught.value.got
    assert caught.value.fix == "correct the syntax at the line named above"


def test_a_name_other_than_the_folder_is_refused(tmp_path: Path) -> None:
    text = (MODELS / "fraud" / "model.yaml").read_text().replace("name: fraud\n", "name: churn\n", 1)
    with pytest.raises(PipelineError, match="give the model the name of its folder"):
        load_model("fraud", models=write_model(tmp_path, text))


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        parse_date("--as-of", "31.01.2026")
    assert str(caught.value) == dedent("""\
        --as-of is not a date
          got:      31.01.2026
          expected: YYYY-MM-DD
          fix:      write for example --as-of 2026-01-31""")

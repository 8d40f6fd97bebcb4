"""The Python objects that model.yaml names: loaded from the model's own folder, or refused."""

import shutil
from pathlib import Path

import pytest

from pipeline.config import ModelConfig, load_model
from pipeline.errors import PipelineError

PARCELS = Path(__file__).parent / "fixtures" / "parcels"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PARCELS, tmp_path / "parcels", ignore=shutil.ignore_patterns("__pycache__")))


def load(folder: Path, *overrides: str) -> ModelConfig:
    return load_model("parcels", overrides, folder)


def refusal(folder: Path, *overrides: str) -> dict[str, str]:
    with pytest.raises(PipelineError) as caught:
        load(folder, *overrides)
    return {key: value.replace(str(folder), "FOLDER") for key, value in caught.value.as_dict().items()}


def test_objects_come_from_the_folder_of_the_model(folder: Path) -> None:
    code = load(folder).code
    assert code.source.__name__ == "Parcels"
    assert code.metrics["lift_10"].title == "lift in the first tenth"
    assert code.eligible is not None
    assert code.eligible.__name__ == "not_express"
    assert code.features is not None


def test_rule_metrics_and_features_are_optional(folder: Path) -> None:
    (folder / "features.py").unlink()
    text = (folder / "model.yaml").read_text().replace("eligible: rules:not_express\n", "")
    text = text.replace("  - { name: parcels_1d, type: number, min: 1, integer: true }\n", "")
    (folder / "model.yaml").write_text(
        text.replace("metrics:\n", "").replace("  lift_10: {", "#").replace("  lift_10", "#")
    )
    code = load(folder).code
    assert (code.eligible, code.features, code.metrics) == (None, None, {})


def test_a_misspelt_source_is_refused_with_the_nearest_one(folder: Path) -> None:
    assert refusal(folder, "source.type=depots:Parcel") == {
        "what": "FOLDER/model.yaml: source.type is not valid",
        "got": "depots:Parcel",
        "expected": "one of: file, depots:Parcels",
        "fix": "did you mean depots:Parcels?",
    }


def test_an_unknown_kind_of_source_is_refused(folder: Path) -> None:
    assert refusal(folder, "source.type=kafka") == {
        "what": "FOLDER/model.yaml: source.type is not valid",
        "got": "kafka",
        "expected": "one of: file, depots:Parcels",
        "fix": "define the class in a file of the model's folder, and write module:class",
    }


def test_a_misspelt_metric_is_refused_with_the_nearest_function(folder: Path) -> None:
    refused = refusal(folder, "metrics.lift_10.function=measures:lifts")
    assert refused["what"] == "FOLDER/model.yaml: metrics.lift_10.function is not valid"
    assert refused["expected"] == "one of: features:features, measures:lift, rules:not_express"
    assert refused["fix"] == "did you mean measures:lift?"


def test_a_misspelt_rule_is_refused_with_the_nearest_function(folder: Path) -> None:
    assert refusal(folder, "eligible=rule:not_express")["fix"] == "did you mean rules:not_express?"


def test_a_source_without_the_methods_is_refused(folder: Path) -> None:
    (folder / "other.py").write_text("class Queue:\n    def collect(self): ...\n")
    assert refusal(folder, "source.type=other:Queue") == {
        "what": "FOLDER/model.yaml: source.type is not valid",
        "got": "other:Queue without from_parameters, describe",
        "expected": "a class with from_parameters, collect, describe (pipeline/sources/base.py)",
        "fix": "add it",
    }


def test_a_file_that_cannot_be_imported_is_named_with_the_reason(folder: Path) -> None:
    (folder / "rules.py").write_text("import nowhere\n\n\ndef not_express(examples, cycle): ...\n")
    assert refusal(folder) == {
        "what": "the model's rules.py cannot be loaded",
        "got": "ModuleNotFoundError: No module named 'nowhere'",
        "expected": "a Python file that can be imported",
        "fix": "correct rules.py",
    }


def test_a_file_with_a_syntax_error_is_named_with_the_line(folder: Path) -> None:
    (folder / "rules.py").write_text("def not_express(:\n")
    assert refusal(folder)["got"].startswith("line 1: ")


def test_features_without_the_function_are_refused(folder: Path) -> None:
    (folder / "features.py").write_text("inputs = []\n")
    assert refusal(folder)["got"] == "no function features"


def test_files_of_a_model_import_each_other_and_no_other_model_s(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    for place, title in ((folder, "one"), (other, "two")):
        (place / "names.py").write_text(f"NAME = {title!r}\n")
        (place / "rules.py").write_text(
            "from .names import NAME\n\n\ndef not_express(examples, cycle):\n    return NAME\n"
        )
    names = [load(place).code.eligible for place in (folder, other)]
    assert [rule(None, None) for rule in names if rule] == ["one", "two"]  # type: ignore[arg-type]

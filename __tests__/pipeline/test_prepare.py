"""From clean events to examples."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.config import ModelConfig, load_model
from pipeline.errors import PipelineError
from pipeline.served import merged_by_float32
from pipeline.steps.prepare import prepare

PARCELS = Path(__file__).parent / "fixtures" / "parcels"


@pytest.mark.parametrize(("labels", "got"), [([-1, 0, 1], "-1"), ([0, 1, 2], "2"), ([0, 1, 0.5], "0.5")])
def test_a_label_other_than_0_and_1_is_refused_by_its_value(labels: list[float], got: str) -> None:
    config = load_model("parcels", folder=PARCELS)
    time = pd.Timestamp("2026-01-01")
    events = pd.DataFrame({"posted": [time] * 3, "depot": "north", "kilograms": 1.0, "express": 0, "late": labels})
    with pytest.raises(PipelineError) as caught:
        prepare(config, events)
    assert caught.value.as_dict() == {
        "what": "column late is not a valid label",
        "got": got,
        "expected": "0 or 1 in every row",
        "fix": "fix the data source, or quarantine such rows: columns.late.values: [0, 1] in model.yaml",
    }


def parcels(**changes: list[object]) -> pd.DataFrame:
    count = len(next(iter(changes.values())))
    good = {"posted": pd.Timestamp("2026-01-01"), "depot": "north", "kilograms": 1.0, "express": 0, "late": 0}
    return pd.DataFrame({**good, **changes}, index=range(count))


def config_of(folder: Path, feature: str) -> ModelConfig:
    """The parcels model with one feature, straight from a column of the events."""
    shutil.copytree(PARCELS, folder / "parcels")
    (folder / "parcels" / "features.py").unlink()
    return load_model("parcels", [f"features=[{feature}]"], folder / "parcels")


@pytest.mark.parametrize(
    ("feature", "values", "got", "expected"),
    [
        (
            "{ name: express, type: number, integer: true }",
            [20180131, 2**24, 1],
            "20180131.0 and the like, in 1 rows",
            "within ±16,777,216 (2^24): the model's inputs are float32, which holds no more",
        ),
        (
            "{ name: express, type: number, integer: true }",
            [-(2**24) - 1, 1e30, 0],
            "-16777217.0 and the like, in 2 rows",
            "within ±16,777,216 (2^24): the model's inputs are float32, which holds no more",
        ),
        (
            "{ name: express, type: number, integer: true }",
            [0.5, 1.0],
            "0.5 and the like, in 1 rows",
            "a whole number: integer of the feature",
        ),
        (
            "{ name: express, type: number, min: 0.1 }",
            [0.1, 0.0999],
            "0.0999 and the like, in 1 rows",
            "at least 0.1: min of the feature",
        ),
        (
            "{ name: express, type: number, max: 0.1 }",
            [0.1, 0.1001],
            "0.1001 and the like, in 1 rows",
            "at most 0.1: max of the feature",
        ),
        ("{ name: express, type: number }", [1e39], "1e+39 and the like, in 1 rows", "within the range of float32"),
    ],
)
def test_features_that_the_server_would_refuse_are_counted(
    tmp_path: Path, feature: str, values: list[object], got: str, expected: str
) -> None:
    with pytest.raises(PipelineError) as caught:
        prepare(config_of(tmp_path, feature), parcels(express=values))
    assert caught.value.as_dict() == {
        "what": "the data gives express values that the served model would refuse",
        "got": got,
        "expected": expected,
        "fix": "correct the data, or the feature express in model.yaml (an identifier is a category, or no feature)",
    }


def test_a_category_that_is_not_listed_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    config = config_of(tmp_path, "{ name: depot, type: category, categories: [north, south], nullable: true }")
    with pytest.raises(PipelineError) as caught:
        prepare(config, parcels(depot=["north", None, "east", "east"]))
    assert caught.value.what == "the data gives depot values that are not among its categories"
    assert caught.value.got == "'east', in 2 rows"
    assert prepare(config, parcels(depot=["south", None])).x["depot"].tolist() == [
        1.0,
        pytest.approx(np.nan, nan_ok=True),
    ]


@pytest.mark.parametrize(
    ("body", "got"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero (features.py, line 2)"),
        ("return events['no']", "KeyError: 'no' (features.py, line 2)"),
    ],
)
def test_an_error_of_the_model_s_own_code_names_its_line(tmp_path: Path, body: str, got: str) -> None:
    shutil.copytree(PARCELS, tmp_path / "parcels")
    (tmp_path / "parcels" / "features.py").write_text(f"def features(events, delay):\n    {body}\n")
    with pytest.raises(PipelineError) as caught:
        prepare(load_model("parcels", folder=tmp_path / "parcels"), parcels(express=[0]))
    assert caught.value.what == "the model's features.py failed"
    assert caught.value.got == got


@pytest.mark.parametrize("made", ["events['posted']", "'1'", "float('inf')", "[[1]] * len(events)"])
def test_a_feature_that_is_no_number_is_refused(tmp_path: Path, made: str) -> None:
    shutil.copytree(PARCELS, tmp_path / "parcels")
    code = f"def features(events, delay):\n    return events.assign(parcels_1d={made})\n"
    (tmp_path / "parcels" / "features.py").write_text(code)
    with pytest.raises(PipelineError, match="parcels_1d"):
        prepare(load_model("parcels", folder=tmp_path / "parcels"), parcels(express=[0, 1]))


def test_whole_numbers_that_float32_merges_are_warned_of(tmp_path: Path) -> None:
    config = config_of(tmp_path, "{ name: express, type: number }")
    days = prepare(config, parcels(express=[20180131, 20180132, 5])).x
    assert merged_by_float32(config.features, days) == [
        "express: 2 whole numbers beyond 16,777,216 (2^24) are rounded to float32, so neighbours are one value; "
        "an identifier is a category, or no feature"
    ]
    assert merged_by_float32(config.features, prepare(config, parcels(express=[2e7, 0.5])).x) == []

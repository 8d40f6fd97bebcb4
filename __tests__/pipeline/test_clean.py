"""Bad rows are put aside, counted and explained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.config import ModelConfig, load_model
from pipeline.errors import PipelineError
from pipeline.steps.clean import clean


@pytest.fixture
def lenient() -> ModelConfig:
    return load_model("fraud", ["clean.max_bad_share=1"])


def rows(**changes: list[object]) -> pd.DataFrame:
    good: dict[str, object] = {
        "transaction_id": [1, 2, 3, 4],
        "time": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 11:00", "2026-01-01 12:00", "2026-01-01 13:00"]),
        "customer_id": [1, 1, 2, 2],
        "terminal_id": [7, 7, 8, 8],
        "amount": [1.0, 2.0, 3.0, 4.0],
        "fraud": [0, 0, 1, 0],
    }
    return pd.DataFrame({**good, **changes})


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"amount": [1.0, -2.0, 3.0, 4.0]}, {"amount: below 0": 1}),
        ({"amount": [1.0, 2e6, 3.0, 4.0]}, {"amount: above 1000000": 1}),
        ({"amount": [1.0, "two", 3.0, 4.0]}, {"amount: not a number": 1}),
        ({"amount": [1.0, np.inf, 3.0, 4.0]}, {"amount: not a number": 1}),
        ({"amount": [1.0, None, 3.0, 4.0]}, {"amount: missing": 1}),
        ({"fraud": [0, 2, 1, 0]}, {"fraud: not one of 0, 1": 1}),
        ({"fraud": [0, None, 1, 0]}, {"fraud: missing": 1}),
        ({"customer_id": [1, 1.5, 2, 2]}, {"customer_id: not a whole number": 1}),
        ({"time": ["2026-01-01", "yesterday", "2026-01-02", "2026-01-03"]}, {"time: not a time": 1}),
        ({"transaction_id": [1, 1, 3, 4]}, {"transaction_id: repeated": 1}),
        (
            {"amount": [-1.0, -2.0, 3.0, 4.0], "fraud": [0, 5, 1, 0]},
            {"amount: below 0": 2, "fraud: not one of 0, 1": 1},
        ),
    ],
)
def test_each_reason_is_counted(
    lenient: ModelConfig, tmp_path: Path, changes: dict[str, list[object]], reasons: dict[str, int]
) -> None:
    assert clean(lenient, rows(**changes), tmp_path / "bad.csv").reasons == reasons


def test_bad_rows_are_written_with_their_reasons(lenient: ModelConfig, tmp_path: Path) -> None:
    clean(lenient, rows(amount=[-1.0, 2.0, 3.0, 4.0], fraud=[7, 0, 1, 0]), tmp_path / "bad.csv")
    bad = pd.read_csv(tmp_path / "bad.csv")
    assert bad["transaction_id"].tolist() == [1]
    assert bad["reason"].tolist() == ["amount: below 0; fraud: not one of 0, 1"]


def test_a_column_named_reason_is_kept_beside_the_reasons(lenient: ModelConfig, tmp_path: Path) -> None:
    config = replace(lenient, columns={**lenient.columns, "reason": {"type": "text"}})
    clean(config, rows(amount=[-1.0, 2.0, 3.0, 4.0]).assign(reason="theirs"), tmp_path / "bad.csv")
    bad = pd.read_csv(tmp_path / "bad.csv")
    assert (bad["reason"][0], bad["reason_"][0]) == ("theirs", "amount: below 0")


def test_good_and_quarantined_rows_add_up(lenient: ModelConfig, tmp_path: Path) -> None:
    cleaned = clean(lenient, rows(amount=[-1.0, 2.0, 3.0, None]), tmp_path / "bad.csv")
    assert cleaned.events["transaction_id"].tolist() == [2, 3]
    assert cleaned.bad_rows == 2


def test_without_bad_rows_there_is_no_file(lenient: ModelConfig, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("of an earlier run")
    assert clean(lenient, rows(), tmp_path / "bad.csv").bad_rows == 0
    assert not (tmp_path / "bad.csv").exists()


def test_rows_come_out_typed_and_in_order_of_time(lenient: ModelConfig, tmp_path: Path) -> None:
    shuffled = rows().iloc[[2, 0, 3, 1]].astype({"time": str, "customer_id": str})
    events = clean(lenient, shuffled, tmp_path / "bad.csv").events
    assert events["transaction_id"].tolist() == [1, 2, 3, 4]
    assert events.dtypes.astype(str).to_dict() == {
        "transaction_id": "int64",
        "time": "datetime64[ns]",
        "customer_id": "int64",
        "terminal_id": "int64",
        "amount": "float64",
        "fraud": "int64",
    }


def test_too_many_bad_rows_stop_the_run(small: ModelConfig, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        clean(small, rows(amount=[-1.0, 2.0, 3.0, 4.0]), tmp_path / "bad.csv")
    assert str(caught.value) == (
        "too many rows are bad\n"
        "  got:      1 of 4 rows (25.00%): amount: below 0: 1\n"
        "  expected: at most 1.00%\n"
        "  fix:      check the rows in bad.csv, fix the data source, or raise clean.max_bad_share in model.yaml"
    )
    assert (tmp_path / "bad.csv").exists()

"""Events from a file, and what the pipeline says when data is not there."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import ModelConfig
from pipeline.digests import table_digest
from pipeline.errors import PipelineError
from pipeline.sources import TableFile
from pipeline.steps.collect import collect, period

EVENTS = pd.DataFrame({"when": ["2026-01-01", "2026-01-02", "never", "2026-01-03"], "amount": [1, 2, 3, 4]})


def test_a_file_gives_the_period_and_rows_whose_time_is_unreadable(tmp_path: Path) -> None:
    EVENTS.to_csv(tmp_path / "events.csv", index=False)
    source = TableFile.from_parameters({"path": str(tmp_path / "events.csv"), "rename": {"when": "time"}})
    assert source.collect(date(2026, 1, 2), date(2026, 1, 3))["amount"].tolist() == [2, 3]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    source = TableFile.from_parameters({"path": str(tmp_path / "none.parquet")})
    with pytest.raises(PipelineError) as caught:
        source.collect(date(2026, 1, 2), date(2026, 1, 3))
    assert caught.value.what == f"the data file {tmp_path / 'none.parquet'} cannot be read"


def test_a_file_source_needs_a_path() -> None:
    with pytest.raises(PipelineError) as caught:
        TableFile.from_parameters({})
    assert caught.value.what == "data source file: parameter path is not valid"


def test_missing_columns_are_named(small: ModelConfig, tmp_path: Path) -> None:
    EVENTS.rename(columns={"when": "time"}).to_parquet(tmp_path / "events.parquet")
    source = TableFile.from_parameters({"path": str(tmp_path / "events.parquet")})
    with pytest.raises(PipelineError) as caught:
        collect(small, source, period(small, date(2026, 3, 1)))
    assert caught.value.what == "columns are missing from the data: transaction_id, customer_id, terminal_id, fraud"
    assert caught.value.got == "columns time, amount"


def test_a_period_without_rows_is_refused(small: ModelConfig, transactions: pd.DataFrame, tmp_path: Path) -> None:
    transactions.to_parquet(tmp_path / "events.parquet")
    source = TableFile.from_parameters({"path": str(tmp_path / "events.parquet")})
    with pytest.raises(PipelineError, match="no rows for the period"):
        collect(small, source, period(small, date(2020, 1, 1)))


def test_a_table_digest_depends_on_values_names_and_order_only() -> None:
    digest = table_digest(EVENTS)
    assert digest == table_digest(EVENTS.set_index(pd.Index([5, 6, 7, 8])))
    assert digest != table_digest(EVENTS.iloc[::-1])
    assert digest != table_digest(EVENTS.rename(columns={"amount": "sum"}))
    assert digest != table_digest(EVENTS.assign(amount=[1, 2, 3, 5]))

"""Events from a file, and what the pipeline says when data is not there."""

from datetime import date
from pathlib import Path

import numpy as np
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
    assert source.collect(date(2026, 1, 2), date(2026, 1, 3))["amount"].tolist() == ["2", "3"]


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


def test_tables_that_print_alike_have_different_digests() -> None:
    tables = [
        pd.DataFrame({"x": ["a", None]}),
        pd.DataFrame({"x": ["a", "None"]}),
        pd.DataFrame({"x": ["a", "nan"]}),
        pd.DataFrame({"x": ["a", ""]}),
        pd.DataFrame({"x": ["a\x00", ""]}),
        pd.DataFrame({"x": ["a", "\x00"]}),
        pd.DataFrame({"x": ["a", 1]}),
        pd.DataFrame({"x": ["a", "1"]}),
        pd.DataFrame({"x": ["a", 1.0]}),
        pd.DataFrame({"x": ["a", "v1"]}),
        pd.DataFrame({"x": ["a"]}),
        pd.DataFrame({"x": [1, 0]}),
        pd.DataFrame({"x": [True, False]}),
        pd.DataFrame({"x": [1.0, 0.0]}),
        pd.DataFrame({"x": [1.0, None]}),
        pd.DataFrame({"x": pd.Series([1, None], dtype="Int64")}),
        pd.DataFrame({"x": pd.Series([1, 0], dtype="uint64")}),
        pd.DataFrame({"x": pd.to_datetime([1, 0])}),
        pd.DataFrame({"x": pd.to_datetime(pd.Series([1, None]))}),
        pd.DataFrame({"x": pd.to_datetime([1, 0], utc=True)}),
        pd.DataFrame({"x:<i8:16": [1, 0]}),
        pd.DataFrame({0: [1, 0]}),
        pd.DataFrame({"0": [1, 0]}),
        pd.DataFrame({"x": [], "y": []}),
        pd.DataFrame({"xy": []}),
        pd.DataFrame(index=[0, 1]),
        pd.DataFrame({"x": ["a", "b"], "y": ["c", "d"]}),
        pd.DataFrame({"x": ["a", "bc"], "y": ["", "d"]}),
    ]
    digests = [table_digest(table) for table in tables]
    assert len(set(digests)) == len(tables)


def test_equal_tables_have_equal_digests_whatever_holds_them() -> None:
    table = pd.DataFrame({"x": ["a", None], "t": pd.to_datetime(pd.Series(["2026-01-01", None])), "n": [0.5, None]})
    seconds = table.assign(x=table["x"].astype("string"), t=table["t"].astype("datetime64[s]"))
    assert table_digest(seconds) == table_digest(table)
    assert table_digest(table.assign(x=["a", np.nan])) == table_digest(table)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("time,amount\n2026-01-01,1,2\n", "Expected 2 columns, got 3"),
        ("time,amount\n2026-01-01\n", "Expected 2 columns, got 1"),
        ("", "Empty CSV file"),
        (b"time,amount\n2026-01-01,\xff\n", "invalid UTF8"),
    ],
)
def test_a_damaged_csv_file_is_refused(tmp_path: Path, text: str | bytes, reason: str) -> None:
    (tmp_path / "events.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PipelineError) as caught:
        TableFile(str(tmp_path / "events.csv")).collect(date(2026, 1, 1), date(2026, 1, 3))
    assert caught.value.what == f"the data file {tmp_path / 'events.csv'} cannot be read"
    assert reason in caught.value.got


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.parquet").write_text("time,amount\n")
    with pytest.raises(PipelineError, match="cannot be read"):
        TableFile(str(tmp_path / "events.parquet")).collect(date(2026, 1, 1), date(2026, 1, 3))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("when,time\n2026-01-01,2026-01-02\n")
    source = TableFile(str(tmp_path / "events.csv"), {"when": "time"})
    with pytest.raises(PipelineError, match="two columns of the data are named time"):
        source.collect(date(2026, 1, 1), date(2026, 1, 3))


@pytest.mark.parametrize(
    ("parameters", "got", "fix"),
    [
        ({"path": "events.txt"}, "events.txt", "correct source.parameters.path in model.yaml"),
        (
            {"path": "a.csv", "rename": {"a": "x", "b": "x"}},
            "x twice",
            "correct source.parameters.rename in model.yaml",
        ),
        ({"path": "a.csv", "rename": {"a": 1}}, "{'a': 1}", "correct source.parameters.rename in model.yaml"),
    ],
)
def test_parameters_of_a_file_that_cannot_work_are_refused(parameters: dict[str, object], got: str, fix: str) -> None:
    with pytest.raises(PipelineError) as caught:
        TableFile.from_parameters(parameters)
    assert (caught.value.got, caught.value.fix) == (got, fix)


def test_a_renamed_column_that_is_not_in_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    EVENTS.to_csv(tmp_path / "events.csv", index=False)
    source = TableFile(str(tmp_path / "events.csv"), {"wen": "time"})
    with pytest.raises(PipelineError) as caught:
        source.collect(date(2026, 1, 1), date(2026, 1, 3))
    assert caught.value.fix == "did you mean when?"


def test_the_times_of_a_file_follow_the_declared_format(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("posted,n\n05/07/2026,1\n18/07/2026,2\n")
    columns = {"posted": {"type": "time", "format": "%d/%m/%Y"}, "n": {"type": "integer"}}
    source = TableFile(str(tmp_path / "events.csv")).with_columns(columns, "posted")
    assert source.collect(date(2026, 7, 5), date(2026, 7, 6))["n"].tolist() == ["1"]

"""From a data file to rows as the served model is asked: the command line on what files really hold."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.cli import main
from studies.fuzz.pipeline.attempt import inside
from studies.fuzz.pipeline.model import FILE, NAME, PERIOD, as_yaml, events, model, write_model

Answer = tuple[list[dict[str, Any]], dict[str, str] | None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with inside(tmp_path):
        yield tmp_path


def ask(
    capsys: pytest.CaptureFixture[str],
    table: pd.DataFrame,
    *overrides: str,
    file: str = FILE,
    columns: dict[str, Any] | None = None,
) -> Answer:
    """The rows that the command prints, or the error."""
    value = model()
    value["columns"].update(columns or {})
    value["source"]["parameters"]["path"] = file
    write_model(Path("small"), as_yaml(value))
    table.to_csv(file, index=False) if file.endswith(".csv") else table.to_parquet(file)
    code = main(["rows", NAME, "--folder", "small", *PERIOD, *(word for each in overrides for word in ("--set", each))])
    captured = capsys.readouterr()
    last = json.loads(captured.err.splitlines()[-1])
    assert code == (1 if "error" in last else 0)
    return [json.loads(line) for line in captured.out.splitlines()], last.get("error")


def moments(table: pd.DataFrame) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in table["when"]]


@pytest.mark.parametrize("file", ["events.csv", "events.parquet"])
@pytest.mark.parametrize(
    "written",
    [
        lambda when, _: f"{when.isoformat()}Z",
        lambda when, _: f"{(when + timedelta(hours=2)).isoformat()}+02:00",
        lambda when, row: f"{(when + timedelta(hours=row % 5)).isoformat()}+0{row % 5}:00",
        lambda when, row: when.isoformat() if row % 7 == 0 else f"{when.isoformat()}.250",
        lambda when, row: when.isoformat(sep=" ") if row % 2 else when.strftime("%Y%m%dT%H%M%SZ"),
    ],
)
def test_times_are_utc_in_the_end(folder: Path, capsys: pytest.CaptureFixture[str], written: Any, file: str) -> None:
    table = events()
    sound, _ = ask(capsys, table)
    found, error = ask(
        capsys, table.assign(when=[written(when, row) for row, when in enumerate(moments(table))]), file=file
    )
    assert error is None
    assert [row["at"] for row in found] == [row["at"] for row in sound]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", None])
def test_times_of_parquet_files_are_utc_in_the_end(
    folder: Path, capsys: pytest.CaptureFixture[str], zone: str | None
) -> None:
    table = events()
    sound, _ = ask(capsys, table)
    times = pd.Series(pd.to_datetime(moments(table))).dt.tz_localize("UTC").dt.tz_convert(zone)
    found, error = ask(capsys, table.assign(when=times), file="events.parquet")
    assert error is None
    assert [row["at"] for row in found] == [row["at"] for row in sound]


@pytest.mark.parametrize("file", ["events.csv", "events.parquet"])
def test_texts_of_digits_are_texts(folder: Path, capsys: pytest.CaptureFixture[str], file: str) -> None:
    table = events()
    table["kind"] = table["kind"].map({"a": "00001", "b": "00002", "c d": "NA", "é": "None"})
    names = '[{name: kind, type: category, categories: ["00001", "00002", "NA", "None"]}]'
    found, error = ask(capsys, table, f"features={names}", file=file)
    assert error is None
    assert {row["features"]["kind"] for row in found} == {"00001", "00002", "NA", "None"}


def test_unsigned_numbers_beyond_64_bits_are_refused_with_a_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = events()
    table["id"] = table["id"].astype("uint64") + np.uint64(2**63)
    _, error = ask(capsys, table, file="events.parquet")
    assert error is not None
    assert error["what"] == "too many rows are bad"
    assert "id: not exact: a whole number beyond 64 bits: 108" in error["got"]


def test_days_before_months_need_a_format_and_are_not_guessed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = events()
    sound, _ = ask(capsys, table)
    table = table.assign(when=[when.strftime("%d/%m/%Y %H:%M:%S") for when in moments(table)])
    _, error = ask(capsys, table)
    assert error is not None
    assert "time: not a time: 480" in error["got"]
    assert "say how times are written (columns.time.format)" in error["fix"]
    found, error = ask(capsys, table, columns={"time": {"type": "time", "format": "%d/%m/%Y %H:%M:%S"}})
    assert error is None
    assert [row["at"] for row in found] == [row["at"] for row in sound]


@pytest.mark.parametrize(("label", "got"), [(-1, "-1"), (2, "2")])
def test_a_label_is_named_by_its_value(folder: Path, capsys: pytest.CaptureFixture[str], label: int, got: str) -> None:
    table = events()
    table.loc[::7, "label"] = label
    _, error = ask(capsys, table, columns={"label": {"type": "integer"}})
    assert error is not None
    assert (error["got"], error["expected"]) == (got, "0 or 1 in every row")


def test_a_whole_number_feature_beyond_float32_is_refused_with_a_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = events()
    table.loc[::3, "count"] = 20180131
    _, error = ask(capsys, table)
    assert error is not None
    assert error["got"].startswith("20180131.0 and the like, in ")
    assert "2^24" in error["expected"]

"""What a column becomes under its declared type: the same from CSV, Parquet and memory, and never another value."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline.reading import check_format, read_column
from pipeline.sources import TableFile

DAYS = (date(1900, 1, 1), date(2200, 1, 1))
Write = Callable[[list[Any]], pd.Series]


def read(values: Any, **rule: Any) -> list[Any]:
    """Values as read, and for each that is not, why."""
    raw = values if isinstance(values, pd.Series) else pd.Series(values)
    found = read_column(raw, rule)
    told = [
        next((reason for reason, bad in found.faults.items() if bad[row]), "missing" if found.missing[row] else None)
        for row in range(len(raw))
    ]
    return [value if fault is None else fault for value, fault in zip(found.values.tolist(), told, strict=True)]


@pytest.fixture(params=["csv", "parquet", "memory"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """A column of texts after a round trip through a file."""

    def through(values: list[Any]) -> pd.Series:
        table = pd.DataFrame({"x": pd.Series(values, dtype=object), "time": "2026-01-01"})
        if request.param == "memory":
            return table["x"]
        file = tmp_path / f"events.{request.param}"
        if request.param == "csv":
            table.to_csv(file, index=False)
        else:
            table.to_parquet(file)
        return TableFile(str(file)).collect(*DAYS)["x"]

    return through


def test_a_text_of_digits_keeps_its_zeros(written: Write) -> None:
    assert read(written(["00001", "00002"]), type="text") == ["00001", "00002"]


@pytest.mark.parametrize("word", ["NA", "N/A", "null", "NULL", "None", "nan", "NaN", "-", "#N/A", " ", "<NA>"])
def test_only_an_empty_cell_is_missing(written: Write, word: str) -> None:
    assert read(written([word, None, ""]), type="text") == [word, "missing", "missing"]
    assert read(written([word, None]), type="number") == ["not a number", "missing"]
    assert read(written([word, None]), type="integer") == ["not a whole number", "missing"]
    assert read(written([word, None]), type="time") == ["not a time", "missing"]


def test_whole_numbers_are_exact_in_all_of_64_bits(written: Write) -> None:
    kept = [2**63 - 1, -(2**63), 2**53 + 1, 0]
    assert read(written([str(value) for value in kept]), type="integer") == kept


def test_whole_numbers_beyond_64_bits_are_refused(written: Write) -> None:
    wide = "not exact: a whole number beyond 64 bits"
    assert read(written([str(2**63), str(-(2**63) - 1), "1e400", "7"]), type="integer") == [wide, wide, wide, 7]


def test_unsigned_whole_numbers_are_exact_or_refused() -> None:
    unsigned = pd.Series([2**63 - 1, 2**63, 2**64 - 1], dtype="uint64")
    wide = "not exact: a whole number beyond 64 bits"
    assert read(unsigned, type="integer", min=0) == [2**63 - 1, wide, wide]


def test_floating_point_holds_whole_numbers_up_to_2_53() -> None:
    inexact = "not exact: a whole number beyond 2^53 in floating point"
    assert read([2.0**53 - 1, 2.0**53, 1.5], type="integer") == [2**53 - 1, inexact, "not a whole number"]


def test_a_nullable_whole_number_is_exact_or_refused() -> None:
    inexact = "not exact: a whole number beyond 2^53 in floating point"
    assert read(["7", None, str(2**53 + 1)], type="integer", nullable=True) == [7.0, "missing", inexact]


def test_whole_numbers_of_a_parquet_file_with_gaps_stay_exact(tmp_path: Path) -> None:
    table = pa.table({"x": pa.array([2**53 + 1, None], pa.int64()), "time": ["2026-01-01"] * 2})
    pa.parquet.write_table(table, tmp_path / "events.parquet")
    raw = TableFile(str(tmp_path / "events.parquet")).collect(*DAYS)["x"]
    assert read(raw, type="integer") == [2**53 + 1, "missing"]
    assert read(raw, type="text") == [str(2**53 + 1), "missing"]


@pytest.mark.parametrize(
    ("text", "value"), [("1.0", 1), ("+2", 2), ("1e3", 1000), (" 5 ", 5), ("True", 1), ("0.000", 0)]
)
def test_a_whole_number_has_many_forms(written: Write, text: str, value: int) -> None:
    assert read(written([text]), type="integer") == [value]


@pytest.mark.parametrize("text", ["1.5", "0x10", "1_000", "1,000", "1 000", "--1", "1e", "٣", "1e-3"])
def test_what_is_no_whole_number_is_refused(written: Write, text: str) -> None:
    assert read(written([text]), type="integer") == ["not a whole number"]


def test_numbers_are_read_as_python_reads_them(written: Write) -> None:
    draw = random.Random(1)
    numbers = [draw.random() * 10.0 ** draw.randint(-300, 300) for _ in range(500)] + [5e-324, 1.7976931348623157e308]
    assert read(written([repr(value) for value in numbers]), type="number") == numbers


@pytest.mark.parametrize("text", ["inf", "-Infinity", "1e999", "0x1p3", "1,5", "1_000", "1d5"])
def test_what_is_no_number_is_refused(written: Write, text: str) -> None:
    assert read(written([text]), type="number") == ["not a number"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-18T00:06:50Z",
        "2026-07-18T02:06:50+02:00",
        "2026-07-18 02:06:50+0200",
        "2026-07-17T19:36:50-04:30",
        "2026-07-18T00:06:50",
        "2026-07-18 00:06:50.000",
        "2026-07-18T00:06:50.000000000Z",
        "2026-07-18T00:06:50,0Z",
        "20260718T000650Z",
        "2026-W29-6T00:06:50Z",
        "2026W296T000650Z",
        "2026-199T00:06:50Z",
        "2026199T000650",
        "2026-07-18t00:06:50z",
        " 2026-07-18T00:06:50Z ",
        "2026-07-17T20:06:50−04",
    ],
)
def test_every_form_of_iso_8601_is_utc_in_the_end(written: Write, text: str) -> None:
    mixed = ["2026-01-01", text, "2026-01-01T00:00:00.5+01:00", "20260101T12"]
    assert read(written(mixed), type="time") == [
        pd.Timestamp("2026-01-01"),
        pd.Timestamp("2026-07-18 00:06:50"),
        pd.Timestamp("2025-12-31 23:00:00.5"),
        pd.Timestamp("2026-01-01 12:00"),
    ]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-07-17T24:00", "2026-07-18"),
        ("2026-07-18T00:06.5", "2026-07-18 00:06:30"),
        ("2026-07-18T00,5", "2026-07-18 00:30"),
        ("2024-366", "2024-12-31"),
        ("2020-W53-7", "2021-01-03"),
    ],
)
def test_rare_forms_of_iso_8601(text: str, time: str) -> None:
    assert read([text], type="time") == [pd.Timestamp(time)]


@pytest.mark.parametrize(
    "text",
    [
        *("18/07/2026", "07/18/2026", "2026-7-18", "2026-07", "2026", "now", "today", "1784332800", "2026-02-30"),
        *("2026-07-18T24:01", "2026-07-18T12:60", "2026-366", "2026-W54-1", "2026-07-18T12:00+25:00", "0000-01-01"),
        *("1600-01-01", "2026-07-18T", "2026-0718", "18.07.2026", "2026-07-18T12:00:00.1234567891", "2300-01-01T00Z"),
    ],
)
def test_nothing_else_is_guessed_to_be_a_time(written: Write, text: str) -> None:
    assert read(written([text]), type="time") == ["not a time"]


def test_a_stated_format_reads_days_before_months(written: Write) -> None:
    found = read(written(["05/07/2026 10:00", "18/07/2026 11:00", "2026-07-18"]), type="time", format="%d/%m/%Y %H:%M")
    assert found == [
        pd.Timestamp("2026-07-05 10:00"),
        pd.Timestamp("2026-07-18 11:00"),
        "not a time written as %d/%m/%Y %H:%M",
    ]


def test_seconds_since_1970_are_a_format() -> None:
    assert read([1784332800, 0], type="time", format="unix_s") == [pd.Timestamp("2026-07-18"), pd.Timestamp(0)]
    assert read(["1784332800000"], type="time", format="unix_ms") == [pd.Timestamp("2026-07-18")]
    assert read([2**62], type="time", format="unix_s") == ["not a time written as unix_s"]
    assert read([1784332800], type="time") == ["not a time"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_a_parquet_file_are_utc_whatever_their_zone_and_unit(tmp_path: Path, unit: str) -> None:
    noon = datetime(2026, 7, 18, 12, tzinfo=timezone(timedelta(hours=2)))
    table = pa.table(
        {
            "time": pa.array([noon, None], pa.timestamp(unit, "+02:00")),
            "plain": pa.array([datetime(2026, 7, 18, 10)] * 2, pa.timestamp(unit)),
        }
    )
    pa.parquet.write_table(table, tmp_path / "events.parquet")
    found = TableFile(str(tmp_path / "events.parquet")).collect(*DAYS)
    assert read(found["time"], type="time") == [pd.Timestamp("2026-07-18 10:00"), "missing"]
    assert read(found["plain"], type="time") == [pd.Timestamp("2026-07-18 10:00")] * 2


def test_days_and_far_times_of_a_parquet_file() -> None:
    assert read(pd.Series([date(2026, 7, 18)]), type="time") == [pd.Timestamp("2026-07-18")]
    assert read(pd.Series(np.array(["9999-01-01"], "datetime64[s]")), type="time") == ["not a time"]


def test_a_typed_column_is_read_as_declared() -> None:
    assert read([7, 8], type="text") == ["7", "8"]
    assert read([7.0], type="text") == ["not a text"]
    assert read([True, False], type="integer") == [1, 0]
    assert read([Decimal("1.50"), Decimal("2")], type="number") == [1.5, 2.0]
    assert read([Decimal("2.0"), Decimal("2.5")], type="integer") == [2, "not a whole number"]
    assert read(pd.Series(["a", "b"], dtype="category"), type="text") == ["a", "b"]
    assert read([b"a"], type="text") == ["not a text"]


def test_a_column_of_several_types_is_read_value_by_value() -> None:
    assert read([1, "2", 2.5, [3], None], type="integer") == [
        1,
        2,
        "not a whole number",
        "not a whole number",
        "missing",
    ]
    assert read([1, "x", 2.5, "\ud800"], type="text") == ["1", "x", "not a text", "not a text"]
    assert read(["2026-01-01", date(2026, 1, 2), 3], type="time")[1:] == [pd.Timestamp("2026-01-02"), "not a time"]


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", "%Y%m%d%H%M%S", "%d.%m.%y", "%Y-%j", "%m/%d/%Y %I:%M %p", "unix_us"])
def test_a_format_that_gives_back_what_it_wrote_is_good(pattern: str) -> None:
    assert check_format(pattern) is None


@pytest.mark.parametrize("pattern", ["", "mixed", "ISO8601", "%Y-%m", "%H:%M", "%d/%m/%Y %I:%M", "%Q", "dd/mm/yyyy"])
def test_a_format_that_loses_the_day_or_the_hour_is_not(pattern: str) -> None:
    assert check_format(pattern) is not None

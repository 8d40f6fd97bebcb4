"""Rows as the served model is asked: of a model that the pipeline has never heard of."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from __tests__.models.fraud.small import SMALL
from pipeline.cli import main
from pipeline.config import load_model
from pipeline.steps.rows import as_json_lines, rows

ROOT = Path(__file__).resolve().parents[2]
PARCELS = Path(__file__).parent / "fixtures" / "parcels"
PERIOD = ("--from", "2026-03-01", "--to", "2026-03-03")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["rows", "parcels", "--folder", str(PARCELS), *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rows_have_a_time_features_by_name_and_a_label(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, *PERIOD)
    days = {row["at"][:10] for row in found}
    assert days == {"2026-03-01", "2026-03-02"}
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    assert {row["label"] for row in found} == {0, 1}
    assert all(list(row["features"]) == ["depot", "kilograms", "parcels_1d"] for row in found)


def test_categories_are_names_and_missing_values_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    found = [row["features"] for row in printed(capsys, *PERIOD)]
    assert {features["depot"] for features in found} == {"north", "south", "island"}
    assert None in {features["kilograms"] for features in found}
    assert all(isinstance(features["parcels_1d"], int) for features in found)


def test_the_first_row_has_its_whole_history(capsys: pytest.CaptureFixture[str]) -> None:
    # 150 parcels a day over three depots: without the days before, the first count would be 1.
    assert printed(capsys, *PERIOD)[0]["features"]["parcels_1d"] > 25


def test_rows_that_the_model_is_not_asked_about_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    # Half of the 300 parcels are express, which the model's own rule leaves out.
    assert len(printed(capsys, *PERIOD)) == pytest.approx(150, abs=40)


def test_fewer_rows_are_spread_over_the_whole_period(capsys: pytest.CaptureFixture[str]) -> None:
    few = printed(capsys, *PERIOD, "--most", "10")
    assert len(few) == 10
    assert sum(row["at"].startswith("2026-03-01") for row in few) == pytest.approx(5, abs=1)


def test_a_day_without_rows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["rows", "parcels", "--folder", str(PARCELS), "--set", "source.parameters.a_day=0", *PERIOD]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err.splitlines()[-1])["error"]["what"] == "the data source has no rows for the period"


def test_a_change_that_the_source_does_not_know_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    changed = "source.parameters.change_at=2026-03-02"
    assert main(["rows", "parcels", "--folder", str(PARCELS), "--set", changed, *PERIOD]) == 1
    error = json.loads(capsys.readouterr().err.splitlines()[-1])["error"]
    assert error["what"] == "data source parcels: parameter change_at is not valid"


def test_rows_of_the_fraud_model_change_on_the_day(tmp_path: Path) -> None:
    period = (date(2026, 3, 1), date(2026, 3, 3))

    def small_frauds(*overrides: str) -> pd.Series:
        found = rows(load_model("fraud", [*SMALL, *overrides]), *period, tmp_path / "bad.csv")
        small = (found.label == 1) & (found.x["amount"] < 10)
        return small.groupby(found.time.dt.day).sum()

    before, after = small_frauds(), small_frauds("source.parameters.change_at=2026-03-02")
    assert after[1] == before[1]
    assert after[2] > before[2] + 10


def test_features_are_the_float32_values_of_training(tmp_path: Path) -> None:
    config = load_model("parcels", folder=PARCELS)
    found = rows(config, date(2026, 3, 1), date(2026, 3, 2), tmp_path / "bad.csv")
    read = [json.loads(line)["features"]["kilograms"] for line in as_json_lines(config, found)]
    values = np.array([np.nan if value is None else value for value in read]).astype(np.float32)
    np.testing.assert_array_equal(values, found.x["kilograms"].to_numpy())


def test_a_reader_may_stop_early() -> None:
    command = [sys.executable, "-m", "pipeline", "rows", "parcels", "--folder", str(PARCELS), "--json"]
    command += ["--from", "2026-01-01", "--to", "2026-03-01", "--set", "source.parameters.a_day=400"]
    env = {"PATH": os.environ["PATH"]}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode == 0
    assert "BrokenPipe" not in stderr

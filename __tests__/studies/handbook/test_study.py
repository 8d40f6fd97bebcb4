"""The measurement on published data, as far as it can be tested without that data."""

from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest

from models.fraud.handbook import COLUMNS
from models.fraud.source import CardFraud
from pipeline.errors import PipelineError
from pipeline.progress import Progress
from studies.handbook.study import machine_in_words, run_study


@pytest.fixture
def other_data(tmp_path: Path) -> Path:
    """Transactions of the handbook's period and columns, but not its own."""
    end = date(2018, 8, 15)
    events = CardFraud(customers=300, terminals=600, radius=10).collect(end - timedelta(days=75), end)
    file = tmp_path / "raw.parquet"
    events.rename(columns={ours: theirs for theirs, ours in COLUMNS.items()}).to_parquet(file)
    return file


def test_data_with_another_split_is_refused_and_no_result_is_written(other_data: Path, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        run_study(other_data, tmp_path / "results", Progress(True, StringIO()))
    assert caught.value.what == "the published split does not come out of this data"
    assert "training rows" in caught.value.got
    assert caught.value.expected == "67,240 training rows, 598 training frauds, 58,264 test rows, 385 test frauds"
    assert not (tmp_path / "results").exists()


def test_the_machine_is_described_in_words() -> None:
    cores, memory, system = machine_in_words().split(", ")
    assert cores.endswith(" cores")
    assert memory.endswith(" GiB of memory")
    assert system.startswith("Linux ") or system.startswith("Darwin ")

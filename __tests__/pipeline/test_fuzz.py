"""Whatever a user writes into model.yaml, a command line or a data file: an answer, or an error that helps.

A few of the cases of `make fuzz`, which runs thousands.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studies.fuzz.pipeline.attempt import UnexpectedError, attempt, inside
from studies.fuzz.pipeline.run import run_cases


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("MLFLOW_TRACKING_URI", "GIT_COMMIT"):
        monkeypatch.setenv(name, "set back afterwards")
    with inside(tmp_path):
        yield tmp_path


def test_no_input_ends_in_an_unexpected_error(folder: Path) -> None:
    outcomes, found = run_cases(120, 1, folder)
    assert found == []
    assert outcomes.total() >= 120
    # Not all is refused at the door.
    for kind in ("model.yaml", "command line", "data file", "training"):
        assert outcomes[kind, "done"] > 0, kind
        assert outcomes[kind, "refused"] > 0, kind


def test_an_unexpected_error_would_be_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pipeline.cli._rows", fail)
    with pytest.raises(UnexpectedError, match="ZeroDivisionError"):
        attempt(["rows", "small", "--from", "2026-01-01", "--to", "2026-01-02"])

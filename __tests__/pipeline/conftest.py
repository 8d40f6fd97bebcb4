"""Trainings of the small fraud model, and where they are written down."""

from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import mlflow
import pytest

from __tests__.models.fraud.small import SMALL
from __tests__.pipeline.stand_ins import BASE_IMAGE, Oci, Trained
from pipeline.config import load_model
from pipeline.progress import Progress
from pipeline.run import Learnt, learn, run_training
from pipeline.settings import Settings

AS_OF = date(2026, 3, 1)
COMMIT = "0123abc"


@pytest.fixture
def oci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Oci:
    folder = tmp_path / "oci"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return Oci(folder)


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One real MLflow store for all tests: making its tables takes seconds."""
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    mlflow.MlflowClient(uri).create_experiment("fraud", (folder / "artifacts").as_uri())
    return uri


Run = Callable[..., dict[str, Any]]
Publish = Callable[[str], dict[str, Any]]


@pytest.fixture
def run(tracking: str, tmp_path: Path) -> Run:
    """Train the small model from the beginning, against the real store."""
    return lambda overrides=(): _train(tracking, tmp_path / "out", overrides, None, COMMIT)


@pytest.fixture
def publish(tracking: str, tmp_path: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Register the shared training's model again as if made by `commit`, and push it through the stand-in for crane."""
    monkeypatch.setattr("pipeline.run.learn", lambda *_: trained.learnt)
    return lambda commit: _train(tracking, tmp_path / "out", (), "registry.test:5000", commit)


@pytest.fixture(scope="session")
def trained(tracking: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One training for all tests that only look at its outcome."""
    output = tmp_path_factory.mktemp("trained")
    kept: list[Learnt] = []

    def keep(*given: Any) -> Learnt:
        kept.append(learn(*given))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.run.learn", keep)
        result = _train(tracking, output, (), None, COMMIT)
    return Trained(result, output, kept[0])


def _train(tracking: str, output: Path, overrides: Sequence[str], registry: str | None, commit: str) -> dict[str, Any]:
    settings = Settings(tracking, registry, "pull.test:5000", BASE_IMAGE, commit, "http://ci/builds/7")
    config = load_model("fraud", [*SMALL, *overrides])
    return run_training(config, AS_OF, settings, output, Progress(True, StringIO()))

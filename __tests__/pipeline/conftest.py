"""A model small enough to train in a second."""

from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from stand_ins import BASE_IMAGE, Oci, Trained

from pipeline.config import ModelConfig, load_model
from pipeline.progress import Progress
from pipeline.run import run_training
from pipeline.settings import Settings
from pipeline.sources.card_fraud import CardFraud

AS_OF = date(2026, 3, 1)
SMALL = (
    "source.parameters.customers=400",
    "source.parameters.terminals=800",
    "source.parameters.radius=10",
    "source.parameters.compromised_terminals=1",
    "source.parameters.compromised_customers=1",
    "search.trials=2",
    "search.rounds=30",
    "search.space.min_child_samples=[10]",
    "gates.average_precision=0.05",
    "gates.auc_roc=0.5",
    "gates.card_precision_100=0.01",
)


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


@pytest.fixture
def small() -> ModelConfig:
    return load_model("fraud", SMALL)


@pytest.fixture(scope="session")
def transactions() -> pd.DataFrame:
    """60 days of about 800 transactions."""
    source = CardFraud(
        seed=3, customers=400, terminals=800, radius=10, compromised_terminals=1, compromised_customers=1
    )
    return source.collect(date(2026, 1, 1), date(2026, 3, 1))


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tracking: str, tmp_path: Path) -> Run:
    """Train the small model against the real store; `push` goes through the stand-in for crane."""

    def training(overrides: Sequence[str] = (), *, push: bool = False) -> dict[str, Any]:
        return _train(tracking, tmp_path / "out", overrides, push)

    return training


@pytest.fixture(scope="session")
def trained(tracking: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One training for all tests that only look at its outcome."""
    output = tmp_path_factory.mktemp("trained")
    return Trained(_train(tracking, output, (), push=False), output)


def _train(tracking: str, output: Path, overrides: Sequence[str], push: bool) -> dict[str, Any]:
    settings = Settings(
        tracking_uri=tracking,
        oci_registry="registry.test:5000" if push else None,
        pull_host="pull.test:5000",
        base_image=BASE_IMAGE,
        git_commit="0123abc",
    )
    config = load_model("fraud", [*SMALL, *overrides])
    return run_training(config, AS_OF, settings, output, Progress(True, StringIO()))

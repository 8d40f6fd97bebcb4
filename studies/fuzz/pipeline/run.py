"""Shares a number of cases out among what a user can write, and runs them."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from studies.fuzz.pipeline.attempt import attempt, collected
from studies.fuzz.pipeline.cases import (
    AS_OF,
    PERIOD,
    Damage,
    changed_columns,
    command_lines,
    model_files,
    settings_of_lightgbm,
    tables,
)
from studies.fuzz.pipeline.model import FILE, NAME, as_yaml, events, write_model

# Kind of case, and how it ended → cases.
Outcomes = Counter[tuple[str, str]]
# Cases of a run that is recorded.
FULL_CASES = 2_400
SHARES = {"model.yaml": 0.4, "command line": 0.2, "data file": 0.3, "training": 0.1}


def run_cases(cases: int, number: int, folder: Path) -> tuple[Outcomes, list[str]]:
    """How many cases of each kind ended how, and every unexpected error. `folder` is the current one."""
    found: list[str] = []
    outcomes: Outcomes = Counter()
    sound = folder / "sound"
    write_model(sound)
    events().to_csv(folder / FILE, index=False)
    use_store(folder / "mlflow")

    kinds: dict[str, tuple[Any, Callable[..., int]]] = {
        "model.yaml": (model_files(), lambda text: rows_of_model(folder, text)),
        "command line": (
            command_lines(),
            lambda line: attempt([str(sound) if word == "MODEL" else word for word in line]),
        ),
        "data file": ((tables(), changed_columns()), lambda table, value: rows_of_table(folder, table, value)),
        "training": (settings_of_lightgbm, lambda setting: train(sound, setting)),
    }
    for kind, (strategies, run) in kinds.items():
        most = max(1, round(cases * SHARES[kind]))
        given_strategies = strategies if isinstance(strategies, tuple) else (strategies,)

        # As many phases as generate: a failure is counted, not shrunk.
        @seed(number)
        @settings(
            max_examples=most,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.tuples(*given_strategies))
        def case(values: tuple[Any, ...]) -> None:
            # Called before the loop goes on.
            outcomes[kind, collected(lambda: run(*values), found)] += 1  # noqa: B023

        case()
    return outcomes, found


def use_store(folder: Path) -> None:
    """One MLflow store for all trainings: making its tables takes seconds."""
    folder.mkdir()
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    mlflow.MlflowClient(uri).create_experiment(NAME, (folder / "artifacts").as_uri())
    os.environ.update(MLFLOW_TRACKING_URI=uri, GIT_COMMIT="fuzz")


def rows_of_model(folder: Path, text: str) -> int:
    """What `rows` makes of a model.yaml."""
    write_model(folder / "model", text)
    return attempt(["rows", NAME, "--folder", str(folder / "model"), *PERIOD])


def rows_of_table(folder: Path, table: tuple[pd.DataFrame, str, Damage | None], value: dict[str, Any]) -> int:
    """What `rows` makes of a data file."""
    data, name, damage = table
    place = folder / "data"
    place.mkdir(exist_ok=True)
    file = place / name
    try:
        data.to_csv(file, index=False) if name == FILE else data.to_parquet(file)
    except (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
        # Values that no such file can hold.
        return 0
    if damage is not None:
        share, put, ends = damage
        content = file.read_bytes()
        place_of_damage = int(share * len(content))
        file.write_bytes(content[:place_of_damage] + put + (b"" if ends else content[place_of_damage + len(put) :]))
    value["source"]["parameters"] = {"path": str(file), **({"rename": {"when": "time"}} if "when" in data else {})}
    write_model(folder / "model", as_yaml(value))
    return attempt(["rows", NAME, "--folder", str(folder / "model"), *PERIOD])


def train(sound: Path, setting: tuple[str, str, Any]) -> int:
    """What `train` makes of one parameter of LightGBM."""
    part, name, value = setting
    written = f"[{value}]" if part == "space" and not str(value).startswith(("[", "{")) else value
    common = ["train", NAME, "--folder", str(sound), "--as-of", AS_OF.isoformat(), "--output", "out"]
    return attempt([*common, "--set", f"search.{part}.{name}={written}"])

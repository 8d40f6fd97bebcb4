"""Card transactions of one seed as hourly bin counts, against the reference of a model trained on them."""

import importlib.util
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.fraud.source import CardFraud
from pipeline.noise import bin_counts, noise_factor
from pipeline.steps.export import histogram

ROOT = Path(__file__).parents[2]
START = date(2018, 1, 1)
LABEL_DELAY_DAYS = 7
# The first day whose longest feature window is full, and the first reference week with four whole weeks before it.
FIRST_DAY = 37
FIRST_REFERENCE = 72
PAST_WEEKS = 4
NAMES = [
    "amount",
    "during_weekend",
    "during_night",
    "customer_count_1d",
    "customer_amount_1d",
    "customer_count_7d",
    "customer_amount_7d",
    "customer_count_30d",
    "customer_amount_30d",
    "terminal_count_1d",
    "terminal_risk_1d",
    "terminal_count_7d",
    "terminal_risk_7d",
    "terminal_count_30d",
    "terminal_risk_30d",
]


@dataclass(frozen=True)
class Traffic:
    """Feature rows of whole days, with the hour since `START` of each."""

    x: npt.NDArray[np.float32]
    hour: npt.NDArray[np.int32]
    label: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Scored(Traffic):
    """Rows with the scores of a model, from the first of its past weeks on."""

    score: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Series:
    """One feature or the score: rows per hour and bin (missing last), reference shares, noise factor."""

    name: str
    hourly: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float64]
    noise: float


@dataclass(frozen=True)
class Served:
    """A model's series from the first hour after its reference week on."""

    reference_rows: int
    series: tuple[Series, ...]


def traffic(seed: int, days: int, scale: float, change_day: int | None) -> Traffic:
    """Transactions of `days` days from 5,000 · `scale` customers; the fraud pattern changes on `change_day`."""
    change = None if change_day is None else START + timedelta(days=change_day)
    source = CardFraud(seed=seed, customers=int(5_000 * scale), terminals=int(10_000 * scale), change_at=change)
    events = source.collect(START, START + timedelta(days=days))
    x = _features()(events, LABEL_DELAY_DAYS)[NAMES].to_numpy(np.float32)
    hour = ((events["time"] - pd.Timestamp(START)).dt.total_seconds() // 3600).to_numpy(np.int32)
    kept = hour >= FIRST_DAY * 24
    return Traffic(x[kept], hour[kept], events["fraud"].to_numpy(np.int8)[kept])


def scored(rows: Traffic, reference: int, seed: int) -> Scored:
    """Train on the week that ended 7 days before day `reference`, and score what follows its past weeks."""
    day = rows.hour // 24
    training = (day >= reference - 14) & (day < reference - 7)
    parameters = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 50}
    parameters |= {"seed": seed, "num_threads": 1, "verbose": -1}
    booster = lgb.train(parameters, lgb.Dataset(rows.x[training], rows.label[training]), 60)
    wanted = day >= reference - 7 * PAST_WEEKS
    x = rows.x[wanted]
    scores = np.asarray(booster.predict(x, num_threads=1), dtype=np.float32)
    return Scored(x, rows.hour[wanted], rows.label[wanted], scores)


def served(rows: Traffic, reference: int, seed: int) -> Served:
    """Train as above, and count against the week from day `reference` on."""
    return counted(scored(rows, reference, seed), reference)


def counted(rows: Scored, reference: int) -> Served:
    """Rows per hour and bin of every feature and of the score."""
    hour = rows.hour
    first = reference * 24
    yardstick = (hour >= first) & (hour < first + 7 * 24)
    columns = [*zip(NAMES, rows.x.T, strict=True), ("score", rows.score)]
    return Served(
        int(yardstick.sum()), tuple(_series(name, values, hour, yardstick, first) for name, values in columns)
    )


def _series(
    name: str,
    values: npt.NDArray[np.float32],
    hour: npt.NDArray[np.int32],
    yardstick: npt.NDArray[np.bool_],
    first: int,
) -> Series:
    reference = histogram(values[yardstick])
    shares = np.array([*reference["shares"], reference["missing"]])
    weeks = [
        bin_counts(reference, values[(hour >= first - week * 168) & (hour < first - (week - 1) * 168)])
        for week in range(PAST_WEEKS, 0, -1)
    ]
    later = hour >= first + 168
    edges = np.asarray(reference["edges"], dtype=np.float32)
    bins = np.searchsorted(edges, values[later], side="left")
    at = hour[later] - (first + 168)
    width = len(shares)
    hourly = np.bincount(at * width + bins, minlength=(int(at.max()) + 1) * width).reshape(-1, width)
    noise = noise_factor(np.array(weeks, dtype=np.float64), shares, int(yardstick.sum()))
    return Series(name, hourly.astype(np.int32), shares, noise)


def _features() -> Any:
    file = ROOT / "models/fraud/features.py"
    spec = importlib.util.spec_from_file_location("fraud_features", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.features

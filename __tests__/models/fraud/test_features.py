"""The 15 features of the fraud model: known answers, and no look into the future."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.config import ModelConfig, load_model
from pipeline.errors import PipelineError
from pipeline.steps.prepare import prepare

DELAY = timedelta(days=7)


def slow_features(events: pd.DataFrame, row: int) -> dict[str, Any]:
    now = events.loc[row]
    expected = {
        "amount": now["amount"],
        "during_weekend": float(now["time"].weekday() >= 5),
        "during_night": float(now["time"].hour <= 6),
    }
    for days in (1, 7, 30):
        length = timedelta(days=days)
        age = now["time"] - events["time"]
        mine = events[(events["customer_id"] == now["customer_id"]) & (age >= timedelta(0)) & (age < length)]
        expected[f"customer_count_{days}d"] = len(mine)
        expected[f"customer_amount_{days}d"] = mine["amount"].mean()
    for days in (1, 7, 30):
        length = timedelta(days=days)
        age = now["time"] - events["time"]
        here = events[(events["terminal_id"] == now["terminal_id"]) & (age >= DELAY) & (age < DELAY + length)]
        expected[f"terminal_count_{days}d"] = len(here)
        expected[f"terminal_risk_{days}d"] = here["fraud"].mean() if len(here) else 0.0
    return expected


def test_features_equal_the_slow_implementation(small: ModelConfig, transactions: pd.DataFrame) -> None:
    x = prepare(small, transactions).x
    rows = np.random.default_rng(1).choice(len(x), 40, replace=False)
    expected = pd.DataFrame([slow_features(transactions, int(row)) for row in rows])
    np.testing.assert_allclose(x.iloc[rows][expected.columns], expected, rtol=1e-5)


def test_features_come_in_the_order_of_model_yaml_as_float32(small: ModelConfig, transactions: pd.DataFrame) -> None:
    x = prepare(small, transactions).x
    assert list(x.columns) == small.feature_names
    assert set(x.dtypes) == {np.dtype(np.float32)}


def test_later_events_change_no_earlier_feature(small: ModelConfig, transactions: pd.DataFrame) -> None:
    now = pd.Timestamp("2026-02-10")
    past = transactions["time"] < now
    whole = prepare(small, transactions).x[past]
    pd.testing.assert_frame_equal(whole, prepare(small, transactions[past]).x)


def test_labels_younger_than_the_delay_are_not_seen(small: ModelConfig, transactions: pd.DataFrame) -> None:
    now = pd.Timestamp("2026-02-10")
    unknown = transactions["time"] >= now - DELAY
    turned = transactions.assign(fraud=transactions["fraud"].where(~unknown, 1 - transactions["fraud"]))
    before = transactions["time"] < now
    pd.testing.assert_frame_equal(prepare(small, transactions).x[before], prepare(small, turned).x[before])


def test_labels_as_old_as_the_delay_are_seen(small: ModelConfig, transactions: pd.DataFrame) -> None:
    turned = transactions.assign(fraud=1 - transactions["fraud"])
    seen = prepare(small, turned).x["terminal_risk_7d"] != prepare(small, transactions).x["terminal_risk_7d"]
    first_seen = transactions["time"][seen].min()
    assert first_seen >= transactions["time"].min() + DELAY
    assert first_seen < transactions["time"].min() + DELAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("column", "windows"), [("customer_id", "customer_count_30d"), ("terminal_id", "terminal_count_30d")]
)
def test_history_before_37_days_does_not_matter(
    small: ModelConfig, transactions: pd.DataFrame, column: str, windows: str
) -> None:
    last = transactions["time"].max().normalize()
    recent = transactions[transactions["time"] >= last - timedelta(days=37)]
    today = recent["time"] >= last
    pd.testing.assert_series_equal(
        prepare(small, recent).x[windows][today], prepare(small, transactions).x[windows].loc[recent.index[today]]
    )
    assert recent[column].nunique() > 1


def without_own_features(override: str) -> ModelConfig:
    config = load_model("fraud", [override])
    return replace(config, code=replace(config.code, features=None))


def test_a_category_becomes_its_position_in_the_list(transactions: pd.DataFrame) -> None:
    kinds = '[{name: kind, type: category, categories: ["shop", "web"]}, {name: amount, type: number}]'
    config = without_own_features(f"features={kinds}")
    events = transactions.assign(kind=["web", "shop"] * (len(transactions) // 2) + ["web"] * (len(transactions) % 2))
    assert prepare(config, events).x["kind"].head(3).tolist() == [1.0, 0.0, 1.0]


def test_an_unknown_category_is_refused(transactions: pd.DataFrame) -> None:
    kinds = '[{name: kind, type: category, categories: ["shop", "web"]}]'
    config = without_own_features(f"features={kinds}")
    with pytest.raises(PipelineError, match="not among its categories"):
        prepare(config, transactions.assign(kind="telephone"))

"""The simulated transactions: the published design, and a stream that does not depend on who asks for what."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fraud.source import CardFraud
from pipeline.errors import PipelineError

START = date(2026, 1, 1)
SOURCE = CardFraud(customers=300, terminals=600, radius=10)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 400), st.integers(1, 5))
def test_a_day_is_the_same_in_any_period(first: int, days: int) -> None:
    start = START + timedelta(days=first)
    whole = CardFraud(customers=300, terminals=600, radius=10).collect(start, start + timedelta(days=days))
    single = [SOURCE.collect(start + timedelta(days=day), start + timedelta(days=day + 1)) for day in range(days)]
    pd.testing.assert_frame_equal(whole, pd.concat(single, ignore_index=True))


def test_another_seed_gives_other_transactions() -> None:
    other = CardFraud(seed=8, customers=300, terminals=600, radius=10)
    end = START + timedelta(days=1)
    assert not other.collect(START, end)["amount"].equals(SOURCE.collect(START, end)["amount"])


def test_times_increase_within_the_period_and_ids_are_unique() -> None:
    events = SOURCE.collect(START, START + timedelta(days=10))
    assert events["time"].is_monotonic_increasing
    assert events["time"].between("2026-01-01", "2026-01-10 23:59:59").all()
    assert events["transaction_id"].is_unique


def test_an_empty_period_has_the_columns_but_no_rows() -> None:
    events = SOURCE.collect(START, START)
    assert len(events) == 0
    assert list(events.columns) == [
        "transaction_id",
        "time",
        "customer_id",
        "terminal_id",
        "amount",
        "fraud",
        "scenario",
    ]


def test_volume_amounts_and_fraud_match_the_published_figures() -> None:
    events = CardFraud().collect(START, START + timedelta(days=30))
    assert len(events) / 30 == pytest.approx(9_600, rel=0.05)
    assert events["amount"].mean() == pytest.approx(53.6, rel=0.1)
    assert events["fraud"].mean() == pytest.approx(0.0084, rel=0.25)
    assert set(events["scenario"]) == {0, 1, 2, 3}


def test_every_amount_above_220_is_fraud_and_no_other_is_of_scenario_1() -> None:
    events = SOURCE.collect(START, START + timedelta(days=60))
    assert (events[events["amount"] > 220]["fraud"] == 1).all()
    assert (events[events["scenario"] == 1]["amount"] > 220).all()


def test_a_compromised_terminal_stays_so_for_28_days() -> None:
    events = CardFraud(customers=2000, terminals=50, radius=50, compromised_terminals=1).collect(
        START, START + timedelta(days=90)
    )
    bad = events[events["scenario"] == 2].groupby("terminal_id")["time"].agg(lambda time: time.dt.date.nunique())
    assert bad.min() >= 28 or events["time"].dt.date.nunique() == 90
    today = events[events["time"].dt.date == START + timedelta(days=50)]
    caught = today[today["scenario"] == 2]["terminal_id"].unique()
    others = today[today["terminal_id"].isin(caught) & (today["scenario"] == 0)]
    assert len(caught) <= 28
    assert others.empty


def test_customers_use_terminals_within_their_radius() -> None:
    events = SOURCE.collect(START, START + timedelta(days=30))
    spread = events.groupby("customer_id")["terminal_id"].nunique()
    assert spread.max() < 60  # of 600 on the square, a circle of radius 10 holds about 19


def test_before_the_change_nothing_differs() -> None:
    change = date(2026, 1, 11)
    changed = CardFraud(customers=300, terminals=600, radius=10, change_at=change)
    pd.testing.assert_frame_equal(changed.collect(START, change), SOURCE.collect(START, change))


def test_from_the_change_on_fraud_follows_the_new_pattern() -> None:
    change = date(2026, 1, 11)
    events = CardFraud(customers=300, terminals=600, radius=10, change_at=change).collect(
        change, change + timedelta(days=10)
    )
    assert set(events["scenario"]) == {0, 2, 4}
    tests = events[events["scenario"] == 4]
    assert tests["amount"].max() <= 10
    assert tests["time"].dt.hour.max() < 6
    assert (events[events["scenario"] == 0]["fraud"] == 0).all()


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        CardFraud.from_parameters({"customer": 5})
    assert str(caught.value) == (
        "data source card-fraud: parameter customer is not valid\n"
        "  got:      customer: 5\n"
        "  expected: one of: seed, customers, terminals, radius, compromised_terminals, compromised_customers, "
        "change_at, tested_customers, tests_a_night\n"
        "  fix:      did you mean customers?"
    )


def test_a_parameter_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        CardFraud.from_parameters({"change_at": "soon"})
    assert caught.value.as_dict() == {
        "what": "data source card-fraud: parameter change_at is not valid",
        "got": "soon",
        "expected": "a date (YYYY-MM-DD) or null",
        "fix": "correct source.parameters.change_at in model.yaml",
    }


def test_the_description_is_json_and_complete() -> None:
    described = CardFraud(change_at=START).describe()
    assert described["change_at"] == "2026-01-01"
    assert described["type"] == "card-fraud"
    assert np.isin(["seed", "customers", "terminals"], list(described)).all()

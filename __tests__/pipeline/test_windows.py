"""Sliding windows: hand-made answers, and a slow implementation that looks at one row at a time."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.windows import Windows

DAY = pd.Timedelta(days=1)


def windows(entity: list[int], hours: list[int]) -> tuple[Windows, pd.DataFrame]:
    time = pd.Timestamp("2026-01-01") + pd.to_timedelta(pd.Series(hours), unit="h")
    rows = pd.DataFrame({"entity": entity, "time": time})
    return Windows(rows["entity"], rows["time"]), rows


def slow_window(rows: pd.DataFrame, row: int, days: int, delay: int) -> pd.Series:
    time = rows["time"]
    end = time[row] - delay * DAY
    inside: pd.Series = (rows["entity"] == rows["entity"][row]) & (time <= end) & (time > end - days * DAY)
    return inside


def test_a_window_includes_the_current_event_but_not_one_exactly_its_length_ago() -> None:
    index, _ = windows([1, 1, 1], [0, 24, 47])
    assert index.count(1).tolist() == [1, 1, 2]


def test_another_entity_does_not_count() -> None:
    index, _ = windows([1, 2, 1], [0, 1, 2])
    assert index.count(1).tolist() == [1, 1, 2]


def test_a_delay_shifts_the_window_back() -> None:
    index, _ = windows([1, 1, 1], [0, 24, 60])
    assert index.count(1, delay_days=1).tolist() == [0, 1, 1]


def test_an_empty_window_has_mean_zero() -> None:
    index, _ = windows([1], [0])
    assert index.mean(pd.Series([5.0]), 1, delay_days=7).tolist() == [0.0]


events = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 24 * 12), st.integers(0, 500)), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(events, st.integers(1, 8), st.integers(0, 4))
def test_counts_and_means_equal_the_slow_implementation(
    events: list[tuple[int, int, int]], days: int, delay: int
) -> None:
    index, rows = windows([event[0] for event in events], [event[1] for event in events])
    values = pd.Series([event[2] / 7 for event in events])
    members = [values[slow_window(rows, row, days, delay)] for row in rows.index]
    np.testing.assert_array_equal(index.count(days, delay), [len(found) for found in members])
    means = [found.mean() if len(found) else 0.0 for found in members]
    np.testing.assert_allclose(index.mean(values, days, delay), means, rtol=1e-9, atol=1e-9)

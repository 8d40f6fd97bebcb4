"""The split by time, and the cards it leaves out."""

from datetime import date

import pandas as pd
import pytest

from pipeline.config import load_model
from pipeline.errors import PipelineError
from pipeline.examples import Cycle, Examples
from pipeline.steps.collect import period

# Train on January 1 and 2, two days of delay, test on 5 and 6.
CYCLE = Cycle(date(2026, 1, 1), train_days=2, delay_days=2, test_days=2)


def examples(*rows: tuple[int, int, int]) -> Examples:
    """Rows of (day of January, entity, label)."""
    table = pd.DataFrame(rows, columns=["day", "entity", "label"])
    time = pd.Timestamp("2025-12-31 12:00") + pd.to_timedelta(table["day"], unit="D")
    return Examples(table[["day"]].astype("float32"), table["label"], table["entity"], time)


def test_training_rows_end_the_delay_before_the_test_rows() -> None:
    rows = examples((1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0), (5, 5, 0), (6, 6, 0), (7, 7, 0))
    assert CYCLE.train(rows).entity.tolist() == [1, 2]
    assert CYCLE.test(rows).entity.tolist() == [5, 6]


def test_a_card_with_fraud_in_training_is_not_tested() -> None:
    rows = examples((1, 1, 1), (5, 1, 1), (5, 2, 0))
    assert CYCLE.test(rows).entity.tolist() == [2]


def test_a_fraud_removes_the_card_from_the_day_its_label_is_known() -> None:
    rows = examples((3, 1, 1), (5, 1, 0), (6, 1, 0))
    assert CYCLE.test(rows).time.dt.day.tolist() == [5]


def test_a_fraud_whose_label_is_not_known_yet_removes_nothing() -> None:
    rows = examples((4, 1, 1), (5, 1, 0), (6, 1, 0))
    assert len(CYCLE.test(rows)) == 2


def test_the_earlier_cycle_is_tested_on_the_training_days() -> None:
    earlier = CYCLE.earlier()
    assert earlier.test_start == CYCLE.start
    assert earlier.end <= CYCLE.test_start


def test_the_period_ends_where_labels_are_unknown_and_holds_the_history() -> None:
    wanted = period(load_model("fraud"), date(2018, 8, 22))
    assert wanted.end == date(2018, 8, 15)
    assert wanted.cycle.start == date(2018, 7, 25)
    assert wanted.cycle.test_start == date(2018, 8, 8)
    assert wanted.start == date(2018, 6, 4)


def test_rows_of_one_class_are_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        examples((1, 1, 0), (2, 2, 0)).require_both_classes("test")
    assert caught.value.got == "0 positive among 2 rows"

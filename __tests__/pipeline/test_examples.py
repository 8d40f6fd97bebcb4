"""The split by time, and the rows that a model's own rule leaves out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.config import load_model
from pipeline.errors import PipelineError
from pipeline.examples import Cycle, Examples, Mask
from pipeline.steps.collect import period

# Train on January 1 and 2, two days of delay, test on 5 and 6.
CYCLE = Cycle(date(2026, 1, 1), train_days=2, delay_days=2, test_days=2)


def examples(*rows: tuple[int, int, int]) -> Examples:
    """Rows of (day of January, id, label)."""
    table = pd.DataFrame(rows, columns=["day", "id", "label"])
    time = pd.Timestamp("2025-12-31 12:00") + pd.to_timedelta(table["day"], unit="D")
    return Examples(table[["day"]].astype("float32"), table["label"], time, table[["id"]])


def test_training_rows_end_the_delay_before_the_test_rows() -> None:
    rows = examples((1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0), (5, 5, 0), (6, 6, 0), (7, 7, 0))
    assert CYCLE.train(rows).events["id"].tolist() == [1, 2]
    assert CYCLE.test(rows, None).events["id"].tolist() == [5, 6]


def test_rows_that_are_not_eligible_are_not_tested() -> None:
    rows = examples((1, 1, 0), (5, 2, 0), (5, 3, 0), (6, 4, 0))
    even = CYCLE.test(rows, lambda found, _: found.events["id"].to_numpy() % 2 == 0)
    assert even.events["id"].tolist() == [2, 4]


def test_a_rule_gets_the_cycle_and_all_examples() -> None:
    asked: list[tuple[int, Cycle]] = []

    def rule(found: Examples, cycle: Cycle) -> Mask:
        asked.append((len(found), cycle))
        return np.ones(len(found), dtype=bool)

    CYCLE.test(examples((1, 1, 0), (5, 2, 0)), rule)
    assert asked == [(2, CYCLE)]


@pytest.mark.parametrize("answer", [np.ones(2), np.ones(3, dtype=bool), True])
def test_a_rule_that_gives_no_mask_is_refused(answer: Mask) -> None:
    with pytest.raises(PipelineError) as caught:
        CYCLE.test(examples((1, 1, 0), (5, 2, 0)), lambda *_: answer)
    assert caught.value.what == "the model's eligible function did not return a mask"
    assert caught.value.expected == "bool of shape (2,): true for each example to test on"


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

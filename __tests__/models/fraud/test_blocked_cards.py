"""The cards that the test rows leave out."""

from datetime import date

from __tests__.models.fraud.rows import examples
from models.fraud.blocked_cards import not_blocked
from pipeline.examples import Cycle

# Train on January 1 and 2, two days of delay, test on 5 and 6.
CYCLE = Cycle(date(2026, 1, 1), train_days=2, delay_days=2, test_days=2)


def test_a_card_with_fraud_in_training_is_not_tested() -> None:
    rows = examples((1, 1, 1), (5, 1, 1), (5, 2, 0))
    assert CYCLE.test(rows, not_blocked).events["customer_id"].tolist() == [2]


def test_a_fraud_removes_the_card_from_the_day_its_label_is_known() -> None:
    rows = examples((3, 1, 1), (5, 1, 0), (6, 1, 0))
    assert CYCLE.test(rows, not_blocked).time.dt.day.tolist() == [5]


def test_a_fraud_whose_label_is_not_known_yet_removes_nothing() -> None:
    rows = examples((4, 1, 1), (5, 1, 0), (6, 1, 0))
    assert len(CYCLE.test(rows, not_blocked)) == 2

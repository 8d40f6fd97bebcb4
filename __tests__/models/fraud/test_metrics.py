"""Card precision by hand-made answers."""

import numpy as np

from __tests__.models.fraud.rows import examples
from models.fraud.metrics import card_precision


def test_it_counts_cards_not_transactions() -> None:
    rows = examples((1, 1, 1), (1, 1, 1), (1, 2, 0), (1, 3, 0))
    assert card_precision(rows, np.array([0.9, 0.8, 0.7, 0.1]), cards=2) == 0.5


def test_it_leaves_out_cards_found_on_an_earlier_day() -> None:
    rows = examples((1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 3, 0))
    scores = np.array([0.9, 0.9, 0.8, 0.1])
    assert card_precision(rows, scores, cards=1) == 1.0
    assert card_precision(rows, np.array([0.9, 0.9, 0.05, 0.1]), cards=1) == 0.5


def test_it_keeps_cards_that_were_checked_without_finding_fraud() -> None:
    rows = examples((1, 1, 0), (2, 1, 1))
    assert card_precision(rows, np.array([0.9, 0.9]), cards=1) == 0.5

"""The blocked-card rule: a blocked card produces no fraud to detect."""

from datetime import timedelta

import numpy as np

from pipeline.examples import Cycle, Examples, Mask

CARD = "customer_id"


def not_blocked(examples: Examples, cycle: Cycle) -> Mask:
    """Test rows without the cards whose fraud was known on the day: in training, or `delay_days` before."""
    card = examples.events[CARD]
    train = cycle.train(examples)
    known = set(train.events[CARD][train.label == 1])
    kept = np.zeros(len(examples), dtype=bool)
    for day in range(cycle.test_days):
        today = cycle.test_start + timedelta(days=day)
        learnt = examples.during(today - timedelta(days=cycle.delay_days + 1), 1)
        known |= set(learnt.events[CARD][learnt.label == 1])
        kept |= examples.within(today, 1) & ~card.isin(known).to_numpy()
    return kept

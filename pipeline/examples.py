"""Labelled examples and their split by time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline import errors
from pipeline.guard import guarded

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Rows of float32 features `x` with label (0 or 1), time and the events they came from, all with one index."""

    x: pd.DataFrame
    label: pd.Series
    time: pd.Series
    events: pd.DataFrame

    def __len__(self) -> int:
        return len(self.x)

    @property
    def positives(self) -> int:
        return int(self.label.sum())

    def where(self, mask: Mask) -> Self:
        """The rows of `mask`."""
        return type(self)(self.x[mask], self.label[mask], self.time[mask], self.events[mask])

    def during(self, start: date, days: int) -> Self:
        """The rows of `days` days from `start`."""
        return self.where(self.within(start, days))

    def within(self, start: date, days: int) -> Mask:
        """Mask of the rows in the `days` days from `start`."""
        first = pd.Timestamp(start)
        return ((self.time >= first) & (self.time < first + pd.Timedelta(days=days))).to_numpy()

    def require_both_classes(self, name: str) -> Self:
        """These rows, or an error when one class is missing."""
        if not 0 < self.positives < len(self):
            raise errors.one_class(name, len(self), self.positives)
        return self


@dataclass(frozen=True)
class Cycle:
    """One round of train, wait for labels, test; all in days from `start`."""

    start: date
    train_days: int
    delay_days: int
    test_days: int

    @property
    def test_start(self) -> date:
        return self.start + timedelta(days=self.train_days + self.delay_days)

    @property
    def end(self) -> date:
        """The day after the last test row."""
        return self.test_start + timedelta(days=self.test_days)

    def earlier(self) -> "Cycle":
        """The cycle whose test rows begin where these training rows do, so that it has not seen the test rows."""
        start = self.start - timedelta(days=self.train_days + self.delay_days)
        return Cycle(start, self.train_days, self.delay_days, min(self.test_days, self.train_days))

    def train(self, examples: Examples) -> Examples:
        """Training rows."""
        return examples.during(self.start, self.train_days)

    def test(self, examples: Examples, eligible: "Eligible | None") -> Examples:
        """Test rows; if the model has an eligible function, those that pass it."""
        rows = examples.within(self.test_start, self.test_days)
        if eligible is not None:
            allowed = np.asarray(guarded("function eligible", eligible, examples, self))
            if allowed.dtype != np.bool_ or allowed.shape != rows.shape:
                raise errors.bad_eligible(f"{allowed.dtype} of shape {allowed.shape}", len(examples))
            rows &= allowed
        return examples.where(rows)


# Mask of the examples to test on; its values outside the test days do not matter.
Eligible = Callable[[Examples, Cycle], Mask]

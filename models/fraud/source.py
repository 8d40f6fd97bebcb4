"""Simulated card transactions with fraud, following the Fraud Detection Handbook (chapter 2).

Every day has its own random stream, seeded by the day: any period can be asked for, in any order, and the same day
always holds the same transactions.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from pipeline.sources import check_parameters, parameter

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SQUARE = 100.0
SECONDS_A_DAY = 86_400
SUSPICIOUS_AMOUNT = 220.0
TERMINAL_DAYS = 28
CUSTOMER_DAYS = 14
CUSTOMER_SHARE = 1 / 3
CUSTOMER_FACTOR = 5.0
NIGHT_SECONDS = 6 * 3600
CARD_TEST_DAYS = 7
CARD_TEST_AMOUNTS = (1.0, 10.0)
IDS_A_DAY = 1_000_000
# First words of the seed of each random stream.
PEOPLE, TRAFFIC, TERMINALS, CUSTOMERS, CARD_TESTS = range(5)


@dataclass(frozen=True)
class CardFraud:
    """Simulated card transactions.

    Fraud, recorded in `scenario`: (1) amounts above 220; (2) `compromised_terminals` terminals a day, for 28 days;
    (3) `compromised_customers` customers a day, for 14 days, a third of their transactions at five times the amount.
    From the day `change_at` on, (1) and (3) stop and the pattern is new: (4) the cards of `tested_customers` customers
    a day are tested for 7 nights, `tests_a_night` small payments each.
    """

    seed: int = parameter(7, least=0)
    customers: int = parameter(5_000, least=1, most=1_000_000)
    terminals: int = parameter(10_000, least=1, most=1_000_000)
    radius: float = parameter(5.0, least=0.0, most=SQUARE)
    compromised_terminals: int = parameter(2, least=0, most=1_000_000)
    compromised_customers: int = parameter(3, least=0, most=1_000_000)
    change_at: date | None = None
    tested_customers: int = parameter(10, least=0, most=1_000_000)
    tests_a_night: float = parameter(4.0, least=0.0, most=1_000.0)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        return cls(**check_parameters("card-fraud", cls, parameters))

    def collect(self, start: date, end: date) -> pd.DataFrame:
        """Transactions from `start` up to, not including, `end`, in order of time."""
        days = [self._day(start + timedelta(days=day)) for day in range((end - start).days)]
        if not days:
            days = [self._day(start).iloc[:0]]
        return pd.concat(days, ignore_index=True)

    def describe(self) -> dict[str, Any]:
        change = self.change_at.isoformat() if self.change_at else None
        return {"type": "card-fraud", **asdict(self), "change_at": change}

    @cached_property
    def _people(self) -> dict[str, Any]:
        """Fixed properties of customers, and the terminals in reach of each, flattened: a slice per customer."""
        random = self._random(PEOPLE)
        home = random.uniform(0, SQUARE, (self.customers, 2))
        shops = random.uniform(0, SQUARE, (self.terminals, 2))
        reachable = cKDTree(shops).query_ball_point(home, self.radius, return_sorted=True)
        sizes = np.array([len(shop_list) for shop_list in reachable], dtype=np.int64)
        return {
            "mean_amount": random.uniform(5, 100, self.customers),
            "rate": np.where(sizes > 0, random.uniform(0, 4, self.customers), 0.0),
            "sizes": sizes,
            "first": np.cumsum(sizes) - sizes,
            "shops": np.concatenate([np.asarray(shop_list, dtype=np.int64) for shop_list in reachable]),
        }

    def _day(self, day: date) -> pd.DataFrame:
        ordinal = day.toordinal()
        changed = self.change_at is not None and day >= self.change_at
        random = self._random(TRAFFIC, ordinal)
        people = self._people
        customer = np.repeat(np.arange(self.customers), random.poisson(people["rate"]))
        seconds = random.normal(SECONDS_A_DAY / 2, 20_000, len(customer)).astype(np.int64)
        amount = self._amounts(random, people["mean_amount"][customer])
        reach = (random.random(len(customer)) * people["sizes"][customer]).astype(np.int64)
        terminal = people["shops"][people["first"][customer] + reach]
        luck = random.random(len(customer))
        scenario = np.zeros(len(customer), dtype=np.int64)
        if not changed:
            scenario[amount > SUSPICIOUS_AMOUNT] = 1
        victims = self._chosen(TERMINALS, ordinal, TERMINAL_DAYS, self.terminals, self.compromised_terminals)
        scenario[np.isin(terminal, victims)] = 2
        if not changed:
            victims = self._chosen(CUSTOMERS, ordinal, CUSTOMER_DAYS, self.customers, self.compromised_customers)
            hit = np.isin(customer, victims) & (luck < CUSTOMER_SHARE)
            amount[hit] = np.round(amount[hit] * CUSTOMER_FACTOR, 2)
            scenario[hit] = 3
        inside = (seconds > 0) & (seconds < SECONDS_A_DAY)
        parts = [(seconds[inside], customer[inside], terminal[inside], amount[inside], scenario[inside])]
        if changed:
            parts.append(self._card_tests(ordinal))
        return self._table(day, parts)

    def _card_tests(self, ordinal: int) -> tuple[Ints, Ints, Ints, Floats, Ints]:
        """Small payments at night with stolen cards, at any terminal: absent from the earlier pattern."""
        assert self.change_at is not None
        age = min(CARD_TEST_DAYS, ordinal - self.change_at.toordinal() + 1)
        victims = self._chosen(CARD_TESTS, ordinal, age, self.customers, self.tested_customers)
        random = self._random(CARD_TESTS, ordinal, 1)
        customer = np.repeat(victims, random.poisson(self.tests_a_night, len(victims)))
        seconds = random.integers(1, NIGHT_SECONDS, len(customer))
        terminal = random.integers(0, self.terminals, len(customer))
        amount = np.round(random.uniform(*CARD_TEST_AMOUNTS, len(customer)), 2)
        return seconds, customer, terminal, amount, np.full(len(customer), 4, dtype=np.int64)

    def _table(self, day: date, parts: list[tuple[Ints, Ints, Ints, Floats, Ints]]) -> pd.DataFrame:
        seconds, customer, terminal, amount, scenario = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(seconds, kind="stable")
        return pd.DataFrame(
            {
                "transaction_id": day.toordinal() * IDS_A_DAY + np.arange(len(order)),
                "time": np.datetime64(day, "ns") + seconds[order].astype("timedelta64[s]"),
                "customer_id": customer[order],
                "terminal_id": terminal[order],
                "amount": amount[order],
                "fraud": (scenario[order] > 0).astype(np.int64),
                "scenario": scenario[order],
            }
        )

    def _amounts(self, random: np.random.Generator, mean: Floats) -> Floats:
        amount = random.normal(mean, mean / 2)
        spare = random.uniform(0, 2 * mean)
        return np.where(amount < 0, spare, amount).round(2)

    def _chosen(self, stream: int, ordinal: int, days: int, among: int, number: int) -> Ints:
        """Those drawn on this day and the `days` - 1 before it."""
        draws = [
            self._random(stream, day).choice(among, min(number, among), replace=False)
            for day in range(ordinal - days + 1, ordinal + 1)
        ]
        return np.unique(np.concatenate(draws))

    def _random(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *stream])

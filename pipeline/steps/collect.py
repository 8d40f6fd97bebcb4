"""Fetch the events that a run needs: none too old, and none whose label is not known yet."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.examples import Cycle
from pipeline.guard import guarded
from pipeline.sources import Source


@dataclass(frozen=True)
class Period:
    """Events with `start` ≤ time < `end`, and the cycle of training and test in it."""

    start: date
    end: date
    cycle: Cycle


def period(config: ModelConfig, as_of: date) -> Period:
    """What the labels known at `as_of` (midnight, UTC) allow: the newest test rows are `label_delay_days` old."""
    delay, window = config.label_delay_days, config.window
    end = as_of - timedelta(days=delay)
    start = end - timedelta(days=window["test_days"] + delay + window["train_days"])
    cycle = Cycle(start, window["train_days"], delay, window["test_days"])
    return Period(cycle.earlier().start - timedelta(days=window["history_days"]), end, cycle)


def collect(config: ModelConfig, source: Source, wanted: Period) -> pd.DataFrame:
    """Raw events of the period with the columns of model.yaml, all of which must exist."""
    events: object = guarded(f"data source {config.source['type']}", source.collect, wanted.start, wanted.end)
    if not isinstance(events, pd.DataFrame):
        raise errors.failed_model_code(f"data source {config.source['type']}", f"a {type(events).__name__}, no table")
    columns = list(events.columns)
    for column in config.columns:
        if columns.count(column) > 1:
            raise errors.repeated_column(column, config.source["type"])
    missing = [column for column in config.columns if column not in events]
    if missing:
        raise errors.missing_columns(missing, events.columns)
    if events.empty:
        raise errors.no_rows(config.source["type"], wanted.start, wanted.end)
    return events[list(config.columns)]

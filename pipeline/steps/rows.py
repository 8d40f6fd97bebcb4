"""The rows of a period in the form that a served model is asked, and what they turned out to be."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.examples import Cycle, Examples
from pipeline.steps.clean import clean
from pipeline.steps.collect import Period, collect
from pipeline.steps.prepare import prepare


def rows(config: ModelConfig, start: date, end: date, quarantine: Path, most: int | None = None) -> Examples:
    """Eligible rows with `start` ≤ time < `end`, in order of time, as if the model had been trained just before.

    `most`: where there are more, so many of them, spread evenly over the period.
    """
    window, delay = config.window, config.label_delay_days
    lead = timedelta(days=window["train_days"] + delay)
    cycle = Cycle(start - lead, window["train_days"], delay, (end - start).days)
    first = min(cycle.start, start - timedelta(days=window["history_days"]))
    events = collect(config, config.open_source(), Period(first, end, cycle))
    found = cycle.test(prepare(config, clean(config, events, quarantine).events), config.code.eligible)
    if len(found) == 0:
        raise errors.no_rows_to_serve(config.source["type"], start, end)
    if most is None or len(found) <= most:
        return found
    kept = np.zeros(len(found), dtype=bool)
    kept[np.arange(most) * len(found) // most] = True
    return found.where(kept)


def as_json_lines(config: ModelConfig, found: Examples) -> Iterator[str]:
    """One object per row: `at`, `features` by name, `label`."""
    features = list(config.features)
    times = found.time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    # float64 holds every float32 exactly: the server reads the very values that `prepare` made.
    for time, label, values in zip(times, found.label, found.x.to_numpy(np.float64), strict=True):
        served = {
            feature["name"]: _served(feature, float(value)) for feature, value in zip(features, values, strict=True)
        }
        yield json.dumps({"at": time, "features": served, "label": int(label)}, allow_nan=False)


def _served(feature: Mapping[str, Any], value: float) -> Any:
    """A category by its name, a missing value as null, a whole number without a point."""
    if math.isnan(value):
        return None
    if feature["type"] == "category":
        return feature["categories"][int(value)]
    return int(value) if value.is_integer() else value

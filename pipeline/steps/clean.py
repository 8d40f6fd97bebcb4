"""Check every row against the rules of model.yaml; quarantine bad rows and count the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.reading import read_column

DTYPES = {"integer": "int64", "number": "float64", "time": "datetime64[ns]", "text": "object"}


@dataclass(frozen=True)
class Cleaned:
    """Good rows ordered by time, and the number of bad rows per reason (a row may have several)."""

    events: pd.DataFrame
    bad_rows: int
    reasons: Mapping[str, int]


def clean(config: ModelConfig, events: pd.DataFrame, quarantine: Path) -> Cleaned:
    """Return the good rows; write the bad ones with their reasons to the CSV file `quarantine`.

    Raises when more than `clean.max_bad_share` of the rows are bad.
    """
    events = events.reset_index(drop=True)
    typed, faults = _parse(config, events)
    faults += _check(config, typed.drop(index=[row for row, _ in faults]))
    by_row: dict[int, list[str]] = {}
    for row, reason in faults:
        by_row.setdefault(row, []).append(reason)
    bad = sorted(by_row)
    if quarantine.is_dir():
        raise errors.unwritable(quarantine, "a folder of this name")
    quarantine.unlink(missing_ok=True)
    counts = pd.Series([reason for _, reason in faults], dtype=object).value_counts()
    reasons = {str(reason): int(counts[reason]) for reason in sorted(counts.index)}
    if bad:
        column = "reason"
        while column in events:
            column += "_"
        explained = events.loc[bad].assign(**{column: ["; ".join(by_row[row]) for row in bad]})
        explained.to_csv(quarantine, index=False)
    limit = config.clean["max_bad_share"]
    if len(bad) > limit * len(events):
        raise errors.too_many_bad_rows(len(bad), len(events), limit, reasons, quarantine.name)
    good = typed.drop(index=bad)
    if good.empty:
        raise errors.no_good_rows(len(events), reasons, quarantine.name)
    good = good.astype(
        {name: DTYPES[rule["type"]] for name, rule in config.columns.items() if not rule.get("nullable")}
    )
    return Cleaned(good.sort_values(config.time, kind="stable").reset_index(drop=True), len(bad), reasons)


def _parse(config: ModelConfig, events: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Read each column as its type; an unreadable or unexpectedly missing value is a fault."""
    columns, faults = {}, []
    for name, rule in config.columns.items():
        read = read_column(events[name], rule)
        for reason, bad in read.faults.items():
            faults += [(int(row), f"{name}: {reason}") for row in np.flatnonzero(bad)]
        if not rule.get("nullable"):
            faults += [(int(row), f"{name}: missing") for row in np.flatnonzero(read.missing)]
        columns[name] = read.values
    return pd.DataFrame(columns, index=events.index), faults


def _check(config: ModelConfig, events: pd.DataFrame) -> list[tuple[int, str]]:
    """What breaks a rule of its column; missing values break none."""
    faults: list[tuple[int, str]] = []
    for name, rule in config.columns.items():
        values = events[name].dropna()
        for fault, bad in _broken(rule, values).items():
            faults += [(int(row), f"{name}: {fault}") for row in values.index[bad.to_numpy(dtype=np.bool_)]]
    return faults


def _broken(rule: Mapping[str, Any], values: pd.Series) -> dict[str, pd.Series]:
    found = {}
    if "min" in rule:
        found[f"below {rule['min']}"] = values < rule["min"]
    if "max" in rule:
        found[f"above {rule['max']}"] = values > rule["max"]
    if "values" in rule:
        found[f"not one of {errors.names(rule['values'])}"] = ~values.isin(rule["values"])
    if rule.get("unique"):
        # Keep the first duplicate: at-least-once sources repeat rows.
        found["repeated"] = values.duplicated()
    return found

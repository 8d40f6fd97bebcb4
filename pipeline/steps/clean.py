"""Check every row against the rules of model.yaml; quarantine bad rows and count the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from pipeline import errors
from pipeline.config import ModelConfig

DTYPES = {"integer": "int64", "number": "float64", "time": "datetime64[ns]", "text": "object"}
UNREADABLE = {"integer": "not a whole number", "number": "not a number", "time": "not a time", "text": "not a text"}


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
    quarantine.unlink(missing_ok=True)
    counts = pd.Series([reason for _, reason in faults], dtype=object).value_counts()
    reasons = {str(reason): int(counts[reason]) for reason in sorted(counts.index)}
    if bad:
        explained = events.loc[bad].assign(reason=["; ".join(by_row[row]) for row in bad])
        explained.to_csv(quarantine, index=False)
    limit = config.clean["max_bad_share"]
    if len(bad) > limit * len(events):
        raise errors.too_many_bad_rows(len(bad), len(events), limit, reasons, quarantine.name)
    good = typed.drop(index=bad)
    good = good.astype(
        {name: DTYPES[rule["type"]] for name, rule in config.columns.items() if not rule.get("nullable")}
    )
    return Cleaned(good.sort_values(config.time, kind="stable").reset_index(drop=True), len(bad), reasons)


def _parse(config: ModelConfig, events: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Read each column as its type; an unreadable or unexpectedly missing value is a fault."""
    columns, faults = {}, []
    for name, rule in config.columns.items():
        raw = events[name]
        parsed = _read(raw, rule["type"])
        missing = raw.isna().to_numpy()
        unreadable = parsed.isna().to_numpy() & ~missing
        faults += [(int(row), f"{name}: {UNREADABLE[rule['type']]}") for row in np.flatnonzero(unreadable)]
        if not rule.get("nullable"):
            faults += [(int(row), f"{name}: missing") for row in np.flatnonzero(missing)]
        columns[name] = parsed
    return pd.DataFrame(columns, index=events.index), faults


def _read(raw: pd.Series, kind: str) -> pd.Series:
    if kind == "time":
        times = pd.to_datetime(raw, errors="coerce", utc=True)
        return times.dt.tz_localize(None).astype("datetime64[ns]")
    if kind == "text":
        return raw.where(raw.map(lambda value: isinstance(value, str)))
    if raw.dtype.kind in "iu":
        return raw
    numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
    usable = np.isfinite(numbers)
    if kind == "integer":
        usable &= numbers == np.floor(numbers)
    return numbers.where(usable)


def _check(config: ModelConfig, events: pd.DataFrame) -> list[tuple[int, str]]:
    columns = {name: pa.Column(checks=_checks(rule), nullable=True) for name, rule in config.columns.items()}
    faults: list[tuple[int, str]] = []
    try:
        pa.DataFrameSchema(columns).validate(events, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
        faults = [
            (int(row), f"{name}: {check}")
            for row, name, check in zip(cases["index"], cases["column"], cases["check"], strict=True)
        ]
    for name, rule in config.columns.items():
        if rule.get("unique"):
            # Keep the first duplicate: at-least-once sources repeat rows.
            faults += [
                (int(row), f"{name}: repeated")
                for row in events.index[events[name].duplicated() & events[name].notna()]
            ]
    return faults


def _checks(rule: Mapping[str, Any]) -> list[pa.Check]:
    checks = []
    if "min" in rule:
        checks.append(pa.Check.ge(rule["min"], error=f"below {rule['min']}"))
    if "max" in rule:
        checks.append(pa.Check.le(rule["max"], error=f"above {rule['max']}"))
    if "values" in rule:
        checks.append(pa.Check.isin(rule["values"], error=f"not one of {errors.names(rule['values'])}"))
    return checks

"""Times as ISO 8601 writes them, in every form and mixed, or as a stated format says; always UTC in the end.

A time without an offset is UTC.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# Name of a format → nanoseconds of its unit. Whole numbers since 1970-01-01, UTC.
UNIX_FORMATS = {"unix_s": 10**9, "unix_ms": 10**6, "unix_us": 10**3, "unix_ns": 1}
# What pandas reads right; it would also take 2026-1-2, months and years, and guess.
COMMON = r"^\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$"
ISO = re.compile(
    r"(?P<year>\d{4})"
    r"(?:(?P<dash>-?)(?:(?P<month>\d\d)(?P=dash)(?P<day>\d\d)|(?P<ordinal>\d{3})|[Ww](?P<week>\d\d)(?P=dash)(?P<weekday>[1-7])))"
    r"(?:[Tt ](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d))?)?(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?P<offset>[Zz]|[+\-−]\d\d(?::?\d\d)?)?)?"
)
NANOSECONDS = 10**9
DAY, HOUR, MINUTE = 86_400 * NANOSECONDS, 3_600 * NANOSECONDS, 60 * NANOSECONDS
# The least int64 means "not a time".
LEAST, MOST = -(2**63) + 1, 2**63 - 1
EPOCH = date(1970, 1, 1)
WIDEST_OFFSET = 18 * HOUR
PROBE = datetime(2001, 11, 23, 23, 45, 56)


def read_times(array: pa.Array, written: str | None) -> pd.Series:
    """UTC without a time zone, in nanoseconds; NaT where there is no time to read."""
    kind = array.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _typed(array)
    nothing = pd.Series(np.full(len(array), np.datetime64("NaT", "ns")))
    if written in UNIX_FORMATS:
        if pa.types.is_string(kind):
            plain = pc.match_substring_regex(array, r"^-?\d{1,18}$")
            array = pc.if_else(plain, array, None).cast(pa.int64())
        if not pa.types.is_integer(array.type):
            return nothing
        unit = UNIX_FORMATS[written]
        return _from_integers([None if value is None else value * unit for value in array.to_pylist()])
    if not pa.types.is_string(kind):
        return nothing
    text = pc.utf8_trim_whitespace(array)
    if written is not None:
        return _utc(pd.to_datetime(_objects(text), format=written, errors="coerce", utc=True))
    common = np.asarray(pc.match_substring_regex(text, COMMON).fill_null(False).to_numpy(zero_copy_only=False), bool)
    times = _utc(
        pd.to_datetime(_objects(pc.if_else(pa.array(common), text, None)), format="ISO8601", errors="coerce", utc=True)
    )
    rare = np.flatnonzero(~common)
    if len(rare):
        found = _from_integers([_iso(value) for value in text.take(pa.array(rare)).to_pylist()])
        times.iloc[rare] = found.to_numpy()
    return times


def unreadable_time(written: str | None) -> str:
    """What is wrong with a value that is no time."""
    return "not a time" if written is None else f"not a time written as {written}"


def check_format(pattern: str) -> str | None:
    """What is wrong with a format, or None: it must give back the time that it wrote, year to day at least."""
    if pattern in UNIX_FORMATS:
        return None
    try:
        found = pd.to_datetime(PROBE.strftime(pattern), format=pattern, utc=True).tz_localize(None).to_pydatetime()
    except (ValueError, OverflowError, TypeError, re.error, AttributeError):
        return "a format that cannot be read back"
    if "%" not in pattern or found.date() != PROBE.date():
        return "a format without year, month and day"
    cut = [PROBE.replace(hour=0, minute=0, second=0), PROBE.replace(minute=0, second=0), PROBE.replace(second=0)]
    return None if found in (PROBE, *cut) else "a format that loses the hour"


def _typed(array: pa.Array) -> pd.Series:
    """Instants of any unit; those that nanoseconds cannot hold (before 1678, after 2262) are no times."""
    kind = array.type
    if pa.types.is_date(kind):
        array = array.cast(pa.timestamp("ms"))
    unit = array.type.unit
    factor = {"s": NANOSECONDS, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    # Ticks are UTC; a cast to a timestamp without a zone would give the zone's wall clock.
    ticks = array.cast(pa.int64())
    numbers = np.asarray(ticks.fill_null(0).to_numpy(), dtype=np.int64)
    known = ticks.is_valid().to_numpy(zero_copy_only=False)
    known &= (numbers >= -(-LEAST // factor)) & (numbers <= MOST // factor)
    nanoseconds = np.where(known, numbers, 0) * factor
    return pd.Series(np.where(known, nanoseconds.astype("datetime64[ns]"), np.datetime64("NaT", "ns")))


def _from_integers(nanoseconds: list[int | None]) -> pd.Series:
    usable = [value if value is not None and LEAST <= value <= MOST else -(2**63) for value in nanoseconds]
    return pd.Series(np.array(usable, dtype=np.int64).astype("datetime64[ns]"))


def _objects(text: pa.Array) -> pd.Series:
    return pd.Series(text.to_numpy(zero_copy_only=False), dtype=object)


def _utc(times: Any) -> pd.Series:
    return pd.Series(times).dt.tz_localize(None).astype("datetime64[ns]")


def _iso(text: str | None) -> int | None:
    """Nanoseconds since 1970 of a form that `COMMON` leaves out: basic, week, ordinal, 24:00, a decimal comma."""
    found = ISO.fullmatch(text) if text is not None else None
    if found is None:
        return None
    part = found.groupdict()
    day = _day(part)
    if day is None:
        return None
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    fraction = 0
    if part["fraction"]:
        unit = NANOSECONDS if part["second"] else MINUTE if part["minute"] else HOUR
        fraction = int(part["fraction"]) * unit // 10 ** len(part["fraction"])
    clock = hour * HOUR + minute * MINUTE + second * NANOSECONDS + fraction
    if minute > 59 or second > 59 or clock > DAY:
        return None
    offset = _offset(part["offset"] or "Z")
    return None if offset is None else (day - EPOCH).days * DAY + clock - offset


def _day(part: dict[str, str | None]) -> date | None:
    year = int(part["year"] or 0)
    try:
        if part["month"]:
            return date(year, int(part["month"]), int(part["day"] or 0))
        if part["week"]:
            return date.fromisocalendar(year, int(part["week"]), int(part["weekday"] or 0))
        found = date(year, 1, 1) + timedelta(days=int(part["ordinal"] or 0) - 1)
        return found if found.year == year else None
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> int | None:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    offset = hours * HOUR + minutes * MINUTE
    if minutes > 59 or offset > WIDEST_OFFSET:
        return None
    return offset if text[0] == "+" else -offset

"""What a user may write into model.yaml, a command line or a data file: right, nearly right and wrong."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from lightgbm.basic import _ConfigAliases

from studies.fuzz.pipeline.model import AS_OF, FILE, KINDS, NAME, PERIOD, as_yaml, model

WORDS = (
    *(
        "",
        " ",
        "nan",
        "NaN",
        "None",
        "null",
        "NA",
        "true",
        "yes",
        "0",
        "-1",
        "010",
        "1e3",
        "1e-3",
        "1e999",
        "0x10",
        ".inf",
    ),
    *(
        "file",
        "code:own",
        "code:eligible",
        "code:",
        "kind",
        "size",
        "label",
        "time",
        "count",
        "name:kind",
        "0,1",
        "7",
        "%",
    ),
    *(
        "%d/%m/%Y",
        "%Y-%m-%d %H:%M",
        "unix_s",
        "a=b",
        "a b",
        "é",
        "\u2028",
        "😀",
        "gbdt",
        "dart",
        "rf",
        "goss",
        "balanced",
    ),
    *("2026-02-10", "2026-02-10T00:06:50Z", "10/02/2026", "2026-02-30", "../..", "/", "x" * 300),
)
words = st.sampled_from(WORDS) | st.text(max_size=8)
numbers = (
    st.sampled_from([0, 1, -1, 2, 7, 255, 2**24 + 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400, -(10**30)])
    | st.integers(-5, 400)
    | st.sampled_from([0.0, -0.0, 0.5, 1.0, 1e-300, 1e300, 3.5e38, float("nan"), float("inf"), -float("inf")])
    | st.floats(-2, 2)
)
# Place as a share of the file, bytes to put there, and whether the file ends then.
Damage = tuple[float, bytes, bool]
leaves = words | numbers | st.booleans() | st.none() | st.dates(date(1600, 1, 1), date(2400, 1, 1))
junk = st.recursive(leaves, lambda more: st.lists(more, max_size=3) | st.dictionaries(words | leaves, more, max_size=3))


@st.composite
def model_files(draw: st.DrawFn) -> str:
    """The text of a model.yaml with one to three faults, or none."""
    value = model()
    for _ in range(draw(st.integers(0, 3))):
        _spoil(draw, value)
    try:
        text = as_yaml(value)
    except ValueError:
        # A date before the year 1000, for one, has no form in YAML.
        text = as_yaml(model())
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(text)))
        text = (
            text[:place]
            + draw(st.text(max_size=5) | st.sampled_from(["&a ", "*a", "- ", ": ", "{", "\t", "!!int "]))
            + text[place:]
        )
    return text


def _spoil(draw: st.DrawFn, value: Any) -> None:
    """Change, drop or add one value anywhere below `value`."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = value[key]
        if isinstance(inner, dict | list) and draw(st.integers(0, 5)) > 0:
            value = inner
            continue
        action = draw(st.sampled_from(["replace", "replace", "nudge", "nudge", "drop", "add"]))
        if action == "nudge" and isinstance(inner, int | float):
            value[key] = inner + draw(st.sampled_from([-1, 1, 0.5, 3]))
        elif action == "nudge" and isinstance(inner, str):
            value[key] = draw(
                st.sampled_from(["integer", "number", "time", "text", "category", "label", "kind", inner + "s"])
            )
        elif action == "drop":
            del value[key]
        elif action == "add" and isinstance(value, dict):
            value[draw(words)] = draw(junk)
        else:
            value[key] = draw(junk)
        return


parameters = st.sampled_from(
    sorted({name for pair in _ConfigAliases._get_all_param_aliases().items() for name in (pair[0], *pair[1])})
)
# A trial must stay short; the rest may be anything.
settings_of_lightgbm = st.tuples(
    st.sampled_from(["fixed", "fixed", "space"]),
    parameters
    | st.sampled_from(["categorical_feature", "boosting", "num_leaves", "max_cat_threshold", "monotone_constraints"]),
    st.one_of(
        numbers,
        words,
        st.booleans(),
        st.sampled_from(["[1, 2]", "{range: [0, 1]}", "{log_range: [1, 9]}", "2", "0.5", "'0,2'", "'name:kind,count'"]),
    ),
)
overrides = st.builds(
    lambda key, value: f"{key}={value}",
    st.sampled_from(
        [
            *(
                "seed",
                "search.trials",
                "gates.f1",
                "gates.own",
                "clean.max_bad_share",
                "threshold.beta",
                "label",
                "time",
                "features",
            ),
            *(
                "window.history_days",
                "window.test_days",
                "columns.time.format",
                "columns.kind.type",
                "columns.new.type",
                "source",
            ),
            *(
                "source.parameters.path",
                "source.parameters.rename",
                "source.type",
                "eligible",
                "metrics",
                "a.b.c",
                "",
                ".",
                "=",
                "name.x",
            ),
        ]
    ),
    leaves | st.text(max_size=10),
)
days = st.sampled_from(
    ["2026-02-10", "2026-02-14", "20260210", "1600-01-01", "9999-12-31", "0001-01-01", "2026-02-30", "", "x"]
)
tokens = st.one_of(
    st.sampled_from(
        ["train", "rows", "generate", "repackage", NAME, "--json", "--folder", "--set", "--as-of", "--output", "--from"]
    ),
    st.sampled_from(
        ["--to", "--most", "--version", "-x", "--", "1", "0", "-1", "99999999999999999999", "nowhere", "out.txt"]
    ),
    days,
    overrides,
    words,
)


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Arguments that a shell can pass: a sound command with changes, or words in any order."""
    if draw(st.booleans()):
        period = list(PERIOD) if draw(st.booleans()) else ["--from", draw(days), "--to", draw(days)]
        line = ["rows", NAME, "--folder", "MODEL", *period]
        for value in draw(st.lists(overrides, max_size=3)):
            line += ["--set", value]
        if draw(st.booleans()):
            line += ["--most", draw(st.sampled_from(["1", "5", "0", "-1", "x", "9" * 30]))]
    else:
        line = draw(st.lists(tokens, max_size=8))
    return [word.replace("\0", "") for word in line]


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, str, Damage | None]:
    """A small data file: every column of any type, the name of the file, and damage done to its bytes."""
    rows = draw(st.integers(0, 12))
    columns = {name: draw(_column(name, rows)) for name in ("id", "when", "kind", "size", "count", "label")}
    if draw(st.integers(0, 9)) == 0:
        columns.pop(draw(st.sampled_from(sorted(columns))))
    table = pd.DataFrame(columns)
    if draw(st.integers(0, 19)) == 0 and len(columns):
        table = table.rename(columns={table.columns[0]: draw(words)})
    damage = (
        draw(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.booleans())) if draw(st.integers(0, 9)) == 0 else None
    )
    return table, draw(st.sampled_from([FILE, "events.parquet"])), damage


ZONES = (None, UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=4, minutes=30)))
times = st.builds(
    lambda base, zone: base.replace(tzinfo=zone),
    st.datetimes(datetime(2026, 2, 8), datetime(2026, 2, 15))
    | st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1)),
    st.sampled_from(ZONES),
)
written_times = times.map(datetime.isoformat) | st.sampled_from(
    ["2026-02-11", "20260211T10", "2026-W07-3", "2026-042", "now", ""]
)
SOUND = {
    "id": st.integers(0, 10**6),
    "when": st.datetimes(datetime(2026, 2, 9), datetime(2026, 2, 14)).map(datetime.isoformat),
    "kind": st.sampled_from(KINDS),
    "size": st.floats(0, 1000),
    "count": st.integers(0, 100),
    "label": st.integers(0, 1),
}
OF_ONE_TYPE: tuple[st.SearchStrategy[Any], ...] = (
    *(
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(-1, 2),
        st.floats(),
        st.booleans(),
        st.text(max_size=5),
    ),
    *(
        words,
        written_times,
        st.dates(),
        st.binary(max_size=4),
        st.decimals(allow_nan=False, allow_infinity=False, places=2),
    ),
    *(times, st.lists(st.integers(0, 3), max_size=2), st.none()),
)


@st.composite
def _column(draw: st.DrawFn, name: str, rows: int) -> list[Any]:
    sound = SOUND[name]
    if draw(st.integers(0, 3)) > 0:
        return draw(st.lists(sound, min_size=rows, max_size=rows))
    values = draw(st.sampled_from(OF_ONE_TYPE))
    if draw(st.booleans()):
        values = values | st.none()
    if draw(st.integers(0, 4)) == 0:
        values = values | sound
    return draw(st.lists(values, min_size=rows, max_size=rows))


def changed_columns() -> st.SearchStrategy[dict[str, Any]]:
    """A model whose columns have any type, so that every type meets every value."""

    def change(types: dict[str, str], nullable: list[str]) -> dict[str, Any]:
        value = model()
        value["clean"]["max_bad_share"] = 1
        value["window"] = {"history_days": 1, "train_days": 1, "test_days": 1}
        for name, kind in types.items():
            value["columns"][name] = {"type": kind, **({"nullable": True} if name in nullable else {})}
        return value

    types = st.dictionaries(
        st.sampled_from(["id", "kind", "size", "count"]), st.sampled_from(["integer", "number", "time", "text"])
    )
    return st.builds(change, types, st.lists(st.sampled_from(["id", "kind", "size", "count"])))


__all__ = [
    "AS_OF",
    "PERIOD",
    "Damage",
    "changed_columns",
    "command_lines",
    "model_files",
    "settings_of_lightgbm",
    "tables",
]

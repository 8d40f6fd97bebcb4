"""False alarms and delays of the drift alert on the card fraud generator; prints one JSON document.

usage: python studies/drift/simulate.py FOLDER [PATHS]   FOLDER keeps the hourly counts of finished paths
"""

import json
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import rule  # noqa: E402
from paths import FIRST_REFERENCE, NAMES, Served, Traffic, served, traffic  # noqa: E402

WINDOWS = (50, 100, 200, 500, 1_000, 7_000, 10_000, 67_000)
LARGE_WINDOW = 100_000
LARGE_SCALE = 1.5
QUARTER_HOURS = 90 * 24
# Labels of the reference week are known 7 days after it; then the model is trained and serves.
SERVES_FROM = 7 * 24
REFERENCE_STEP = 30
REFERENCES = 4
LONG_PATH = FIRST_REFERENCE + (REFERENCES - 1) * REFERENCE_STEP + 7 + 7 + 7 + 90
CHANGE_DAY = FIRST_REFERENCE + 7 + 7 + 14
WATCHED_DAYS = 28
SHORT_PATH = CHANGE_DAY + WATCHED_DAYS + 1
THINNED = 8
FIXED = (0.1, 0.2)


def change_of(column: str, change: Callable[[Any], Any]) -> Callable[[Traffic], Traffic]:
    def changed(rows: Traffic) -> Traffic:
        x = rows.x.copy()
        after = rows.hour >= CHANGE_DAY * 24
        at = NAMES.index(column)
        x[after, at] = change(x[after, at])
        return Traffic(x, rows.hour, rows.label)

    return changed


BUILT_IN = "fraud pattern (built in)"
# Faults of whoever sends the features.
FAULTS: dict[str, Callable[[Traffic], Traffic]] = {
    "amount 10 % higher": change_of("amount", lambda values: values * np.float32(1.1)),
    "terminal_risk_7d always 0": change_of("terminal_risk_7d", lambda values: values * 0),
}


def cached(folder: Path, name: str, make: Callable[[], list[Served]]) -> list[Served]:
    file = folder / f"{name}.pickle"
    if not file.exists():
        made = make()
        passing = file.with_suffix(".part")
        passing.write_bytes(pickle.dumps(made))
        passing.rename(file)
        sys.stderr.write(f"made {file.name}\n")
    loaded: list[Served] = pickle.loads(file.read_bytes())  # noqa: S301  written by this program
    return loaded


def quiet_path(folder: Path, seed: int, scale: float) -> list[Served]:
    """The models of a path without change, then one per fault of the senders."""

    def make() -> list[Served]:
        rows = traffic(seed, LONG_PATH, scale, None)
        quiet = [served(rows, FIRST_REFERENCE + REFERENCE_STEP * each, seed) for each in range(REFERENCES)]
        early = rows.hour < SHORT_PATH * 24
        short = Traffic(rows.x[early], rows.hour[early], rows.label[early])
        return quiet + [served(fault(short), FIRST_REFERENCE, seed) for fault in FAULTS.values()]

    return cached(folder, f"quiet-{seed}-{scale}", make)


def changed_path(folder: Path, seed: int, scale: float) -> Served:
    """The model that meets the generator's own change."""

    def make() -> list[Served]:
        return [served(traffic(seed, SHORT_PATH, scale, CHANGE_DAY), FIRST_REFERENCE, seed)]

    return cached(folder, f"changed-{seed}-{scale}", make)[0]


def thinned(model: Served, rows: int, start: int, hours: int, random: np.random.Generator) -> Iterator[tuple[Any, Any]]:
    """Each series with the counts of `hours` hours, of which `rows` a week are kept at random."""
    for series in model.series:
        hourly = series.hourly[start : start + hours]
        share = rows / (hourly.sum() / (len(hourly) / rule.WINDOW_HOURS))
        yield series, hourly if share >= 1 else random.binomial(hourly, share)


def firing(model: Served, rows: int, start: int, hours: int, random: np.random.Generator) -> dict[str, list[Any]]:
    """Per rule, one line of flags per series: does it fire at this hour."""
    result: dict[str, list[Any]] = {"rule": [], **{f"fixed {level}": [] for level in FIXED}}
    for series, hourly in thinned(model, rows, start, hours, random):
        look = rule.looks(hourly, series.shares, model.reference_rows, series.noise, len(model.series))
        result["rule"].append(look.psi > look.threshold)
        for level in FIXED:
            result[f"fixed {level}"].append(look.psi > level)
    return result


def bounds(hits: int, of: int) -> list[float]:
    """95 % interval of a share after Clopper and Pearson."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return [round(low, 4), round(high, 4)]


def false_alarms(models: list[Served], rows: int, random: np.random.Generator) -> dict[str, Any]:
    counts: dict[str, list[int]] = {}
    for model in models:
        whole = rows >= 0.95 * model.reference_rows
        for _ in range(1 if whole else THINNED):
            hours = QUARTER_HOURS + rule.WINDOW_HOURS
            for name, flags in firing(model, rows, SERVES_FROM, hours, random).items():
                counts.setdefault(name, []).append(sum(rule.alarms(each) for each in flags))
    return {
        name: {
            "quarters": len(each),
            "per_90d": round(float(np.mean(each)), 3),
            "quarters_with_alarm": sum(count > 0 for count in each),
            "share_bounds": bounds(sum(count > 0 for count in each), len(each)),
        }
        for name, each in counts.items()
    }


def detection(models: list[Served], rows: int, random: np.random.Generator) -> dict[str, Any]:
    """Days from the change to the first alarm, in models that the change found without one."""
    start = (CHANGE_DAY - FIRST_REFERENCE - 7) * 24 - rule.WINDOW_HOURS
    hours = rule.WINDOW_HOURS + WATCHED_DAYS * 24
    delays: dict[str, list[float]] = {}
    for model in models:
        whole = rows >= 0.95 * model.reference_rows
        for _ in range(1 if whole else THINNED):
            for name, flags in firing(model, rows, start, hours, random).items():
                # Look 0 ends at the change.
                hit = np.flatnonzero(np.any(np.array(flags)[:, 1:], axis=0))
                delays.setdefault(name, []).append((hit[0] + 1) / 24 if len(hit) else np.inf)
    return {name: _delay(each) for name, each in delays.items()}


def _delay(delays: list[float]) -> dict[str, Any]:
    missed = sum(np.isinf(delays))
    found = [delay for delay in delays if np.isfinite(delay)]
    return {
        "changes": len(delays),
        "missed": int(missed),
        "missed_bounds": bounds(int(missed), len(delays)),
        "delay_days_median": round(float(np.median(found)), 2) if found else None,
        "delay_days_p90": round(float(np.quantile(found, 0.9)), 2) if found else None,
    }


def main(folder: Path, paths: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    result = []
    for scale, windows, seeds in ((1.0, WINDOWS, paths), (LARGE_SCALE, (LARGE_WINDOW,), max(1, paths // 2))):
        paths_made = [quiet_path(folder, seed, scale) for seed in range(1, seeds + 1)]
        quiet = [model for path in paths_made for model in path[:REFERENCES]]
        changed = {BUILT_IN: [changed_path(folder, seed, scale) for seed in range(1, 2 * seeds + 1)]}
        changed |= {name: [path[REFERENCES + at] for path in paths_made] for at, name in enumerate(FAULTS)}
        for rows in windows:
            random = np.random.default_rng([rows, 9])
            result.append(
                {
                    "rows_per_window": rows,
                    "without_change": false_alarms(quiet, rows, random),
                    "changes": {name: detection(models, rows, random) for name, models in changed.items()},
                }
            )
            sys.stderr.write(f"{rows} rows a window: {json.dumps(result[-1]['without_change']['rule'])}\n")
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)

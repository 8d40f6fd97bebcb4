"""The alert on drift as monitoring/queries/drift.ts states it in PromQL, over hourly counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.noise import psi

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WINDOW_HOURS = 7 * 24
BUDGET_DAYS = 90
LEAST_ROWS = 50
# A window that slides and is looked at every hour has about chi² - k + 1 chances of one that tumbles
# (Aldous 1989, section D), 13 to 25 for two to ten bins.
LOOKS = 25
KEEP_FIRING_HOURS = 24


@dataclass(frozen=True)
class Look:
    """PSI of every hour at which the window is full, and the threshold then; NaN where the rule says nothing."""

    psi: Floats
    threshold: Floats


def alpha(series: int) -> float:
    """Chance of a false alarm that one series may take at one look."""
    return WINDOW_HOURS / 24 / BUDGET_DAYS / series / LOOKS


def normal_quantile(upper_tail: float) -> float:
    """Abramowitz & Stegun 26.2.23, absolute error below 4.5e-4: PromQL has no other."""
    t = float(np.sqrt(-2 * np.log(upper_tail)))
    above = 2.515517 + 0.802853 * t + 0.010328 * t * t
    return t - above / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t**3)


def chi2_quantile(degrees: Floats, z: float) -> Floats:
    """Wilson & Hilferty 1931."""
    spread = 2 / (9 * degrees)
    return np.asarray(degrees * (1 - spread + z * np.sqrt(spread)) ** 3)


def looks(
    hourly: npt.NDArray[np.int32] | npt.NDArray[np.int64],
    shares: Floats,
    reference_rows: int,
    noise: float,
    series: int,
) -> Look:
    """Every hour's look at the week before it."""
    sums = np.concatenate([np.zeros((1, hourly.shape[1])), np.cumsum(hourly, axis=0, dtype=np.float64)])
    window = sums[WINDOW_HOURS:] - sums[:-WINDOW_HOURS]
    rows = window.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found, bins = psi(window, shares)
        degrees = (bins - 1).astype(np.float64)
        threshold = noise * chi2_quantile(degrees, normal_quantile(alpha(series))) * (1 / rows + 1 / reference_rows)
    heard = (rows >= LEAST_ROWS) & (degrees > 0)
    return Look(np.where(heard, found, np.nan), np.where(heard, threshold, np.nan))


def alarms(firing: Flags) -> int:
    """Alarms that a person sees: an alert keeps firing for a day, so shorter gaps do not count."""
    hours = np.flatnonzero(firing)
    if len(hours) == 0:
        return 0
    return 1 + int((np.diff(hours) > KEEP_FIRING_HOURS).sum())

"""How much the population stability index (PSI) varies without drift, beside what independent rows would show.

The same entities come back and windows of 30 days overlap, so served rows are not independent (Rao & Scott 1981).
The alert on drift multiplies its threshold by the noise factor of the feature; the same PSI in PromQL:
monitoring/queries/drift.ts.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from pipeline.examples import Cycle, Examples

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]

# Bins that expect fewer rows join the smallest of the others.
LEAST_EXPECTED = 5.0
# Rows added to every bin: PSI of few rows then exceeds the quantiles of chi-squared about as often as it should.
ADDED_ROWS = 0.5
# With few weeks, and features of two bins, the mean alone would be too low half of the time.
CONFIDENCE = 0.8
WEEK_DAYS = 7


def psi(counts: Floats, shares: Floats) -> tuple[Floats, Ints]:
    """PSI of each line of `counts` against `shares`, and the number of bins that it was computed from.

    NaN where no bin expects enough rows.
    """
    rows = counts.sum(axis=1, keepdims=True)
    expected = rows * shares
    large = expected >= LEAST_EXPECTED
    bins = large.sum(axis=1)
    host = np.where(large, expected, np.inf).argmin(axis=1)
    at_host = np.arange(len(shares)) == host[:, None]
    observed = np.where(large, counts, 0) + at_host * np.where(large, 0, counts).sum(axis=1, keepdims=True)
    expected = np.where(large, expected, 0) + at_host * np.where(large, 0, expected).sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (observed + ADDED_ROWS) / (rows + ADDED_ROWS * bins[:, None])
        q = expected / rows
        parts = np.where(large, (p - q) * np.log(p / q), 0).sum(axis=1)
    return np.where(bins > 0, parts, np.nan), bins


def noise_factor(weeks: Floats, shares: Floats, reference_rows: int) -> float:
    """PSI over its expectation for independent rows: the mean over past weeks at its upper limit, or the noisiest week.

    `weeks` has one line of bin counts per week. A window of 30 days overlaps with that of the week before, so that
    neighbours of the reference look alike; weeks further away, as those to come are, do not. At least 1.
    """
    found, bins = psi(weeks, shares)
    degrees = bins - 1
    used = degrees > 0
    if not used.any():
        return 1.0
    expectation = degrees[used] * (1 / weeks[used].sum(axis=1) + 1 / reference_rows)
    total = float(degrees[used].sum())
    ratios = found[used] / expectation
    mean = float(np.average(ratios, weights=degrees[used]))
    return max(1.0, mean * total / float(chi2.ppf(1 - CONFIDENCE, total)), float(ratios.max()))


def bin_counts(histogram: Mapping[str, Any], values: Values) -> Ints:
    """Rows per bin of a reference histogram, missing values last."""
    edges = np.asarray(histogram["edges"], dtype=np.float32)
    missing = np.isnan(values)
    bins = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(bins, minlength=len(edges) + 2).astype(np.int64)


def with_noise_factors(
    reference: Mapping[str, Any], weeks: Sequence[Examples], scores: Sequence[npt.NDArray[Any]]
) -> dict[str, Any]:
    """Add `noise_factor` to each histogram of a reference, measured on whole weeks before it.

    `scores` holds those of each week. Without a week the reference stays as it is: no noise factor is a state of its
    own, which raises no alert.
    """
    if not weeks:
        return dict(reference)

    def added(histogram: Mapping[str, Any], columns: Sequence[Values]) -> dict[str, Any]:
        shares = np.array([*histogram["shares"], histogram["missing"]], dtype=np.float64)
        counts = np.array([bin_counts(histogram, values) for values in columns], dtype=np.float64)
        return {**histogram, "noise_factor": noise_factor(counts, shares, reference["rows"])}

    features = {
        name: added(histogram, [week.x[name].to_numpy() for week in weeks])
        for name, histogram in reference["features"].items()
    }
    score = added(reference["score"], [np.asarray(each, dtype=np.float32) for each in scores])
    return {**reference, "features": features, "score": score}


def weeks_before(examples: Examples, cycle: Cycle) -> list[Examples]:
    """Whole weeks with rows before the test rows of `cycle`, oldest first, back to the earliest training rows."""
    first = cycle.earlier().start
    count = (cycle.test_start - first).days // WEEK_DAYS
    starts = [cycle.test_start - timedelta(weeks=count - week) for week in range(count)]
    weeks = [examples.during(start, WEEK_DAYS) for start in starts]
    return [week for week in weeks if len(week)]

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from pipeline.noise import bin_counts, noise_factor, psi

SAMPLE = json.loads((Path(__file__).parents[1] / "monitoring/promtool/psi-sample.json").read_text())
SHARES = np.full(10, 0.1)


def test_psi_equals_that_of_promql() -> None:
    rows = np.array([SAMPLE["rows_per_step"]]) * SAMPLE["steps"]
    found, bins = psi(rows, np.array(SAMPLE["shares"]))
    assert bins[0] == SAMPLE["bins"]
    assert found[0] == pytest.approx(SAMPLE["psi"], rel=1e-12)


def test_the_chi_squared_quantile_holds_for_few_rows() -> None:
    counts = np.random.default_rng(1).multinomial(50, SHARES, size=200_000).astype(np.float64)
    found, bins = psi(counts, SHARES)
    assert np.all(bins == 10)
    assert (50 * found > chi2.isf(1e-3, 9)).mean() < 2e-3


def test_small_bins_join_the_smallest_of_the_others() -> None:
    found, bins = psi(np.array([[50.0, 47.0, 3.0, 0.0]]), np.array([0.5, 0.45, 0.03, 0.02]))
    joined, _ = psi(np.array([[50.0, 50.0]]), np.array([0.5, 0.5]))
    assert bins[0] == 2
    assert found[0] == pytest.approx(joined[0])


def test_no_rows_have_no_psi() -> None:
    found, bins = psi(np.zeros((1, 10)), SHARES)
    assert np.isnan(found[0])
    assert bins[0] == 0


def test_independent_rows_have_little_noise() -> None:
    weeks = np.random.default_rng(2).multinomial(10_000, SHARES, size=4).astype(np.float64)
    assert 1 <= noise_factor(weeks, SHARES, 10_000) < 2


def test_rows_in_groups_of_ten_are_ten_times_as_noisy() -> None:
    weeks = np.random.default_rng(3).multinomial(1_000, SHARES, size=4).astype(np.float64) * 10
    assert 7 < noise_factor(weeks, SHARES, 10**9) < 25


def test_missing_values_are_the_last_bin() -> None:
    values = np.array([0, 1, 2, np.nan], dtype=np.float32)
    assert bin_counts({"edges": [1.0]}, values).tolist() == [2, 1, 1]

"""Measures the default recipe on the data and the split published by the Fraud Detection Handbook."""

import json
import os
import platform
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline import errors
from pipeline.config import load_model
from pipeline.examples import Cycle, Examples
from pipeline.progress import Progress
from pipeline.run import learn
from pipeline.settings import ROOT, Settings
from pipeline.sources.table_file import TableFile
from pipeline.steps.collect import period
from pipeline.steps.evaluate import ranking

COLUMNS = {
    "TRANSACTION_ID": "transaction_id",
    "TX_DATETIME": "time",
    "CUSTOMER_ID": "customer_id",
    "TERMINAL_ID": "terminal_id",
    "TX_AMOUNT": "amount",
    "TX_FRAUD": "fraud",
}
# The day at whose start all labels of the published test week (2018-08-08 to 14) are known.
AS_OF = date(2018, 8, 22)
COUNTS = {"training rows": 67_240, "training frauds": 598, "test rows": 58_264, "test frauds": 385}
METRICS = ("auc_roc", "average_precision", "card_precision_100")
# Handbook, chapter 3, "Baseline fraud detection system": default settings of each library.
PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    "logistic regression, published": (0.871, 0.606, 0.291),
    "random forest, published": (0.867, 0.658, 0.287),
    "XGBoost, published": (0.862, 0.639, 0.273),
}


def run_handbook(path: Path, output: Path | None, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Train the fraud model's default recipe on the file at `path`, print and write the comparison."""
    config = load_model("fraud", ["window.train_days=7", "window.test_days=7"])
    source = TableFile(str(path), COLUMNS)
    wanted = period(config, AS_OF)
    with tempfile.TemporaryDirectory() as folder:
        learnt = learn(config, source, wanted, Path(folder), progress, lambda rows: _check_split(rows, wanted.cycle))
    cycle = wanted.cycle
    with progress.step("baseline") as step:
        baseline = _logistic_regression(cycle.train(learnt.examples), cycle.test(learnt.examples))
        step.done(f"logistic regression: average precision {baseline['average_precision']:.3f}")
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": settings.git_commit,
        "machine": machine(),
        "seconds": round(progress.elapsed, 1),
        "split": COUNTS,
        "ours": {name: learnt.metrics[name] for name in METRICS},
        "logistic_regression_measured": {name: baseline[name] for name in METRICS},
        "published": {name: dict(zip(METRICS, values, strict=True)) for name, values in PUBLISHED.items()},
        "validation": learnt.trained.validation,
        "parameters": {**learnt.trained.parameters, "rounds": learnt.trained.rounds},
        "seed": config.seed,
    }
    folder_out = output or ROOT / "docs" / "results"
    table = _table(result)
    try:
        folder_out.mkdir(parents=True, exist_ok=True)
        (folder_out / "handbook.json").write_text(json.dumps(result, indent=2) + "\n")
        (folder_out / "handbook.md").write_text(_page(result, table))
    except OSError as error:
        raise errors.unwritable(folder_out, str(error.strerror)) from error
    progress.result(result, table)
    return result


def _check_split(examples: Examples, cycle: Cycle) -> None:
    train, test = cycle.train(examples), cycle.test(examples)
    counts = dict(zip(COUNTS, (len(train), train.positives, len(test), test.positives), strict=True))
    if counts != COUNTS:
        raise errors.wrong_split(errors.names(f"{count:,} {name}" for name, count in counts.items()))


def _logistic_regression(train: Examples, test: Examples) -> dict[str, float]:
    """The handbook's own baseline, by the same features and split: it proves that the protocol is the published one."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train.x, train.label)
    return ranking(test, model.predict_proba(test.x)[:, 1])


def machine() -> str:
    """The machine in words, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}"


def _table(result: Mapping[str, Any]) -> list[str]:
    rows = {
        "**this recipe** (LightGBM)": result["ours"],
        "logistic regression, measured here": result["logistic_regression_measured"],
        **result["published"],
    }
    return [
        "| model | AUC ROC | average precision | card precision@100 |",
        "|---|---|---|---|",
        *(f"| {name} | {' | '.join(f'{values[metric]:.3f}' for metric in METRICS)} |" for name, values in rows.items()),
    ]


def _page(result: Mapping[str, Any], table: list[str]) -> str:
    split = ", ".join(f"{count:,} {name}" for name, count in result["split"].items())
    chosen = result["validation"]["average_precision"]
    settings = ", ".join(f"`{name}` {value}" for name, value in result["parameters"].items())
    return "\n".join(
        [
            "# The default recipe on the Fraud Detection Handbook's data",
            "",
            *table,
            "",
            f"Split: {split}.",
            "Training 2018-07-25 to 31, labels 7 days late, test 2018-08-08 to 14, cards with known fraud left out.",
            "The recipe is `models/fraud` as it stands: same features, same search, same seed. Settings, number of",
            "trees and threshold were chosen on an earlier cycle (training 2018-07-11 to 17, validation 2018-07-25",
            f"to 31, average precision {chosen:.3f}); the test rows took no part.",
            "The logistic regression measured here shows that features and protocol are the published ones.",
            "",
            f"Chosen: {settings}.",
            "",
            f"Measured {result['date']} at commit {result['commit']} on {result['machine']}, in {result['seconds']} s.",
            "Repeat: `python -m pipeline handbook handbook_raw.parquet`.",
            "",
        ]
    )

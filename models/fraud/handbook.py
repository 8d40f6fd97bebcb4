"""The protocol of the Fraud Detection Handbook: its columns and split, and the figures published for them."""

from collections.abc import Mapping
from datetime import date

from pipeline.errors import PipelineError, names
from pipeline.examples import Cycle, Examples

from .blocked_cards import not_blocked

# Handbook column name → ours.
COLUMNS = {
    "TRANSACTION_ID": "transaction_id",
    "TX_DATETIME": "time",
    "CUSTOMER_ID": "customer_id",
    "TERMINAL_ID": "terminal_id",
    "TX_AMOUNT": "amount",
    "TX_FRAUD": "fraud",
}
# The day by whose start all labels of the published test week (2018-08-08 to 14) are known.
AS_OF = date(2018, 8, 22)
WINDOW = {"train_days": 7, "test_days": 7}
COUNTS = {"training rows": 67_240, "training frauds": 598, "test rows": 58_264, "test frauds": 385}
METRICS = ("auc_roc", "average_precision", "card_precision_100")
# Chapter 3, "Baseline fraud detection system": default settings of each library.
PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    "logistic regression, published": (0.871, 0.606, 0.291),
    "random forest, published": (0.867, 0.658, 0.287),
    "XGBoost, published": (0.862, 0.639, 0.273),
}


def require_published_split(examples: Examples, cycle: Cycle) -> None:
    """Raise unless the numbers of training and test rows match the published ones."""
    train, test = cycle.train(examples), cycle.test(examples, not_blocked)
    counts = dict(zip(COUNTS, (len(train), train.positives, len(test), test.positives), strict=True))
    if counts != COUNTS:
        raise PipelineError(
            "the published split does not come out of this data",
            got=_counted(counts),
            expected=_counted(COUNTS),
            fix="give the unmodified data of the Fraud Detection Handbook",
        )


def _counted(counts: Mapping[str, int]) -> str:
    return names(f"{count:,} {what}" for what, count in counts.items())

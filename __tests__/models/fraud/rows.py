"""Examples of a few rows, for rules about cards."""

import pandas as pd

from pipeline.examples import Examples


def examples(*rows: tuple[int, int, int]) -> Examples:
    """Rows of (day of January, card, label), all at noon."""
    table = pd.DataFrame(rows, columns=["day", "customer_id", "label"])
    time = pd.Timestamp("2025-12-31 12:00") + pd.to_timedelta(table["day"], unit="D")
    return Examples(table[["day"]].astype("float32"), table["label"], time, table[["customer_id"]])

"""The 15 features of the card fraud model, following the Fraud Detection Handbook.

Labels enter only through a terminal's past fraud share, and only once they are `label_delay_days` old: the moment at
which they would be known in production.
"""

import pandas as pd

from pipeline.windows import Windows

WINDOW_DAYS = (1, 7, 30)
SATURDAY = 5
LAST_NIGHT_HOUR = 6


def features(events: pd.DataFrame, label_delay_days: int) -> pd.DataFrame:
    """Turn transactions into model inputs.

    `events` has the columns `time`, `customer_id`, `terminal_id`, `amount` and `fraud` (0 or 1). The result has the
    same index and, in the order of model.yaml, one column per feature. Rows need 37 earlier days (30 of window, 7 of
    delay) for exact values.
    """
    time = events["time"]
    customer = Windows(events["customer_id"], time)
    terminal = Windows(events["terminal_id"], time)
    columns = {
        "amount": events["amount"],
        "during_weekend": (time.dt.weekday >= SATURDAY).astype(float),
        "during_night": (time.dt.hour <= LAST_NIGHT_HOUR).astype(float),
    }
    for days in WINDOW_DAYS:
        columns[f"customer_count_{days}d"] = customer.count(days)
        columns[f"customer_amount_{days}d"] = customer.mean(events["amount"], days)
    for days in WINDOW_DAYS:
        columns[f"terminal_count_{days}d"] = terminal.count(days, label_delay_days)
        columns[f"terminal_risk_{days}d"] = terminal.mean(events["fraud"], days, label_delay_days)
    return pd.DataFrame(columns, index=events.index)

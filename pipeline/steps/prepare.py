"""Turn clean events into labelled examples with the model's features.py."""

import numpy as np
import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.examples import Examples


def prepare(config: ModelConfig, events: pd.DataFrame) -> Examples:
    """One example per event, features as the float32 values that the served model will be given.

    Categories become their position in the list of model.yaml, as the server encodes them. Without a features.py the
    features are columns of the events.
    """
    odd = set(events[config.label].unique()) - {0, 1}
    if odd:
        raise errors.bad_label(config.label, sorted(odd, key=str))
    make = config.code.features
    made = make(events, config.label_delay_days) if make else events
    maker = "features.py" if make else "the data"
    missing = [name for name in config.feature_names if name not in made]
    if missing:
        raise errors.bad_features(maker, f"no column {errors.names(missing)}")
    if not made.index.equals(events.index):
        raise errors.bad_features(maker, f"{len(made)} rows for {len(events)} events")
    columns = {}
    for feature in config.features:
        values = made[feature["name"]]
        if feature["type"] == "category":
            codes = pd.Categorical(values, categories=feature["categories"]).codes
            values = pd.Series(np.where(codes < 0, np.nan, codes), index=made.index)
        if values.isna().any() and not feature.get("nullable"):
            raise errors.bad_features(maker, f"{int(values.isna().sum())} empty values of {feature['name']}")
        columns[feature["name"]] = values.astype(np.float32)
    x = pd.DataFrame(columns, index=events.index)
    return Examples(x, events[config.label].astype(np.int64), events[config.time], events)

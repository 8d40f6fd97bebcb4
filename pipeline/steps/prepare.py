"""Turn clean events into labelled examples with the model's features.py."""

import numpy as np
import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.examples import Examples
from pipeline.guard import guarded
from pipeline.served import as_served


def prepare(config: ModelConfig, events: pd.DataFrame) -> Examples:
    """One example per event, features as the float32 values that the served model will be given.

    Categories become their position in the list of model.yaml, as the server encodes them. Without a features.py the
    features are columns of the events.
    """
    odd = set(events[config.label].unique()) - {0, 1}
    if odd:
        raise errors.bad_label(config.label, sorted(odd, key=str))
    make = config.code.features
    maker = "features.py" if make else "the data"
    made: object = guarded("features.py", make, events, config.label_delay_days) if make else events
    if not isinstance(made, pd.DataFrame):
        raise errors.bad_features(maker, f"a {type(made).__name__}")
    missing = [name for name in config.feature_names if name not in made]
    if missing:
        raise errors.bad_features(maker, f"no column {errors.names(missing)}")
    repeated = [name for name in config.feature_names if list(made.columns).count(name) > 1]
    if repeated:
        raise errors.bad_features(maker, f"two columns {repeated[0]}")
    if not made.index.equals(events.index):
        raise errors.bad_features(maker, f"{len(made)} rows for {len(events)} events")
    columns = {feature["name"]: as_served(feature, made[feature["name"]], maker) for feature in config.features}
    x = pd.DataFrame(columns, index=events.index)
    return Examples(x, events[config.label].astype(np.int64), events[config.time], events)

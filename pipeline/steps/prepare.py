"""Turn clean events into labelled examples with the features.py of the model."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.examples import Examples

MakeFeatures = Callable[[pd.DataFrame, int], pd.DataFrame]


def prepare(config: ModelConfig, events: pd.DataFrame) -> Examples:
    """One example per event, features as the float32 values that the served model will be given.

    Categories become their position in the list of model.yaml, as the server encodes them. Without a features.py the
    features are columns of the events.
    """
    file = config.folder / "features.py"
    made = _load(file)(events, config.label_delay_days) if file.is_file() else events
    missing = [name for name in config.feature_names if name not in made]
    if missing:
        raise errors.bad_features_module(file.name, f"no column {errors.names(missing)}")
    if not made.index.equals(events.index):
        raise errors.bad_features_module(file.name, f"{len(made)} rows for {len(events)} events")
    columns = {}
    for feature in config.features:
        values = made[feature["name"]]
        if feature["type"] == "category":
            codes = pd.Categorical(values, categories=feature["categories"]).codes
            values = pd.Series(np.where(codes < 0, np.nan, codes), index=made.index)
        if values.isna().any() and not feature.get("nullable"):
            raise errors.bad_features_module(file.name, f"{int(values.isna().sum())} empty values of {feature['name']}")
        columns[feature["name"]] = values.astype(np.float32)
    x = pd.DataFrame(columns, index=events.index)
    return Examples(x, events[config.label].astype(np.int64), events[config.entity], events[config.time])


def _load(file: Path) -> MakeFeatures:
    spec = importlib.util.spec_from_file_location(f"features_of_{file.parent.name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        function: MakeFeatures = module.features
    except Exception as error:
        raise errors.bad_features_module(file.name, f"{type(error).__name__}: {error}") from error
    return function

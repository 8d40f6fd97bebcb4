"""What tests of the pipeline and of the fraud model share."""

from datetime import date

import pandas as pd
import pytest

from __tests__.models.fraud.small import SMALL
from models.fraud.source import CardFraud
from pipeline.config import ModelConfig, load_model


@pytest.fixture
def small() -> ModelConfig:
    return load_model("fraud", SMALL)


@pytest.fixture(scope="session")
def transactions() -> pd.DataFrame:
    """60 days of about 800 transactions."""
    source = CardFraud(
        seed=3, customers=400, terminals=800, radius=10, compromised_terminals=1, compromised_customers=1
    )
    return source.collect(date(2026, 1, 1), date(2026, 3, 1))

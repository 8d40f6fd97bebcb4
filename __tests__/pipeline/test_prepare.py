"""From clean events to examples."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import load_model
from pipeline.errors import PipelineError
from pipeline.steps.prepare import prepare

PARCELS = Path(__file__).parent / "fixtures" / "parcels"


@pytest.mark.parametrize(("labels", "got"), [([-1, 0, 1], "-1"), ([0, 1, 2], "2"), ([0, 1, 0.5], "0.5")])
def test_a_label_other_than_0_and_1_is_refused_by_its_value(labels: list[float], got: str) -> None:
    config = load_model("parcels", folder=PARCELS)
    time = pd.Timestamp("2026-01-01")
    events = pd.DataFrame({"posted": [time] * 3, "depot": "north", "kilograms": 1.0, "express": 0, "late": labels})
    with pytest.raises(PipelineError) as caught:
        prepare(config, events)
    assert caught.value.as_dict() == {
        "what": "column late is not a valid label",
        "got": got,
        "expected": "0 or 1 in every row",
        "fix": "fix the data source, or quarantine such rows: columns.late.values: [0, 1] in model.yaml",
    }

"""Events from one Parquet or CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import pandas as pd

from pipeline import errors
from pipeline.sources.base import check_parameters


@dataclass(frozen=True)
class TableFile:
    """A file with one event per row.

    `path` ends in .parquet or .csv; `rename` maps the file's column names to those of model.yaml; `time` is the name
    of the time column after renaming.
    """

    path: str
    rename: dict[str, str] = field(default_factory=dict)
    time: str = "time"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        return cls(**check_parameters("file", cls, parameters))

    def collect(self, start: date, end: date) -> pd.DataFrame:
        """Rows of the period, and rows with an unreadable time, which the clean step counts."""
        path = Path(self.path)
        try:
            table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise errors.source_file(path, str(error)) from error
        table = table.rename(columns=self.rename)
        if self.time not in table:
            raise errors.missing_columns([self.time], table.columns)
        time = pd.to_datetime(table[self.time], errors="coerce")
        kept = time.isna() | ((time >= pd.Timestamp(start)) & (time < pd.Timestamp(end)))
        return table[kept].reset_index(drop=True)

    def describe(self) -> dict[str, Any]:
        return {"type": "file", "file": Path(self.path).name}

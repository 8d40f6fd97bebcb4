"""Events from one Parquet or CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline import errors
from pipeline.reading import read_column
from pipeline.sources.base import check_parameters

TIME: Mapping[str, Any] = {"type": "time"}


@dataclass(frozen=True)
class TableFile:
    """A file with one event per row.

    `path` ends in .parquet or .csv; `rename` maps the file's column names to those of model.yaml; `time` is the name
    of the time column after renaming. A CSV file is UTF-8, with commas and a line of names.
    """

    path: str
    rename: dict[str, str] = field(default_factory=dict)
    time: str = "time"
    # No parameter: columns.<time> of model.yaml.
    rule: Mapping[str, Any] = field(default_factory=lambda: TIME, metadata={"parameter": False})

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        source = cls(**check_parameters("file", cls, parameters))
        if Path(source.path).suffix.lower() not in READERS:
            raise errors.source_parameter("file", "path", source.path, f"a file named *{errors.names(READERS)}")
        targets = list(source.rename.values())
        for name in targets:
            if targets.count(name) > 1:
                raise errors.source_parameter("file", "rename", f"{name} twice", "each new name once")
        return source

    def with_columns(self, columns: Mapping[str, Mapping[str, Any]], time: str) -> Self:
        """The same file, its times read as model.yaml declares them."""
        if self.time not in (time, TableFile.time):
            fix = "leave it out: model.yaml names the time of an event"
            raise errors.source_parameter("file", "time", self.time, time, fix)
        return replace(self, time=time, rule=columns[time])

    def collect(self, start: date, end: date) -> pd.DataFrame:
        """Rows of the period, and rows with an unreadable time, which the clean step counts.

        Nothing is guessed: values of a CSV file stay texts, those of a Parquet file keep their types.
        """
        table = self._named(_read(Path(self.path)))
        times = read_column(table.column(self.time).to_pandas(types_mapper=pd.ArrowDtype), self.rule).values
        inside = (times >= pd.Timestamp(start)) & (times < pd.Timestamp(end))
        kept = np.asarray(times.isna() | inside, dtype=np.bool_)
        found: pd.DataFrame = table.filter(pa.array(kept)).to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
        return found

    def describe(self) -> dict[str, Any]:
        return {"type": "file", "file": Path(self.path).name}

    def _named(self, table: pa.Table) -> pa.Table:
        """The table with the names of model.yaml, each once."""
        for name in self.rename:
            if name not in table.column_names:
                fix = errors.did_you_mean(name, table.column_names, f"remove {name} from source.parameters.rename")
                expected = f"a column of the file: {errors.names(table.column_names)}"
                raise errors.source_parameter("file", "rename", name, expected, fix)
        names = [self.rename.get(name, name) for name in table.column_names]
        for name in names:
            if names.count(name) > 1:
                raise errors.repeated_column(name, self.path)
        if self.time not in names:
            raise errors.missing_columns([self.time], names)
        return table.rename_columns(names)


def _read(path: Path) -> pa.Table:
    try:
        return READERS[path.suffix.lower()](path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise errors.source_file(path, " ".join(str(error).split())) from error


def _read_csv(path: Path) -> pa.Table:
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    # Types are declared in model.yaml; a type guessed from the first rows would change values.
    with pa.csv.open_csv(path, parse_options=parse) as reader:
        names = reader.schema.names
    texts = pa.csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    return pa.csv.read_csv(path, parse_options=parse, convert_options=texts)


def _read_parquet(path: Path) -> pa.Table:
    return pa.parquet.read_table(path, partitioning=None)


READERS = {".parquet": _read_parquet, ".csv": _read_csv}

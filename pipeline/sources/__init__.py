"""Where transactions come from. A new kind of source is one more class and one more line here."""

from collections.abc import Mapping
from typing import Any

from pipeline.sources.base import Source
from pipeline.sources.card_fraud import CardFraud
from pipeline.sources.table_file import TableFile

SOURCES: dict[str, type[Source]] = {"card-fraud": CardFraud, "file": TableFile}


def open_source(kind: str, parameters: Mapping[str, Any]) -> Source:
    """Open the source that model.yaml names; `kind` is a key of `SOURCES` (the schema sees to that)."""
    return SOURCES[kind].from_parameters(parameters)


__all__ = ["SOURCES", "Source", "open_source"]

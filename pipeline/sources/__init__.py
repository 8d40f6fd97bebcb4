"""Data sources: those that every model can use, and the interface of custom ones."""

from pipeline.sources.base import Source, check_parameters, parameter
from pipeline.sources.table_file import TableFile

BUILT_IN: dict[str, type[Source]] = {"file": TableFile}

__all__ = ["BUILT_IN", "Source", "TableFile", "check_parameters", "parameter"]

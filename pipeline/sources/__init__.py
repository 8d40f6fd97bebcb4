"""Where events come from: the sources every model may use, and what a model's own source must offer."""

from pipeline.sources.base import Source, check_parameters
from pipeline.sources.table_file import TableFile

BUILT_IN: dict[str, type[Source]] = {"file": TableFile}

__all__ = ["BUILT_IN", "Source", "TableFile", "check_parameters"]

"""Reads a column as its declared type: every value exactly, or not at all."""

from pipeline.reading.columns import NUMBER, Read, read_column
from pipeline.reading.times import UNIX_FORMATS, check_format

__all__ = ["NUMBER", "UNIX_FORMATS", "Read", "check_format", "read_column"]

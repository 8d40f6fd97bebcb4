"""From data to a packaged, registered model: the steps behind `python -m pipeline`."""

__version__ = "0.1.0"

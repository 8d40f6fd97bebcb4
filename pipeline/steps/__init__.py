"""The steps from data to a packaged model, one module each, in the order they run."""

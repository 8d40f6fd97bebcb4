"""`python -m studies.handbook FILE`."""

import argparse
import sys
from pathlib import Path

from pipeline.cli import run_command, stop_on_sigterm
from pipeline.progress import Progress


def main() -> int:
    """Measure the recipe on the file that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m studies.handbook", description=__doc__)
    parser.add_argument("path", type=Path, help="the handbook's transactions, a Parquet file")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the results (default: docs/results)")
    parser.add_argument("--json", action="store_true", help="JSON lines even where a person reads")
    options = parser.parse_args()
    progress = Progress(as_json=True if options.json else None)

    def measure() -> None:
        from studies.handbook.study import run_study

        run_study(options.path, options.output, progress)

    return run_command(progress, measure)


if __name__ == "__main__":
    stop_on_sigterm()
    sys.exit(main())

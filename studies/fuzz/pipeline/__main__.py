"""Prints as JSON how many cases ran and how many ended unexpectedly. usage: python -m studies.fuzz.pipeline

Exit code 1 when there are unexpected errors; each kind is shown once on standard error.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from studies.fuzz.pipeline.attempt import inside
from studies.fuzz.pipeline.run import FULL_CASES, run_cases


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m studies.fuzz.pipeline", description=__doc__)
    parser.add_argument("--cases", type=int, default=FULL_CASES, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        outcomes, found = run_cases(options.cases, options.seed, Path(folder))
    for unexpected, times in Counter(found).most_common(20):
        sys.stderr.write(f"{times} times:\n{unexpected}\n\n")
    ended = {f"{kind}, {outcome}": count for (kind, outcome), count in sorted(outcomes.items())}
    sys.stderr.write(json.dumps(ended) + "\n")
    sys.stdout.write(
        json.dumps({"pipeline_cases": outcomes.total(), "unexpected_errors": len(found), "seed": options.seed}) + "\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

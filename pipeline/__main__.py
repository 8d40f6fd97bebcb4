"""`python -m pipeline`."""

import sys

from pipeline.cli import main, stop_on_sigterm

if __name__ == "__main__":
    stop_on_sigterm()
    sys.exit(main(sys.argv[1:]))

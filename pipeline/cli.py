"""The command line: train a model, write events of its data source, or print them as the served model is asked.

Exit codes: 0 done, 1 an error that says what to do, 2 the command line was not understood, 130 interrupted.
"""

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Never

from pipeline import errors
from pipeline.progress import Progress
from pipeline.settings import read_settings

# Times in nanoseconds begin in 1677 and end in 2262; windows reach back from here.
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2200, 1, 1)
WRITERS = (".parquet", ".csv")


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        # A prefix that means one option today means two tomorrow.
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> Never:
        raise errors.usage(message)


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code."""
    # Read by hand: when argparse fails, its result is not available.
    # Standard output of `rows` is for the rows.
    stream = sys.stderr if list(arguments[:1]) == ["rows"] else None
    progress = Progress(as_json=True if "--json" in arguments else None, stream=stream)
    try:
        options = _parser().parse_args(arguments)
    except errors.PipelineError as error:
        progress.error(error.as_dict(), str(error))
        return 2
    commands = {"train": _train, "repackage": _repackage, "generate": _generate, "rows": _rows}
    return run_command(progress, lambda: commands[options.command](options, progress))


def run_command(progress: Progress, command: Callable[[], None]) -> int:
    """Run `command`, report a failure, and return the exit code."""
    try:
        command()
    except errors.PipelineError as error:
        progress.error(error.as_dict(), str(error))
        return 1
    except MemoryError:
        exhausted = errors.out_of_memory()
        progress.error(exhausted.as_dict(), str(exhausted))
        return 1
    except KeyboardInterrupt:
        interrupted = errors.interrupted()
        progress.error(interrupted.as_dict(), str(interrupted))
        return 130
    except Exception as error:
        traceback.print_exc()
        unexpected = errors.unexpected(f"{type(error).__name__}: {error}")
        progress.error(unexpected.as_dict(), str(unexpected))
        return 1
    return 0


def stop_on_sigterm() -> None:
    """End as on Ctrl-C: as process 1 of a container, Python would ignore an unhandled signal."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="JSON lines even where a person reads")
    model = _Parser(add_help=False)
    model.add_argument("model", help="name of the model, as in its model.yaml")
    model.add_argument(
        "--folder", type=Path, metavar="DIR", help="its folder (default: the one under models/ so named)"
    )
    model.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a value of model.yaml")
    parser = _Parser(prog="python -m pipeline", description="From data to a packaged, registered model.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("train", parents=[common, model], help="train, register and package a model")
    command.add_argument("--as-of", metavar="DATE", help="use what was known at this day's start, UTC (default: today)")
    command.add_argument("--output", type=Path, metavar="DIR", help="folder for the package and the quarantined rows")
    command = commands.add_parser("repackage", parents=[common], help="put a version on the model server of BASE_IMAGE")
    command.add_argument("model", help="name of the model, as registered")
    command.add_argument("--version", required=True, type=_version, metavar="N", help="the version whose package it is")
    command = commands.add_parser("generate", parents=[common, model], help="write events of a model's data source")
    command.add_argument("--from", dest="start", required=True, metavar="DATE", help="first day")
    command.add_argument("--to", dest="end", required=True, metavar="DATE", help="day after the last")
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help="a .parquet or .csv file")
    command = commands.add_parser("rows", parents=[common, model], help="print rows as the served model is asked")
    command.add_argument("--from", dest="start", required=True, metavar="DATE", help="first day")
    command.add_argument("--to", dest="end", required=True, metavar="DATE", help="day after the last")
    command.add_argument("--most", type=_count, metavar="N", help="at most so many, spread evenly over the period")
    return parser


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 999999999, got {text!r:.80}")


def _version(text: str) -> str:
    return str(_count(text))


def _train(options: argparse.Namespace, progress: Progress) -> None:
    # Imported late, here and below: it takes seconds, during which no signal handler would be installed.
    from pipeline.config import load_model
    from pipeline.run import run_training

    as_of = parse_date("--as-of", options.as_of) if options.as_of else datetime.now(UTC).date()
    config = load_model(options.model, options.set, options.folder)
    result = run_training(config, as_of, read_settings(config.folder), options.output, progress)
    progress.result(result, [f"{result['model']} version {result['version']} in {progress.elapsed:.1f} s"])


def _repackage(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.repackage import repackage
    from pipeline.settings import ROOT

    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(ROOT / "pipeline")
        result = repackage(options.model, options.version, settings, Path(folder), progress)
    progress.result(result, [f"{result['model']} version {result['version']} in {progress.elapsed:.1f} s"])


def _generate(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.config import load_model
    from pipeline.guard import guarded

    start, end = parse_date("--from", options.start), parse_date("--to", options.end)
    if options.output.suffix not in WRITERS:
        raise errors.bad_output_file(options.output, WRITERS)
    config = load_model(options.model, options.set, options.folder)
    with progress.step("generate") as step:
        kind = config.source["type"]
        events = guarded(f"data source {kind}", config.open_source().collect, start, _after(start, end))
        try:
            if options.output.suffix == ".csv":
                events.to_csv(options.output, index=False)
            else:
                events.to_parquet(options.output, index=False)
        except OSError as error:
            raise errors.unwritable(options.output, error.strerror or str(error)) from error
        step.done(f"{len(events):,} events in {options.output}", rows=len(events))


def _rows(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.config import load_model
    from pipeline.steps.rows import as_json_lines, rows

    start, end = parse_date("--from", options.start), parse_date("--to", options.end)
    config = load_model(options.model, options.set, options.folder)
    with progress.step("rows") as step, tempfile.TemporaryDirectory() as passing:
        found = rows(config, start, _after(start, end), Path(passing) / "quarantine.csv", options.most)
        step.done(f"{len(found):,} rows from {start} up to {end}", rows=len(found))
    try:
        for line in as_json_lines(config, found):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _after(start: date, end: date) -> date:
    if end <= start:
        raise errors.empty_period(start, end)
    return end


def parse_date(option: str, text: str) -> date:
    """Read a date of the command line."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise errors.bad_date(option, text) from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise errors.bad_date(option, text)
    return found

"""The command line: train a model, generate data, or measure the recipe on the handbook's data.

Exit codes: 0 done, 1 an error that says what to do, 2 the command line was not understood, 130 interrupted.
"""

import argparse
import signal
import traceback
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Never

from pipeline import errors
from pipeline.config import load_model, parse_date
from pipeline.progress import Progress
from pipeline.settings import read_settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        raise errors.usage(message)


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code."""
    # argparse has not spoken yet when it fails, so the wish for JSON is read by hand.
    progress = Progress(as_json=True if "--json" in arguments else None)
    try:
        options = _parser().parse_args(arguments)
    except errors.PipelineError as error:
        progress.error(error.as_dict(), str(error))
        return 2
    try:
        {"train": _train, "generate": _generate, "handbook": _handbook}[options.command](options, progress)
    except errors.PipelineError as error:
        progress.error(error.as_dict(), str(error))
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
    """End as on Ctrl-C: as process 1 of a container, Python would ignore a signal that nobody handles."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="JSON lines even on a terminal")
    model = _Parser(add_help=False)
    model.add_argument("model", help="name of a folder under models/")
    model.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a value of model.yaml")
    parser = _Parser(prog="python -m pipeline", description="From data to a packaged, registered model.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("train", parents=[common, model], help="train, register and package a model")
    command.add_argument("--as-of", metavar="DATE", help="use what was known at this day's start, UTC (default: today)")
    command.add_argument("--output", type=Path, metavar="DIR", help="folder for the package and the quarantined rows")
    command = commands.add_parser("generate", parents=[common, model], help="write events of a model's data source")
    command.add_argument("--from", dest="start", required=True, metavar="DATE", help="first day")
    command.add_argument("--to", dest="end", required=True, metavar="DATE", help="day after the last")
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help="a .parquet or .csv file")
    command = commands.add_parser("handbook", parents=[common], help="measure the default recipe on published data")
    command.add_argument("path", type=Path, help="the handbook's transactions, a Parquet file")
    command.add_argument("--output", type=Path, metavar="DIR", help="folder for the results (default: docs/results)")
    return parser


def _train(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.run import run_training

    as_of = parse_date("--as-of", options.as_of) if options.as_of else datetime.now(UTC).date()
    config = load_model(options.model, options.set)
    result = run_training(config, as_of, read_settings(), options.output, progress)
    progress.result(result, [f"{result['model']} version {result['version']} in {progress.elapsed:.1f} s"])


def _generate(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.sources import open_source

    start, end = parse_date("--from", options.start), parse_date("--to", options.end)
    config = load_model(options.model, options.set)
    with progress.step("generate") as step:
        source = open_source(config.source["type"], config.source.get("parameters") or {})
        events = source.collect(start, _after(start, end))
        try:
            if options.output.suffix == ".csv":
                events.to_csv(options.output, index=False)
            else:
                events.to_parquet(options.output, index=False)
        except OSError as error:
            raise errors.unwritable(options.output, str(error.strerror)) from error
        step.done(f"{len(events):,} events in {options.output}", rows=len(events))


def _after(start: date, end: date) -> date:
    if end <= start:
        raise errors.empty_period(start, end)
    return end


def _handbook(options: argparse.Namespace, progress: Progress) -> None:
    from pipeline.handbook import run_handbook

    run_handbook(options.path, options.output, read_settings({}), progress)

"""The command line: what it prints and how it ends."""

import io
import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pandas as pd
import pytest

from pipeline.cli import main, parse_date
from pipeline.errors import PipelineError
from pipeline.progress import Progress
from pipeline.settings import read_settings
from studies.fuzz.pipeline.model import NAME, write_model


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_generate_writes_a_period(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.parquet"
    assert main(["generate", "fraud", "--from", "2026-01-01", "--to", "2026-01-03", "--output", str(file)]) == 0
    assert pd.read_parquet(file)["time"].dt.day.unique().tolist() == [1, 2]
    started, done = lines(capsys)
    assert started == {"step": "generate", "status": "started"}
    assert done["status"] == "done"
    assert done["rows"] == len(pd.read_parquet(file))


def test_generate_writes_csv_too(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    main(["generate", "fraud", "--from", "2026-01-01", "--to", "2026-01-02", "--output", str(file)])
    assert pd.read_csv(file)["transaction_id"].is_unique


def test_an_empty_period_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["generate", "fraud", "--from", "2026-01-02", "--to", "2026-01-02", "--output", str(tmp_path / "x.csv")]
    )
    assert code == 1
    assert lines(capsys)[-1] == {
        "error": {
            "what": "the period is empty",
            "got": "--from 2026-01-02 --to 2026-01-02",
            "expected": "--to after --from",
            "fix": "--to is exclusive: use a later day",
        }
    }


def test_an_error_is_the_last_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "churn"]) == 1
    assert lines(capsys)[-1]["error"] == {
        "what": "no model named churn",
        "got": "churn",
        "expected": "one of: fraud",
        "fix": "create models/churn/model.yaml, or pass the model's folder with --folder",
    }


def test_an_invalid_command_line_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian", "fraud"]) == 2
    error = lines(capsys)[-1]["error"]
    assert isinstance(error, dict)
    assert error["fix"] == "run `python -m pipeline --help`"


def test_a_registry_without_a_base_image_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        read_settings(Path(), {"OCI_REGISTRY": "registry:5000", "MLFLOW_TRACKING_URI": "http://mlflow"})
    assert caught.value.as_dict() == {
        "what": "the environment variable BASE_IMAGE is not set",
        "got": "nothing",
        "expected": "repository:tag of the model server inside OCI_REGISTRY",
        "fix": "set BASE_IMAGE, or unset OCI_REGISTRY to package into a folder",
    }


def test_the_commit_comes_from_the_environment() -> None:
    assert read_settings(Path(), {"GIT_COMMIT": "abc"}).git_commit == "abc"


def test_the_build_comes_from_the_environment() -> None:
    assert read_settings(Path(), {"BUILD_URL": "http://ci/builds/7"}).build_url == "http://ci/builds/7"
    assert read_settings(Path(), {}).build_url == ""


def test_steps_are_printed_with_their_time() -> None:
    stream = io.StringIO()
    progress = Progress(as_json=False, stream=stream)
    with progress.step("collect") as step:
        step.done("5 events")
    assert stream.getvalue() == "  …  collect\n  ✓  collect      0.0 s  5 events\n"


def test_a_failed_step_says_so_and_why() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no data"), Progress(True, stream).step("collect"):
        raise ValueError("no data\nand more")
    assert json.loads(stream.getvalue().splitlines()[-1])["message"] == "no data"


def test_an_interruption_exits_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.cli._train", interrupt)
    assert main(["train", "fraud"]) == 130
    assert "nothing incomplete is deployable" in json.dumps(lines(capsys)[-1])


def test_an_unexpected_error_is_a_json_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("pipeline.cli._train", fail)
    assert main(["train", "fraud"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["error"]["got"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in captured.err


def test_sigterm_ends_a_run_like_ctrl_c() -> None:
    code = "import os, signal, pipeline.cli as cli; cli.stop_on_sigterm(); os.kill(os.getpid(), signal.SIGTERM)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in ended.stderr


def test_an_invalid_date_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        parse_date("--as-of", "31.01.2026")
    assert str(caught.value) == dedent("""\
        --as-of is not a date
          got:      31.01.2026
          expected: YYYY-MM-DD, from 1800 to 2200
          fix:      for example --as-of 2026-01-31""")


@pytest.mark.parametrize("text", ["0001-01-02", "1677-01-01", "9999-12-31"])
def test_a_date_that_no_time_of_an_event_can_have_is_refused(text: str) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_date("--as-of", text)
    assert (caught.value.got, caught.value.expected) == (text, "YYYY-MM-DD, from 1800 to 2200")


def test_a_file_of_an_unknown_format_is_refused_before_anything_is_generated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["generate", "fraud", "--from", "2026-01-01", "--to", "2026-01-02"]
    assert main([*arguments, "--output", str(tmp_path / "events.txt")]) == 1
    assert lines(capsys)[-1] == {
        "error": {
            "what": "the ending of --output names no format",
            "got": str(tmp_path / "events.txt"),
            "expected": "a file named *.parquet, .csv",
            "fix": "for example --output events.parquet",
        }
    }


def test_an_exhausted_memory_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.cli._train", fail)
    assert main(["train", "fraud"]) == 1
    assert "out of memory" in json.dumps(lines(capsys)[-1])


@pytest.mark.parametrize(
    ("card", "got"),
    [(b"# $nmae", "'nmae'"), (b"$", "Invalid placeholder"), (b"\xff", "'utf-8' codec"), (None, "No such file")],
)
def test_a_model_card_that_cannot_be_filled_is_refused_before_any_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], card: bytes | None, got: str
) -> None:
    write_model(tmp_path)
    (tmp_path / "model-card.md").unlink()
    if card is not None:
        (tmp_path / "model-card.md").write_bytes(card)
    monkeypatch.setattr("pipeline.run.learn", lambda *_: pytest.fail("the training began"))
    assert main(["train", NAME, "--folder", str(tmp_path), "--output", str(tmp_path / "out")]) == 1
    error = lines(capsys)[-1]["error"]
    assert isinstance(error, dict)
    assert error["what"].startswith("model-card.md: ")
    assert got in error["got"]


def test_an_output_folder_that_cannot_be_written_is_refused_before_any_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("pipeline.run.learn", lambda *_: pytest.fail("the training began"))
    assert main(["train", "fraud", "--output", str(tmp_path / "file")]) == 1
    assert "is not writable" in json.dumps(lines(capsys)[-1])


@pytest.mark.parametrize(
    ("arguments", "got"),
    [
        (["repackage", "fraud", "--version", "abc"], "argument --version: expected a whole number from 1 to 999999999"),
        (["repackage", "fraud", "--version", "9" * 30], "argument --version: expected a whole number"),
        (["rows", "fraud", "--from", "2026-01-01", "--to", "2026-01-02", "--most", "0"], "argument --most: expected"),
        (["train", "fraud", "--as", "2026-01-01"], "unrecognized arguments: --as"),
    ],
)
def test_an_argument_that_means_nothing_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str], arguments: list[str], got: str
) -> None:
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads((captured.out or captured.err).splitlines()[-1])["error"]
    assert error["got"].startswith(got)

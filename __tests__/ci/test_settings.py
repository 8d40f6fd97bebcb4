"""The settings file."""

import json
from pathlib import Path
from typing import Any

import pytest

from ci.errors import SettingsError
from ci.settings import load

GOOD = {
    "url": "http://127.0.0.1:8010/",
    "port": 8010,
    "workerPort": 9989,
    "database": "sqlite:///state.sqlite",
    "credentials": "/run/secrets/ci",
    "platform": "/platform",
    "repository": {"url": "/repository", "branch": "main"},
    "models": ["fraud"],
}


def read(folder: Path, value: Any) -> Any:
    file = folder / "settings.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return load(str(file))


def test_reads_settings_with_their_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)
    assert settings.repository.pollSeconds == 30
    assert settings.pods is None


def test_reads_nested_settings(tmp_path: Path) -> None:
    labels = {"url": "http://quality/metrics", "threshold": 1000}
    assert read(tmp_path, {**GOOD, "labels": labels}).labels.threshold == 1000


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"nope": 1}, "nope is not a known key"),
        ({"port": "8010"}, "port has the wrong type"),
        ({"port": True}, "port has the wrong type"),
        ({"repository": {"url": "/repository"}}, "repository lacks a key"),
        ({"labels": []}, "labels has the wrong type"),
        ({"models": ["../x"]}, "not a model's"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        read(tmp_path, {**GOOD, **change})


@pytest.mark.parametrize("text", ["{", "[]"])
def test_refuses_what_is_no_object(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        read(tmp_path, text)


def test_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.json cannot be read"):
        load(str(tmp_path / "missing.json"))

"""Passwords in files."""

from pathlib import Path

import pytest

from ci.login import matches


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("secret\n")
    return path


def test_lets_in_who_knows_the_password(file: Path) -> None:
    assert matches(file, "admin", b"admin", b"secret")


@pytest.mark.parametrize(
    ("user", "password"), [(b"admin", b""), (b"admin", b"secre"), (b"root", b"secret"), (b"", b"")]
)
def test_lets_in_nobody_else(file: Path, user: bytes, password: bytes) -> None:
    assert not matches(file, "admin", user, password)


def test_a_new_password_holds_at_once(file: Path) -> None:
    file.write_text("other")
    assert matches(file, "admin", b"admin", b"other")
    assert not matches(file, "admin", b"admin", b"secret")


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_no_password_lets_nobody_in(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    assert not matches(file, "admin", b"admin", b"")

"""Errors for the people who run the CI: what was wrong, the value, what was expected, how to fix it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One finding in words."""

    what: str
    got: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what} Got: {self.got}. Expected: {self.expected}. Fix: {self.fix}"


class SettingsError(Exception):
    """The settings file cannot be used."""


class AlertError(ValueError):
    """A webhook's body cannot be used. Buildbot answers 400 to a ValueError, with its text."""

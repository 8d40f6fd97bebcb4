"""Buttons of the web UI and of `mlops`, with typed parameters."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from buildbot.plugins import schedulers, util
from buildbot.schedulers.forcesched import ValidationError

from ci.builders import BUILDERS
from ci.settings import Settings

OVERRIDE = re.compile(r"^[A-Za-z][\w.]{0,79}=[^\s=]{1,100}$")
MAX_OVERRIDES = 20


class DateParameter(util.StringParameter):
    """A day, or nothing."""

    debug = False

    def parse_from_arg(self, text: str) -> str:
        if text.strip() == "":
            return ""
        try:
            return date.fromisoformat(text.strip()).isoformat()
        except ValueError as error:
            raise ValidationError(
                f"{self.label}: got '{text}'; expected a day such as 2026-03-01, or nothing"
            ) from error


class VersionParameter(util.StringParameter):
    """The number of a model version."""

    debug = False
    optional = False

    def parse_from_arg(self, text: str) -> str:
        text = text.strip()
        if (text == "" and self.optional) or re.fullmatch(r"[1-9][0-9]{0,8}", text):
            return text
        expected = "a number from 1" + (", or nothing for the one before" if self.optional else "")
        raise ValidationError(f"{self.label}: got '{text}'; expected {expected}")


class OverridesParameter(util.StringParameter):
    """key=value pairs, separated by spaces."""

    debug = False

    def parse_from_arg(self, text: str) -> str:
        pairs = text.split()
        for pair in pairs:
            if not OVERRIDE.fullmatch(pair):
                raise ValidationError(f"{self.label}: got '{pair}'; expected key=value as in model.yaml")
        if len(pairs) > MAX_OVERRIDES:
            raise ValidationError(f"{self.label}: got {len(pairs)}; expected at most {MAX_OVERRIDES}")
        return " ".join(pairs)


def buttons(settings: Settings) -> list[Any]:
    def model() -> Any:
        choices = settings.models
        return util.ChoiceStringParameter(
            name="model", label="Model", choices=choices, default=choices[0], strict=True, debug=False
        )

    parameters: dict[str, list[Any]] = {
        "train": [
            model(),
            DateParameter(name="as_of", label="Data up to this day", default="", size=12),
            OverridesParameter(name="set", label="Settings of model.yaml", default="", size=60),
        ],
        "deploy": [model(), VersionParameter(name="version", label="Version", default="", size=8)],
        "rollback": [model(), VersionParameter(name="version", label="Version", default="", size=8, optional=True)],
    }
    return [
        schedulers.ForceScheduler(
            name=f"force-{name}",
            builderNames=[name],
            buttonName=f"{name}…",
            label=builder.title,
            codebases=[_codebase(builder.checks_out)],
            reason=util.StringParameter(name="reason", label="Why", default="by hand", size=40, maxsize=200),
            properties=parameters.get(name, []),
        )
        for name, builder in BUILDERS.items()
    ]


def _codebase(asks: bool) -> Any:
    """A commit can be chosen where one is checked out; its repository is always the configured one."""
    fixed = {"repository": util.FixedParameter(name="repository", default="")}
    project = {"project": util.FixedParameter(name="project", default="")}
    if not asks:
        branch = util.FixedParameter(name="branch", default="")
        revision = util.FixedParameter(name="revision", default="")
        return util.CodebaseParameter("", branch=branch, revision=revision, **fixed, **project)
    revision = util.StringParameter(
        name="revision", label="Commit", default="", size=40, regex="^([0-9a-f]{7,40})?$", debug=False
    )
    branch = util.StringParameter(
        name="branch", label="Branch", default="", size=20, regex=r"^([A-Za-z0-9][\w./-]{0,99})?$", debug=False
    )
    return util.CodebaseParameter("", branch=branch, revision=revision, **fixed, **project)

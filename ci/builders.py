"""What can be built. A builder's steps are `mlops` commands and make targets, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from buildbot.plugins import steps, util

from ci.settings import Settings

Argument = str | Callable[[Any], list[str]]
"""A word, or what a build's properties make of it."""


@dataclass(frozen=True)
class Builder:
    title: str
    commands: tuple[tuple[str, tuple[Argument, ...]], ...]
    """Name of the step, and its words."""
    operates: bool = False
    """Changes what serves: one at a time, on a runner that no training occupies."""
    checks_out: bool = False
    """Works on the commit, not on the platform that is installed."""


def option(flag: str, name: str) -> Callable[[Any], list[str]]:
    """`--flag value` for a property that is set."""

    def words(properties: Any) -> list[str]:
        value = properties.getProperty(name)
        return [flag, str(value)] if value not in (None, "") else []

    return words


def model(properties: Any) -> list[str]:
    return [str(properties.getProperty("model"))]


def model_version(properties: Any) -> list[str]:
    return [f"{properties.getProperty('model')}@{properties.getProperty('version')}"]


def overrides(properties: Any) -> list[str]:
    pairs = str(properties.getProperty("set") or "").split()
    return ["--set", *pairs] if pairs else []


MLOPS = "./mlops"
LOCAL = "--local"
"""Without it, `mlops train` would ask this very CI."""

BUILDERS: dict[str, Builder] = {
    "test": Builder(
        "Lint and test the commit",
        (
            ("workspace", ("scripts/ci-workspace",)),
            ("check", ("make", "check")),
            ("test", ("make", "test")),
        ),
        checks_out=True,
    ),
    "image": Builder(
        "Build and publish the commit's model server",
        (("workspace", ("scripts/ci-workspace",)), ("publish", ("make", "publish"))),
        checks_out=True,
    ),
    "train": Builder(
        "Train and register a version",
        (("train", (MLOPS, "train", model, LOCAL, "--json", option("--as-of", "as_of"), overrides)),),
    ),
    "deploy": Builder("Put a version into service", (("deploy", (MLOPS, "deploy", model_version)),), operates=True),
    "rollback": Builder(
        "Go back to an earlier version",
        (("rollback", (MLOPS, "rollback", model, option("--to", "version"))),),
        operates=True,
    ),
    "reconcile": Builder(
        "Make training and serving what the commit says",
        (("workspace", ("scripts/ci-workspace",)), ("reconcile", (MLOPS, "reconcile"))),
        operates=True,
        checks_out=True,
    ),
}

TIMEOUT_SECONDS = 20 * 60
"""Without a line of output. Training reports every step."""


def factory(settings: Settings, name: str, build_class: Any) -> Any:
    builder = BUILDERS[name]
    made = util.BuildFactory()
    made.buildClass = build_class
    if builder.checks_out:
        made.addStep(
            steps.Git(
                repourl=settings.repository.url,
                branch=settings.repository.branch,
                mode="full",
                method="clobber",
                name="checkout",
                haltOnFailure=True,
            )
        )
    workdir = None if builder.checks_out else settings.platform
    for title, words in builder.commands:
        made.addStep(
            steps.ShellCommand(
                name=title,
                command=command(words),
                env=environment(settings),
                # Forty lines before the first one that anybody reads.
                logEnviron=False,
                haltOnFailure=True,
                timeout=TIMEOUT_SECONDS,
                interruptSignal="TERM",
                sigtermTime=30,
                **({} if workdir is None else {"workdir": workdir}),
            )
        )
    return made


def command(words: tuple[Argument, ...]) -> Any:
    """A list, never a shell's text: what people type stays one word."""

    @util.renderer
    def rendered(properties: Any) -> list[str]:
        return [part for word in words for part in ([word] if isinstance(word, str) else word(properties))]

    return rendered


def environment(settings: Settings) -> Any:
    """How `mlops` signs the history, and what goes into a version's lineage."""

    @util.renderer
    def rendered(properties: Any) -> dict[str, str]:
        builder, number = properties.getProperty("buildername"), properties.getProperty("buildnumber")
        return {
            "MLOPS_USER": f"ci {builder}/{number}",
            "MLOPS_BUILD": f"{builder}/{number}",
            "MLOPS_BUILD_REQUEST": str(properties.getBuild().requests[0].id),
            "MLOPS_BUILD_URL": f"{settings.url}#/builders/{builder}/builds/{number}",
        }

    return rendered

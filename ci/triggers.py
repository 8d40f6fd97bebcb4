"""What starts builds: commits, the clock, buttons, alerts, new labels."""

from __future__ import annotations

from typing import Any

from buildbot.plugins import schedulers, util

from ci.alertmanager import SCHEDULER as ALERTS
from ci.buttons import buttons
from ci.commits import GitPoller
from ci.new_labels import NewLabels
from ci.settings import Settings
from ci.training_requests import TrainingRequests


def change_sources(settings: Settings) -> list[Any]:
    repository = settings.repository
    return [
        GitPoller(
            repourl=repository.url,
            branches=[repository.branch],
            pollInterval=repository.pollSeconds,
            pollAtLaunch=True,
            workdir="gitpoller-work",
        )
    ]


def all_schedulers(settings: Settings) -> list[Any]:
    commit = schedulers.SingleBranchScheduler(
        name="commit",
        builderNames=["test"],
        change_filter=util.ChangeFilter(branch=settings.repository.branch),
        # Commits that arrive together are tested together.
        treeStableTimer=None,
    )
    # A commit that fails its tests goes no further.
    image = schedulers.Dependent(name="tested", upstream=commit, builderNames=["image"])
    reconcile = schedulers.Dependent(name="published", upstream=image, builderNames=["reconcile"])
    return [
        commit,
        image,
        reconcile,
        TrainingRequests(ALERTS),
        *nightly(settings),
        *([NewLabels("labels", labels=settings.labels, models=settings.models)] if settings.labels else []),
        *buttons(settings),
    ]


def nightly(settings: Settings) -> list[Any]:
    if not settings.nightly:
        return []
    minute, hour, day, month, weekday = settings.nightly.split()
    return [
        schedulers.Nightly(
            name=f"nightly-{model}",
            builderNames=["train"],
            minute=minute,
            hour=hour,
            dayOfMonth=day,
            month=month,
            dayOfWeek=weekday,
            properties={"model": model},
            reason="nightly",
        )
        for model in settings.models
    ]

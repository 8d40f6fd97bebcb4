"""The master's whole configuration, made of settings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from buildbot.plugins import util, worker

from ci.alertmanager import AlertmanagerHook
from ci.answers import write_in_reactor_thread
from ci.attempts import CappedBuild
from ci.builders import BUILDERS, factory
from ci.database import DatabaseWatch
from ci.login import FileChecker, FileLogin, authorization, close_event_stream
from ci.pod_worker import PodWorker
from ci.settings import Settings
from ci.training_requests import TRAIN
from ci.triggers import all_schedulers, change_sources

OPERATOR = "operator"
"""The runner of builders that change what serves."""
KEPT_DAYS = 90
LOG_BYTES = 5 * 1024 * 1024


def configuration(settings: Settings) -> dict[str, Any]:
    write_in_reactor_thread()
    close_event_stream()
    credentials = Path(settings.credentials)
    return {
        "title": "CI",
        "titleURL": settings.url,
        "buildbotURL": settings.url,
        "buildbotNetUsageData": None,
        "db": {"db_url": settings.database},
        "protocols": {"pb": {"port": settings.workerPort}},
        "workers": [_worker(settings, name) for name in [*runner_names(settings), OPERATOR]],
        "builders": [_builder(settings, name) for name in BUILDERS],
        "services": [DatabaseWatch()],
        "change_source": change_sources(settings),
        "schedulers": all_schedulers(settings),
        # Requests differ in their properties: none stands for another.
        "collapseRequests": False,
        # The end of a log is what a failed build is read for.
        "logMaxSize": LOG_BYTES,
        "logMaxTailSize": LOG_BYTES // 5,
        "logEncoding": "utf-8",
        "configurators": [util.JanitorConfigurator(logHorizon=timedelta(days=KEPT_DAYS), hour=4)],
        "www": {
            "port": settings.port,
            "auth": FileLogin(credentials / "password"),
            "authz": authorization(),
            "change_hook_dialects": {"alertmanager": {"custom_class": AlertmanagerHook, "models": settings.models}},
            "change_hook_auth": [FileChecker(credentials / "webhook-password")],
        },
    }


def runner_names(settings: Settings) -> list[str]:
    return [f"runner-{number}" for number in range(1, settings.parallel + 1)]


def _worker(settings: Settings, name: str) -> Any:
    if settings.pods is not None:
        return PodWorker(name, pods=settings.pods)
    password = Path(settings.credentials, "runner-password").read_text(encoding="ascii").strip()
    return worker.Worker(name, password, max_builds=1)


def _builder(settings: Settings, name: str) -> Any:
    builder = BUILDERS[name]
    return util.BuilderConfig(
        name=name,
        description=builder.title,
        workernames=[OPERATOR] if builder.operates else runner_names(settings),
        factory=factory(settings, name, CappedBuild),
        tags=["operation"] if builder.operates else [],
        canStartBuild=_one_at_a_time if name == TRAIN else None,
    )


def _one_at_a_time(builder: Any, _runner: Any, _request: Any) -> bool:
    """
    Two trainings at once would double the memory that the namespace's quota must hold.

    A lock is taken only once the runner is there: the training that waits would hold a runner, and its deadline run.
    """
    return not builder.building

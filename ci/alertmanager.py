"""Alertmanager's webhook, which Buildbot does not speak. Source: Alertmanager's documentation, webhook_config."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet import defer
from twisted.python import log

from ci.errors import AlertError, Problem

MAX_BYTES = 1024 * 1024
"""A message of 1,000 alerts is smaller."""
MAX_ALERTS = 1_000
FINGERPRINT = re.compile(r"^[0-9a-f]{8,64}$")
STARTS_AT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")
SCHEDULER = "alerts"


@dataclass(frozen=True)
class Alert:
    name: str
    model: str
    fingerprint: str
    starts_at: str

    @property
    def event(self) -> str:
        """The same for every delivery of one alert."""
        return f"alert {self.model} {self.fingerprint} {self.starts_at}"


def read_alerts(body: bytes, models: Sequence[str]) -> list[Alert]:
    """
    The firing alerts of a message; resolved ones are left out.

    :raises AlertError: for anything else than a message about models that this platform has
    """
    if len(body) > MAX_BYTES:
        raise _wrong("The message is too large.", f"{len(body)} bytes", f"at most {MAX_BYTES}")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _wrong("The message is not JSON.", str(error), "Alertmanager's webhook message") from error
    if not isinstance(message, dict) or not isinstance(message.get("alerts"), list):
        raise _wrong("The message has no list `alerts`.", _short(message), "Alertmanager's webhook message, version 4")
    if message.get("version", "4") != "4":
        raise _wrong("The message has an unknown version.", _short(message["version"]), '"4"')
    if len(message["alerts"]) > MAX_ALERTS:
        raise _wrong("The message has too many alerts.", str(len(message["alerts"])), f"at most {MAX_ALERTS}")
    alerts = [_read(each, index) for index, each in enumerate(message["alerts"])]
    firing = [each for each in alerts if each is not None]
    unknown = sorted({each.model for each in firing} - set(models))
    if unknown:
        expected = f"label `model` with one of {', '.join(models)}"
        raise _wrong("An alert is about a model that is not here.", ", ".join(map(_short, unknown)), expected)
    return firing


def _read(value: Any, index: int) -> Alert | None:
    if not isinstance(value, dict):
        raise _wrong(f"alerts[{index}] is not an object.", _short(value), "an object")
    status = value.get("status")
    if status == "resolved":
        return None
    if status != "firing":
        raise _wrong(f"alerts[{index}].status is unknown.", _short(status), '"firing" or "resolved"')
    labels = value.get("labels")
    if not isinstance(labels, dict):
        raise _wrong(f"alerts[{index}].labels is not an object.", _short(labels), "an object")
    name = _text(labels.get("alertname"), f"alerts[{index}].labels.alertname", re.compile(r"^[A-Za-z]\w{0,99}$"))
    model = _text(labels.get("model"), f"alerts[{index}].labels.model", re.compile(r"^[a-z][-a-z0-9]{0,39}$"))
    fingerprint = _text(value.get("fingerprint"), f"alerts[{index}].fingerprint", FINGERPRINT)
    return Alert(name, model, fingerprint, _text(value.get("startsAt"), f"alerts[{index}].startsAt", STARTS_AT))


def _text(value: Any, path: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(f"{path} is missing or malformed.", _short(value), pattern.pattern)
    return value


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else f"{text[:100]}…"


def _wrong(what: str, got: str, expected: str) -> AlertError:
    fix = "route only alerts of models here, and send them with Alertmanager's webhook_config"
    return AlertError(str(Problem(what, got, expected, fix)))


class AlertmanagerHook:
    """Buildbot's interface of a webhook dialect."""

    def __init__(self, master: Any, options: dict[str, Any]) -> None:
        self.master = master
        self.models: list[str] = options["models"]

    @defer.inlineCallbacks
    def getChanges(self, request: Any) -> Any:
        if request.method != b"POST":
            raise _wrong("The request is not a POST.", request.method.decode(), "POST")
        alerts = read_alerts(request.content.read(MAX_BYTES + 1), self.models)
        scheduler = self.master.scheduler_manager.namedServices[SCHEDULER]
        for model in sorted({each.model for each in alerts}):
            ours = [each for each in alerts if each.model == model]
            names = ", ".join(sorted({each.name for each in ours}))
            outcome = yield scheduler.request(model, [each.event for each in ours], f"alert {names}")
            log.msg(f"alert {names} about {model}: {outcome}")
        # What came in is an event, not a change of the repository.
        return [], "alertmanager"

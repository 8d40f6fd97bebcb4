"""What the webhook accepts and refuses."""

import json
from typing import Any

import pytest

from __tests__.ci.support.master import firing, message
from ci.alertmanager import MAX_ALERTS, MAX_BYTES, read_alerts
from ci.errors import AlertError

MODELS = ["fraud", "churn"]


def read(value: Any) -> list[Any]:
    return read_alerts(json.dumps(value).encode(), MODELS)


def test_reads_what_fires() -> None:
    [alert] = read(message(firing()))
    assert (alert.name, alert.model) == ("QualityBelowGate", "fraud")


def test_ignores_what_is_resolved() -> None:
    assert read(message(firing(status="resolved"))) == []


def test_one_alert_is_one_event_however_often_it_is_delivered() -> None:
    first, second = read(message(firing())), read(message(firing(endsAt="2026-03-02T00:00:00Z")))
    assert first[0].event == second[0].event


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "fedcba9876543210"},
        {"startsAt": "2026-03-01T12:00:01.000Z"},
        {"labels": {"alertname": "QualityBelowGate", "model": "churn"}},
    ],
)
def test_another_fingerprint_start_or_model_is_another_event(change: dict[str, Any]) -> None:
    assert read(message(firing()))[0].event != read(message(firing(**change)))[0].event


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "no list `alerts`"),
        (b'{"alerts": {}}', "no list `alerts`"),
        (b'{"alerts": [], "version": "5"}', "unknown version"),
        (b'{"alerts": [1]}', r"alerts\[0\] is not an object"),
        (b" " * (MAX_BYTES + 1), "too large"),
    ],
)
def test_refuses_what_is_no_message(body: bytes, expected: str) -> None:
    with pytest.raises(AlertError, match=expected):
        read_alerts(body, MODELS)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "suppressed"},
        {"labels": None},
        {"labels": {"alertname": "A"}},
        {"labels": {"alertname": "A", "model": "../x"}},
        {"labels": {"alertname": "A; rm -rf /", "model": "fraud"}},
        {"fingerprint": None},
        {"fingerprint": "x" * 16},
        {"startsAt": "yesterday"},
        {"startsAt": 5},
    ],
)
def test_refuses_a_malformed_alert(change: dict[str, Any]) -> None:
    with pytest.raises(AlertError, match=r"alerts\[0\]"):
        read(message(firing(**change)))


def test_refuses_a_model_that_is_not_here() -> None:
    with pytest.raises(AlertError) as error:
        read(message(firing("unknown")))
    assert str(error.value) == (
        'An alert is about a model that is not here. Got: "unknown". '
        "Expected: label `model` with one of fraud, churn. "
        "Fix: route only alerts of models here, and send them with Alertmanager's webhook_config"
    )


def test_refuses_more_alerts_than_one_message_holds() -> None:
    with pytest.raises(AlertError, match="too many"):
        read(message(*[firing()] * (MAX_ALERTS + 1)))

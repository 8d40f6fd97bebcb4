"""Starts a training when enough new labels have arrived."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import treq
from twisted.internet import defer, task
from twisted.python import log

from ci.settings import Labels
from ci.training_requests import TrainingRequests

METRIC = "model_quality_labels_total"
"""Of the quality exporter; every label that arrived, by source and outcome."""
USEFUL = "joined"
"""Outcome of a label that found its prediction."""
SAMPLE = re.compile(rf"^{METRIC}\{{(?P<labels>[^}}]*)\}}\s+(?P<value>[0-9.eE+]+)", re.MULTILINE)
PAIR = re.compile(r'(\w+)="([^"]*)"')
TIMEOUT_SECONDS = 10


def count_labels(text: str, models: Collection[str]) -> dict[str, int]:
    """Labels per model in Prometheus' text format; models without any are left out."""
    counts: dict[str, int] = {}
    for sample in SAMPLE.finditer(text):
        labels = dict(PAIR.findall(sample["labels"]))
        model = labels.get("model", "")
        if labels.get("outcome") == USEFUL and model in models:
            counts[model] = counts.get(model, 0) + int(float(sample["value"]))
    return counts


class NewLabels(TrainingRequests):
    """Polls the quality exporter. The first count seen is the base: what is older was there when the CI came."""

    def checkConfig(self, labels: Labels, models: list[str], **kwargs: Any) -> None:
        super().checkConfig(**kwargs)

    @defer.inlineCallbacks
    def reconfigService(self, labels: Labels, models: list[str], **kwargs: Any) -> Any:
        yield super().reconfigService(**kwargs)
        self.labels = labels
        self.models = models
        self.loop = task.LoopingCall(self.poll)

    @defer.inlineCallbacks
    def activate(self) -> Any:
        yield super().activate()
        if self.enabled and not self.loop.running:
            self.loop.clock = self.master.reactor
            self.loop.start(self.labels.everySeconds).addErrback(log.err, "polling for labels")

    @defer.inlineCallbacks
    def deactivate(self) -> Any:
        if self.loop.running:
            self.loop.stop()
        yield super().deactivate()

    @defer.inlineCallbacks
    def poll(self) -> Any:
        try:
            response = yield treq.get(self.labels.url, timeout=TIMEOUT_SECONDS)
            if response.code != 200:
                raise RuntimeError(f"{self.labels.url} answered {response.code}")
            text = yield response.text()
            for model, count in count_labels(text, self.models).items():
                yield self._consider(model, count)
        except Exception as error:
            # The exporter may be down for a while; the next poll sees what arrived meanwhile.
            log.err(error, f"counting labels at {self.labels.url}")

    @defer.inlineCallbacks
    def _consider(self, model: str, count: int) -> Any:
        base = yield self.getState(f"labels {model}", None)
        # A count that fell started anew.
        if base is None or count < base:
            yield self.setState(f"labels {model}", count)
        elif count - base >= self.labels.threshold:
            yield self.request(model, [f"labels {model} {count}"], f"{count - base} new labels")
            yield self.setState(f"labels {model}", count)

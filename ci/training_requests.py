"""Trainings that events ask for: each event starts one at most, however often it is delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from buildbot.data.resultspec import Filter
from buildbot.process.properties import Properties
from buildbot.schedulers.base import ReconfigurableBaseScheduler
from twisted.internet import defer

REMEMBERED = 2_000
"""Events that are known to have started a training; Alertmanager repeats those that still fire."""
TRAIN = "train"


class TrainingRequests(ReconfigurableBaseScheduler):
    """Starts trainings for events, and remembers the events in Buildbot's database."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, builderNames=[TRAIN], **kwargs)
        self._one_at_a_time = defer.DeferredLock()

    def request(self, model: str, events: Sequence[str], reason: str) -> Any:
        """
        Trains a model because of events.

        :returns: Deferred of what came of it: 'started', 'known' or 'covered' by a training that is not over
        """
        return self._one_at_a_time.run(self._request, model, list(events), reason)

    @defer.inlineCallbacks
    def _request(self, model: str, events: list[str], reason: str) -> Any:
        seen: list[str] = yield self.getState("events", [])
        new = [event for event in events if event not in seen]
        if not new:
            return "known"
        identity = hashlib.sha256("\n".join(sorted(new)).encode()).hexdigest()
        outcome = "started"
        # A master that died after it started the build did not remember the events.
        if (yield self._exists(identity)) or (yield self._is_under_way(model)):
            outcome = "covered"
        else:
            properties = Properties()
            properties.setProperty("model", model, self.name)
            properties.setProperty("reason", reason, self.name)
            yield self.addBuildsetForSourceStampsWithDefaults(
                reason=reason, properties=properties, external_idstring=identity
            )
        yield self.setState("events", [*seen, *new][-REMEMBERED:])
        return outcome

    @defer.inlineCallbacks
    def _exists(self, identity: str) -> Any:
        table = self.master.db.model.buildsets

        def count(connection: Any) -> int:
            query = table.select().where(table.c.external_idstring == identity)
            return len(connection.execute(query).fetchall())

        return (yield self.master.db.pool.do(count)) > 0

    @defer.inlineCallbacks
    def _is_under_way(self, model: str) -> Any:
        builder = yield self.master.data.updates.findBuilderId(TRAIN)
        requests = yield self.master.data.get(
            ("builders", builder, "buildrequests"), filters=[Filter("complete", "eq", [False])]
        )
        for each in requests:
            properties = yield self.master.data.get(("buildsets", each["buildsetid"], "properties"))
            if properties.get("model", (None, ""))[0] == model:
                return True
        return False
